//! Waiting: until the job ends, through whatever happens meanwhile.

use std::ops::ControlFlow;
use std::time::Duration;

use unstructured_jobs::{ErrorKind, Event, EventKind, WaitOptions};

use crate::support::assertions::{fails, fails_somehow};
use crate::support::server::Server;
use crate::support::time::{AT_ONCE, MARGIN, timed};
use crate::support::{JOB, client, job, ok, response};

/// As quick as it may be.
pub(crate) fn quickly() -> WaitOptions {
    WaitOptions::new().initial_interval(Duration::from_millis(10)).max_interval(Duration::from_millis(20))
}

/// Pauses that nobody has the time to sit through.
pub(crate) fn slowly() -> WaitOptions {
    WaitOptions::new().initial_interval(Duration::from_secs(600)).max_interval(Duration::from_secs(600))
}

pub(crate) fn go_on(_: &Event) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Responds to the n-th request with the n-th status, and all later ones with the last.
pub(crate) fn statuses(all: &'static [&'static str]) -> Server {
    Server::responding(move |n, _| ok(job(all[n.min(all.len() - 1)])))
}

pub(crate) fn url(server: &Server) -> String {
    format!("{}/api/v1/jobs/{JOB}/details", server.url())
}

const RATE_LIMIT: &str = "429 Slow\r\nRetry-After: 0";

#[test]
fn every_response_is_seen_and_the_last_one_returned() {
    let all = &["SCHEDULED", "IN_PROGRESS", "NEW_IN_2027", "SCHEDULED", "IN_PROGRESS", "COMPLETED_WITH_ERRORS"];
    let server = statuses(all);
    let mut seen = Vec::new();
    let end = client(server.url())
        .wait(JOB, &quickly(), |event| {
            let details = event.details.as_ref().expect("details");
            seen.push(details.processing_status.as_str().to_owned());
            ControlFlow::Continue(())
        })
        .expect("an end");
    assert_eq!(seen, all);
    assert_eq!(end.processing_status.as_str(), "COMPLETED_WITH_ERRORS");
    assert_eq!((server.connections(), server.requests().len()), (1, all.len()));
}

#[test]
fn each_terminal_status_ends_it_at_the_first_poll() {
    for status in ["SUCCESS", "COMPLETED_WITH_ERRORS", "STOPPED", "FAILED"] {
        let server = Server::always(ok(job(status)));
        let end = client(server.url()).wait(JOB, &slowly(), go_on).expect("an end");
        assert_eq!((end.processing_status.as_str(), server.requests().len()), (status, 1));
    }
}

