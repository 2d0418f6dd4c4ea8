//! No call outlives its timeout, at whatever stage the world stops; and none gives up before it.

use std::time::Duration;

use unstructured_jobs::ErrorKind;

use crate::cancelling::cut;
use crate::overshoot::full_backlog;
use crate::support::assertions::{fails_saying, fails_somehow};
use crate::support::server::Server;
use crate::support::time::{AT_ONCE, MARGIN, on_time, timed, until};
use crate::support::{JOB, builder, job, ok, response};

const SHORT: Duration = Duration::from_millis(500);

#[test]
fn the_timeout_covers_all_attempts_together() {
    // every attempt is cut after 150 ms: more than one fits, and all together end on time
    let server = Server::start(|connection| {
        if connection.read_request().is_some() {
            connection.send_slowly("HTTP/1.1 200 OK\r\nX: yyyyyyyyyyyyy", Duration::from_millis(5));
        }
    });
    let timeout = Duration::from_secs(3);
    let client = builder(server.url()).timeout(timeout).max_retries(1000).build().expect("a client");
    let (result, _) = on_time(timeout, || client.job_details(JOB));
    let error = result.expect_err("never a whole response");
    assert!(matches!(error.kind(), ErrorKind::Io | ErrorKind::Timeout), "{error:?}");
    assert!(error.attempts() >= 2, "{error:?}");
}

#[test]
fn a_refusal_whose_explanation_never_comes_is_not_waited_for() {
    let server = Server::start(|connection| {
        connection.read_request();
        connection.send("HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\n{\"detail\":");
        connection.stay_silent();
    });
    let client = builder(server.url()).timeout(Duration::from_secs(60)).build().expect("a client");
    let (result, took) = timed(|| client.job_details(JOB));
    fails_saying(result, ErrorKind::Unauthorized, "HTTP 401");
    assert!(took < Duration::from_secs(10), "{took:?}: two seconds were enough");
}

#[test]
fn no_flood_outruns_a_shutdown() {
    for (head, flood) in [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n".repeat(500)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "Trailer: x\r\n".repeat(500)),
    ] {
        let server = Server::start(move |connection| {
            connection.read_request();
            connection.send(head);
            while connection.send(&flood) {}
        });
        let client = builder(server.url()).timeout(Duration::from_secs(60)).build().expect("a client");
        let calling = std::thread::spawn({
            let client = client.clone();
            move || client.job_details(JOB)
        });
        until("the flood has begun", || server.requests().len() == 1);
        let (result, took) = timed(|| {
            client.shutdown();
            calling.join().expect("no panic")
        });
        fails_saying(result, ErrorKind::Cancelled, "the client was shut down");
        assert!(took < MARGIN, "{took:?}");
    }
}

#[test]
fn a_timeout_in_an_attempt_is_the_end_of_the_call() {
    let server = Server::start(|connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let client = builder(server.url()).timeout(SHORT).max_retries(5).build().expect("a client");
    let (result, took) = on_time(SHORT, || client.job_details(JOB));
    let error = fails_saying(result, ErrorKind::Timeout, "timed out while waiting for the response (GET ");
    assert_eq!((error.attempts(), server.requests().len()), (1, 1));
    assert!(took >= SHORT - Duration::from_millis(5), "{took:?}");
}

#[test]
fn a_pause_that_does_not_fit_ends_the_call_at_once() {
    let server = Server::always(response("503 Away\r\nRetry-After: 60", ""));
    let client = builder(server.url()).max_retries(5).build().expect("a client");
    let (result, took) = timed(|| client.job_details(JOB));
    let error = fails_somehow(result, ErrorKind::HttpStatus);
    assert_eq!((error.attempts(), error.retry_after()), (1, Some(Duration::from_secs(60))));
    assert!(took < AT_ONCE, "{took:?}");
}

#[test]
fn a_pause_that_fits_is_kept() {
    let server = Server::responding(|n, _| match n {
        0 => response("503 Away\r\nRetry-After: 1", ""),
        _ => ok(job("SUCCESS")),
    });
    let client = builder(server.url()).max_retries(1).build().expect("a client");
    let (result, took) = timed(|| client.job_details(JOB));
    result.expect("a response");
    assert!(took >= Duration::from_millis(995), "{took:?}");
}

#[test]
fn a_server_that_does_not_accept_ends_on_time() {
    let (addr, _backlog) = full_backlog();
    let new = || builder(format!("http://{addr}"));
    let message = format!("timed out connecting to {addr} (GET ");
    let by_connect_timeout = new().connect_timeout(SHORT).build().expect("a client");
    let by_timeout = new().timeout(SHORT).build().expect("a client");
    for client in [by_connect_timeout, by_timeout] {
        let (result, took) = on_time(SHORT, || client.job_details(JOB));
        let error = fails_saying(result, ErrorKind::Timeout, &message);
        assert!(error.is_retryable());
        assert!(took >= SHORT - Duration::from_millis(5), "{took:?}");
    }
    // the connect timeout is one attempt's: there is time for another
    let client = new().connect_timeout(Duration::from_millis(200)).timeout(Duration::from_secs(2)).max_retries(1);
    let error = fails_somehow(client.build().expect("a client").job_details(JOB), ErrorKind::Timeout);
    assert_eq!(error.attempts(), 2);

    let client = new().build().expect("a client");
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.job_details(JOB));
        // whether it connects yet or not, shutting down ends it
        std::thread::sleep(Duration::from_millis(50));
        let ((), took) = timed(|| {
            client.shutdown();
            fails_saying(call.join().expect("a thread"), ErrorKind::Cancelled, "the client was shut down (GET ");
        });
        assert!(took < AT_ONCE, "{took:?}");
    }); // so does a cancel token
    let client = new().build().expect("a client");
    let start = std::time::Instant::now();
    cut(&client, "it may have begun to connect", || start.elapsed() > Duration::from_millis(50));
}
