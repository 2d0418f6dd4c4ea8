//! Every exit code, provoked for real.

use std::net::TcpListener;

use crate::run::{asking, bare, run};
use crate::server::{Reply, Server, details, job_of};

#[test]
fn exit_0_when_the_details_were_fetched_whatever_they_are() {
    for status in ["SCHEDULED", "FAILED", "STOPPED", "DREAMING", ""] {
        let server = Server::json(&details("j", status));
        let done = run(asking(&server, &["details", "j"]));
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{status:?}");
        assert_eq!(done.stdout, details("j", status) + "\n");
    }
}

#[test]
fn a_wait_exits_with_how_the_job_ended() {
    for (status, code) in [("SUCCESS", 0), ("COMPLETED_WITH_ERRORS", 3), ("STOPPED", 4), ("FAILED", 5)] {
        let server = Server::json(&details("j", status));
        let done = run(asking(&server, &["wait", "-q", "j"]));
        assert_eq!((done.code, done.stdout, done.stderr.as_str()), (code, details("j", status) + "\n", ""));
    }
}

#[test]
fn a_wait_for_several_exits_with_the_worst() {
    for (jobs, code) in [
        (&["SUCCESS", "SUCCESS"][..], 0),
        (&["COMPLETED_WITH_ERRORS", "SUCCESS"], 3),
        (&["COMPLETED_WITH_ERRORS", "STOPPED"], 4),
        (&["STOPPED", "FAILED", "COMPLETED_WITH_ERRORS"], 5),
        (&["FAILED", "404"], 11),
        (&["404", "401", "503"], 10),
    ] {
        let server = Server::new(|path, _| match job_of(path) {
            "404" => Reply::Status(404, "", ""),
            "401" => Reply::Status(401, "", ""),
            "503" => Reply::Status(503, "", ""),
            status => Reply::Json(details(status, status)),
        });
        let done = run(asking(&server, &[&["wait", "-q", "--max-outage", "0s"], jobs].concat()));
        assert_eq!(done.code, code, "{jobs:?}: {done:?}");
    }
}

#[test]
fn exit_1_when_the_result_cannot_be_written() {
    let server = Server::json(&details("j", "FAILED"));
    for args in [&["details", "j"][..], &["wait", "-q", "j"], &["--help"], &["man"], &["completions", "bash"]] {
        let mut command = asking(&server, args);
        command.stdout(std::fs::File::create("/dev/full").unwrap());
        run(command)
            .fails(1, "unstructured-jobs: cannot write to standard output: No space left on device (os error 28)\n");
    }
}

#[test]
fn exit_10_to_15_for_what_the_service_responds() {
    for (reply, code) in [
        (|| Reply::Status(401, "", r#"{"detail":"bad key"}"#), 10),
        (|| Reply::Status(403, "", ""), 10),
        (|| Reply::Status(404, "", ""), 11),
        (|| Reply::Status(422, "", r#"{"detail":[{"loc":["path"],"msg":"not a uuid","type":"t"}]}"#), 12),
        (|| Reply::Status(400, "", ""), 12),
        (|| Reply::Status(418, "", ""), 12),
        (|| Reply::Status(302, "Location: https://elsewhere.example/\r\n", ""), 12),
        (|| Reply::Status(429, "Retry-After: 9999\r\n", ""), 13),
        (|| Reply::Status(500, "", ""), 13),
        (|| Reply::Status(501, "", ""), 12),
        (|| Reply::Status(503, "", "<html>\x1b[31mdown"), 13),
        (|| Reply::Raw(b""), 14),
        (|| Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), 14),
        (|| Reply::Raw(b"220 smtp.example ESMTP\r\n"), 15),
        (|| Reply::Status(204, "", ""), 15),
        (|| Reply::Json("{}".to_owned()), 15),
        (|| Reply::Json("<html>".to_owned()), 15),
        (|| Reply::Json(details("another", "SUCCESS")), 15),
    ] as [(fn() -> Reply, i32); 18]
    {
        let server = Server::new(move |_, _| reply());
        for args in [&["details", "j", "--retries", "0"][..], &["wait", "j", "-q", "--max-outage", "0s"]] {
            let done = run(asking(&server, args));
            assert_eq!((done.code, done.stdout.as_str()), (code, ""), "{args:?} {done:?}");
            assert!(done.stderr.starts_with("unstructured-jobs: "), "{done:?}");
            assert!(done.stderr.contains(&server.url()), "an error says where: {done:?}");
            assert!(!done.stderr.contains('\x1b'), "{done:?}");
        }
    }
}

/// The rows of docs/troubleshooting.md that have a kind: exit code, kinds, and whether another attempt may help.
fn documented() -> Vec<(i32, String, String)> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/troubleshooting.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let code = cells.get(1)?.parse().ok()?;
        (cells.len() == 6 && !cells[2].is_empty()).then(|| (code, cells[2].to_owned(), cells[4].to_owned()))
    });
    rows.collect()
}

