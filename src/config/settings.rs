//! What a [`Builder`] says, checked: each setting that cannot be used is an error that names it.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use super::{Builder, Ca, LONGEST};
use crate::endpoint::BaseUrl;
use crate::error::Error;
use crate::key::ApiKey;
use crate::proxy::{self, Proxy};

const BASE_URL: &str = "https://platform.unstructuredapp.io";
/// Servers refuse longer header lines.
const MAX_USER_AGENT_LEN: usize = 512;
/// No CA bundle is larger; a larger file is some other file.
const MAX_CA_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// A checked configuration.
pub(crate) struct Settings {
    pub(crate) key: ApiKey,
    pub(crate) base_url: BaseUrl,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_retries: u32,
    pub(crate) trust: Trust,
    pub(crate) user_agent: String,
    pub(crate) allow_plain_http: bool,
    pub(crate) max_response_bytes: u64,
}

/// Which certificate authorities are trusted. The certificates are judged by TLS.
pub(crate) struct Trust {
    pub(crate) mozilla: bool,
    pub(crate) more: Vec<Bundle>,
}

/// Certificates in PEM.
pub(crate) struct Bundle {
    pub(crate) pem: Vec<u8>,
    /// What to call it in a message.
    pub(crate) name: String,
    /// Where it came from.
    pub(crate) setting: &'static str,
}

impl Builder {
    pub(crate) fn into_settings(self) -> Result<Settings, Error> {
        let key = match &self.api_key {
            Some(text) => text.check("api_key", ApiKey::parse)?,
            None => {
                let message = if self.from_env {
                    "there is no API key; UNSTRUCTURED_API_KEY is not set"
                } else {
                    "there is no API key; set one, or take it from the environment (UNSTRUCTURED_API_KEY)"
                };
                return Err(Error::invalid_argument(message).of_setting("api_key"));
            }
        };
        let base_url = match &self.base_url {
            Some(text) => text.check("base_url", |url| BaseUrl::parse(url, self.allow_plain_http))?,
            None => BaseUrl::parse(BASE_URL, false)?,
        };
        let proxy = self.proxy.as_ref().map(|proxy| proxy.as_str());
        let proxy = proxy::choose(proxy, &base_url, self.allow_plain_http, &proxy::variable)
            .map_err(|error| error.of_setting("proxy"))?;
        for (setting, timeout) in [("timeout", self.timeout), ("connect_timeout", self.connect_timeout)] {
            if timeout.is_zero() {
                let name = setting.replace('_', " ");
                let message = format_args!("the {name} is zero; no call could succeed");
                return Err(Error::invalid_argument(message).of_setting(setting));
            }
        }
        if self.max_response_bytes == 0 {
            let message = "the maximum response size is zero; no response could be accepted";
            return Err(Error::invalid_argument(message).of_setting("max_response_bytes"));
        }
        check_user_agent(&self.user_agent)?;
        let more = self.ca.into_iter().map(Ca::into_bundle).collect::<Result<_, _>>()?;
        Ok(Settings {
            key,
            base_url,
            proxy,
            timeout: self.timeout.min(LONGEST),
            connect_timeout: self.connect_timeout.min(LONGEST),
            max_retries: self.max_retries,
            trust: Trust { mozilla: !self.ca_only, more },
            user_agent: self.user_agent,
            allow_plain_http: self.allow_plain_http,
            max_response_bytes: self.max_response_bytes,
        })
    }
}

impl Ca {
    fn into_bundle(self) -> Result<Bundle, Error> {
        match self {
            Self::Pem(pem) => Ok(Bundle { pem, name: "the CA certificates given".to_owned(), setting: "ca_pem" }),
            Self::File(path) => {
                let name = format!("the CA file {path:?}");
                let refuse = |error: Error| error.of_setting("ca_file");
                let unreadable = |error: io::Error| {
                    refuse(Error::invalid_argument(format_args!("{name} cannot be read")).because(error))
                };
                let pem = read(&path).map_err(unreadable)?;
                if pem.len() as u64 > MAX_CA_FILE_BYTES {
                    let message = format_args!("{name} is longer than the limit of {MAX_CA_FILE_BYTES} bytes");
                    return Err(refuse(Error::invalid_argument(message)));
                }
                Ok(Bundle { pem, name, setting: "ca_file" })
            }
        }
    }
}

/// Reads a file up to the limit and a byte beyond it, whatever length it reports: a device or a pipe reports none.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_CA_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn check_user_agent(text: &str) -> Result<(), Error> {
    let fine = !text.is_empty()
        && text.len() <= MAX_USER_AGENT_LEN
        && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        && text.trim() == text;
    if fine {
        return Ok(());
    }
    let message = format_args!(
        "the user agent is not 1 to {MAX_USER_AGENT_LEN} visible ASCII characters with blanks only between them"
    );
    Err(Error::invalid_argument(message).of_setting("user_agent"))
}
