//! `Retry-After` in all its forms, and the pauses without it.

use std::time::{Duration, SystemTime};

use unstructured_jobs::ErrorKind;

use crate::support::assertions::fails_somehow;
use crate::support::server::Server;
use crate::support::time::{AT_ONCE, timed};
use crate::support::{JOB, builder, job, ok, response};

/// How a 429 with this header ends when there is no time left for its pause.
#[track_caller]
fn retry_after(header: &str) -> Option<Duration> {
    let server = Server::always(response(&format!("429 Slow down{header}"), ""));
    let client = builder(server.url()).timeout(Duration::from_millis(300)).max_retries(9).build().expect("a client");
    let (result, took) = timed(|| client.job_details(JOB));
    let error = fails_somehow(result, ErrorKind::RateLimited);
    assert!(error.is_retryable() && took < AT_ONCE, "{took:?}");
    assert_eq!(error.attempts(), 1, "a pause that does not fit ends the call at once");
    assert_eq!(server.requests().len(), 1);
    error.retry_after()
}

#[test]
fn retry_after_in_all_its_forms() {
    let seconds = |n| Some(Duration::from_secs(n));
    for (header, expected) in [
        ("", None),
        ("\r\nRetry-After: 5", seconds(5)),
        ("\r\nretry-after:120", seconds(120)),
        ("\r\nRetry-After: \t 7 \t", seconds(7)),
        ("\r\nRetry-After: 99999999999999999999", seconds(u64::MAX)),
        ("\r\nRetry-After: 3\r\nRetry-After: 900", seconds(3)),
        ("\r\nRetry-After:", None),
        ("\r\nRetry-After: abc", None),
        ("\r\nRetry-After: -1", None),
        ("\r\nRetry-After: 1e9", None),
        ("\r\nRetry-After: 1.5", None),
        ("\r\nRetry-After: 0x10", None),
        ("\r\nRetry-After: caf\u{e9}", None),
        ("\r\nRetry-After: Sun, 31 Feb 2094 08:49:37 GMT", None),
    ] {
        assert_eq!(retry_after(header), expected, "{header:?}");
    }
}

#[test]
fn retry_after_as_a_date_is_counted_from_now() {
    let at = SystemTime::now() + Duration::from_secs(3600);
    let asked = retry_after(&format!("\r\nRetry-After: {}", httpdate::fmt_http_date(at))).expect("a date");
    assert!((3500..=3600).contains(&asked.as_secs()), "{asked:?}");
    // obsolete forms, far ahead (RFC 9110 section 5.6.7)
    for date in ["Thu, 01 Jan 2099 00:00:00 GMT", "Thu Jan  1 00:00:00 2099"] {
        let asked = retry_after(&format!("\r\nRetry-After: {date}")).expect("a date");
        assert!(asked > Duration::from_secs(365 * 24 * 3600), "{date}: {asked:?}");
    }
}

#[test]
fn a_retry_after_date_counts_from_the_response_s_own_date() {
    // the server's clock is ten minutes ahead of ours, and ten behind
    let now = SystemTime::now();
    let minutes = Duration::from_secs(600);
    for theirs in [now + minutes, now - minutes] {
        let date = |at| httpdate::fmt_http_date(at);
        let header = format!("\r\nDate: {}\r\nRetry-After: {}", date(theirs), date(theirs + Duration::from_secs(3)));
        assert_eq!(retry_after(&header), Some(Duration::from_secs(3)));
    }
}

#[test]
fn a_date_that_has_passed_means_now() {
    for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
        let head = format!("503 Away\r\nRetry-After: {date}");
        let server = Server::responding(move |n, _| if n == 0 { response(&head, "") } else { ok(job("SUCCESS")) });
        let client = builder(server.url()).max_retries(1).build().expect("a client");
        client.job_details(JOB).expect("the second time");
    }
}

#[test]
fn a_pause_of_ours_grows_from_half_a_second() {
    let server = Server::responding(|n, _| if n == 0 { response("503 Away", "") } else { ok(job("SUCCESS")) });
    let client = builder(server.url()).max_retries(1).build().expect("a client");
    let (result, took) = timed(|| client.job_details(JOB));
    result.expect("the second time");
    assert!((Duration::from_millis(450)..Duration::from_secs(5)).contains(&took), "{took:?}");
}