#[test]
fn the_documented_table_agrees_with_kinds_codes_and_retries() {
    let replies: [fn() -> Reply; 19] = [
        || Reply::Status(401, "", ""),
        || Reply::Status(403, "", ""),
        || Reply::Status(404, "", ""),
        || Reply::Status(422, "", ""),
        || Reply::Status(400, "", ""),
        || Reply::Status(302, "", ""),
        || Reply::Status(501, "", ""),
        || Reply::Status(408, "", ""),
        || Reply::Status(429, "", ""),
        || Reply::Status(511, "", ""),
        || Reply::Status(204, "", ""),
        || Reply::Raw(b""),
        || Reply::Raw(b"220 smtp.example ESMTP\r\n"),
        || Reply::Status(200, "Content-Encoding: br\r\n", ""),
        || Reply::Json(String::new()),
        || Reply::Json("<html>".to_owned()),
        || Reply::Json("{}".to_owned()),
        || Reply::Json(details("another", "SUCCESS")),
        || Reply::Silence,
    ];
    let table = documented();
    let mut seen = std::collections::BTreeSet::new();
    let mut judge = |url: &str| {
        let client = unstructured_jobs::Client::builder().api_key(crate::run::KEY).base_url(url).proxy("none");
        let client = client.max_retries(0).timeout(std::time::Duration::from_millis(500)).build().unwrap();
        let error = client.job_details("j").unwrap_err();
        let args = ["details", "j", "--retries", "0", "--request-timeout", "500ms", "--api-url", url];
        let code = run(bare(&args)).code;
        let row = table.iter().find(|(of, _, _)| *of == code);
        let (_, kinds, again) = row.unwrap_or_else(|| panic!("no row for {code}: {error:?}"));
        assert!(kinds.contains(&format!("`{:?}`", error.kind())), "{code} is not {kinds}: {error:?}");
        match again.as_str() {
            "yes" => assert!(error.is_retryable(), "{code}: {error:?}"),
            "no" => assert!(!error.is_retryable(), "{code}: {error:?}"),
            // which of them, say the sentences below the table
            _ => drop(seen.insert((code, error.is_retryable()))),
        }
    };
    for reply in replies {
        let server = Server::new(move |_, _| reply());
        judge(&server.url());
    }
    let plain = Server::json("{}");
    judge("https://no-such-host.invalid");
    // tcpmux, where nobody listens
    judge("http://127.0.0.1:1");
    judge(&plain.url().replace("http", "https"));
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [(14, true), (15, false), (15, true)]);
}

#[test]
fn exit_13_only_after_the_retries() {
    let server = Server::new(|_, before| match before {
        0 => Reply::Status(503, "Retry-After: 0\r\n", ""),
        1 => Reply::Status(429, "Retry-After: 0\r\n", ""),
        _ => Reply::Json(details("j", "SUCCESS")),
    });
    assert_eq!(run(asking(&server, &["details", "j", "--retries", "1"])).code, 13);
    assert_eq!(server.requests().len(), 2);
    assert_eq!(run(asking(&server, &["details", "j", "--retries", "1"])).code, 0);
}

