//! From options and environment to a client, and from what is wrong with them to a sentence that names the option.

use unstructured_jobs::{Builder, Client, Error, ErrorKind};
use zeroize::Zeroizing;

use crate::args::Service;
use crate::exit;
use crate::key;

/// Why the command ends without an answer.
pub(crate) struct Failure {
    pub(crate) code: i32,
    pub(crate) sentence: String,
}

impl Failure {
    pub(crate) fn usage(sentence: String) -> Self {
        Self { code: exit::USAGE, sentence }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let sentence = match hint(&error) {
            Some(hint) => format!("{error}\nhint: {hint}"),
            None => error.to_string(),
        };
        Self { code: exit::of_error(&error), sentence }
    }
}

/// What to do about an error, where an option or variable has to do with it.
pub(crate) fn hint(error: &Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::Unauthorized => Some("is the key in UNSTRUCTURED_API_KEY or --api-key-file one for this service?"),
        ErrorKind::NotFound => Some("is the service in UNSTRUCTURED_API_URL or --api-url the one the job runs on?"),
        ErrorKind::Dns | ErrorKind::Connect => {
            Some("is --api-url or UNSTRUCTURED_API_URL right? A proxy on the way is named with --proxy or https_proxy")
        }
        // a wait's own timeout made no attempt
        ErrorKind::Timeout if error.attempts() > 0 => {
            Some("--request-timeout and --connect-timeout allow it more time")
        }
        ErrorKind::Tls => Some("a certificate authority of your own is named with --ca-file"),
        ErrorKind::HttpStatus if error.http_status() == Some(407) => Some(
            "--proxy takes http://USER:PASSWORD@HOST:PORT; the variable https_proxy keeps the password out of `ps`",
        ),
        _ => None,
    }
}

/// The client that the options and the environment describe.
pub(crate) fn client(service: &Service) -> Result<Client, Failure> {
    let key = match &service.api_key_file {
        None => None,
        Some(path) => Some(key::read(path).map_err(|why| Failure::usage(format!("--api-key-file: {why}")))?),
    };
    configure(service, key.as_ref()).build().map_err(|error| blame(service, key.as_ref(), error))
}

fn configure(service: &Service, key: Option<&Zeroizing<String>>) -> Builder {
    let mut builder = Builder::from_env().allow_plain_http(service.allow_plain_http);
    if let Some(key) = key {
        builder = builder.api_key(key);
    }
    if let Some(url) = &service.api_url {
        builder = builder.base_url(url);
    }
    if let Some(timeout) = service.request_timeout {
        builder = builder.timeout(timeout);
    }
    if let Some(timeout) = service.connect_timeout {
        builder = builder.connect_timeout(timeout);
    }
    if let Some(retries) = service.retries {
        builder = builder.max_retries(retries);
    }
    if let Some(path) = &service.ca_file {
        builder = builder.ca_file(path);
    }
    if let Some(proxy) = &service.proxy {
        builder = builder.proxy(proxy);
    }
    builder
}

/// Names the option that the error comes from: the one that alone, with all else in order, fails as well. The library
/// names variables itself, and the setting, but it cannot know what the setting is called here.
fn blame(service: &Service, key: Option<&Zeroizing<String>>, error: Error) -> Failure {
    if error.kind() != ErrorKind::InvalidArgument {
        return error.into();
    }
    let sound = || Client::builder().api_key("sound").proxy("none").allow_plain_http(true);
    let probes = [
        ("--api-key-file", key.map(|key| sound().api_key(key))),
        (
            "--api-url",
            service.api_url.as_ref().map(|url| sound().base_url(url).allow_plain_http(service.allow_plain_http)),
        ),
        ("--ca-file", service.ca_file.as_ref().map(|path| sound().ca_file(path))),
        ("--proxy", service.proxy.as_ref().map(|proxy| sound().proxy(proxy))),
    ];
    for (option, probe) in probes {
        if let Some(Err(_)) = probe.map(Builder::build) {
            let plain = error.to_string().contains("http:// would send");
            let hint = if plain { "\nhint: --allow-plain-http allows it" } else { "" };
            return Failure::usage(format!("{option}: {error}{hint}"));
        }
    }
    let text = error.to_string();
    let hint = if key.is_none() && text.starts_with("there is no API key") {
        "\nhint: a file that holds the key is named with --api-key-file"
    } else if text.contains("plain HTTP") {
        "\nhint: --allow-plain-http allows it; see also --api-url and --proxy"
    } else {
        ""
    };
    Failure::usage(format!("{text}{hint}"))
}
