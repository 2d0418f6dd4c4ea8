//! Responses as HTTP frames them: every accepted shape, the limits, and what is not HTTP at all.

use unstructured_jobs::{Error, ErrorKind, JobDetails};

use crate::support::assertions::{fails, fails_saying, fails_somehow};
use crate::support::server::Server;
use crate::support::time::{AT_ONCE, timed};
use crate::support::{JOB, KEY, builder, client, job, ok};

/// What a client makes of one connection that says these bytes and ends.
pub(crate) fn said(bytes: impl Into<Vec<u8>>) -> Result<JobDetails, Error> {
    let server = Server::raw(bytes);
    let result = client(server.url()).job_details(JOB);
    assert_eq!(server.connections(), 1);
    result
}

#[test]
fn the_limit_of_a_body_is_exact() {
    let limit = 4096;
    let padded = |length: usize| {
        let body = job("SUCCESS");
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    for framing in ["length", "chunked", "close"] {
        for (length, fits) in [(limit, true), (limit + 1, false), (limit * 10, false)] {
            let body = padded(length);
            let response = match framing {
                "length" => ok(&body),
                "chunked" => {
                    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n")
                        .into_bytes()
                }
                _ => format!("HTTP/1.1 200 OK\r\n\r\n{body}").into_bytes(),
            };
            let server = Server::raw(response);
            let client = builder(server.url()).max_response_bytes(limit as u64).build().expect("a client");
            let result = client.job_details(JOB);
            if fits {
                result.unwrap_or_else(|error| panic!("{framing} {length}: {error}"));
            } else {
                let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
                let message =
                    format!("the response is larger than the limit of 4096 bytes (max_response_bytes) (GET {url})");
                let error = fails(result, ErrorKind::Protocol, &message);
                assert!(!error.is_retryable(), "{framing} {length}");
            }
        }
    }
}

#[test]
fn encodings_that_were_not_asked_for() {
    for (encoding, named) in [
        ("gzip", "Content-Encoding gzip"),
        ("GZIP", "Content-Encoding gzip"),
        ("br", "Content-Encoding br"),
        ("deflate", "Content-Encoding deflate"),
        ("zstd", "Content-Encoding zstd"),
        ("identity, gzip", "an unknown Content-Encoding"),
        ("x-whatever", "an unknown Content-Encoding"),
        (KEY, "an unknown Content-Encoding"),
    ] {
        let server =
            Server::raw([b"HTTP/1.1 200 OK\r\nContent-Encoding: ", encoding.as_bytes(), b"\r\n\r\n\x1f\x8b"].concat());
        let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
        let message = format!("the response has {named}, which was not asked for (GET {url})");
        let error = fails(client(server.url()).job_details(JOB), ErrorKind::Protocol, &message);
        assert!(!error.is_retryable(), "{error}");
    }
    for encoding in ["identity", "Identity", ""] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n");
        said(format!("{head}{}", job("SUCCESS"))).expect("no encoding at all");
    }
}

#[test]
fn chunks_of_every_shape() {
    let body = job("SUCCESS");
    let (one, two) = body.split_at(30);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (n, m) = (one.len(), two.len());
    for chunks in [
        format!("{n:x}\r\n{one}\r\n{m:x}\r\n{two}\r\n0\r\n\r\n"),
        format!("{n:X}\r\n{one}\r\n{m:X}\r\n{two}\r\n0\r\n\r\n"),
        format!("{n:08x}\r\n{one}\r\n{m:x}\r\n{two}\r\n0\r\n\r\n"),
        format!("{n:x};name=value\r\n{one}\r\n{m:x}\r\n{two}\r\n0\r\n\r\n"),
        body.chars().map(|c| format!("1\r\n{c}\r\n")).collect::<String>() + "0\r\n\r\n",
    ] {
        said(format!("{head}{chunks}")).unwrap_or_else(|error| panic!("{chunks:?}: {error}"));
    }
    for chunks in
        ["zz\r\n", "-1\r\n", "fffffffffffffffffff\r\n", "\r\n\r\n", "5 5\r\n12345\r\n", "2\r\n123456\r\n0\r\n\r\n"]
    {
        let error = said(format!("{head}{chunks}")).expect_err("no chunks");
        assert!(matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Io), "{chunks:?}: {error:?}");
    }
}

