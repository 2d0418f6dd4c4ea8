//! Words from the other side do no harm wherever they come from: no output moves a cursor, forges a line or has the key.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::time::Duration;

use log::LevelFilter;
use unstructured_jobs::{Error, ErrorKind, WaitOptions};

use crate::secrets::{RECORDER, assert_not_recorded, recorded, spellings};
use crate::support::certificates::Authority;
use crate::support::child::in_own_process;
use crate::support::hostile;
use crate::support::proxy::Proxy;
use crate::support::server::{Server, keep_responding};
use crate::support::{JOB, KEY, builder, job, ok};

/// Every output of an error.
#[track_caller]
fn assert_harmless(error: &Error, of: &dyn Debug) {
    let mut below: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = below {
        assert_is_printable(&error.to_string(), of);
        for text in [format!("{error:?}"), format!("{error:#?}").replace('\n', " ")] {
            assert_is_printable(&text, of);
        }
        below = error.source();
    }
}

#[track_caller]
fn assert_is_printable(text: &str, of: &dyn Debug) {
    assert!(!text.contains(char::is_control), "{of:?}: {text:?}");
    for spelling in spellings(KEY) {
        assert!(!text.contains(&spelling), "{of:?}: {text:?}");
    }
}

/// Where to ask, and how.
struct Target {
    url: String,
    proxy: String,
    ca: String,
}

impl Target {
    fn new(server: &Server) -> Self {
        Self { url: server.url(), proxy: "none".to_owned(), ca: Authority::new().pem().to_owned() }
    }

    /// Asks for everything, in Rust and in C. The kinds of the failures.
    fn ask(&self, of: &dyn Debug) -> Vec<ErrorKind> {
        let client = builder(&self.url).proxy(&self.proxy).ca_pem(self.ca.as_str()).build().expect("a client");
        let options = WaitOptions::new().max_outage(Duration::ZERO).initial_interval(Duration::from_millis(10));
        let results = [
            client.job_details(JOB).map(drop),
            client.failed_files(JOB).map(drop),
            client.wait(JOB, &options, |_| ControlFlow::Break(())).map(drop),
        ];
        #[cfg(feature = "capi")]
        if let Some(message) = c::job_details(self) {
            assert_is_printable(&message, of);
        }
        let errors = results.into_iter().filter_map(Result::err);
        errors.inspect(|error| assert_harmless(error, of)).map(|error| error.kind()).collect()
    }
}

/// What the C ABI says.
#[cfg(feature = "capi")]
mod c {
    use std::ffi::{CStr, CString, c_char, c_void};
    use std::ptr;

    use super::{JOB, KEY, Target};

    #[repr(C)]
    struct Error {
        result: i32,
        http_status: u16,
        retryable: bool,
        retry_after_ms: u64,
        attempts: u32,
        message: *const c_char,
    }

    // SAFETY: as include/unstructured_jobs.h declares them
    unsafe extern "C" {
        fn uns_config_new() -> *mut c_void;
        fn uns_config_set_api_key(config: *mut c_void, key: *const c_char) -> i32;
        fn uns_config_set_base_url(config: *mut c_void, url: *const c_char) -> i32;
        fn uns_config_set_proxy(config: *mut c_void, proxy: *const c_char) -> i32;
        fn uns_config_set_ca_pem(config: *mut c_void, pem: *const u8, len: usize) -> i32;
        fn uns_config_set_max_retries(config: *mut c_void, retries: u32) -> i32;
        fn uns_config_free(config: *mut c_void);
        fn uns_client_new(config: *const c_void, client: *mut *mut c_void, error: *mut *mut Error) -> i32;
        fn uns_client_free(client: *mut c_void);
        fn uns_client_job_details(
            client: *const c_void,
            job_id: *const c_char,
            details: *mut *mut c_void,
            error: *mut *mut Error,
        ) -> i32;
        fn uns_job_details_free(details: *mut c_void);
        fn uns_error_free(error: *mut Error);
    }

    /// The message of a call that failed.
    pub(super) fn job_details(target: &Target) -> Option<String> {
        let text = |text: &str| CString::new(text).expect("no NUL");
        let (key, url, proxy, id) = (text(KEY), text(&target.url), text(&target.proxy), text(JOB));
        let (mut client, mut details, mut error) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: every pointer is valid for its call, and everything handed out is freed once
        unsafe {
            let config = uns_config_new();
            assert_eq!(uns_config_set_api_key(config, key.as_ptr()), 0);
            assert_eq!(uns_config_set_base_url(config, url.as_ptr()), 0);
            assert_eq!(uns_config_set_proxy(config, proxy.as_ptr()), 0);
            assert_eq!(uns_config_set_ca_pem(config, target.ca.as_ptr(), target.ca.len()), 0);
            assert_eq!(uns_config_set_max_retries(config, 0), 0);
            assert_eq!(uns_client_new(config, &mut client, ptr::null_mut()), 0);
            uns_config_free(config);
            let result = uns_client_job_details(client, id.as_ptr(), &mut details, &mut error);
            uns_client_free(client);
            uns_job_details_free(details);
            if error.is_null() {
                return None;
            }
            assert_eq!((*error).result, result);
            let message = CStr::from_ptr((*error).message).to_str().expect("UTF-8").to_owned();
            uns_error_free(error);
            Some(message)
        }
    }
}

