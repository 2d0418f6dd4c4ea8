//! What goes out: the request line and every header, and nothing at all on bad input.

use unstructured_jobs::{Client, ErrorKind};

use crate::support::assertions::{fails, fails_somehow};
use crate::support::server::Server;
use crate::support::{JOB, KEY, builder, client, job, ok};

fn service() -> Server {
    Server::always(ok(job("SUCCESS")))
}

/// The request line that a base URL leads to.
#[track_caller]
fn request_line(server: &Server, base_url: &str) -> String {
    let before = server.requests().len();
    client(base_url).job_details(JOB).expect("a response");
    let requests = server.requests();
    assert_eq!(requests.len(), before + 1);
    requests[before].lines().next().expect("a line").to_owned()
}

#[test]
fn the_whole_request_is_this() {
    let server = service();
    client(server.url()).job_details(JOB).expect("a response");
    let [request] = server.requests().try_into().expect("one request");
    let mut lines: Vec<&str> = request.strip_suffix("\r\n\r\n").expect("an end").split("\r\n").collect();
    assert_eq!(lines.remove(0), format!("GET /api/v1/jobs/{JOB}/details HTTP/1.1"));
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "accept-encoding: identity".to_owned(),
            "accept: application/json".to_owned(),
            format!("host: {}", server.addr()),
            format!("unstructured-api-key: {KEY}"),
            concat!("user-agent: unstructured-jobs/", env!("CARGO_PKG_VERSION")).to_owned(),
        ]
    );
}

