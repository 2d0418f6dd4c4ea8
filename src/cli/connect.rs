//! From options and environment to a client, and from what is wrong with them to a sentence that names the option.

use std::env;

use unstructured_jobs::{Builder, Client, Error};
use zeroize::Zeroizing;

use crate::args::Service;
use crate::failure::{Circumstances, Failure};
use crate::key;

/// What the service is asked through.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) circumstances: Circumstances,
}

/// The client that the options and the environment describe.
pub(crate) fn connect(service: &Service) -> Result<Connection, Failure> {
    let key = match &service.api_key_file {
        None => None,
        Some(path) => Some(key::read(path).map_err(|why| Failure::usage(format!("--api-key-file: {why}")))?),
    };
    let client = configure(service, key.as_ref()).build().map_err(|error| blame(service, &error))?;
    let quoted = |key: &str| key.trim_start().starts_with(['"', '\'', '`']);
    let quoted_key = match &key {
        Some(key) => quoted(key),
        None => env::var("UNSTRUCTURED_API_KEY").map(Zeroizing::new).is_ok_and(|key| quoted(&key)),
    };
    Ok(Connection { client, circumstances: Circumstances { quoted_key } })
}

fn configure(service: &Service, key: Option<&Zeroizing<String>>) -> Builder {
    let mut builder = Builder::from_env().allow_plain_http(service.allow_plain_http);
    if let Some(key) = key {
        builder = builder.api_key(key.as_str());
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

/// Names the option that the error comes from. A value from the environment has its variable named by the library.
fn blame(service: &Service, error: &Error) -> Failure {
    let mut failure = Failure::of_error(error, Circumstances::default());
    let option = match error.setting() {
        Some("api_key") if service.api_key_file.is_some() => "--api-key-file",
        Some("api_key") if env::var_os("UNSTRUCTURED_API_KEY").is_none() => {
            failure.hint = Some("a file that holds the key is named with --api-key-file");
            return failure;
        }
        Some("base_url") if service.api_url.is_some() => "--api-url",
        Some("ca_file") => "--ca-file",
        Some("proxy") if service.proxy.is_some() => "--proxy",
        _ => return failure,
    };
    failure.sentence = format!("{option}: {}", failure.sentence);
    failure
}
