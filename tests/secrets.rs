//! The key is in nothing that the library says: every test searches its errors, this one all that is logged.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::Duration;

use log::{LevelFilter, Log, Metadata, Record};
use unstructured_jobs::{ErrorKind, WaitOptions};

use crate::support::assertions::{assert_no_key, fails};
use crate::support::certificates::Authority;
use crate::support::child::in_own_process;
use crate::support::proxy::Proxy;
use crate::support::server::{Server, keep_responding};
use crate::support::{JOB, KEY, builder, client, job, ok, response};

/// Keeps every record of every library in this process.
pub(crate) struct Recorder(Mutex<String>);

pub(crate) static RECORDER: Recorder = Recorder(Mutex::new(String::new()));

impl Log for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut text = self.0.lock().expect("the records");
        writeln!(text, "{} {}", record.target(), record.args()).expect("memory");
    }

    fn flush(&self) {}
}

/// Takes everything recorded so far.
pub(crate) fn recorded() -> String {
    std::mem::take(&mut RECORDER.0.lock().expect("the records"))
}

/// The key in every spelling that a dump of bytes may use.
pub(crate) fn spellings(key: &str) -> Vec<String> {
    let join = |format: &dyn Fn(u8) -> String, between: &str| key.bytes().map(format).collect::<Vec<_>>().join(between);
    let mut spellings = vec![key.to_owned()];
    for between in ["", " ", ", ", ":"] {
        spellings.push(join(&|byte| format!("{byte:02x}"), between));
        spellings.push(join(&|byte| format!("{byte:02X}"), between));
        spellings.push(join(&|byte| byte.to_string(), between));
        spellings.push(join(&|byte| format!("0x{byte:02x}"), between));
    }
    spellings
}

/// The bytes that ureq dumps, 16 to a record (`6b33 792d …  k3y-…`), in one row of digits.
fn dumped(records: &str) -> String {
    let dumps = records.lines().filter_map(|line| line.strip_prefix("ureq_proto::util "));
    dumps.flat_map(|dump| dump.split("  ").next()).flat_map(|hex| hex.chars().filter(char::is_ascii_hexdigit)).collect()
}

#[track_caller]
pub(crate) fn assert_not_recorded(secret: &str, records: &str) {
    for spelling in spellings(secret) {
        assert!(!records.contains(&spelling), "{secret} is in the log as {spelling:?}:\n{records}");
        assert!(!dumped(records).contains(&spelling), "{secret} is in the log, dumped:\n{records}");
    }
}

#[test]
fn the_key_is_in_no_log_record_at_any_level() {
    in_own_process("secrets::the_key_is_in_no_log_record_at_any_level", &[], || {
        log::set_logger(&RECORDER).expect("the only logger");
        log::set_max_level(LevelFilter::Trace);

        // encrypted, through a proxy that wants a password: records of every library
        let authority = Authority::new();
        let server = Server::start_tls(
            authority.identity().config(),
            keep_responding(|n, _| match n {
                0 => response("503 Away\r\nRetry-After: 0", "later"),
                1 => ok(job("SUCCESS")),
                2 => response("401 No", r#"{"detail":"bad key"}"#),
                _ => b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n".to_vec(),
            }),
        );
        let proxy = Proxy::to(server.addr());
        let password = "pr0xy-Pa55w0rd";
        let client = builder(server.url_at("localhost"))
            .proxy(proxy.server.url().replace("http://", &format!("http://user:{password}@")))
            .ca_pem(authority.pem())
            .max_retries(1)
            .build()
            .expect("a client");
        client.job_details(JOB).expect("a response");
        for _ in 0..2 {
            client.job_details(JOB).expect_err("no response");
        }
        assert_eq!(server.requests().iter().filter(|head| head.contains(KEY)).count(), server.requests().len());
        let records = recorded();
        for library in ["ureq::", "ureq_proto::", "unstructured_jobs::"] {
            assert!(records.contains(library), "nothing was recorded of {library}:\n{records}");
        }
        let request_line: String = "GET /api/v1/jobs/".bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(dumped(&records).contains(&request_line), "the dumps are no longer read right:\n{records}");
        for secret in [KEY, password, "dXNlcjpwcjB4eS1QYTU1dzByZA=="] {
            assert_not_recorded(secret, &records);
        }

        // a server that repeats the key wherever it can: ureq dumps what it receives, this library repeats nothing
        let echo = Server::responding(|n, _| match n {
            0 => response("503 Away\r\nRetry-After: 0", KEY),
            1 => response(&format!("401 {KEY}\r\nX-Echo: {KEY}"), format!(r#"{{"detail":"{KEY}"}}"#)),
            2 => response(&format!("302 Found\r\nLocation: https://{KEY}.example/{KEY}"), ""),
            3 => ok(format!(r#"{{"id":"{KEY}","processing_status":"{KEY}","node_stats":[]}}"#)),
            4 => ok(format!(r#"{{"{KEY}":"{KEY}","node_stats":"{KEY}"}}"#)),
            _ => format!("HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n").into_bytes(),
        });
        let client = builder(echo.url()).max_retries(1).build().expect("a client");
        let options = WaitOptions::new().initial_interval(Duration::from_millis(10)).max_outage(Duration::ZERO);
        for _ in 0..5 {
            assert_no_key(&client.job_details(JOB).expect_err("an echo"));
            assert_no_key(&client.wait(JOB, &options, |_| ControlFlow::Continue(())).expect_err("an echo"));
        }
        let records = recorded();
        let ours: String = records.lines().filter(|line| line.starts_with("unstructured_jobs")).collect();
        assert!(ours.contains("[API key]"), "{ours}");
        assert_not_recorded(KEY, &ours);
    });
}

#[test]
fn a_key_of_digits_is_hidden_where_a_number_is_quoted() {
    let key = "9876543210123";
    let server = Server::always(ok(format!(r#"{{"id":{key},"processing_status":"SUCCESS","node_stats":[]}}"#)));
    let client = builder(server.url()).api_key(key).build().expect("a client");
    let error = client.job_details(JOB).expect_err("no such id");
    assert!(!format!("{error} {error:?}").contains(key), "{error:?}");
    assert!(error.to_string().starts_with("id: expected a string, found [API key] (GET "), "{error}");
}

#[test]
fn a_key_given_for_a_job_id_goes_nowhere() {
    let server = Server::always(ok(job("SUCCESS")));
    let client = client(server.url());
    let why = "the job id holds the API key; are the two mixed up?";
    for id in [KEY.to_owned(), format!("a_{KEY}_b")] {
        for error in [
            fails(client.job_details(&id), ErrorKind::InvalidArgument, why),
            fails(client.failed_files(&id), ErrorKind::InvalidArgument, why),
            fails(client.file_statuses(&id), ErrorKind::InvalidArgument, why),
            fails(
                client.wait(&id, &WaitOptions::default(), |_| ControlFlow::Continue(())),
                ErrorKind::InvalidArgument,
                why,
            ),
        ] {
            assert_eq!(error.setting(), Some("job_id"));
        }
    }
    assert_eq!(server.requests(), [""; 0]);
}
