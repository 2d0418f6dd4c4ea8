//! Connections: kept, shared, found closed, and made anew.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use unstructured_jobs::ErrorKind;

use crate::support::assertions::{fails, fails_somehow};
use crate::support::certificates::Authority;
use crate::support::child::in_own_process;
use crate::support::server::{Connection, Server, keep_responding};
use crate::support::time::until;
use crate::support::{JOB, builder, client, job, ok, process, response};

/// Reads a request and responds to it.
pub(crate) fn respond(connection: &mut Connection) -> bool {
    connection.read_request().is_some() && connection.send(ok(job("SUCCESS")))
}

#[test]
fn a_connection_is_kept_between_calls_and_shared_by_clones() {
    let server = Server::always(ok(job("SUCCESS")));
    let client = client(server.url());
    for _ in 0..10 {
        client.clone().job_details(JOB).expect("a response");
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 10));
    drop(client.clone());
    client.job_details(JOB).expect("a response");
    assert_eq!(server.connections(), 1);
}

#[test]
fn an_error_keeps_the_connection() {
    let server = Server::responding(|n, _| match n {
        0 => response("404 Not Found", r#"{"detail":"no"}"#),
        1 => ok("not JSON"),
        _ => ok(job("SUCCESS")),
    });
    let client = client(server.url());
    fails_somehow(client.job_details(JOB), ErrorKind::NotFound);
    fails_somehow(client.job_details(JOB), ErrorKind::Decode);
    client.job_details(JOB).expect("a response");
    assert_eq!(server.connections(), 1);
}

#[test]
fn connection_close_is_heeded() {
    let server = Server::always(response("200 OK\r\nConnection: close", job("SUCCESS")));
    let client = client(server.url());
    client.job_details(JOB).expect("a response");
    client.job_details(JOB).expect("a response");
    assert_eq!(server.connections(), 2);
}

/// The first connection responds once and then ends as `end` does; a second call must not notice.
#[track_caller]
fn closed_while_idle(end: impl Fn(&mut Connection) + Send + Sync + 'static) {
    let ended = Arc::new(AtomicBool::new(false));
    let theirs = Arc::clone(&ended);
    let server = Server::start(move |connection| {
        let responded = respond(connection);
        if connection.index == 0 {
            end(connection);
            theirs.store(true, Ordering::SeqCst);
        } else if responded {
            while respond(connection) {}
        }
    });
    let client = client(server.url());
    client.job_details(JOB).expect("the first response");
    until("the server ended it", || ended.load(Ordering::SeqCst));
    // what the server did is on its way through the loopback device
    std::thread::sleep(Duration::from_millis(50));
    client.job_details(JOB).expect("the second response");
    client.job_details(JOB).expect("the third response, on the second connection");
    assert_eq!((server.connections(), server.requests().len()), (2, 3));
}

#[test]
fn a_connection_closed_while_idle_is_not_used() {
    closed_while_idle(Connection::finish_sending);
}

#[test]
fn a_connection_reset_while_idle_is_not_used() {
    closed_while_idle(Connection::reset);
}

#[test]
fn a_connection_with_bytes_that_nobody_asked_for_is_not_used() {
    for bytes in [ok(job("FAILED")), b"HTTP/1.1 408 Request Timeout\r\n\r\n".to_vec()] {
        closed_while_idle(move |connection| {
            connection.send(&bytes);
        });
    }
}

#[test]
fn a_server_that_restarts_is_found_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("its address");
    let client = builder(format!("http://{addr}")).max_retries(3).build().expect("a client");
    let serve_one = |listener: std::net::TcpListener| {
        let (stream, _) = listener.accept().expect("a connection");
        let mut buffer = [0; 4096];
        let read = std::io::Read::read(&mut &stream, &mut buffer).expect("a request");
        assert!(read > 0);
        (&stream).write_all(&ok(job("SUCCESS"))).expect("sent");
    };
    std::thread::scope(|scope| {
        let served = scope.spawn(move || serve_one(listener));
        client.job_details(JOB).expect("a response");
        served.join().expect("the first server");
        let second = scope.spawn(|| client.job_details(JOB));
        // away for the first attempt at least: it comes back once that has been refused
        std::thread::sleep(Duration::from_millis(100));
        let listener = std::net::TcpListener::bind(addr).expect("the same port");
        let served = scope.spawn(move || serve_one(listener));
        second.join().expect("a thread").expect("a response after the restart");
        served.join().expect("the second server");
    });
}

#[test]
fn a_refused_connection() {
    let addr = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("its address")
    };
    let message = format!("cannot connect to {addr}: Connection refused (GET http://{addr}/api/v1/jobs/{JOB}/details)");
    let error = fails(client(format!("http://{addr}")).job_details(JOB), ErrorKind::Connect, &message);
    assert_eq!((error.attempts(), error.is_retryable(), error.http_status()), (1, true, None));
    let source = std::error::Error::source(&error).expect("a source");
    let source = source.downcast_ref::<std::io::Error>().expect("the system's error");
    assert_eq!(source.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_refused_connection_to_a_name_tells_its_addresses() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("its address").port()
    };
    let result = client(format!("http://localhost:{port}")).job_details(JOB);
    let text = format!("{:#}", fails_somehow(result, ErrorKind::Connect));
    // localhost has one address here, or two
    let addresses = text
        .strip_prefix(&format!("cannot connect to localhost:{port}: Connection refused ("))
        .and_then(|rest| rest.split_once(") (GET "));
    let (addresses, _) = addresses.unwrap_or_else(|| panic!("{text}"));
    assert!(["127.0.0.1", "127.0.0.1, ::1", "::1, 127.0.0.1"].contains(&addresses), "{text}");
}

#[test]
fn a_name_that_does_not_exist() {
    let client = builder("https://no-such-host.invalid").build().expect("a client");
    let error = fails_somehow(client.job_details(JOB), ErrorKind::Dns);
    assert!(format!("{error:#}").starts_with("cannot resolve no-such-host.invalid: "), "{error:#}");
    assert!(error.is_retryable());
}

#[test]
fn sixteen_threads_on_one_client() {
    let server = Server::always(ok(job("SUCCESS")));
    let client = client(server.url());
    let start = Barrier::new(16);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                start.wait();
                for _ in 0..20 {
                    client.job_details(JOB).expect("a response");
                }
            });
        }
    });
    assert_eq!(server.requests().len(), 16 * 20);
    assert!(server.connections() <= 16, "{} connections", server.connections());
}

#[test]
fn a_warm_call_starts_no_thread_and_resolves_nothing() {
    in_own_process("connections::a_warm_call_starts_no_thread_and_resolves_nothing", &[], || {
        let alone = process::threads();
        let authority = Authority::new();
        let config = authority.identity().config();
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let theirs = Arc::clone(&seen);
        // while a request waits for its response, the threads of the process are counted
        let server = Server::start_tls(
            config,
            keep_responding(move |_, _| {
                theirs.lock().expect("counts").push(process::threads());
                ok(job("SUCCESS"))
            }),
        );
        let client = builder(server.url_at("localhost")).ca_pem(authority.pem()).build().expect("a client");
        client.job_details(JOB).expect("a cold call, with a look-up");
        // the helper that looked the name up ends by itself; the server's accepting thread and one script remain
        until("the look-up's thread has ended", || process::threads() == alone + 2);
        for _ in 0..20 {
            client.job_details(JOB).expect("a warm call");
        }
        let seen = seen.lock().expect("counts");
        assert_eq!(seen[1..], [alone + 2; 20], "threads during the warm calls");
        assert_eq!(server.connections(), 1);
    });
}
