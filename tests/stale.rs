//! Kept connections that are of no use any more: given up by the server, full of TLS's own records, or emptied by a panic.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use unstructured_jobs::{Client, ErrorKind};

use crate::connections::respond;
use crate::support::assertions::{fails, fails_somehow};
use crate::support::certificates::Authority;
use crate::support::child::in_own_process;
use crate::support::server::{Connection, Server};
use crate::support::time::{MARGIN, timed, until};
use crate::support::{JOB, builder, client, job, ok, response};

/// A kept connection that ends as `end` does only once the next request is there.
#[track_caller]
fn closed_on_the_second_request(end: impl Fn(&mut Connection) + Send + Sync + 'static) {
    let server = Server::start(move |connection| {
        if connection.index == 0 {
            respond(connection);
            // waits for the first byte of the next request, and sends nothing
            let _ = connection.socket().peek(&mut [0]);
            connection.read_request();
            end(connection);
        } else {
            while respond(connection) {}
        }
    });
    // not counted as a retry: there are none
    let client = client(server.url());
    client.job_details(JOB).expect("the first response");
    let second = client.job_details(JOB).expect("the second response, by a silent reconnect");
    assert!(second.processing_status.is_success());
    assert_eq!(server.connections(), 2);
    assert_eq!(server.requests().len(), 3, "one for the first response, and exactly two for the second");
}

#[test]
fn a_connection_closed_on_the_next_request_costs_one_silent_reconnect() {
    closed_on_the_second_request(|_| {});
}

#[test]
fn a_connection_reset_on_the_next_request_costs_one_silent_reconnect() {
    closed_on_the_second_request(Connection::reset);
}

#[test]
fn a_new_connection_that_is_closed_at_once_is_a_failure() {
    let server = Server::start(|connection| {
        if connection.index == 0 {
            respond(connection);
        }
        connection.read_request();
    });
    let client = client(server.url());
    client.job_details(JOB).expect("the first response");
    let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
    let message = format!("the server closed the connection without a response (GET {url})");
    let error = fails(client.job_details(JOB), ErrorKind::Io, &message);
    assert_eq!((error.attempts(), error.is_retryable()), (1, true));
    assert_eq!((server.connections(), server.requests().len()), (2, 3));
}

#[test]
fn a_byte_of_response_ends_the_free_reconnect() {
    let server = Server::start(|connection| {
        if connection.index == 0 {
            respond(connection);
            connection.read_request();
            connection.send("H");
        } else {
            while respond(connection) {}
        }
    });
    let client = client(server.url());
    client.job_details(JOB).expect("the first response");
    fails_somehow(client.job_details(JOB), ErrorKind::Io);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
    client.job_details(JOB).expect("the pool is not stuck");
}

#[test]
fn a_silent_reconnect_keeps_to_the_timeout() {
    let server = Server::start(|connection| {
        if connection.index == 0 {
            respond(connection);
            connection.read_request();
        } else {
            connection.stay_silent();
        }
    });
    let client = builder(server.url()).timeout(Duration::from_millis(400)).build().expect("a client");
    client.job_details(JOB).expect("the first response");
    let (result, took) = timed(|| client.job_details(JOB));
    fails_somehow(result, ErrorKind::Timeout);
    assert!(took < Duration::from_millis(400) + MARGIN, "{took:?}");
}

/// A client with `count` kept connections, and its server, which goes on as `then` does with each of them.
fn with_kept(count: usize, then: impl Fn(&mut Connection) + Send + Sync + 'static) -> (Server, Client) {
    let everybody = Barrier::new(count);
    let server = Server::start(move |connection| {
        if connection.index < count {
            connection.read_request();
            // nobody gets a response, and no connection free, before all are there
            everybody.wait();
            connection.send(ok(job("SUCCESS")));
        }
        then(connection);
    });
    let client = client(server.url());
    std::thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| client.job_details(JOB).expect("a first response"));
        }
    });
    assert_eq!(server.connections(), count);
    (server, client)
}

#[test]
fn a_stale_connection_leaves_the_others_alone() {
    const KEPT: usize = 6;
    for stale in [1, 3, KEPT - 1] {
        for resets in [false, true] {
            let given_up = AtomicUsize::new(0);
            let (server, client) = with_kept(KEPT, move |connection| {
                // the first connections that are used again are the ones that the server has given up
                while connection.read_request().is_some() {
                    if given_up.fetch_add(1, Ordering::SeqCst) < stale {
                        if resets {
                            connection.reset();
                        }
                        return;
                    }
                    connection.send(ok(job("SUCCESS")));
                }
            });
            for _ in 0..3 {
                client.job_details(JOB).expect("over a connection that is alive");
            }
            assert_eq!((server.connections(), server.requests().len()), (KEPT, KEPT + stale + 3), "{stale} stale");
            // those that were not used are kept: as many callers as there are connections left find one
            let callers = Barrier::new(KEPT - stale);
            std::thread::scope(|scope| {
                for _ in 0..KEPT - stale {
                    scope.spawn(|| {
                        callers.wait();
                        client.job_details(JOB).expect("a response");
                    });
                }
            });
            assert_eq!(server.connections(), KEPT, "{stale} stale");
        }
    }
}

#[test]
fn when_all_are_stale_a_new_one_is_made() {
    // as many as are kept
    const KEPT: usize = 16;
    let (server, client) = with_kept(KEPT, |connection| {
        connection.read_request();
        if connection.index >= KEPT {
            connection.send(ok(job("SUCCESS")));
            while respond(connection) {}
        }
    });
    client.job_details(JOB).expect("a response, though no retries were allowed");
    assert_eq!((server.connections(), server.requests().len()), (KEPT + 1, KEPT * 2 + 1));
    client.job_details(JOB).expect("over the new one");
    assert_eq!(server.connections(), KEPT + 1);
}

