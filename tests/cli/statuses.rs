//! Which statuses are worth another attempt: one rule, wherever it is asked for.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::thread;

use unstructured_jobs::{Builder, Client, Error, WaitOptions};

use crate::run::{KEY, bare, run};
use crate::server::details;
use crate::support::server::Server;

/// How often what was asked for.
type Counts = Arc<Mutex<HashMap<String, usize>>>;

/// Responds to a request about job `call503`, and as a proxy to `CONNECT connect503:443`, with that status. To the first
/// request about `wait503` as well, and to later ones with the end of the job.
fn service(counts: &Counts) -> Server {
    let counts = Arc::clone(counts);
    Server::start(move |connection| {
        let Some(head) = connection.read_request() else { return };
        let target = head.split(' ').nth(1).unwrap();
        let asked = target.strip_prefix("/api/v1/jobs/").unwrap_or(target).split(['/', ':']).next().unwrap().to_owned();
        let before = {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(asked.clone()).or_default();
            *count += 1;
            *count - 1
        };
        let (status, body) = match asked.trim_start_matches(|c: char| c.is_ascii_lowercase()) {
            _ if asked.starts_with("wait") && before > 0 => ("200", details(&asked, "SUCCESS")),
            status => (status, String::new()),
        };
        let length = body.len();
        connection.send(format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nRetry-After: 0\r\nConnection: close\r\n\r\n{body}"
        ));
    })
}

fn client(builder: Builder, status: u16) -> Client {
    // what comes after an interim status is no response at all, which is another matter
    builder.api_key(KEY).max_retries(if status < 200 { 0 } else { 1 }).build().unwrap()
}

/// The right response.
fn is_worth_another_attempt(status: u16) -> bool {
    matches!(status, 408 | 425 | 429) || (status >= 500 && status != 501 && status != 505)
}

fn says_so(error: &Error, status: u16) -> bool {
    error.http_status() == Some(status) && error.is_retryable()
}

#[test]
fn every_status_is_judged_alike_by_calls_waits_proxies_and_exit_codes() {
    let counts = Counts::default();
    let server = service(&counts);
    let url = server.url();
    let asked = |what: &str| counts.lock().unwrap().get(what).copied().unwrap_or_default();
    let judge = |status: u16| {
        let expected = is_worth_another_attempt(status);
        let attempts = if expected { 2 } else { 1 };

        let call = format!("call{status}");
        let direct = client(Client::builder().base_url(url.as_str()).proxy("none"), status);
        let error = direct.job_details(&call).unwrap_err();
        assert_eq!((says_so(&error, status), asked(&call)), (expected, attempts), "a call: {error}");

        if status > 200 {
            let wait = format!("wait{status}");
            let ended = direct.wait(&wait, &WaitOptions::new(), |_| ControlFlow::Continue(()));
            assert_eq!((ended.is_ok(), asked(&wait)), (expected, attempts), "a wait: {ended:?}");
        }
        if !(200..300).contains(&status) {
            let connect = format!("connect{status}");
            let target = format!("https://{connect}");
            let error = client(Client::builder().base_url(target.as_str()).proxy(url.as_str()), status);
            let error = error.job_details("j").unwrap_err();
            assert_eq!((says_so(&error, status), asked(&connect)), (expected, attempts), "CONNECT: {error}");
        }
        let done = run(bare(&["details", &call, "--retries", "0", "--proxy", "none", "--api-url", &url]));
        assert_eq!(done.code == 13, expected, "the exit code of {status}: {done:?}");
    };
    thread::scope(|scope| {
        for part in 0..4 {
            scope.spawn(move || (100 + part..600).step_by(4).for_each(judge));
        }
    });
}