#[test]
fn lengths_that_make_no_sense() {
    for length in ["-1", "abc", "1e3", "99999999999999999999999", "", "5, 6", "0x10"] {
        let error = said(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", job("SUCCESS")))
            .expect_err("no length");
        assert!(matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Io), "{length:?}: {error:?}");
    }
    let two = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}", job("SUCCESS"));
    fails_somehow(said(two), ErrorKind::Protocol);
}

#[test]
fn a_length_too_short_cuts_the_response_and_ends_the_connection() {
    let body = job("SUCCESS");
    let server = Server::responding(move |n, _| match n {
        0 => format!("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{body}").into_bytes(),
        _ => ok(&body),
    });
    let client = client(server.url());
    fails_saying(client.job_details(JOB), ErrorKind::Decode, "the response's JSON ends too early, after 20 bytes");
    client.job_details(JOB).expect("a fresh connection");
    assert_eq!(server.connections(), 2);
}

#[test]
fn old_and_sloppy_servers_are_understood() {
    let body = job("SUCCESS");
    let length = body.len();
    for head in [
        format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n"),
        "HTTP/1.0 200 OK\r\n\r\n".to_owned(),
        format!("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\nContent-Length: {length}\n\n"),
        format!("HTTP/1.1 200\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 \r\ncontent-length:{length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"),
    ] {
        said(format!("{head}{body}")).unwrap_or_else(|error| panic!("{head:?}: {error}"));
    }
}

#[test]
fn what_is_not_http_is_said_to_be_none() {
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"[..],
        b"220 mail.example ESMTP\r\n",
        b"{\"id\":\"no head\"}\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 000 OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNul: \0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
        b"\0\0\x12\x04\0\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\0\xff\xff",
        b"\xff\xfe\xfd\xfc\r\n\r\n",
    ] {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let error = said(bytes).expect_err("not HTTP");
        assert_eq!(error.kind(), ErrorKind::Protocol, "{text:?}: {error:?}");
        assert!(error.to_string().chars().all(|c| !c.is_control()), "{error:?}");
    }
}

#[test]
fn the_key_in_a_broken_head_is_not_repeated() {
    for head in [
        format!("{KEY} 200 OK\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nContent-Length: {KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n"),
        format!("HTTP/1.1 {KEY} OK\r\n\r\n"),
        format!("HTTP/1.1 302 {KEY}\r\nLocation: {KEY}\r\nContent-Length: 0\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: {KEY}\r\n\r\n"),
    ] {
        crate::support::assertions::assert_no_key(&said(head).expect_err("broken"));
    }
}

#[test]
fn a_response_after_half_a_close() {
    let server = Server::start(|connection| {
        if connection.read_request().is_some() {
            connection.socket().shutdown(std::net::Shutdown::Read).expect("half a close");
            connection.send(ok(job("SUCCESS")));
            connection.finish_sending();
        }
    });
    client(server.url()).job_details(JOB).expect("a response");
}

#[test]
fn a_response_before_the_request_is_not_taken_for_the_next_one() {
    let server = Server::start(|connection| {
        while connection.read_request().is_some() {
            // two at once: the second is nobody's
            let (first, second) = (ok(job("IN_PROGRESS")), ok(job("FAILED")));
            connection.send([first, second].concat());
        }
    });
    let client = client(server.url());
    for _ in 0..3 {
        let status = client.job_details(JOB).expect("a response").processing_status;
        assert_eq!(status.as_str(), "IN_PROGRESS");
    }
    assert_eq!(server.connections(), 3);
}

#[test]
fn plain_http_to_a_tls_port_says_so() {
    // a TLS alert: unexpected_message
    fails_saying(
        said(b"\x15\x03\x01\x00\x02\x02\x0a".to_vec()),
        ErrorKind::Protocol,
        "the server speaks TLS on this port; the base URL should begin with https://",
    );
}

#[test]
fn garbage_is_at_once_an_error() {
    let server = Server::start(|connection| {
        if connection.read_request().is_some() {
            connection.send("garbage\r\n\r\n");
            connection.stay_silent();
        }
    });
    let (result, took) = timed(|| client(server.url()).job_details(JOB));
    fails_somehow(result, ErrorKind::Protocol);
    assert!(took < AT_ONCE, "{took:?}");
}