#[test]
fn failed_files_ask_their_own_path() {
    let server = Server::always(ok(r#"{"failed_files":[{"document":"a.pdf","error":"unreadable"}]}"#));
    let files = client(server.url()).failed_files(JOB).expect("a response");
    assert_eq!((files[0].document.as_str(), files[0].error.as_str()), ("a.pdf", "unreadable"));
    assert!(server.requests()[0].starts_with(&format!("GET /api/v1/jobs/{JOB}/failed-files HTTP/1.1\r\n")));
}

#[test]
fn the_key_is_there_exactly_once_in_each_request_of_a_connection() {
    let server = service();
    let client = client(server.url());
    for _ in 0..3 {
        client.job_details(JOB).expect("a response");
    }
    assert_eq!(server.connections(), 1);
    for request in server.requests() {
        assert_eq!(request.matches(KEY).count(), 1, "{request}");
        assert_eq!(request.matches("unstructured-api-key").count(), 1, "{request}");
    }
}

#[test]
fn the_longest_key_and_user_agent_and_path_fit() {
    let server = service();
    let key = "K".repeat(4096);
    let agent = "a".repeat(512);
    let prefix = format!("/{}", "p".repeat(2048 - server.url().len() - 1));
    builder(format!("{}{prefix}", server.url()))
        .api_key(&key)
        .user_agent(&agent)
        .build()
        .expect("at the limits")
        .job_details("j".repeat(128))
        .expect_err("a response for another job");
    let request = &server.requests()[0];
    assert!(request.starts_with(&format!("GET {prefix}/api/v1/jobs/{}/details HTTP/1.1\r\n", "j".repeat(128))));
    assert!(request.contains(&format!("\r\nunstructured-api-key: {key}\r\n")));
    assert!(request.contains(&format!("\r\nuser-agent: {agent}\r\n")));
    assert!(request.ends_with("\r\n\r\n"));
}

#[test]
fn a_key_with_white_space_or_a_byte_order_mark_around_it_is_trimmed() {
    let server = service();
    for before in [" \t", "\u{feff}", "\u{feff}\r\n "] {
        let client = builder(server.url()).api_key(format!("{before}{KEY}\r\n")).build().expect("a key from a file");
        client.job_details(JOB).expect("a response");
    }
    for request in server.requests() {
        assert!(request.contains(&format!("\r\nunstructured-api-key: {KEY}\r\n")), "{request}");
    }
}

#[test]
fn base_urls_lead_to_these_request_lines() {
    let server = service();
    let url = server.url();
    let plain = format!("GET /api/v1/jobs/{JOB}/details HTTP/1.1");
    for suffix in ["", "/", "//", "/api/v1", "/api/v1/", "/api/v1//"] {
        assert_eq!(request_line(&server, &format!("{url}{suffix}")), plain, "{suffix:?}");
    }
    assert_eq!(request_line(&server, &format!(" {url}\n")), plain, "white space around it");
    assert_eq!(request_line(&server, &url.replace("http", "HTTP")), plain, "the scheme in upper case");
    assert_eq!(request_line(&server, &server.url_at("LOCALHOST")), plain, "the host in upper case");
    for (path, prefix) in [
        ("/unstructured", "/unstructured"),
        ("/unstructured/", "/unstructured"),
        ("/a/b/api/v1/", "/a/b"),
        ("/api/v1/eu", "/api/v1/eu"),
        ("/api/v2", "/api/v2"),
        ("/API/V1", "/API/V1"),
        ("/myapi/v1", "/myapi/v1"),
        ("/a%7Eb", "/a%7Eb"),
        ("/a:b@c,d;e=f", "/a:b@c,d;e=f"),
    ] {
        let line = format!("GET {prefix}/api/v1/jobs/{JOB}/details HTTP/1.1");
        assert_eq!(request_line(&server, &format!("{url}{path}")), line, "{path:?}");
    }
}

#[test]
fn the_host_header_is_the_base_urls_host() {
    let server = service();
    client(server.url_at("LocalHost")).job_details(JOB).expect("a response");
    assert!(server.requests()[0].contains(&format!("\r\nhost: localhost:{}\r\n", server.port())));
}

#[test]
fn every_character_of_a_job_id_goes_out_as_it_is() {
    let server = Server::responding(|_, head| {
        let id = head.split('/').nth(4).expect("an id");
        ok(format!(r#"{{"id":"{id}","processing_status":"SUCCESS","node_stats":[]}}"#))
    });
    let client = client(server.url());
    for id in ["a", "_", "-1", "ABCxyz019-_", &"9".repeat(128)] {
        assert_eq!(client.job_details(id).expect("a response").id, id);
    }
    assert!(server.requests()[3].starts_with("GET /api/v1/jobs/ABCxyz019-_/details HTTP/1.1\r\n"));
}

/// Every way to ask refuses the id with this message.
#[track_caller]
fn refused(client: &Client, id: &str, message: &str) {
    let options = unstructured_jobs::WaitOptions::default();
    let go_on = std::ops::ControlFlow::Continue(());
    let error = fails(client.job_details(id), ErrorKind::InvalidArgument, message);
    assert_eq!((error.attempts(), error.is_retryable(), error.http_status()), (0, false, None));
    fails(client.failed_files(id), ErrorKind::InvalidArgument, message);
    fails(client.wait(id, &options, |_| go_on), ErrorKind::InvalidArgument, message);
    let error = fails_somehow(client.wait_all(&[JOB, id], &options, |_| go_on), ErrorKind::InvalidArgument).to_string();
    assert!(error.starts_with("job 2 of 2, \"") && error.ends_with(&format!("\": {message}")), "{error}");
}

#[test]
fn unusable_job_ids_are_refused_before_any_packet() {
    let server = service();
    let client = client(server.url());
    refused(&client, "", "the job id is empty");
    for (id, found) in [
        (".", "'.' at byte 0"),
        ("..", "'.' at byte 0"),
        ("../x", "'.' at byte 0"),
        ("a/b", "'/' at byte 1"),
        ("a%2fb", "'%' at byte 1"),
        ("a?b", "'?' at byte 1"),
        ("a#b", "'#' at byte 1"),
        ("a b", "' ' at byte 1"),
        ("a\r\nX-Evil: 1", "'\\r' at byte 1"),
        ("a\0", "'\\0' at byte 1"),
        ("ab\u{e9}", "'é' at byte 2"),
        ("\u{202e}a", "'\\u{202e}' at byte 0"),
        ("a\\b", "'\\\\' at byte 1"),
        (" a", "' ' at byte 0"),
        ("a\n", "'\\n' at byte 1"),
    ] {
        refused(&client, id, &format!("the job id has {found}; only letters, digits, - and _ are allowed"));
    }
    refused(&client, &"a".repeat(129), "the job id is 129 bytes long; the limit is 128");
    refused(&client, &"a".repeat(10_000_000), "the job id is 10000000 bytes long; the limit is 128");
    assert_eq!(server.connections(), 0);
}
