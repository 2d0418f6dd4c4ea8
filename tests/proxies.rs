//! Proxies: what they are asked, what they see, and what is made of their replies.

use std::time::Duration;

use unstructured_jobs::{Builder, Error, ErrorKind, JobDetails};

use crate::support::assertions::{fails, fails_saying, fails_somehow};
use crate::support::certificates::Authority;
use crate::support::proxy::Proxy;
use crate::support::server::{Connection, Server, keep_responding};
use crate::support::time::{MARGIN, timed};
use crate::support::{JOB, KEY, builder, job, ok};

fn service(authority: &Authority) -> Server {
    let identity = authority.identity_with(&["service.example", "127.0.0.1"], |_| {});
    Server::start_tls(identity.config(), keep_responding(|_, _| ok(job("SUCCESS"))))
}

fn through(proxy: &str, authority: &Authority, base_url: &str) -> Builder {
    builder(base_url).ca_pem(authority.pem()).proxy(proxy)
}

const AGENT: &str = concat!("unstructured-jobs/", env!("CARGO_PKG_VERSION"));

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_tunnel_is_asked_for_and_used() {
    let authority = Authority::new();
    let server = service(&authority);
    let proxy = Proxy::to(server.addr());
    let proxy_url = proxy.server.url().replace("http://", "http://us%40er:pa:ss@");
    // nobody but the proxy could resolve this name
    let client = through(&proxy_url, &authority, "https://service.example/prefix").build().expect("a client");
    for _ in 0..3 {
        client.job_details(JOB).expect("a response");
    }
    assert_eq!(
        proxy.server.requests(),
        [format!(
            "CONNECT service.example:443 HTTP/1.1\r\nHost: service.example:443\r\nUser-Agent: {AGENT}\r\n\
             Proxy-Authorization: Basic dXNAZXI6cGE6c3M=\r\n\r\n"
        )]
    );
    assert_eq!((server.connections(), server.requests().len()), (1, 3));
    for request in server.requests() {
        assert!(request.starts_with(&format!("GET /prefix/api/v1/jobs/{JOB}/details HTTP/1.1\r\n")), "{request}");
        assert!(request.contains("\r\nhost: service.example\r\n"), "{request}");
        assert!(!request.to_lowercase().contains("proxy-authorization"), "{request}");
    }
    let seen = proxy.seen();
    assert!(!seen.is_empty() && !contains(&seen, KEY) && !contains(&seen, "unstructured-api-key"));
}

#[test]
fn a_proxy_without_a_password_is_sent_none() {
    let authority = Authority::new();
    let server = service(&authority);
    let proxy = Proxy::replying("HTTP/1.0 204 Fine\r\nX: y\r\n\r\n", server.addr());
    let base_url = server.url();
    let client = through(&proxy.server.url(), &authority, &base_url).build().expect("a client");
    client.job_details(JOB).expect("a response");
    let authority = base_url.strip_prefix("https://").expect("a scheme");
    let expected = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {AGENT}\r\n\r\n");
    assert_eq!(proxy.server.requests(), [expected]);
}

#[test]
fn replies_of_every_accepted_shape() {
    let authority = Authority::new();
    let server = service(&authority);
    for reply in [
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 299 Odd\r\n\r\n",
        "HTTP/1.1 200 OK\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\r\n\n",
        "\r\n\r\n\nHTTP/1.1 200 OK\r\n\r\n",
        // neither says anything of a body that a tunnel does not have
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Odd\r\nX: a\r\n b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\nG: 7\r\nH: 8\r\nI: 9\r\nJ: 10\r\nK: 11\r\nL: 12\r\n\
         M: 13\r\nN: 14\r\nO: 15\r\nP: 16\r\nQ: 17\r\nR: 18\r\nS: 19\r\nT: 20\r\nU: 21\r\nV: 22\r\n\r\n",
    ] {
        let proxy = Proxy::replying(reply, server.addr());
        let client = through(&proxy.server.url(), &authority, "https://service.example").build().expect("a client");
        client.job_details(JOB).unwrap_or_else(|error| panic!("{reply:?}: {error}"));
    }
}

/// What comes of a proxy that follows this script; the message's place of its address is `PROXY`.
fn proxy_that(
    script: impl Fn(&mut Connection) + Send + Sync + 'static,
) -> (Server, Result<JobDetails, Error>, Duration) {
    let proxy = Server::start(script);
    let client = builder("https://service.example")
        .proxy(proxy.url().replace("http://", "http://user:s3cret@"))
        .connect_timeout(Duration::from_millis(400))
        .build()
        .expect("a client");
    let (result, took) = timed(|| client.job_details(JOB));
    (proxy, result, took)
}

#[track_caller]
fn reply_fails(reply: impl Into<Vec<u8>>, kind: ErrorKind, status: Option<u16>, retryable: bool, message: &str) {
    let reply = reply.into();
    let (proxy, result, _) = proxy_that(move |connection| {
        connection.read_request();
        connection.send(&reply);
    });
    let message = message.replace("PROXY", &proxy.url());
    let url = format!("https://service.example/api/v1/jobs/{JOB}/details");
    let error = fails(result, kind, &format!("{message} (GET {url})"));
    assert_eq!((error.http_status(), error.is_retryable(), error.attempts()), (status, retryable, 1));
    assert!(!format!("{error:?}").contains("s3cret"));
}

