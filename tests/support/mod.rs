//! What the tests share: servers that this process owns, a client for them, and ways to look at what came back.

pub(crate) mod assertions;
pub(crate) mod certificates;
pub(crate) mod child;
#[cfg(feature = "capi")] // only the blocks in C are looked at from here
pub(crate) mod documents;
pub(crate) mod hostile;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod server;
pub(crate) mod time;

use std::fmt::Display;
use std::time::Duration;

use unstructured_jobs::{Builder, Client};

/// Unlike anything else that stands in a request or a response, so that searching for it finds it and nothing else.
pub(crate) const KEY: &str = "k3y-0a1b2c3d4e5f6071-Zz";

/// The job that everyone asks for.
pub(crate) const JOB: &str = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e";

/// A client for the server at `base_url`: no proxy whatever the environment says, no retries, short timeouts.
pub(crate) fn builder(base_url: impl Display) -> Builder {
    Client::builder()
        .api_key(KEY)
        .base_url(base_url.to_string())
        .proxy("none")
        .max_retries(0)
        .timeout(Duration::from_secs(20))
        .connect_timeout(Duration::from_secs(10))
}

#[track_caller]
pub(crate) fn client(base_url: impl Display) -> Client {
    builder(base_url).build().expect("the configuration is sound")
}

/// The details of [`JOB`] as the service sends them.
pub(crate) fn job(status: &str) -> String {
    format!(r#"{{"id":"{JOB}","processing_status":"{status}","node_stats":[],"message":null}}"#)
}

/// A whole HTTP response with a `Content-Length`. `head`: the status line's end and further header lines, `\r\n` apart.
pub(crate) fn response(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// `200 OK` with a JSON body.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    response("200 OK\r\nContent-Type: application/json", body)
}
