//! Responses that stop, stall or never stop: cut, reset, silent, slow, endless.

use std::time::Duration;

use unstructured_jobs::{Builder, Error, ErrorKind, JobDetails};

use crate::framing::said;
use crate::support::assertions::{fails, fails_saying, fails_somehow};
use crate::support::server::{Connection, Server};
use crate::support::time::{MARGIN, timed};
use crate::support::{JOB, builder, client, job, ok};

const SHORT: Duration = Duration::from_millis(400);

/// What a client with this little time makes of a server that follows this script once it has the request.
fn in_short_time(
    script: impl Fn(&mut Connection) + Send + Sync + 'static,
    configure: impl FnOnce(Builder) -> Builder,
) -> (Result<JobDetails, Error>, Duration) {
    let server = Server::start(move |connection| {
        if connection.read_request().is_some() {
            script(connection);
        }
    });
    let client = configure(builder(server.url()).timeout(SHORT)).build().expect("a client");
    timed(|| client.job_details(JOB))
}

#[track_caller]
fn broken(result: Result<JobDetails, Error>, part: &str) {
    let error = fails_saying(result, ErrorKind::Io, part);
    assert!(error.is_retryable(), "{error:?}");
}

/// Floods the client with `start` and then `more` without end.
#[track_caller]
fn endless(start: &'static str, more: &'static str, expected: ErrorKind, part: &str) {
    let (result, took) = in_short_time(
        move |connection| {
            connection.send(start);
            let flood = more.repeat(16 * 1024 / more.len());
            while !connection.is_stopping() && connection.send(&flood) {}
        },
        |builder| builder.timeout(Duration::from_secs(5)).max_response_bytes(1 << 20),
    );
    fails_saying(result, expected, part);
    assert!(took < Duration::from_secs(5) + MARGIN, "{took:?}");
}
#[test]
fn every_cut_of_the_head_is_a_broken_connection() {
    let whole = ok(job("SUCCESS"));
    let head = whole.windows(4).position(|four| four == b"\r\n\r\n").expect("an end of the head") + 4;
    let server = Server::start(move |connection| {
        if connection.read_request().is_some() {
            connection.send(&whole[..connection.index]);
        }
    });
    let client = client(server.url());
    for length in 0..head {
        let error = client.job_details(JOB).expect_err("a cut head");
        assert!(matches!(error.kind(), ErrorKind::Io), "{length}: {error:?}");
        assert!(error.is_retryable(), "{length}: {error:?}");
        assert_eq!(error.http_status(), None, "{length}");
    }
    assert_eq!(server.connections(), head, "nothing was silently asked twice");
}

#[test]
fn a_body_shorter_than_announced_is_a_broken_connection() {
    let body = job("SUCCESS");
    for length in [0, 1, body.len() - 1] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        broken(
            said([head.as_bytes(), &body.as_bytes()[..length]].concat()),
            "closed in the middle of the response's body",
        );
    }
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for rest in ["", "5", "5\r\n", "5\r\n{\"id", "6\r\n{\"id\":\r\n"] {
        broken(said(format!("{head}{rest}")), "closed in the middle of the response's body");
    }
}

#[test]
fn a_connection_that_is_reset_is_a_broken_connection() {
    for sent in ["", "HTTP/1.1 200 OK\r\nConte", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":"] {
        let server = Server::start(move |connection| {
            if connection.read_request().is_some() {
                connection.send(sent);
                connection.reset();
            }
        });
        broken(client(server.url()).job_details(JOB), "the connection ");
    }
    // before the request was even read
    let server = Server::start(|connection| connection.reset());
    broken(client(server.url()).job_details(JOB), "the connection ");
}

#[test]
fn a_connection_that_closes_without_a_word() {
    let server = Server::start(|connection| drop(connection.read_request()));
    let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
    let message = format!("the server closed the connection without a response (GET {url})");
    broken(Err(fails(client(server.url()).job_details(JOB), ErrorKind::Io, &message)), "");
}

#[test]
fn broken_responses_are_tried_again() {
    let server = Server::start(|connection| {
        let step = connection.index;
        if connection.read_request().is_none() {
            return;
        }
        match step {
            0 => drop(connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")),
            1 => connection.reset(),
            _ => drop(connection.send(ok(job("SUCCESS")))),
        }
    });
    let client = builder(server.url()).max_retries(2).build().expect("a client");
    client.job_details(JOB).expect("the third time");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn silence_ends_on_time() {
    for (sent, doing) in [
        ("", "timed out while waiting for the response"),
        ("HTTP/1.1 200 OK\r\nConte", "timed out while reading the response"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":", "timed out while reading the response"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", "timed out while reading the response"),
        ("HTTP/1.1 503 Away\r\nContent-Length: 500\r\n\r\n{", ""),
    ] {
        let (result, took) = in_short_time(
            move |connection| {
                connection.send(sent);
                connection.stay_silent();
            },
            |builder| builder.max_retries(3),
        );
        let error = result.expect_err("silence");
        if doing.is_empty() {
            // the status had come: it is the news
            assert_eq!((error.kind(), error.http_status()), (ErrorKind::HttpStatus, Some(503)), "{error:?}");
        } else {
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
            assert!(error.to_string().starts_with(doing), "{error}");
            assert!(error.is_retryable());
        }
        assert_eq!(error.attempts(), 1);
        assert!(took >= SHORT - Duration::from_millis(5) && took < SHORT + MARGIN, "{took:?}");
    }
}

#[test]
fn slowness_ends_on_time() {
    let pause = Duration::from_millis(20);
    let head = "HTTP/1.1 200 OK\r\n";
    for response in [
        format!("{head}X: {}", "x".repeat(1000)),
        format!("{head}Content-Length: 900\r\n\r\n{}", " ".repeat(900)),
        format!("{head}\r\n{}", " ".repeat(900)),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", "1\r\n \r\n".repeat(300)),
    ] {
        let (result, took) = in_short_time(
            move |connection| {
                // quick up to the interesting part
                let quick = response.len() - 800;
                connection.send(&response[..quick]);
                connection.send_slowly(&response[quick..], pause);
            },
            |builder| builder,
        );
        fails_somehow(result, ErrorKind::Timeout);
        assert!(took < SHORT + MARGIN, "{took:?}");
    }
}

#[test]
fn slow_but_on_time_is_fine() {
    let server = Server::start(|connection| {
        while connection.read_request().is_some() {
            connection.send_slowly(ok(job("SUCCESS")), Duration::from_millis(1));
        }
    });
    let client = client(server.url());
    client.job_details(JOB).expect("byte by byte");
    client.job_details(JOB).expect("byte by byte, once more");
    assert_eq!(server.connections(), 1);
}

#[test]
fn what_has_no_end_is_given_up() {
    let head = "the response's head is larger than the limit of 65536 bytes";
    endless("HTTP/1.1 200 OK\r\n", "X: yyyyyyyyyyyyyy\r\n", ErrorKind::Protocol, "");
    endless("HTTP/1.1 200 OK\r\nX: ", "y", ErrorKind::Protocol, head);
    endless("", "H", ErrorKind::Protocol, "");
    endless("", "\r\n", ErrorKind::Protocol, "");
    let body = "the response is larger than the limit of 1048576 bytes (max_response_bytes)";
    endless("HTTP/1.1 200 OK\r\n\r\n", " ", ErrorKind::Protocol, body);
    endless(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "10\r\n                \r\n",
        ErrorKind::Protocol,
        body,
    );
    endless("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", " ", ErrorKind::Protocol, body);
}