#[test]
fn a_response_about_the_connection_is_none_to_the_request() {
    let close = "408 Request Timeout\r\nConnection: close";
    for status in [close, "408 Request Timeout", "421 Misdirected Request", "425 Too Early"] {
        for after in ["", "HTTP/1.1 103 Hints\r\n\r\n"] {
            let server = Server::start(move |connection| {
                respond(connection);
                if connection.index == 0 {
                    connection.read_request();
                    connection.send([after.as_bytes(), &response(status, "gone")].concat());
                    connection.stay_silent();
                }
                while respond(connection) {}
            });
            let client = client(server.url());
            for _ in 0..3 {
                client.job_details(JOB).expect("a response, though no retries were allowed");
            }
            assert_eq!((server.connections(), server.requests().len()), (2, 4), "{status:?}");
        }
    }
}

#[test]
fn a_response_about_a_new_connection_is_a_failure() {
    for (status, retryable) in [(408, true), (421, false), (425, true)] {
        let server = Server::always(response(&format!("{status} X"), ""));
        let client = client(server.url());
        for _ in 0..2 {
            let error = fails_somehow(client.job_details(JOB), ErrorKind::HttpStatus);
            assert_eq!((error.http_status(), error.is_retryable(), error.attempts()), (Some(status), retryable, 1));
        }
        assert_eq!((server.connections(), server.requests().len()), (2, 2), "each over a new connection");
    }
}

/// Responds to one request of each connection over TLS 1.3, and the response is followed by so many session tickets. The response
/// comes before the request, right after the handshake: only so do the tickets come after it.
fn talkative(authority: &Authority, tickets: usize, sent: Arc<AtomicUsize>) -> Server {
    let config = authority.identity().config_with(&[&rustls::version::TLS13], |config| {
        config.send_half_rtt_data = true;
        config.send_tls13_tickets = tickets;
    });
    Server::start(move |connection| {
        let mut session = rustls::ServerConnection::new(Arc::clone(&config)).expect("a TLS configuration");
        let mut socket = connection.socket();
        let mut responded = false;
        let mut request = Vec::new();
        while request.is_empty() {
            if !matches!(session.read_tls(&mut socket), Ok(1..)) {
                return;
            }
            session.process_new_packets().expect("a handshake");
            if !responded {
                session.writer().write_all(&ok(job("SUCCESS"))).expect("memory");
                responded = true;
            }
            while session.wants_write() {
                if session.write_tls(&mut socket).is_err() {
                    return;
                }
            }
            let _ = session.reader().read_to_end(&mut request);
        }
        sent.fetch_add(1, Ordering::SeqCst);
        connection.stay_silent();
    })
}

#[test]
fn a_kept_connection_is_not_listened_to_without_an_end() {
    for (tickets, connections) in [(4, 1), (400, 2)] {
        let authority = Authority::new();
        let sent = Arc::new(AtomicUsize::new(0));
        let server = talkative(&authority, tickets, Arc::clone(&sent));
        let url = format!("https://{}", server.addr());
        let timeout = Duration::from_secs(3);
        let client = builder(url).ca_pem(authority.pem()).timeout(timeout).build().expect("a client");
        client.job_details(JOB).expect("the first response");
        until("the tickets have been sent", || sent.load(Ordering::SeqCst) == 1);
        let second = client.job_details(JOB);
        assert_eq!(server.connections(), connections, "{tickets} tickets");
        match tickets {
            // a connection that is kept is asked again, to which this server sends nothing
            4 => drop(fails_somehow(second, ErrorKind::Timeout)),
            _ => drop(second.expect("the second response, over another connection")),
        }
    }
}

/// How many records are let pass before one panics.
static QUIET: AtomicUsize = AtomicUsize::new(0);

/// Panics whenever the library below says something, which it does in the middle of its work.
struct PanickingLogger(AtomicUsize);

impl log::Log for PanickingLogger {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("ureq")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) && log::max_level() != log::LevelFilter::Error {
            if QUIET.load(Ordering::SeqCst) > 0 {
                QUIET.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            self.0.fetch_add(1, Ordering::SeqCst);
            panic!("a logger's own trouble: {}", record.args());
        }
    }

    fn flush(&self) {}
}

#[test]
fn a_panic_in_the_middle_of_a_call_is_that_call_s_alone() {
    static LOGGER: PanickingLogger = PanickingLogger(AtomicUsize::new(0));
    in_own_process("stale::a_panic_in_the_middle_of_a_call_is_that_call_s_alone", &[], || {
        let server = Server::always(ok(job("SUCCESS")));
        let client = client(server.url());
        client.job_details(JOB).expect("a response, and a kept connection");
        log::set_logger(&LOGGER).expect("the first logger");
        // a panic at the first, second, … thing that is said in a call
        for quiet in 0..10 {
            QUIET.store(quiet, Ordering::SeqCst);
            log::set_max_level(log::LevelFilter::Trace);
            let _ = catch_unwind(AssertUnwindSafe(|| client.job_details(JOB)));
            log::set_max_level(log::LevelFilter::Error);
            client.job_details(JOB).expect("the next call is none the worse for it");
        }
        assert!(LOGGER.0.load(Ordering::SeqCst) >= 3, "there were panics");
    });
}
