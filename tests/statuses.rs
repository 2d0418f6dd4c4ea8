//! Every response that is not 200: kind, status, attempts, whether and when to ask again, and the server's words.

use std::time::Duration;

use unstructured_jobs::{Error, ErrorKind};

use crate::support::assertions::{fails, fails_saying, fails_somehow};
use crate::support::server::Server;
use crate::support::time::{AT_ONCE, timed};
use crate::support::{JOB, KEY, builder, client, job, ok, response};

/// What a client that would try twice more makes of a server that always gives this response.
pub(crate) fn always(response: Vec<u8>) -> (Server, Result<unstructured_jobs::JobDetails, Error>) {
    let server = Server::always(response);
    let client = builder(server.url()).max_retries(2).build().expect("a client");
    let result = client.job_details(JOB);
    (server, result)
}

/// A response that stays what it is: one request, this kind and message.
#[track_caller]
fn final_response(response: Vec<u8>, status: u16, kind: ErrorKind, message: &str) {
    let (server, result) = always(response);
    let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
    let error = fails(result, kind, &format!("{message} (GET {url})"));
    assert_eq!(error.http_status(), Some(status));
    assert_eq!((error.attempts(), error.is_retryable()), (1, false));
    assert_eq!(server.requests().len(), 1);
}

/// A response that may be another next time: three requests, the pauses between them as asked (none).
#[track_caller]
fn passing_response(status: u16, reason: &str, kind: ErrorKind, message: &str) {
    let head = format!("{status} {reason}\r\nRetry-After: 0");
    let (server, result) = always(response(&head, r#"{"detail":"later"}"#));
    let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
    let error = fails(result, kind, &format!("HTTP {status}: {message}; it says: later (GET {url}, 3 attempts)"));
    assert_eq!(error.http_status(), Some(status));
    assert_eq!((error.attempts(), error.is_retryable()), (3, true));
    assert_eq!(error.retry_after(), Some(Duration::ZERO));
    assert_eq!(server.requests().len(), 3);
    // an error that was read to its end is no reason to connect anew, unless it is about the connection
    assert_eq!(server.connections(), if matches!(status, 408 | 425) { 3 } else { 1 });
}

/// Fails with what is left of `echo`, which ended within the key.
#[track_caller]
fn hides_the_cut_key(head: &'static str, echo: String) {
    let server = Server::start(move |connection| {
        connection.read_request();
        connection.send(head);
        connection.send(&echo);
    });
    let error = client(server.url()).job_details(JOB).expect_err("refused");
    assert!(error.to_string().contains("it says: your key [API key] ("), "{head:?}: {error}");
}

#[test]
fn an_echoed_key_that_is_cut_short_is_hidden_too() {
    for kept in [4, KEY.len() - 3, KEY.len() - 1] {
        // the connection breaks off in the middle of the key, which a body without a length does not tell
        let part = &KEY[..kept];
        hides_the_cut_key("HTTP/1.1 401 No\r\nContent-Length: 500\r\n\r\n", format!("your key {part}"));
        hides_the_cut_key("HTTP/1.1 401 No\r\n\r\n", format!("your key {part}"));
        // more of an error than this is not read
        let blanks = " ".repeat(64 * 1024 - "your key ".len() - kept);
        let long = format!("{blanks}your key {KEY} is not valid");
        let head = "HTTP/1.1 401 No\r\nContent-Length: 99999\r\n\r\n";
        hides_the_cut_key(head, long.clone() + &" ".repeat(99_999 - long.len()));
        let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
        hides_the_cut_key("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n", chunk);
    }
}

#[test]
fn refusals_are_final() {
    let other = "the service refused the request";
    let unknown = "the service responded with something other than 200 and no known error";
    for (status, kind, what) in [
        (400, ErrorKind::HttpStatus, other),
        (401, ErrorKind::Unauthorized, "the service does not accept the API key"),
        (402, ErrorKind::HttpStatus, other),
        (403, ErrorKind::Forbidden, "the API key may not do this"),
        (404, ErrorKind::NotFound, "the service knows no such job"),
        (405, ErrorKind::HttpStatus, other),
        (407, ErrorKind::HttpStatus, other),
        (409, ErrorKind::HttpStatus, other),
        (410, ErrorKind::HttpStatus, other),
        (418, ErrorKind::HttpStatus, other),
        (422, ErrorKind::Unprocessable, "the service could not make sense of the request"),
        (451, ErrorKind::HttpStatus, other),
        (501, ErrorKind::HttpStatus, "the service does not support such requests"),
        (505, ErrorKind::HttpStatus, "the service does not support such requests"),
        (600, ErrorKind::HttpStatus, unknown),
        (999, ErrorKind::HttpStatus, unknown),
    ] {
        let head = format!("{status} Whatever");
        final_response(response(&head, ""), status, kind, &format!("HTTP {status}: {what}"));
        let body = r#"{"detail":"because"}"#;
        final_response(response(&head, body), status, kind, &format!("HTTP {status}: {what}; it says: because"));
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    passing_response(408, "Request Timeout", ErrorKind::HttpStatus, "the service waited for too long for the request");
    passing_response(425, "Too Early", ErrorKind::HttpStatus, "the service wants the request to be sent again");
    passing_response(429, "Too Many Requests", ErrorKind::RateLimited, "the service asks for fewer requests");
    passing_response(500, "Internal Server Error", ErrorKind::HttpStatus, "the service failed");
    passing_response(502, "Bad Gateway", ErrorKind::HttpStatus, "the service failed");
    passing_response(503, "Service Unavailable", ErrorKind::HttpStatus, "the service failed");
    for status in [504, 506, 507, 509, 511, 520, 530, 598, 599] {
        passing_response(status, "Whatever", ErrorKind::HttpStatus, "the service failed");
    }
}

#[test]
fn a_retry_that_succeeds_is_a_success() {
    for status in ["429 Slow", "500 Oops", "502 Bad", "503 Away", "504 Late"] {
        let head = format!("{status}\r\nRetry-After: 0");
        let server = Server::responding(move |n, _| if n < 2 { response(&head, "") } else { ok(job("SUCCESS")) });
        let client = builder(server.url()).max_retries(2).build().expect("a client");
        client.job_details(JOB).expect("the third time");
        assert_eq!(server.requests().len(), 3);
    }
}

#[test]
fn other_statuses_without_a_response_are_no_success() {
    let other = "the service responded with something other than 200 and no known error";
    for status in ["201 Created", "202 Accepted", "203 Non-Authoritative", "206 Partial Content"] {
        let number: u16 = status[..3].parse().expect("a number");
        final_response(
            response(&format!("{status}\r\nContent-Type: application/json"), job("SUCCESS")),
            number,
            ErrorKind::HttpStatus,
            &format!("HTTP {number}: {other}; it says: {}", job("SUCCESS")),
        );
    }
    let no_content = b"HTTP/1.1 204 No Content\r\n\r\n".to_vec();
    final_response(no_content, 204, ErrorKind::HttpStatus, &format!("HTTP 204: {other}"));
    let reset_content = response("205 Reset Content", "");
    final_response(reset_content, 205, ErrorKind::HttpStatus, &format!("HTTP 205: {other}"));
}

#[test]
fn switching_protocols_is_no_response() {
    let server = Server::raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
    let error = client(server.url()).job_details(JOB).expect_err("no response");
    assert!(
        matches!(error.kind(), ErrorKind::HttpStatus | ErrorKind::Io | ErrorKind::Protocol),
        "not a response, whatever is made of it: {error:?}"
    );
}

#[test]
fn redirects_are_never_followed() {
    let elsewhere = Server::always(ok(job("SUCCESS")));
    for status in (300..=308).filter(|status| *status != 304) {
        let (sort, what) = ("the service responded with a redirect, which is never followed", "it points to");
        let location = format!("{}/api/v1/jobs/{JOB}/details", elsewhere.url());
        let head = format!("{status} Elsewhere\r\nLocation: {location}");
        let message = format!("HTTP {status}: {sort}; {what} {location}");
        final_response(response(&head, ""), status, ErrorKind::HttpStatus, &message);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn not_modified_is_no_redirect() {
    let response = b"HTTP/1.1 304 Not Modified\r\nLocation: /elsewhere\r\n\r\n".to_vec();
    let message = "HTTP 304: the service responded \"not modified\" to a request that had no condition";
    final_response(response, 304, ErrorKind::HttpStatus, message);
}

#[test]
fn redirects_of_every_kind_are_shown_as_they_are() {
    let prefix = "HTTP 302: the service responded with a redirect, which is never followed";
    for location in ["/elsewhere", "//a.example/x", "http://a.example/", "file:///etc/passwd", "javascript:0", "::::"] {
        let response = response(&format!("302 Found\r\nLocation: {location}"), "");
        final_response(response, 302, ErrorKind::HttpStatus, &format!("{prefix}; it points to {location}"));
    }
    final_response(response("302 Found", ""), 302, ErrorKind::HttpStatus, prefix);
    final_response(response("302 Found\r\nLocation: ", ""), 302, ErrorKind::HttpStatus, prefix);
    let (_server, result) = always(response(&format!("302 Found\r\nLocation: https://a.example/?k={KEY}"), KEY));
    let error = fails_somehow(result, ErrorKind::HttpStatus);
    assert!(error.to_string().contains("it points to https://a.example/?k=[API key]; it says: [API key]"), "{error}");
    let long = format!("https://a.example/{}", "x".repeat(30_000));
    let (_server, result) = always(response(&format!("302 Found\r\nLocation: {long}"), ""));
    let error = fails_somehow(result, ErrorKind::HttpStatus);
    assert!(error.to_string().contains(&format!("{}…", &long[..1024])) && error.to_string().len() < 1500, "{error}");
    let raw = [&b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /caf\xc3\xa9\xff\r\n\r\n"[..]].concat();
    final_response(raw, 302, ErrorKind::HttpStatus, &format!("{prefix}; it points to /café\u{fffd}"));
}

#[test]
fn the_services_list_of_problems_is_readable() {
    let response = |body: &str| response("422 Unprocessable Entity\r\nContent-Type: application/json", body);
    let what = "HTTP 422: the service could not make sense of the request; it says:";
    for (body, words) in [
        (
            r#"{"detail":[{"loc":["path","job_id"],"msg":"Input should be a valid UUID","type":"uuid_parsing","input":"x"}]}"#,
            "path.job_id: Input should be a valid UUID",
        ),
        (
            r#"{"detail":[{"loc":["body","nodes",3,"name"],"msg":"required","type":"m"},{"msg":"and more","type":"m"}]}"#,
            "body.nodes.3.name: required; and more",
        ),
        (r#"{"detail":[{"loc":[],"msg":"no place","type":"m"}]}"#, "no place"),
        // a place of another shape takes nothing away from the words
        (r#"{"detail":[{"loc":"body","msg":"bad"},{"loc":null,"msg":"worse"}]}"#, "body: bad; worse"),
        (
            r#"{"detail":[{"loc":["a",1.5,null,["b"],{"c":1},18446744073709551615],"msg":"bad"}]}"#,
            "a.18446744073709551615: bad",
        ),
        ("\u{feff}{\"detail\":\"marked\"}", "marked"),
        (r#"{"detail":"just text","more":1}"#, "just text"),
        (r#"{"detail":{"code":7}}"#, r#"{"detail":{"code":7}}"#),
        (r#"{"error":"another shape"}"#, "another shape"),
        (r#"{"error":{"reason":"too deep a shape"}}"#, r#"{"error":{"reason":"too deep a shape"}}"#),
        ("plain text\n", "plain text"),
        (r#"{"detail":"cut"#, r#"{"detail":"cut"#),
        ("<html><head><title> Sorry </title></head><body>long</body></html>", "(HTML page) Sorry"),
        ("<HTML><TITLE>Sorry</TITLE>", "(HTML page) Sorry"),
        ("\u{feff}<titles/><title\nlang='en'>Sorry</title>", "(HTML page) Sorry"),
        ("<title></title><p>Sorry</p>", "<title></title><p>Sorry</p>"),
    ] {
        final_response(response(body), 422, ErrorKind::Unprocessable, &format!("{what} {words}"));
    }
}

#[test]
fn a_404_below_a_path_blames_the_path() {
    for (path, shown) in [("/unstructured", "/unstructured"), ("/general/v0/general/", "/general/v0/general")] {
        let server = Server::always(response("404 Not Found", r#"{"detail":"Not Found"}"#));
        let url = format!("{}{shown}/api/v1/jobs/{JOB}/details", server.url());
        let message = format!(
            "HTTP 404: the service knows no such job, or it has nothing at all under the base URL's path {shown}, which \
             is likelier; it says: Not Found (GET {url})"
        );
        let client = client(format!("{}{path}", server.url()));
        fails(client.job_details(JOB), ErrorKind::NotFound, &message);
    }
}

#[test]
fn a_refused_key_that_begins_with_a_quotation_mark_is_told_so() {
    for (key, hint) in [
        ("\"0123456789abcdef\"", "; the key begins with a quotation mark, which is probably not part of it"),
        ("'0123456789abcdef'", "; the key begins with a quotation mark, which is probably not part of it"),
        ("`0123456789abcdef`", "; the key begins with a quotation mark, which is probably not part of it"),
        ("0123456789abcdef", ""),
    ] {
        let server = Server::always(response("401 Unauthorized", ""));
        let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
        let client = builder(server.url()).api_key(key).build().expect("a client");
        let message = format!("HTTP 401: the service does not accept the API key{hint} (GET {url})");
        fails(client.job_details(JOB), ErrorKind::Unauthorized, &message);
    }
}

#[test]
fn the_services_words_are_cut_and_escaped() {
    let what = "HTTP 400: the service refused the request; it says:";
    let bad = |body: &[u8], words: &str| {
        final_response(response("400 Bad Request", body), 400, ErrorKind::HttpStatus, &format!("{what} {words}"));
    };
    bad(format!(r#"{{"detail":"{}"}}"#, "x".repeat(1024)).as_bytes(), &"x".repeat(1024));
    bad(format!(r#"{{"detail":"{}"}}"#, "x".repeat(1025)).as_bytes(), &format!("{}…", "x".repeat(1024)));
    bad(format!(r#"{{"detail":"{}"}}"#, "é".repeat(600)).as_bytes(), &format!("{}…", "é".repeat(512)));
    bad(
        br#"{"detail":"a\u001b[2Jb\u0000c\u202ed\r\ne\u007ff\u009b"}"#,
        r"a\u{1b}[2Jb\u{0}c\u{202e}d\r\ne\u{7f}f\u{9b}",
    );
    bad(b"\xff\xfe\x1b", "\u{fffd}\u{fffd}\\u{1b}");
    bad(b"{\"detail\":\"caf\xe9\"}", "caf\u{fffd}");
    let gzip = response("400 Bad Request\r\nContent-Encoding: gzip", b"\x1f\x8b\x08\0unreadable");
    final_response(gzip, 400, ErrorKind::HttpStatus, "HTTP 400: the service refused the request");
    bad("y".repeat(1 << 20).as_bytes(), &format!("{}…", "y".repeat(1024)));
}

#[test]
fn a_key_that_is_echoed_is_taken_out() {
    for (body, words) in [
        (format!(r#"{{"detail":"bad key {KEY}!"}}"#), "bad key [API key]!"),
        (format!("{KEY}{KEY}"), "[API key][API key]"),
        (format!("<title>{KEY}</title>"), "(HTML page) [API key]"),
        (format!(r#"{{"detail":[{{"loc":["header","{KEY}"],"msg":"{KEY}"}}]}}"#), "header.[API key]: [API key]"),
        // across the place where the words are cut
        (format!("{}{KEY}", "x".repeat(1020)), &format!("{}…", "x".repeat(1020))),
    ] {
        final_response(
            response("401 Unauthorized", body),
            401,
            ErrorKind::Unauthorized,
            &format!("HTTP 401: the service does not accept the API key; it says: {words}"),
        );
    }
    let json_escaped = KEY.replace('k', "\\u006b");
    let (_server, result) = always(response("403 No", format!(r#"{{"detail":"{json_escaped}"}}"#)));
    fails_somehow(result, ErrorKind::Forbidden);
}

#[test]
fn nested_errors_need_no_stack() {
    for body in [
        format!(r#"{{"detail":{}"#, "[".repeat(60_000)),
        format!(r#"{{"detail":{}{}}}"#, "[".repeat(100), "]".repeat(100)),
        format!(r#"{{"detail":[{{"loc":{}{},"msg":"x"}}]}}"#, "[".repeat(100), "]".repeat(100)),
        "<".repeat(60_000),
    ] {
        let server = Server::always(response("400 Bad Request", body));
        let client = client(server.url());
        // as little as the library promises to fit when optimised; unoptimised code needs several times that at best
        let size = if cfg!(debug_assertions) { 512 * 1024 } else { 64 * 1024 };
        std::thread::scope(|scope| {
            let worker = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, || {
                fails_somehow(client.job_details(JOB), ErrorKind::HttpStatus);
            });
            worker.expect("a thread").join().expect("the call");
        });
    }
}

#[test]
fn the_status_is_the_news_even_if_the_body_breaks_off() {
    let server = Server::raw("HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n{\"detail\":\"Job not found\"");
    let error = client(server.url()).job_details(JOB).expect_err("no job");
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::NotFound, Some(404)), "{error:?}");
}

#[test]
fn an_error_that_never_ends_is_not_read_to_its_end() {
    let server = Server::start(|connection| {
        if connection.read_request().is_some() {
            connection.send("HTTP/1.1 403 No\r\n\r\n");
            while connection.send([b'x'; 16 * 1024]) {}
        }
    });
    let (result, took) = timed(|| client(server.url()).job_details(JOB));
    fails_somehow(result, ErrorKind::Forbidden);
    assert!(took < AT_ONCE, "{took:?}");
}

#[test]
fn a_pause_is_told_to_the_second_however_long_it_is() {
    for asked in ["1", "9007199254740993", "18446744073709551615"] {
        let response = response(&format!("429 Slow\r\nRetry-After: {asked}"), "");
        let message = format!("HTTP 429: the service asks for fewer requests; it asks for a pause of {asked} s (GET ");
        let (_server, result) = always(response);
        fails_saying(result, ErrorKind::RateLimited, &message);
    }
}