#[test]
fn refusals_of_a_proxy() {
    let http = ErrorKind::HttpStatus;
    let wants = "the proxy PROXY made no connection: it wants a user name and password, or others than those given";
    let challenge = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
    reply_fails(challenge, http, Some(407), false, wants);
    for status in (100..=599).filter(|status| !matches!(status, 100 | 102..=299 | 407)) {
        // what passes is what passes when the service says so
        let retryable = matches!(status, 408 | 425 | 429 | 500..=599) && !matches!(status, 501 | 505);
        let message = format!("the proxy PROXY made no connection: it responded with HTTP {status}");
        let reply = format!("HTTP/1.1 {status} No\r\nLocation: http://a.example/\r\n\r\nbody");
        reply_fails(reply, http, Some(status), retryable, &message);
    }
    let garbage = "the proxy PROXY made no connection: its reply is not HTTP";
    for reply in [
        "SSH-2.0-x\r\n\r\n",
        "SSH-2.0-x",
        "\n\n",
        "HTTP/1.1 2 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200x\r\n\r\n",
        "HTTP/1.1 000 No\r\n\r\n",
        "HTTP/1.1 099 No\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "\0\0\r\n\r\n",
    ] {
        reply_fails(reply, ErrorKind::Connect, None, true, garbage);
    }
    let tls = "the proxy PROXY made no connection: it speaks TLS on this port; its URL should begin with https://";
    reply_fails("\x15\x03\x01\0\x02\x02\x46", ErrorKind::Connect, None, true, tls);
    reply_fails(
        format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(20_000)),
        ErrorKind::Connect,
        None,
        true,
        "the proxy PROXY made no connection: its reply is too long to be a reply to CONNECT",
    );
    let closed = "through the proxy PROXY: the connection broke while waiting for a reply to CONNECT: it was closed";
    reply_fails("", ErrorKind::Connect, None, true, closed);
    reply_fails("HTTP/1.1 200 OK\r\nX", ErrorKind::Connect, None, true, closed);
}

#[test]
fn a_refusal_of_a_proxy_counts_wherever_it_is_cut() {
    let http = ErrorKind::HttpStatus;
    let responded = |status: u16| format!("the proxy PROXY made no connection: it responded with HTTP {status}");
    let ntlm = "the proxy PROXY made no connection: it wants authentication by NTLM, and only Basic is supported";
    for end in ["", "X", "X: y\r\n", "X: y\r\n z", "\r"] {
        reply_fails(format!("HTTP/1.1 403 No\r\n{end}"), http, Some(403), false, &responded(403));
        let interim = format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 No\r\n{end}");
        reply_fails(interim, http, Some(503), true, &responded(503));
        let reply = format!("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\n{end}");
        reply_fails(reply, http, Some(407), false, ntlm);
    }
    for fields in ["X: y\r\n".repeat(200), format!("X: {}\r\n", "y".repeat(20_000))] {
        let reply = format!("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\n{fields}\r\n");
        reply_fails(reply, http, Some(407), false, ntlm);
    }
    // what is left of it is not waited for to the end of the time for connecting
    let proxy = Server::start(|connection| {
        connection.read_request();
        connection.send("HTTP/1.1 403 No\r\nX: y\r\n");
        connection.stay_silent();
    });
    let client = builder("https://service.example").proxy(proxy.url()).build().expect("a client");
    let (result, took) = timed(|| client.job_details(JOB));
    assert_eq!(fails_somehow(result, http).http_status(), Some(403));
    assert!(took < Duration::from_secs(2) + MARGIN, "{took:?}");
}

#[test]
fn a_proxy_that_wants_more_than_a_password() {
    let wants = |what: &str| format!("the proxy PROXY made no connection: {what}");
    let password = wants("it wants a user name and password, or others than those given");
    for (challenges, message) in [
        ("Proxy-Authenticate: NTLM\r\n", wants("it wants authentication by NTLM, and only Basic is supported")),
        (
            "proxy-authenticate: Negotiate YII=, NTLM\r\n",
            wants("it wants authentication by Negotiate, NTLM, and only Basic is supported"),
        ),
        (
            "Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: Digest realm=\"a, Basic\", nonce=\"x\"\r\n",
            wants("it wants authentication by Negotiate, Digest, and only Basic is supported"),
        ),
        ("Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: BASIC realm=\"a\"\r\n", password.clone()),
        ("Proxy-Authenticate: Digest realm=\"a\", basic realm=\"b\"\r\n", password.clone()),
        ("Proxy-Authenticate: Digest realm=\"a\\\", b\", Basic realm=\"b\"\r\n", password.clone()),
        ("Proxy-Authenticate: NTLM,\r\n Basic\r\n", password.clone()),
        (
            "Proxy-Authenticate:\r\n\tDigest realm = \"a\" , nonce\t=\"x\",\r\n NTLM\r\n",
            wants("it wants authentication by Digest, NTLM, and only Basic is supported"),
        ),
        ("", password.clone()),
        (
            &format!("Proxy-Authenticate: a\x1b]0;x\x07{KEY}\r\n"),
            wants("it wants authentication by a\\u{1b}]0;x\\u{7}[API key], and only Basic is supported"),
        ),
        (
            &format!("Proxy-Authenticate: {}\r\n", "y".repeat(10_000)),
            wants(&format!("it wants authentication by {}…, and only Basic is supported", "y".repeat(128))),
        ),
    ] {
        let reply = format!("HTTP/1.1 407 No\r\n{challenges}\r\n");
        reply_fails(reply, ErrorKind::HttpStatus, Some(407), false, &message);
    }
}

