//! What ends a wait before its job has ended: an observer, a token, a shutdown.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use unstructured_jobs::{CancelToken, ErrorKind, EventKind};

use crate::support::assertions::{fails, fails_saying, fails_somehow};
use crate::support::server::Server;
use crate::support::time::{AT_ONCE, timed, until};
use crate::support::{JOB, builder, client, job, ok};
use crate::waiting::{go_on, quickly, slowly, statuses, url};

#[test]
fn the_observer_stops_it() {
    let server = Server::always(ok(job("IN_PROGRESS")));
    let mut left = 3;
    let result = client(server.url()).wait(JOB, &quickly(), |_| {
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let error = fails(result, ErrorKind::Cancelled, "the observer stopped the wait");
    assert!(!error.is_retryable());
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn an_observer_that_stops_at_the_end_takes_nothing_away_from_it() {
    let server = Server::always(ok(job("SUCCESS")));
    client(server.url()).wait(JOB, &quickly(), |_| ControlFlow::Break(())).expect("the end was there");
}

#[test]
fn the_observer_may_use_the_client() {
    let server = statuses(&["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "SUCCESS"]);
    let client = client(server.url());
    let mut asked = 0;
    client
        .wait(JOB, &quickly(), |event| {
            if event.kind == EventKind::Responded {
                client.job_details(JOB).expect("a response");
                asked += 1;
            }
            ControlFlow::Continue(())
        })
        .expect("an end");
    assert_eq!(asked, 2);
    assert_eq!(server.connections(), 1, "the look was over when the observer was called");
}

#[test]
fn a_panic_in_the_observer_leaves_the_client_usable() {
    let server = Server::always(ok(job("SUCCESS")));
    let client = client(server.url());
    let panicked = catch_unwind(AssertUnwindSafe(|| client.wait(JOB, &quickly(), |_| std::panic::panic_any("mine"))));
    assert_eq!(panicked.expect_err("it passes through").downcast_ref::<&str>(), Some(&"mine"));
    client.job_details(JOB).expect("a response");
    client.wait(JOB, &quickly(), go_on).expect("an end");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_token_ends_a_pause_at_once() {
    let server = Server::always(ok(job("IN_PROGRESS")));
    let client = client(server.url());
    let token = CancelToken::new();
    let options = slowly().cancel_token(&token);
    std::thread::scope(|scope| {
        let seen = Arc::new(AtomicUsize::new(0));
        let theirs = Arc::clone(&seen);
        let (client, options) = (&client, &options);
        let wait = scope.spawn(move || {
            client.wait(JOB, options, |_| {
                theirs.fetch_add(1, Ordering::SeqCst);
                ControlFlow::Continue(())
            })
        });
        until("it has looked", || seen.load(Ordering::SeqCst) == 1);
        let ((), took) = timed(|| {
            token.clone().cancel();
            fails(wait.join().expect("a thread"), ErrorKind::Cancelled, "the call was cancelled");
        });
        assert!(took < AT_ONCE, "{took:?}");
    });
    assert!(token.is_cancelled());
    fails(client.wait(JOB, &options, go_on), ErrorKind::Cancelled, "the call was cancelled");
    assert_eq!(server.requests().len(), 1, "a cancelled token sends nothing");
    client.job_details(JOB).expect("the client is untouched");
}

#[test]
fn a_token_ends_a_poll_in_flight() {
    let token = CancelToken::new();
    let theirs = token.clone();
    let server = Server::responding(move |_, _| {
        theirs.cancel();
        ok(job("IN_PROGRESS"))
    });
    let result =
        client(server.url()).wait(JOB, &slowly().cancel_token(&token), |_| panic!("the response is of no use"));
    let error = fails(result, ErrorKind::Cancelled, &format!("the call was cancelled (GET {})", url(&server)));
    assert_eq!((error.attempts(), server.requests().len()), (1, 1));
}

#[test]
fn shutdown_ends_a_pause_at_once_and_every_later_call() {
    let server = Server::always(ok(job("IN_PROGRESS")));
    let client = client(server.url());
    std::thread::scope(|scope| {
        let waits: Vec<_> = (0..4).map(|_| scope.spawn(|| client.clone().wait(JOB, &slowly(), go_on))).collect();
        until("all have looked", || server.requests().len() == 4);
        let ((), took) = timed(|| {
            client.shutdown();
            for wait in waits {
                fails_saying(wait.join().expect("a thread"), ErrorKind::Cancelled, "the client was shut down");
            }
        });
        assert!(took < AT_ONCE, "{took:?}");
    });
    client.shutdown();
    let message = format!("the client was shut down (GET {})", url(&server));
    let error = fails(client.job_details(JOB), ErrorKind::Cancelled, &message);
    assert_eq!((error.attempts(), error.is_retryable()), (0, false));
    fails_somehow(client.failed_files(JOB), ErrorKind::Cancelled);
    fails_somehow(client.wait(JOB, &quickly(), go_on), ErrorKind::Cancelled);
    let outcomes = client.wait_all(&[JOB], &quickly(), |_| ControlFlow::Continue(())).expect("outcomes");
    assert!(outcomes.iter().all(|o| o.error.as_ref().is_some_and(|e| e.kind() == ErrorKind::Cancelled)));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn shutdown_ends_a_read_and_a_pause_between_retries() {
    for response in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        "HTTP/1.1 503 Away\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = Server::start(move |connection| {
            connection.read_request();
            connection.send(response);
            connection.stay_silent();
        });
        let client = builder(server.url()).max_retries(3).build().expect("a client");
        std::thread::scope(|scope| {
            let call = scope.spawn(|| client.job_details(JOB));
            until("the request is there", || server.requests().len() == 1);
            let ((), took) = timed(|| {
                client.shutdown();
                fails_saying(call.join().expect("a thread"), ErrorKind::Cancelled, "the client was shut down (GET ");
            });
            assert!(took < AT_ONCE, "{response:?}: {took:?}");
        });
    }
}
