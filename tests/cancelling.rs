//! A cancel token ends the calls that were given it, wherever they are, and nothing else.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use unstructured_jobs::{CancelToken, Client, Error, ErrorKind, Event, WaitOptions};

use crate::support::assertions::{fails, fails_saying, fails_somehow};
use crate::support::certificates::Authority;
use crate::support::server::{Server, keep_responding};
use crate::support::time::{AT_ONCE, timed, until};
use crate::support::{JOB, builder, client, job, ok};

pub(crate) fn go_on(_: &Event) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub(crate) fn url(server: &Server) -> String {
    format!("{}/api/v1/jobs/{JOB}/details", server.url())
}

/// Cancels a call once it `is_under_way`: it ends at once, and says why.
#[track_caller]
pub(crate) fn cut(client: &Client, what: &str, is_under_way: impl FnMut() -> bool) -> Error {
    let token = CancelToken::new();
    let cancellable = client.with_cancel_token(&token);
    std::thread::scope(|scope| {
        let call = scope.spawn(|| cancellable.job_details(JOB));
        until(what, is_under_way);
        let (result, took) = timed(|| {
            token.cancel();
            call.join().expect("a thread")
        });
        assert!(took < AT_ONCE, "{took:?}");
        let error = fails_saying(result, ErrorKind::Cancelled, "the call was cancelled (GET ");
        assert!(!error.is_retryable());
        error
    })
}

#[test]
fn a_token_ends_a_read_and_a_pause_between_retries() {
    for response in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        "HTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\n{",
        "HTTP/1.1 503 Away\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = Server::start(move |connection| {
            connection.read_request();
            connection.send(response);
            connection.stay_silent();
        });
        let client = builder(server.url()).max_retries(3).build().expect("a client");
        let error = cut(&client, "the request is there", || server.requests().len() == 1);
        assert_eq!(error.attempts(), 1);
        assert_eq!(error.to_string(), format!("the call was cancelled (GET {})", url(&server)));
    }
}

#[test]
fn a_token_ends_a_read_over_tls() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.identity().config(), |connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let client = builder(server.url()).ca_pem(authority.pem()).build().expect("a client");
    cut(&client, "the request is there", || server.requests().len() == 1);
}

#[test]
fn a_token_ends_a_handshake_and_a_reply_to_connect() {
    let server = Server::start(|connection| connection.stay_silent());
    let handshake = client(server.url().replace("http:", "https:"));
    cut(&handshake, "it is connected", || server.connections() == 1);
    let tunnel = builder("https://far.example").proxy(server.url()).build().expect("a client");
    cut(&tunnel, "it is connected to the proxy", || server.connections() == 2);
}

#[test]
fn no_flood_outruns_a_token() {
    for (head, flood) in [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n".repeat(500)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "Trailer: x\r\n".repeat(500)),
    ] {
        let server = Server::start(move |connection| {
            connection.read_request();
            connection.send(head);
            while connection.send(&flood) {}
        });
        cut(&client(server.url()), "the flood has begun", || server.requests().len() == 1);
    }
}

#[test]
fn a_token_cancelled_before_sends_nothing() {
    let server = Server::always(ok(job("SUCCESS")));
    let client = client(server.url());
    let token = CancelToken::new();
    let cancellable = client.with_cancel_token(&token);
    token.cancel();
    let message = format!("the call was cancelled (GET {})", url(&server));
    let error = fails(cancellable.job_details(JOB), ErrorKind::Cancelled, &message);
    assert_eq!((error.attempts(), error.is_retryable()), (0, false));
    fails_somehow(cancellable.failed_files(JOB), ErrorKind::Cancelled);
    let options = WaitOptions::new();
    fails(cancellable.wait(JOB, &options, go_on), ErrorKind::Cancelled, "the call was cancelled");
    let outcomes = cancellable.wait_all(&[JOB, "other"], &options, |_| ControlFlow::Continue(())).expect("outcomes");
    assert_eq!(outcomes.len(), 2);
    for outcome in outcomes {
        fails(outcome.into_result(), ErrorKind::Cancelled, "the call was cancelled");
    }
    // what is wrong with an argument is said all the same
    fails_somehow(cancellable.job_details("no/id"), ErrorKind::InvalidArgument);
    assert_eq!(server.connections(), 0);
    client.job_details(JOB).expect("the client itself does not know the token");
}