/// What this library logged is one line for each record, and harmless. (ureq dumps what it receives, in hexadecimal.)
#[track_caller]
fn assert_log_is_harmless() {
    let records = recorded();
    let ours: Vec<&str> = records.lines().filter(|line| !line.starts_with("ureq")).collect();
    for line in &ours {
        assert!(line.starts_with("unstructured_jobs::"), "{line:?}");
        assert_is_printable(line, &"the log");
    }
    assert_not_recorded(KEY, &ours.join("\n"));
}

fn record_everything() {
    log::set_logger(&RECORDER).expect("the only logger");
    log::set_max_level(LevelFilter::Trace);
}

#[test]
fn in_responses() {
    in_own_process("hostile::in_responses", &[], || {
        record_everything();
        let mut responses = Vec::new();
        for words in hostile::words(KEY) {
            responses.extend(hostile::responses(&words, JOB));
        }
        for bytes in responses {
            let of = String::from_utf8_lossy(&bytes).into_owned();
            let server = Server::raw(bytes);
            let failures = Target::new(&server).ask(&of);
            let fine = ["200 OK\r\nContent-Type", "\"message\""].iter().any(|part| of.contains(part));
            assert!(!failures.is_empty() || fine, "{of:?}");
            assert_log_is_harmless();
        }
    });
}

#[test]
fn in_certificates() {
    in_own_process("hostile::in_certificates", &[], || {
        record_everything();
        for words in hostile::words(KEY) {
            let authority = Authority::new();
            let fine = Server::start_tls(authority.identity().config(), keep_responding(|_, _| ok(job("SUCCESS"))));
            let hostile = Server::start_tls(hostile::naming(&authority, &words).config(), |connection| {
                connection.read_request();
            });
            let tunnel = Proxy::to(hostile.addr());
            let target = |url: &Server, proxy: String| Target { url: url.url(), proxy, ca: authority.pem().to_owned() };
            for target in [
                target(&hostile, "none".to_owned()),
                target(&hostile, tunnel.server.url()),
                target(&fine, hostile.url()),
            ] {
                assert_eq!(target.ask(&words), [ErrorKind::Tls; 3]);
            }
            // its purposes and its algorithms are numbers, in which a key can be spelled as well
            let oid: Vec<u64> = [1, 3].into_iter().chain(words.bytes().map(u64::from)).collect();
            let purpose = authority.identity_with(&["127.0.0.1"], |params| {
                params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::Other(oid)];
            });
            let purpose = Server::start_tls(purpose.config(), |connection| {
                connection.read_request();
            });
            assert_eq!(target(&purpose, "none".to_owned()).ask(&words), [ErrorKind::Tls; 3]);
            assert_log_is_harmless();
        }
    });
}

#[test]
fn in_what_is_not_tls() {
    in_own_process("hostile::in_what_is_not_tls", &[], || {
        record_everything();
        for words in hostile::words(KEY) {
            for before in [&b""[..], b"HTTP/1.1 400 ", b"\x16\x03\x03\x00\x20", b"\x15\x03\x03\x00\x02\x02"] {
                let bytes = [before, words.as_bytes(), &[0; 64]].concat();
                let server = Server::start(move |connection| {
                    let _ = std::io::Read::read(&mut connection.socket(), &mut [0; 2048]);
                    connection.send(&bytes);
                });
                let target = Target { url: server.url().replace("http:", "https:"), ..Target::new(&server) };
                assert_eq!(target.ask(&words), [ErrorKind::Tls; 3]);
                assert_log_is_harmless();
            }
        }
    });
}

#[test]
fn in_replies_of_a_proxy() {
    in_own_process("hostile::in_replies_of_a_proxy", &[], || {
        record_everything();
        for words in hostile::words(KEY) {
            for reply in hostile::PROXY_REPLIES {
                let reply = reply.replace("WORDS", &words);
                let sent = reply.clone();
                let proxy = Server::start(move |connection| {
                    connection.read_request();
                    connection.send(&sent);
                });
                let target = Target { url: "https://a.example".to_owned(), proxy: proxy.url(), ..Target::new(&proxy) };
                assert_eq!(target.ask(&reply).len(), 3);
                assert_log_is_harmless();
            }
        }
    });
}
