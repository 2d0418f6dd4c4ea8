//! Bodies of a `200 OK` that are no JSON of the contract: text, pages, cuts, nesting, and what only looks like it.

use unstructured_jobs::ErrorKind;

use crate::responses::{refused, response, with, with_node};
use crate::support::server::Server;
use crate::support::{JOB, client, job, ok};

#[test]
fn text_that_is_none_is_refused() {
    let body = |name: &[u8]| {
        let text = with_node(r#""node_name":"NAME","ready":0,"in_progress":0,"success":0,"failure":0"#);
        let (before, after) = text.split_once("NAME").expect("the place");
        [before.as_bytes(), name, after.as_bytes()].concat()
    };
    for (name, what) in [
        (&b"\xff\xfe"[..], "invalid unicode code point"),
        (&b"\xc3"[..], "invalid unicode code point"),
        (&b"\xed\xa0\x80"[..], "invalid unicode code point"),
        (&b"\\x"[..], "invalid escape"),
        (&b"a\nb"[..], "control character (\\u0000-\\u001F) found while parsing a string"),
    ] {
        let error = response(body(name)).expect_err("no text");
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        let start = format!("node_stats[2].node_name: the response is not JSON: {what} at line ");
        assert!(error.to_string().starts_with(&start), "{error}");
    }
}

#[test]
fn utf_16_is_refused() {
    let utf_16: Vec<u8> = job("SUCCESS").encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(&utf_16, "the response is not JSON: key must be a string at line 1 column 2");
}

#[test]
fn a_byte_order_mark_is_ignored() {
    response(format!("\u{feff}{}", job("SUCCESS"))).expect("a response");
}

#[test]
fn white_space_around_it_is_fine_and_anything_else_is_not() {
    response(format!("\r\n\t {} \n", job("SUCCESS"))).expect("a response");
    let good = job("SUCCESS");
    let column = good.len() + 1;
    for junk in ["x", "{}", ",", "\0"] {
        refused(
            format!("{good}{junk}"),
            &format!("the response is not JSON: trailing characters at line 1 column {column}"),
        );
    }
}

#[test]
fn roots_of_another_kind_are_refused() {
    let fields_in_order = format!(r#"["{JOB}","SUCCESS",[],null]"#);
    for (body, found) in [
        ("null", "null"),
        ("true", "true"),
        ("1", "1"),
        ("-1.5", "-1.5"),
        ("\"\"", "a string"),
        ("[]", "an array"),
        ("[0]", "an array"),
    ] {
        refused(body, &format!("expected an object, found {found}"));
    }
    refused(&fields_in_order, &format!("expected an object, found an array; it says: {JOB}; SUCCESS"));
    for body in ["NaN", "// no\n{}", "{'id':1}", "{\"id\":NaN}", "undefined", "id: x", "{,}"] {
        let error = response(body).expect_err("no response");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("the response is not JSON: "), "{error}");
    }
}

#[test]
fn an_html_page_is_recognised() {
    let hint = "not JSON; is the base URL right, or does a login page or proxy stand in between?";
    for (page, title) in [
        ("<!doctype html><html><title> Log in\n</title></html>", " (\"Log in\")"),
        ("<html><title>\x1b[2J</title></html>", r#" ("\u{1b}[2J")"#),
        ("\r\n <html>", ""),
    ] {
        refused(page, &format!("the response is an HTML page{title}, {hint}"));
    }
}

#[test]
fn an_empty_response_is_none() {
    refused("", "the response is empty");
    refused(" \n", "the response's JSON ends too early, after 2 bytes");
}

#[test]
fn every_cut_is_noticed() {
    let body = with_node(r#""node_name":"é\u00e9","ready":12,"in_progress":0,"success":0,"failure":0"#);
    let whole = body.clone().into_bytes();
    let server = Server::responding(move |n, _| ok(&whole[..n]));
    let client = client(server.url());
    for length in 0..body.len() {
        let error = client.job_details(JOB).expect_err("a cut response");
        assert_eq!(error.kind(), ErrorKind::Decode, "{length}: {error}");
        assert!(!error.is_retryable(), "{length}");
        // in the middle of a character, or of a number or word, it is wrong rather than short
        let text = error.to_string();
        assert!(text.contains("ends too early") || text.contains("is empty") || text.contains("not JSON"), "{text}");
    }
    client.job_details(JOB).expect("the whole of it");
    assert_eq!(server.connections(), 1, "a body that is not understood is no reason to drop the connection");
}

#[test]
fn every_cut_of_a_response_without_a_length_is_a_broken_connection() {
    let body = job("IN_PROGRESS");
    let whole = body.clone();
    let server = Server::start(move |connection| {
        if connection.read_request().is_some() {
            let cut = &whole.as_bytes()[..connection.index];
            connection.send([b"HTTP/1.1 200 OK\r\n\r\n", cut].concat());
        }
    });
    let client = client(server.url());
    for length in 0..body.len() {
        let error = client.job_details(JOB).expect_err("a cut response");
        assert_eq!(error.kind(), ErrorKind::Io, "{length}: {error}");
        assert!(error.is_retryable());
        let start = format!("the connection was closed in the middle of the response, after {length} bytes (GET ");
        assert!(error.to_string().starts_with(&start), "{error}");
    }
    client.job_details(JOB).expect("the whole of it");
}

#[test]
fn deep_nesting_in_an_unknown_field_needs_no_stack() {
    // 200,000 levels: recursion of any kind would need megabytes
    let depth = 200_000;
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let in_root = with(&format!(r#""x":{nested},"processing_status":"SUCCESS","node_stats":[]"#));
        let in_node = with_node(&format!(r#""x":{nested},"ready":0,"in_progress":0,"success":0,"failure":0"#));
        let unclosed = with(&format!(r#""x":{}"#, open.repeat(depth)));
        let wrong = with(&format!(r#""x":{nested},"processing_status":"SUCCESS","node_stats":1"#));
        let server = Server::responding(move |n, _| ok([&in_root, &in_node, &unclosed, &wrong][n]));
        let client = client(server.url());
        on_a_small_stack(move || {
            client.job_details(JOB).expect("in the root");
            client.job_details(JOB).expect("in a node");
            let error = client.job_details(JOB).expect_err("never closed");
            assert_eq!(error.kind(), ErrorKind::Decode);
            let error = client.job_details(JOB).expect_err("wrong elsewhere");
            assert_eq!(error.kind(), ErrorKind::Decode);
        });
    }
}

#[test]
fn deep_nesting_where_it_is_read_is_refused() {
    let deep = "[".repeat(200_000);
    let bodies = [
        deep.clone(),
        with(&format!(r#""node_stats":{deep}"#)),
        with(&format!(r#""processing_status":{deep}"#)),
        with_node(&format!(r#""ready":{deep}"#)),
        with_node(&format!(r#""node_name":{deep}"#)),
        deep.replace('[', r#"{"id":"#),
    ];
    let count = bodies.len();
    let server = Server::responding(move |n, _| ok(&bodies[n]));
    let client = client(server.url());
    on_a_small_stack(move || {
        for _ in 0..count {
            let error = client.job_details(JOB).expect_err("no response");
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        }
    });
}

/// Runs `work` where recursion would show. Optimised, 64 KiB are what the library promises to fit; unoptimised code has
/// frames of several times that size, none of which depends on the response.
fn on_a_small_stack(work: impl FnOnce() + Send) {
    let size = if cfg!(debug_assertions) { 512 * 1024 } else { 64 * 1024 };
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, work).expect("a thread");
        worker.join().expect("the work");
    });
}
