//! Base URL, job id and proxy: refused with words that can be printed and hold no password, or a request that goes where
//! it says.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use unstructured_jobs::fuzzing::request;
use unstructured_jobs::{ErrorKind, printable};

#[derive(Debug, Arbitrary)]
struct Case<'a> {
    allow_plain_http: bool,
    job_id: &'a str,
    no_proxy: Option<&'a str>,
    proxy: &'a str,
    base_url: &'a str,
}

fuzz_target!(|case: Case| {
    let asked = request(case.base_url, case.job_id, case.proxy, case.no_proxy, case.allow_plain_http);
    let request = match asked {
        Ok(request) => request,
        Err(error) => {
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{text}");
            assert_eq!(printable(&text), text);
            assert!(text.len() < 1024, "{text}");
            return;
        }
    };
    assert_eq!(request.url, request.parsed, "the HTTP library changes nothing");
    assert!((1..=128).contains(&case.job_id.len()));
    let path = request.url.splitn(4, '/').nth(3).expect("a path");
    let end = format!("api/v1/jobs/{}/details", case.job_id);
    assert!(path == end || path.ends_with(&format!("/{end}")), "{path}");
    assert!(path.split('/').all(|segment| !matches!(segment, "." | "..")), "{path}");
    assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\\".contains(&byte)), "{path}");

    let uri: http::Uri = request.url.parse().expect("a URL");
    assert_eq!(uri.scheme_str(), Some(if request.tls { "https" } else { "http" }));
    assert_eq!(uri.host(), Some(request.host.as_str()));
    assert_eq!(uri.port_u16().unwrap_or(if request.tls { 443 } else { 80 }), request.port);
    assert!(request.port > 0);
    assert!(request.tls || case.allow_plain_http || request.host_is_loopback, "the key in the clear: {}", request.url);

    if let Some((proxy, authorization)) = request.proxy {
        assert!(proxy.parse::<http::Uri>().is_ok_and(|uri| uri.port_u16().is_some_and(|port| port > 0)), "{proxy}");
        assert!(!proxy.contains('@'), "no user and no password: {proxy}");
        if let Some(authorization) = authorization {
            assert!(authorization.starts_with("Basic ") && authorization.bytes().all(|b| (b' '..0x7f).contains(&b)));
        }
    }
});
