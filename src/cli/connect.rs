//! From options and environment to a client, and from what is wrong with them to a sentence that names the option.

use std::env;

use unstructured_jobs::{Builder, Client, Error, ErrorKind};
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
    let client = configure(service, key.as_ref()).build().map_err(|error| blame(service, key.as_ref(), error))?;
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

/// Names the option that the error comes from: the one that alone, with all else in order, fails as well. The library
/// names variables itself, and the setting, but it cannot know what the setting is called here.
fn blame(service: &Service, key: Option<&Zeroizing<String>>, error: Error) -> Failure {
    if error.kind() != ErrorKind::InvalidArgument {
        return Failure::of_error(&error, Circumstances::default());
    }
    let sound = || Client::builder().api_key("sound").proxy("none").allow_plain_http(true);
    let probes = [
        ("--api-key-file", key.map(|key| sound().api_key(key.as_str()))),
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
            return Failure::usage(format!("{option}: {error:#}{hint}"));
        }
    }
    let text = format!("{error:#}");
    let hint = if key.is_none() && text.starts_with("there is no API key") {
        "\nhint: a file that holds the key is named with --api-key-file"
    } else if text.contains("plain HTTP") {
        "\nhint: --allow-plain-http allows it; see also --api-url and --proxy"
    } else {
        ""
    };
    Failure::usage(format!("{text}{hint}"))
}