#[test]
fn exit_14_for_the_network() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = Server::json("{}");
    let not_tls = plain.url().replace("http", "https");
    for (url, says) in [
        ("https://no-such-host.invalid", "cannot resolve no-such-host.invalid"),
        (&format!("http://{closed}"), "Connection refused"),
        (&not_tls, "TLS"),
    ] {
        let done = run(bare(&["details", "j", "--retries", "0", "--api-url", url]));
        assert_eq!((done.code, done.stdout.as_str()), (14, ""), "{done:?}");
        assert!(done.stderr.contains(says), "{done:?}");
    }
}

#[test]
fn a_hint_is_about_the_host_that_was_not_reached() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (service, proxy) =
        ("hint: is --api-url or UNSTRUCTURED_API_URL right?", "hint: is the proxy right? It is named with");
    for (args, hint) in [
        (&["--api-url", "https://no-such-host.invalid"][..], service),
        (&["--api-url", &format!("http://{closed}")], service),
        (&["--proxy", "http://no-such-proxy.invalid:3128"], proxy),
        (&["--proxy", &format!("http://{closed}")], proxy),
    ] {
        let done = run(bare(&[&["details", "j", "--retries", "0"], args].concat()));
        assert_eq!(done.code, 14, "{done:?}");
        assert!(done.stderr.lines().last().unwrap().starts_with(hint), "{done:?}");
        assert_eq!(done.stderr.matches("hint: ").count(), 1, "{done:?}");
    }
}

#[test]
fn a_password_is_asked_for_only_where_the_proxy_takes_one() {
    for (challenge, hint) in [
        (&b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"a\"\r\n\r\n"[..], true),
        (b"HTTP/1.1 407 No\r\n\r\n", true),
        (b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n", false),
    ] {
        let proxy = Server::new(move |_, _| Reply::Raw(challenge));
        let done = run(bare(&["details", "j", "--proxy", &proxy.url()]));
        assert_eq!(done.code, 12, "{done:?}");
        assert_eq!(done.stderr.contains("\nhint: --proxy takes http://USER:PASSWORD@HOST:PORT; "), hint, "{done:?}");
        assert_eq!(done.stderr.matches("hint: ").count(), usize::from(hint), "{done:?}");
    }
}

#[test]
fn a_longer_first_pause_is_the_longest_too() {
    let endless = Server::json(&details("j", "IN_PROGRESS"));
    for pace in [&["--interval", "20s"][..], &["--max-interval", "20ms"]] {
        let done = run(asking(&endless, &[&["wait", "j", "-q", "--timeout", "0s"], pace].concat()));
        assert_eq!(done.code, 124, "{done:?}");
    }
}

#[test]
fn exit_124_when_a_timeout_passes() {
    let silent = Server::new(|_, _| Reply::Silence);
    let done = run(asking(&silent, &["details", "j", "--request-timeout", "200ms"]));
    assert_eq!(done.code, 124, "{done:?}");
    assert!(done.stderr.contains("timed out"), "{done:?}");

    let endless = Server::json(&details("j", "IN_PROGRESS"));
    let done = run(asking(&endless, &["wait", "j", "-q", "--timeout", "50ms", "--interval", "10ms"]));
    assert_eq!((done.code, done.stdout), (124, details("j", "IN_PROGRESS") + "\n"), "the last details are printed");
    assert_eq!(done.stderr, "unstructured-jobs: j: the job had not ended when the wait's 50ms had passed\n");

    let unknown = Server::json(&details("j", "DREAMING"));
    let done = run(asking(&unknown, &["wait", "j", "-q", "--timeout", "0s"]));
    assert_eq!(done.code, 124, "an unknown status is no end: {done:?}");
}
