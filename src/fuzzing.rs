//! What the fuzz targets in `fuzz/` reach beside the public API. Compiled for them alone (`--cfg fuzzing`).
#![allow(missing_docs, clippy::missing_errors_doc, reason = "no user sees it")]

use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use crate::decode;
use crate::endpoint::{BaseUrl, Resource};
use crate::error::Error;
use crate::http::{self, Url};
use crate::key::ApiKey;
use crate::proxy;
use crate::response;
use crate::retry;
use crate::text::Quote;
use crate::types::{FailedFile, FileStatuses, JobDetails};

/// The status, the end, and whether the head is whole; `None` if it is refused.
pub fn head(input: &mut [u8]) -> Option<(Option<u16>, usize, bool)> {
    http::read_head(input)
}

/// What is made of a body, by whom it is for.
pub struct Answers {
    pub details: Result<JobDetails, Error>,
    pub failed: Result<Vec<FailedFile>, Error>,
    pub files: Result<FileStatuses, Error>,
}

pub fn answers(status: u16, body: &[u8], job_id: &str, key: &str) -> Result<Answers, Error> {
    let quote = Quote::new(ApiKey::parse(key)?);
    let response = || http::made_up(status, body.to_vec());
    Ok(Answers {
        details: response::judge(response(), "", &quote, |body| decode::job_details(body, job_id)),
        failed: response::judge(response(), "", &quote, decode::failed_files),
        files: response::judge(response(), "", &quote, |body| decode::file_statuses(body, job_id)),
    })
}

/// A request as it would be sent.
pub struct Request {
    pub url: String,
    pub tls: bool,
    pub host: String,
    pub port: u16,
    pub host_is_loopback: bool,
    /// The URL, as the HTTP library writes it.
    pub parsed: String,
    /// As it is named in messages, and its `Proxy-Authorization`.
    pub proxy: Option<(String, Option<String>)>,
}

/// `proxy` is the setting, or the environment's, beside `no_proxy`.
pub fn request(
    base_url: &str,
    job_id: &str,
    proxy: &str,
    no_proxy: Option<&str>,
    allow_plain_http: bool,
) -> Result<Request, Error> {
    let base = BaseUrl::parse(base_url, allow_plain_http)?;
    let url = base.request_url(job_id, Resource::Details)?;
    let environment = |name: &str| match name {
        "https_proxy" | "http_proxy" => Some(OsString::from(proxy)),
        "no_proxy" => no_proxy.map(OsString::from),
        _ => None,
    };
    let setting = no_proxy.is_none().then_some(proxy);
    let chosen = proxy::choose(setting, &base, allow_plain_http, &environment)?;
    Ok(Request {
        parsed: Url::parse(url.clone())?.to_string(),
        url,
        tls: base.tls,
        host: base.host.to_string(),
        port: base.port,
        host_is_loopback: base.host.is_loopback(),
        proxy: chosen.map(|proxy| (proxy.to_string(), proxy.authorization.map(|text| text.to_string()))),
    })
}

pub fn retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    retry::retry_after(value, date, now)
}

pub fn pause(failures: u32, retry_after: Option<Duration>, random: f64) -> Duration {
    retry::pause(failures, retry_after, random)
}
