//! TLS: whom a client trusts, what it says otherwise, and that the key goes to nobody else.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use unstructured_jobs::{Client, Error, ErrorKind, JobDetails};

use crate::support::assertions::{fails, fails_saying, fails_somehow};
use crate::support::certificates::{Authority, Identity};
use crate::support::server::{Connection, Server, keep_responding};
use crate::support::time::{AT_ONCE, MARGIN, timed, until};
use crate::support::{JOB, builder, client, job, ok};

fn service(config: Arc<ServerConfig>) -> Server {
    Server::start_tls(config, keep_responding(|_, _| ok(job("SUCCESS"))))
}

#[track_caller]
fn trusting(authority: &Authority, base_url: &str) -> Client {
    builder(base_url).ca_pem(authority.pem()).build().expect("a client")
}

#[test]
fn a_trusted_server_is_asked_over_one_kept_session() {
    let authority = Authority::new();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let server = service(authority.identity().config_with(&[version], |_| {}));
        for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
            let before = server.connections();
            let client = trusting(&authority, &server.url_at(host));
            for _ in 0..5 {
                client.job_details(JOB).expect("a response");
            }
            assert_eq!(server.connections(), before + 1, "{version:?}");
        }
    }
}

#[test]
fn many_session_tickets_do_not_count_as_unasked_data() {
    let authority = Authority::new();
    let tickets = |config: &mut ServerConfig| {
        config.send_tls13_tickets = 8;
        config.ticketer = rustls::crypto::ring::Ticketer::new().expect("a ticketer");
    };
    let server = service(authority.identity().config_with(rustls::ALL_VERSIONS, tickets));
    let client = trusting(&authority, &server.url());
    for _ in 0..5 {
        client.job_details(JOB).expect("a response");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_session_closed_while_idle_is_not_used() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.identity().config(), |connection| {
        // responds once, then closes (no close_notify, as many servers do)
        if connection.read_request().is_some() {
            connection.send(ok(job("SUCCESS")));
        }
    });
    let client = trusting(&authority, &server.url());
    for _ in 0..3 {
        client.job_details(JOB).expect("a response");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(server.requests().len(), 3);
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_session_closed_on_the_next_request_costs_one_silent_reconnect() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.identity().config(), |connection| {
        let responses = if connection.index == 0 { 1 } else { 9 };
        for _ in 0..responses {
            if connection.read_request().is_some() {
                connection.send(ok(job("SUCCESS")));
            }
        }
        connection.read_request();
    });
    let client = trusting(&authority, &server.url());
    client.job_details(JOB).expect("the first");
    client.job_details(JOB).expect("the second");
    assert_eq!((server.connections(), server.requests().len()), (2, 3));
}

#[test]
fn a_client_certificate_is_not_to_be_had() {
    let authority = Authority::new();
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls::pki_types::pem::PemObject::pem_slice_iter(authority.pem().as_bytes()) {
        roots.add(certificate.expect("PEM")).expect("a root");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    for (version, message) in [
        (&rustls::version::TLS13, "the server asks for a client certificate, which is not supported (GET "),
        (
            &rustls::version::TLS12,
            "127.0.0.1 refused the TLS handshake: it wants a client certificate, which is not supported (alert \
             certificate_required) (GET ",
        ),
    ] {
        let verifier =
            rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots.clone()), Arc::clone(&provider));
        let Identity { chain, key } = authority.identity();
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_client_cert_verifier(verifier.build().expect("a verifier"))
            .with_single_cert(chain, key)
            .expect("a chain and its key");
        let server = service(Arc::new(config));
        let error = fails_saying(trusting(&authority, &server.url()).job_details(JOB), ErrorKind::Tls, message);
        assert!(!error.is_retryable());
        assert_eq!(server.requests(), [""; 0]);
    }
}

#[test]
fn versions_that_are_too_old_or_ciphers_unknown() {
    // what a server of TLS 1.1 says: alert protocol_version
    for (alert, message) in [
        (70, "127.0.0.1 speaks neither TLS 1.2 nor TLS 1.3"),
        (
            40,
            "127.0.0.1 refused the TLS handshake: no version, cipher or curve in common (needs TLS 1.3, or 1.2 with \
             ECDHE and AES-GCM or ChaCha20), or it wants a client certificate (alert handshake_failure)",
        ),
        (112, "127.0.0.1 refused the TLS handshake: it serves no host of this name (alert unrecognized_name)"),
    ] {
        not_tls_fails(&[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, alert], message);
    }
}

/// A server that says these bytes to a ClientHello, and its URL with `https://`.
fn not_tls(bytes: Vec<u8>) -> (Server, String) {
    let server = Server::start(move |connection| {
        let _ = std::io::Read::read(&mut connection.socket(), &mut [0; 2048]);
        connection.send(&bytes);
    });
    let url = server.url_at("127.0.0.1").replace("http://", "https://");
    (server, url)
}