#[test]
fn a_proxy_that_asks_for_a_pause_is_heard() {
    for (fields, pause) in [
        ("Retry-After: 7", Some(7)),
        ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:46 GMT", Some(9)),
        ("Retry-After: soon", None),
        ("X: y", None),
    ] {
        let (_proxy, result, _) = proxy_that(move |connection| {
            connection.read_request();
            connection.send(format!("HTTP/1.1 503 Away\r\n{fields}\r\n\r\n"));
        });
        let error = fails_somehow(result, ErrorKind::HttpStatus);
        assert_eq!(error.retry_after(), pause.map(Duration::from_secs), "{fields}");
    }
}

#[test]
fn a_silent_proxy_ends_on_time() {
    for slowly in [false, true] {
        let (proxy, result, took) = proxy_that(move |connection| {
            connection.read_request();
            if slowly {
                connection.send_slowly("x".repeat(200), Duration::from_millis(20));
            } else {
                connection.stay_silent();
            }
        });
        let start = format!("through the proxy {}: timed out while waiting for a reply to CONNECT (GET ", proxy.url());
        assert!(fails_saying(result, ErrorKind::Timeout, &start).is_retryable());
        assert!(took < Duration::from_millis(400) + MARGIN, "{took:?}");
    }
}

#[test]
fn a_proxy_that_is_not_there() {
    let addr = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("its address")
    };
    let client = builder("https://service.example").proxy(format!("http://u:s3cret@{addr}")).build().expect("a client");
    let message = format!(
        "cannot connect to the proxy http://{addr}: Connection refused (GET https://service.example/api/v1/jobs/{JOB}/details)"
    );
    let error = fails(client.job_details(JOB), ErrorKind::Connect, &message);
    assert_eq!((error.is_retryable(), error.setting()), (true, Some("proxy")));
    let mistyped = builder("https://service.example").proxy("http://u:s3cret@no-such-proxy.invalid:3128");
    let error = fails_saying(
        mistyped.build().expect("a client").job_details(JOB),
        ErrorKind::Dns,
        "cannot resolve no-such-proxy.invalid, the name of the proxy http://no-such-proxy.invalid:3128: ",
    );
    assert_eq!(error.setting(), Some("proxy"));
}

#[test]
fn a_tunnel_to_the_wrong_server_is_noticed() {
    let authority = Authority::new();
    let server = service(&Authority::new());
    let proxy = Proxy::to(server.addr());
    let client = through(&proxy.server.url(), &authority, "https://service.example").build().expect("a client");
    let error =
        fails_saying(client.job_details(JOB), ErrorKind::Tls, "the certificate of service.example is not signed");
    assert!(error.to_string().starts_with("through the proxy http://127.0.0.1:"), "{error}");
    assert_eq!(server.requests(), [""; 0]);
    assert!(!contains(&proxy.seen(), KEY));
}

#[test]
fn a_name_that_no_certificate_can_have() {
    let target = Server::always("");
    let proxy = Proxy::to(target.addr());
    let client = builder("https://-a.example").proxy(proxy.server.url()).build().expect("a client");
    let what = "-a.example is not a name that a certificate can have (GET ";
    assert!(!fails_saying(client.job_details(JOB), ErrorKind::Tls, what).is_retryable());
}

#[test]
fn a_tunnel_that_is_reset() {
    let (_proxy, result, _) = proxy_that(|connection| {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\n\r\n");
        connection.reset();
    });
    let error = result.expect_err("reset");
    assert!(matches!(error.kind(), ErrorKind::Io | ErrorKind::Connect) && error.is_retryable(), "{error:?}");
}

#[test]
fn a_proxy_that_speaks_tls_itself() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.identity().config(), |connection| {
        // enough to see that CONNECT arrives encrypted; the tunnel itself is refused
        connection.read_request();
        connection.send("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    let client = through(&server.url(), &authority, "https://service.example").build().expect("a client");
    let error = fails_somehow(client.job_details(JOB), ErrorKind::HttpStatus);
    assert_eq!(error.http_status(), Some(403));
    assert!(server.requests()[0].starts_with("CONNECT service.example:443 HTTP/1.1\r\n"));
}
