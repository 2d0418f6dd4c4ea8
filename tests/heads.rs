//! Response heads: interim ones, folded ones, cut ones, those that say two things at once, and the limits.

use std::thread;
use std::time::Duration;

use unstructured_jobs::ErrorKind;

use crate::framing::said;
use crate::support::assertions::{assert_no_key, fails};
use crate::support::server::{Connection, Server};
use crate::support::time::{AT_ONCE, timed};
use crate::support::{JOB, KEY, builder, client, job, ok, response};

/// Fails for this reason, and leaves no connection behind.
#[track_caller]
fn refused(response: impl Into<Vec<u8>>, why: &str, retryable: bool) {
    let response = response.into();
    let server = Server::responding(move |n, _| if n == 0 { response.clone() } else { ok(job("SUCCESS")) });
    let client = client(server.url());
    let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
    let error = fails(client.job_details(JOB), ErrorKind::Protocol, &format!("{why} (GET {url})"));
    assert_eq!((error.is_retryable(), error.attempts()), (retryable, 1), "{error:?}");
    client.job_details(JOB).expect("over a new connection");
    assert_eq!((server.connections(), server.requests().len()), (2, 2));
}

#[test]
fn interim_responses_before_the_final_one() {
    let last = ok(job("SUCCESS"));
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: x\r\n\r\n",
        "HTTP/1.1 100 Continue\nX: y\n\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>;\r\n\trel=preload\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n",
        "HTTP/1.1 199 Whatever\r\n\r\n",
        &"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n".repeat(16),
    ] {
        said([interim.as_bytes(), &last].concat()).unwrap_or_else(|error| panic!("{interim:?}: {error}"));
    }
    // each in a packet of its own, and the connection is as good as before
    let server = Server::start(move |connection| {
        while connection.read_request().is_some() {
            connection.send_slowly(
                [&b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n"[..], &last].concat(),
                Duration::from_micros(200),
            );
        }
    });
    let client = client(server.url());
    for _ in 0..2 {
        client.job_details(JOB).expect("the final response");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn interim_responses_without_an_end() {
    for interim in
        ["HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Hints\r\nX: y\r\n\r\n"]
    {
        let why = "more than 16 interim responses (HTTP 1xx) came and no final one";
        refused([interim.repeat(17).as_bytes(), &ok(job("SUCCESS"))].concat(), why, false);
        let server = Server::start(move |connection| {
            connection.read_request();
            let flood = interim.repeat(100);
            while !connection.is_stopping() && connection.send(&flood) {}
        });
        let (result, took) = timed(|| client(server.url()).job_details(JOB));
        let error = result.expect_err("never a final response");
        assert!(error.to_string().starts_with(why) && took < AT_ONCE, "{took:?}, {error}");
    }
}

#[test]
fn folded_lines_are_understood() {
    let body = job("SUCCESS");
    let length = body.len();
    for fields in [
        format!("X-A: a\r\n b\r\nContent-Length: {length}\r\n"),
        format!("X-A: a\r\n\tb\r\n  c\r\n \r\nContent-Length: {length}\r\n"),
        format!("X-A: a\n b\nContent-Length: {length}\n"),
        format!("Content-Length:\r\n {length}\r\n"),
        format!("Content-Length: {length}\r\n \r\n"),
        format!("X-A:\r\n \r\n \r\n b\r\nContent-Length: {length}\r\n"),
    ] {
        for status in ["200 OK", "404 Not Found"] {
            let response = format!("HTTP/1.1 {status}\r\n{fields}\r\n{body}");
            let server = Server::start(move |connection| {
                while connection.read_request().is_some() {
                    // whole, and then byte by byte
                    connection.send(&response);
                    connection.read_request();
                    connection.send_slowly(&response, Duration::from_micros(200));
                }
            });
            let client = client(server.url());
            for _ in 0..2 {
                match client.job_details(JOB) {
                    Ok(details) => assert!(status == "200 OK" && details.processing_status.is_success()),
                    Err(error) => assert_eq!(error.http_status(), Some(404), "{fields:?}: {error}"),
                }
            }
            assert_eq!(server.connections(), 1, "{fields:?}");
        }
    }
    // what a fold says is heeded
    let error = said("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation:\r\n /there\r\n\r\n").expect_err("moved");
    assert!(error.to_string().contains("it points to /there"), "{error}");
    let error = said("HTTP/1.1 503 X\r\nContent-Length: 0\r\nRetry-After:\r\n\t7\r\n\r\n").expect_err("away");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    // before the first field there is nothing to continue
    let error =
        said(format!("HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: {length}\r\n\r\n{body}")).expect_err("no fold");
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[test]
fn framing_that_can_be_read_in_two_ways_is_refused() {
    let body = job("SUCCESS");
    let length = body.len();
    let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    let not_http = |what: &str| format!("the response is not valid HTTP: it has {what}");
    for (head, what) in [
        ("1.1 200 OK\r\nTransfer-Encoding: gzip, chunked", "a Transfer-Encoding other than chunked"),
        ("1.1 200 OK\r\nTransfer-Encoding: chunked, gzip", "a Transfer-Encoding other than chunked"),
        ("1.1 200 OK\r\nTransfer-Encoding: identity", "a Transfer-Encoding other than chunked"),
        ("1.1 200 OK\r\nTransfer-Encoding: xchunked", "a Transfer-Encoding other than chunked"),
        ("1.1 200 OK\r\nTransfer-Encoding:", "a Transfer-Encoding other than chunked"),
        ("1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "more than one Transfer-Encoding"),
        ("1.1 200 OK\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked", "more than one Transfer-Encoding"),
        ("1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9", "both Transfer-Encoding and Content-Length"),
        (
            "1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding:\r\n\tchunked",
            "both Transfer-Encoding and Content-Length",
        ),
        ("1.0 200 OK\r\nTransfer-Encoding: chunked", "Transfer-Encoding in an HTTP/1.0 response"),
        (
            "1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 9",
            "Transfer-Encoding in an HTTP/1.0 response",
        ),
        ("1.1 404 No\r\nTransfer-Encoding: gzip, chunked", "a Transfer-Encoding other than chunked"),
    ] {
        refused(format!("HTTP/{head}\r\n\r\n{chunked}"), &not_http(what), true);
    }
    for (lengths, sound) in [
        (format!("Content-Length: {length}\r\nContent-Length: {length}\r\n"), true),
        (format!("Content-Length: {length}, {length}\r\n"), true),
        (format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length - 1), false),
        (format!("Content-Length: {length}, {}\r\n", length - 1), false),
        (format!("Content-Length: +{length}\r\n"), false),
    ] {
        let result = said(format!("HTTP/1.1 200 OK\r\n{lengths}\r\n{body}"));
        match result {
            Ok(_) => assert!(sound, "{lengths:?}"),
            Err(error) => assert!(!sound && error.kind() == ErrorKind::Protocol, "{lengths:?}: {error:?}"),
        }
    }
    said(format!("HTTP/1.1 200 OK\r\ntransfer-encoding:\t CHUNKED \r\n\r\n{chunked}")).expect("in any case");
    assert_no_key(&said(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {KEY}\r\n\r\n")).expect_err("not chunked"));
}

#[test]
fn the_limits_of_a_head_are_exact() {
    let body = job("SUCCESS");
    let response =
        |fields: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{fields}\r\n{body}", body.len()).into_bytes();
    let sized = |size: usize| {
        let rest = response("X: \r\n").len() - body.len();
        response(&format!("X: {}\r\n", "y".repeat(size - rest)))
    };
    said(sized(65536)).expect("64 KiB fit");
    let too_large = "the response's head is larger than the limit of 65536 bytes";
    refused(sized(65537), too_large, false);
    refused(sized(1_000_000), too_large, false);
    said(response(&"X: y\r\n".repeat(127))).expect("128 fields fit");
    said(response(&"X: y\r\n folded\r\n".repeat(127))).expect("a fold is no field");
    let too_many = "the response has more header fields than the limit of 128";
    refused(response(&"X: y\r\n".repeat(128)), too_many, false);
    refused(response(&"X: y\r\n".repeat(5000)), too_many, false);
    // the limits are an interim response's, too, each time anew
    let hints = |fields: usize| format!("HTTP/1.1 103 Hints\r\n{}\r\n", "X: y\r\n".repeat(fields));
    said([hints(128).repeat(16).as_bytes(), &response(&"X: y\r\n".repeat(127))].concat()).expect("each has its own");
    refused([hints(129).as_bytes(), &response("")].concat(), too_many, false);
}

/// A refusal is known from its status line on; what explains it is waited for two seconds, and not a call's minute.
#[track_caller]
fn refused_within_seconds(script: impl Fn(&mut Connection) + Send + Sync + 'static, calls: usize) {
    let server = Server::start(move |connection| {
        connection.read_request();
        script(connection);
        connection.stay_silent();
    });
    let client = builder(server.url()).timeout(Duration::from_secs(60)).build().expect("a client");
    thread::scope(|scope| {
        let calls: Vec<_> = (0..calls).map(|_| scope.spawn(|| timed(|| client.job_details(JOB)))).collect();
        for call in calls {
            let (result, took) = call.join().expect("no panic");
            let error = result.expect_err("refused");
            assert_eq!((error.kind(), error.http_status()), (ErrorKind::Unauthorized, Some(401)), "{error:?}");
            assert!(took < Duration::from_secs(15), "{took:?}: two seconds were enough");
        }
    });
}

#[test]
fn a_refusal_is_known_wherever_its_head_is_cut() {
    let response = "HTTP/1.1 103 Hints\r\nX: y\r\n\r\nHTTP/1.1 401 No\r\nX: y\r\n z\r\nContent-Length: 99\r\n\r\n{";
    refused_within_seconds(
        move |connection| {
            let (first, second) = response.split_at(connection.index);
            connection.send(first);
            // on its way alone
            thread::sleep(Duration::from_millis(100));
            connection.send(second);
        },
        response.len(),
    );
}

#[test]
fn a_refusal_whose_head_never_ends_is_a_refusal() {
    for head in [
        "HTTP/1.1 401 No\r\n",
        "HTTP/1.1 401 No\r\nContent-Length: 0\r\nX: ",
        "HTTP/1.1 401 No\r\nX: y\r\n z\r\n\r",
        "HTTP/1.1 401 No\r\nX: y\r\n z",
    ] {
        refused_within_seconds(
            move |connection| {
                connection.send(head);
            },
            1,
        );
        // the same when the connection breaks off there; it is not used again
        for resets in [false, true] {
            let server = Server::start(move |connection| {
                if connection.index == 1 {
                    while connection.read_request().is_some() {
                        connection.send(ok(job("SUCCESS")));
                    }
                    return;
                }
                connection.read_request();
                connection.send(head);
                if resets {
                    thread::sleep(Duration::from_millis(100));
                    connection.reset();
                }
            });
            let client = client(server.url());
            let error = client.job_details(JOB).expect_err("refused");
            assert_eq!(error.http_status(), Some(401), "{head:?}: {error:?}");
            client.job_details(JOB).expect("over a new connection");
            assert_eq!(server.connections(), 2);
        }
    }
    // a status that is not whole is none
    let error = said("HTTP/1.1 401").expect_err("cut");
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Io, None), "{error:?}");
    // and 200 is not enough to know
    let error = said("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n").expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
}

#[test]
fn a_refusal_that_was_cut_short_is_tried_again_if_it_may_pass() {
    let server = Server::start(|connection| {
        connection.read_request();
        match connection.index {
            0 => connection.send("HTTP/1.1 503 Away\r\nX: "),
            _ => connection.send(response("200 OK", job("SUCCESS"))),
        };
    });
    let client = builder(server.url()).max_retries(1).build().expect("a client");
    client.job_details(JOB).expect("the second time");
}