#[track_caller]
fn not_tls_fails(bytes: &[u8], message: &str) {
    let (server, url) = not_tls(bytes.to_vec());
    let request = format!("{url}/api/v1/jobs/{JOB}/details");
    let error = fails(client(&url).job_details(JOB), ErrorKind::Tls, &format!("{message} (GET {request})"));
    assert!(!error.is_retryable());
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn a_port_that_does_not_speak_tls() {
    not_tls_fails(
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        "127.0.0.1 speaks plain HTTP on this port, not TLS; is the port right?",
    );
    let what = "what 127.0.0.1 sends on this port is not TLS; is the port right?";
    not_tls_fails(b"SSH-2.0-OpenSSH_9.2p1\r\n", what);
    not_tls_fails(b"220 mail.example ESMTP\r\n", what);
    not_tls_fails(&[0xff; 64], what);
}

/// What comes of a server that follows this script instead of shaking hands, within a connect timeout of 400 ms.
fn no_handshake(
    script: impl Fn(&mut crate::support::server::Connection) + Send + Sync + 'static,
) -> (Result<JobDetails, Error>, Duration) {
    let server = Server::start(script);
    let client = builder(server.url().replace("http://", "https://"))
        .connect_timeout(Duration::from_millis(400))
        .build()
        .expect("a client");
    timed(|| client.job_details(JOB))
}

#[test]
fn silence_in_the_handshake_ends_on_time() {
    let (result, took) = no_handshake(|connection| connection.stay_silent());
    let error = fails_saying(result, ErrorKind::Timeout, "timed out while shaking hands with 127.0.0.1 (TLS) (GET ");
    assert!(error.is_retryable());
    assert!(took >= Duration::from_millis(395) && took < Duration::from_millis(400) + MARGIN, "{took:?}");
    // a record that comes byte by byte, and never to its end
    let (result, took) = no_handshake(|connection| {
        connection.send([0x16, 0x03, 0x03, 0x40, 0x00]);
        connection.send_slowly([2; 200], Duration::from_millis(20));
    });
    fails_somehow(result, ErrorKind::Timeout);
    assert!(took < Duration::from_millis(400) + MARGIN, "{took:?}");
}

#[test]
fn a_connection_that_ends_in_the_handshake_may_be_tried_again() {
    // not before the hello is there: until then it is the connecting that fails
    let await_hello = |connection: &mut Connection| {
        let _ = std::io::Read::read(&mut connection.socket(), &mut [0; 2048]);
    };
    let (result, _) = no_handshake(await_hello);
    let what = "the connection broke while shaking hands with 127.0.0.1 (TLS): it was closed (GET ";
    assert!(fails_saying(result, ErrorKind::Io, what).is_retryable());
    let (result, _) = no_handshake(move |connection| {
        await_hello(connection);
        connection.reset();
    });
    let what = "the connection broke while shaking hands with 127.0.0.1 (TLS): ";
    assert!(fails_saying(result, ErrorKind::Io, what).is_retryable());
}

#[test]
fn an_end_without_close_notify() {
    let authority = Authority::new();
    let complete = ok(job("SUCCESS"));
    let until_close = format!("HTTP/1.1 200 OK\r\n\r\n{}", job("SUCCESS")).into_bytes();
    let cut = until_close[..until_close.len() - 5].to_vec();
    for (response, whole) in [(complete, true), (until_close, true), (cut, false)] {
        let server = Server::start_tls(authority.identity().config(), move |connection| {
            if connection.read_request().is_some() {
                connection.send(&response);
            }
        });
        let result = trusting(&authority, &server.url()).job_details(JOB);
        if whole {
            result.expect("a response");
        } else {
            let error =
                fails_saying(result, ErrorKind::Io, "the connection was closed in the middle of the response, after ");
            assert!(error.is_retryable());
        }
    }
}

#[test]
fn silence_after_the_handshake_ends_on_time() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.identity().config(), |connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let client =
        builder(server.url()).ca_pem(authority.pem()).timeout(Duration::from_millis(500)).build().expect("a client");
    let (result, took) = timed(|| client.job_details(JOB));
    fails_saying(result, ErrorKind::Timeout, "timed out while waiting for the response (GET ");
    assert!(took < Duration::from_millis(500) + MARGIN, "{took:?}");
}

#[test]
fn a_read_over_tls_is_ended_by_shutdown() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.identity().config(), |connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let client = trusting(&authority, &server.url());
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.job_details(JOB));
        until("the request is there", || server.requests().len() == 1);
        let ((), took) = timed(|| {
            client.shutdown();
            fails_saying(call.join().expect("a thread"), ErrorKind::Cancelled, "the client was shut down (GET ");
        });
        assert!(took < AT_ONCE, "{took:?}");
    });
}

#[test]
fn a_certificate_that_was_replaced_is_judged_anew() {
    let authority = Authority::new();
    let first = service(authority.identity().config());
    let client = trusting(&authority, &first.url());
    client.job_details(JOB).expect("a response");
    let addr = first.addr();
    drop(first);
    // the same port, another certificate of the same authority
    let listener = std::net::TcpListener::bind(addr).expect("the same port");
    let config = authority.identity().config();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (stream, _) = listener.accept().expect("a connection");
            let session = rustls::ServerConnection::new(config).expect("a session");
            let mut stream = rustls::StreamOwned::new(session, stream);
            let mut buffer = [0; 4096];
            assert!(std::io::Read::read(&mut stream, &mut buffer).expect("a request") > 0);
            std::io::Write::write_all(&mut stream, &ok(job("SUCCESS"))).expect("sent");
        });
        client.job_details(JOB).expect("still trusted");
    });
}

#[test]
fn large_chains_and_responses_fit_up_to_a_limit() {
    let authority = Authority::new();
    for (extras, fits) in [(60, true), (300, false)] {
        let mut identity = authority.identity();
        let extra = identity.chain[0].clone();
        identity.chain.extend(std::iter::repeat_n(extra, extras));
        let body = format!("{}{}", job("SUCCESS"), " ".repeat(300_000));
        let server = Server::start_tls(identity.config(), keep_responding(move |_, _| ok(&body)));
        let client = trusting(&authority, &server.url());
        let result = client.job_details(JOB);
        if fits {
            result.expect("a response");
            client.job_details(JOB).expect("and again");
            continue;
        }
        let message = "the certificates that 127.0.0.1 presents are longer than 64 KiB together (GET ";
        assert!(!fails_saying(result, ErrorKind::Tls, message).is_retryable());
        assert_eq!(server.requests(), [""; 0]);
    }
}