#[test]
fn refusals_end_it_at_once() {
    for (status, kind) in [
        (400, ErrorKind::HttpStatus),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (422, ErrorKind::Unprocessable),
        (302, ErrorKind::HttpStatus),
    ] {
        let server = Server::responding(move |n, _| match n {
            0 => ok(job("IN_PROGRESS")),
            _ => response(&format!("{status} No"), ""),
        });
        let error = fails_somehow(client(server.url()).wait(JOB, &quickly(), go_on), kind);
        assert_eq!((error.http_status(), server.requests().len()), (Some(status), 2));
    }
    let server = Server::always(ok("{}"));
    fails_somehow(client(server.url()).wait(JOB, &quickly(), go_on), ErrorKind::Decode);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_job_that_was_started_just_now_may_be_unknown_for_as_long_as_asked() {
    let appears_at =
        |n| Server::responding(move |at, _| if at < n { response("404 No", "") } else { ok(job("SUCCESS")) });
    let patient = quickly().until_exists(Duration::from_secs(60));
    let server = appears_at(5);
    assert_eq!(client(server.url()).wait(JOB, &patient, go_on).expect("an end").id, JOB);
    assert_eq!(server.requests().len(), 6);

    let server = appears_at(usize::MAX);
    let options = quickly().until_exists(Duration::from_millis(100));
    let error = fails_somehow(client(server.url()).wait(JOB, &options, go_on), ErrorKind::NotFound);
    assert_eq!(error.attempts() as usize, server.requests().len());
    assert!(server.requests().len() > 2);

    let server = appears_at(usize::MAX);
    fails_somehow(client(server.url()).wait(JOB, &quickly(), go_on), ErrorKind::NotFound);
    assert_eq!(server.requests().len(), 1, "it is not borne unless that is asked for");
}

#[test]
fn a_server_that_fails_every_second_response_is_borne() {
    let server = Server::responding(|n, _| match n {
        9 => ok(job("SUCCESS")),
        n if n % 2 == 0 => {
            response(["503 Away\r\nRetry-After: 0", RATE_LIMIT, "500 Oops\r\nRetry-After: 0"][n / 2 % 3], "")
        }
        _ => ok(job("IN_PROGRESS")),
    });
    let mut seen = 0;
    let end = client(server.url()).wait(JOB, &quickly(), |event| {
        seen += usize::from(event.kind != EventKind::Failed);
        ControlFlow::Continue(())
    });
    assert!(end.expect("an end").processing_status.is_success());
    assert_eq!((seen, server.requests().len()), (5, 10));
}

#[test]
fn every_poll_is_an_event() {
    let server = Server::responding(|n, _| match n {
        0 => response("500 Oops\r\nRetry-After: 0", ""),
        2 | 3 => response(RATE_LIMIT, ""),
        4 => ok(job("STOPPED")),
        _ => ok(job("SCHEDULED")),
    });
    let mut seen = Vec::new();
    let end = client(server.url()).wait(JOB, &quickly(), |event| {
        assert_eq!((&*event.job_id, event.index), (JOB, 0));
        let status = event.details.as_ref().map(|details| details.processing_status.to_string());
        let failed = event.error.as_ref().and_then(unstructured_jobs::Error::http_status);
        assert!(event.next_poll_in.is_none_or(|pause| pause <= Duration::from_millis(22)), "{event:?}");
        seen.push((event.kind, status, failed, event.failures, event.next_poll_in.is_some()));
        ControlFlow::Continue(())
    });
    end.expect("an end");
    let scheduled = || Some("SCHEDULED".to_owned());
    let expected = [
        (EventKind::Failed, None, Some(500), 1, true),
        (EventKind::Responded, scheduled(), None, 0, true),
        (EventKind::Failed, scheduled(), Some(429), 1, true),
        (EventKind::Failed, scheduled(), Some(429), 2, true),
        (EventKind::Ended, Some("STOPPED".to_owned()), None, 0, false),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_last_event_of_a_job_that_is_given_up_has_its_error() {
    let server = Server::responding(|n, _| match n {
        0 => ok(job("IN_PROGRESS")),
        _ => response("404 Gone", ""),
    });
    let mut last = None;
    let result = client(server.url()).wait(JOB, &quickly(), |event| {
        last = Some(event.clone());
        ControlFlow::Continue(())
    });
    let error = fails_somehow(result, ErrorKind::NotFound);
    let last = last.expect("an event");
    assert_eq!((last.kind, last.next_poll_in), (EventKind::GaveUp, None));
    assert_eq!(last.error.expect("an error").to_string(), error.to_string());
    assert!(last.details.is_some_and(|details| details.id == JOB), "it keeps what was seen last");
}

#[test]
fn connections_that_break_are_borne() {
    let server = Server::start(|connection| {
        let step = connection.index;
        if connection.read_request().is_none() {
            return;
        }
        match step {
            0 => drop(connection.send("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")),
            1 => connection.reset(),
            _ => drop(connection.send(ok(job("SUCCESS")))),
        }
    });
    let (end, took) = timed(|| client(server.url()).wait(JOB, &quickly(), go_on));
    end.expect("an end");
    assert_eq!(server.requests().len(), 3);
    assert!(took >= Duration::from_millis(450 + 900), "failures have pauses of their own: {took:?}");
}

#[test]
fn an_outage_that_lasts_ends_it_with_the_last_failure() {
    let server = Server::always(response("503 Away", r#"{"detail":"gone fishing"}"#));
    let options = quickly().max_outage(Duration::from_millis(700));
    let (result, took) = timed(|| client(server.url()).wait(JOB, &options, go_on));
    // looks at 0, after about 0.5 s, and at the end of what is borne
    let message = format!("HTTP 503: the service failed; it says: gone fishing (GET {}, 3 attempts)", url(&server));
    let error = fails(result, ErrorKind::HttpStatus, &message);
    assert_eq!((error.attempts(), error.http_status(), server.requests().len()), (3, Some(503), 3));
    assert!(took >= Duration::from_millis(695) && took < Duration::from_millis(700) + MARGIN, "{took:?}");
}

#[test]
fn no_outage_at_all_is_borne_if_so_asked() {
    let server = Server::always(response("503 Away", ""));
    let error = client(server.url()).wait(JOB, &quickly().max_outage(Duration::ZERO), go_on).expect_err("away");
    assert_eq!((error.http_status(), error.attempts(), server.requests().len()), (Some(503), 1, 1));
}

#[test]
fn retry_after_is_honoured_and_one_beyond_the_outage_gives_up_at_once() {
    let server = Server::responding(|n, _| match n {
        0 => response("429 Slow\r\nRetry-After: 1", ""),
        _ => ok(job("SUCCESS")),
    });
    let (end, took) = timed(|| client(server.url()).wait(JOB, &quickly(), go_on));
    end.expect("an end");
    assert!(took >= Duration::from_millis(995), "{took:?}");

    let server = Server::always(response("429 Slow\r\nRetry-After: 3600", ""));
    let (result, took) = timed(|| client(server.url()).wait(JOB, &quickly(), go_on));
    let error = fails_somehow(result, ErrorKind::RateLimited);
    assert_eq!((error.retry_after(), server.requests().len()), (Some(Duration::from_secs(3600)), 1));
    assert!(took < AT_ONCE, "{took:?}");
}

#[test]
fn retry_after_is_cut_to_the_last_poll_at_the_deadline() {
    let server = Server::responding(|n, _| match n {
        0 => response("429 Slow\r\nRetry-After: 100", ""),
        _ => ok(job("SUCCESS")),
    });
    let options = quickly().timeout(Duration::from_millis(300));
    let (end, took) = timed(|| client(server.url()).wait(JOB, &options, go_on));
    end.expect("the last poll sees the end");
    assert!(took >= Duration::from_millis(295) && took < Duration::from_millis(300) + MARGIN, "{took:?}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn the_timeout_has_one_last_poll() {
    let server = Server::always(ok(job("IN_PROGRESS")));
    let options = slowly().timeout(Duration::from_millis(300));
    let (result, took) = timed(|| client(server.url()).wait(JOB, &options, go_on));
    let error = fails(result, ErrorKind::Timeout, "the job had not ended when the wait's 300ms had passed");
    assert!(error.is_retryable());
    assert_eq!(server.requests().len(), 2, "one poll at once, one at the end");
    assert!(took >= Duration::from_millis(295) && took < Duration::from_millis(300) + MARGIN, "{took:?}");

    let server = statuses(&["IN_PROGRESS", "SUCCESS"]);
    client(server.url()).wait(JOB, &options, go_on).expect("the last poll sees the end");

    let server = Server::always(ok(job("IN_PROGRESS")));
    let result = client(server.url()).wait(JOB, &slowly().timeout(Duration::ZERO), go_on);
    fails_somehow(result, ErrorKind::Timeout);
    assert_eq!(server.requests().len(), 1, "no time at all is time for one poll");
}

#[test]
fn a_timeout_during_an_outage_says_what_failed() {
    let server = Server::always(response("503 Away", ""));
    let options = quickly().timeout(Duration::from_millis(200));
    let result = client(server.url()).wait(JOB, &options, go_on);
    let message = format!(
        "the job had not ended when the wait's 200ms had passed; the last poll failed: HTTP 503: the service failed (GET {})",
        url(&server)
    );
    let error = fails(result, ErrorKind::Timeout, &message);
    let below = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<unstructured_jobs::Error>());
    assert_eq!(below.map(unstructured_jobs::Error::http_status), Some(Some(503)));
}

#[test]
fn a_server_that_falls_silent_does_not_hold_it_beyond_its_timeout() {
    let server = Server::start(|connection| {
        if connection.read_request().is_some() {
            connection.send(ok(job("IN_PROGRESS")));
        }
        connection.stay_silent();
    });
    let options = quickly().timeout(Duration::from_millis(300));
    let (result, took) = timed(|| client(server.url()).wait(JOB, &options, go_on));
    fails_somehow(result, ErrorKind::Timeout);
    assert!(took < Duration::from_millis(300) + MARGIN, "{took:?}");
}