#[test]
fn a_token_ends_waits_through_the_client_and_by_the_options() {
    let server = Server::start(|connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let plain = client(server.url());
    let token = CancelToken::new();
    let cancellable = plain.with_cancel_token(&token);
    let none = WaitOptions::new();
    let one = WaitOptions::new().cancel_token(&token);
    let another = WaitOptions::new().cancel_token(&CancelToken::new());
    std::thread::scope(|scope| {
        let waits = [
            scope.spawn(|| plain.wait(JOB, &one, go_on)),
            scope.spawn(|| cancellable.wait(JOB, &none, go_on)),
            scope.spawn(|| cancellable.wait(JOB, &another, go_on)),
            scope.spawn(|| plain.with_cancel_token(&CancelToken::new()).wait(JOB, &one, go_on)),
            scope.spawn(|| {
                let all = cancellable.wait_all(&[JOB], &none, |_| ControlFlow::Continue(()));
                all.expect("outcomes").remove(0).into_result()
            }),
        ];
        until("all look", || server.requests().len() == waits.len());
        let (results, took) = timed(|| {
            token.cancel();
            waits.map(|wait| wait.join().expect("a thread"))
        });
        assert!(took < AT_ONCE, "{took:?}");
        for result in results {
            fails_saying(result, ErrorKind::Cancelled, "the call was cancelled (GET ");
        }
    });
}

#[test]
fn a_token_disturbs_nothing_else() {
    // the first request of each connection gets its response when all have come, the second never does
    let asked = Arc::new(AtomicUsize::new(0));
    const CALLERS: usize = 6;
    let (seen, everybody) = (Arc::clone(&asked), Arc::new(std::sync::Barrier::new(CALLERS)));
    let server = Server::start(move |connection| {
        if connection.index >= CALLERS {
            return keep_responding(|_, _| ok(job("SUCCESS")))(connection);
        }
        connection.read_request();
        everybody.wait();
        connection.send(ok(job("SUCCESS")));
        connection.read_request();
        seen.fetch_add(1, Ordering::SeqCst);
        if connection.read_request().is_some() {
            connection.send(ok(job("SUCCESS")));
        }
    });
    let client = client(server.url());
    let tokens: Vec<CancelToken> = (0..CALLERS).map(|_| CancelToken::new()).collect();
    std::thread::scope(|scope| {
        let calls: Vec<_> = tokens
            .iter()
            .map(|token| {
                let cancellable = client.with_cancel_token(token);
                scope.spawn(move || {
                    cancellable.job_details(JOB).expect("a response");
                    cancellable.job_details(JOB)
                })
            })
            .collect();
        until("all ask again", || asked.load(Ordering::SeqCst) == CALLERS);
        assert_eq!(server.connections(), CALLERS, "the second calls use what the first ones left");
        for (count, (token, call)) in tokens.iter().zip(calls).enumerate() {
            assert!(!call.is_finished(), "call {count} was not cancelled yet");
            token.cancel();
            fails_saying(call.join().expect("a thread"), ErrorKind::Cancelled, "the call was cancelled (GET ");
        }
    });
    // their connections were closed: none of them holds the response to another request
    let before = server.connections();
    client.job_details(JOB).expect("a response");
    client.with_cancel_token(&CancelToken::new()).job_details(JOB).expect("a response");
    assert_eq!(server.connections(), before + 1);
}

#[test]
fn shutdown_reaches_clients_with_tokens_and_from_them() {
    let server = Server::start(|connection| {
        connection.read_request();
        connection.stay_silent();
    });
    for of_the_view in [true, false] {
        let before = server.requests().len();
        let plain = client(server.url());
        let cancellable = plain.with_cancel_token(&CancelToken::new());
        std::thread::scope(|scope| {
            let calls = [scope.spawn(|| plain.job_details(JOB)), scope.spawn(|| cancellable.job_details(JOB))];
            until("both ask", || server.requests().len() == before + 2);
            if of_the_view { &cancellable } else { &plain }.shutdown();
            for call in calls {
                fails_saying(call.join().expect("a thread"), ErrorKind::Cancelled, "the client was shut down (GET ");
            }
        });
    }
}

#[test]
fn a_response_that_came_first_is_returned() {
    let server = Server::always(ok(job("SUCCESS")));
    let token = CancelToken::new();
    let cancellable = client(server.url()).with_cancel_token(&token);
    let details = cancellable.job_details(JOB).expect("a response");
    token.cancel();
    assert!(details.processing_status.is_success());
    // the last response of a wait too, though its observer cancels
    let token = CancelToken::new();
    let end = client(server.url()).with_cancel_token(&token).wait(JOB, &WaitOptions::new(), |_| {
        token.cancel();
        ControlFlow::Continue(())
    });
    assert!(end.expect("the end").processing_status.is_success());
}

#[test]
fn cancelling_at_any_moment_either_cuts_or_comes_too_late() {
    let server = Server::always(ok(job("SUCCESS")));
    let client = builder(server.url()).timeout(Duration::from_secs(60)).build().expect("a client");
    std::thread::scope(|scope| {
        for caller in 0..4_u32 {
            let client = &client;
            scope.spawn(move || {
                for round in 0..100_u32 {
                    let token = CancelToken::new();
                    std::thread::scope(|scope| {
                        let call = scope.spawn(|| client.with_cancel_token(&token).job_details(JOB));
                        std::thread::sleep(Duration::from_micros(u64::from((round * 7 + caller * 13) % 40) * 10));
                        token.cancel();
                        match call.join().expect("a thread") {
                            Ok(details) => assert!(details.processing_status.is_success()),
                            Err(error) => assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}"),
                        }
                    });
                }
            });
        }
    });
    client.job_details(JOB).expect("a response");
}
