//! Cancel tokens as things: several for one client, what one costs, and a system that has no descriptors for it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use unstructured_jobs::{CancelToken, ErrorKind, WaitOptions};

use crate::cancelling::go_on;
use crate::support::assertions::{fails_saying, fails_somehow};
use crate::support::child::in_own_process;
use crate::support::process::{descriptors, threads};
use crate::support::server::Server;
use crate::support::time::until;
use crate::support::{JOB, client, job, ok};

#[test]
fn every_token_of_a_client_of_a_client_ends_its_calls() {
    let server = Server::start(|connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let tokens = [CancelToken::new(), CancelToken::new(), CancelToken::new()];
    for (asked, token) in tokens.iter().enumerate() {
        // the others are new each time
        let others = CancelToken::new();
        let one = client(server.url()).with_cancel_token(if asked == 0 { token } else { &others });
        let two = one.with_cancel_token(if asked == 1 { token } else { &others });
        let three = two.with_cancel_token(if asked == 2 { token } else { &others });
        std::thread::scope(|scope| {
            let call = scope.spawn(|| three.job_details(JOB));
            until("the request is there", || server.requests().len() == asked + 1);
            token.cancel();
            fails_saying(call.join().expect("a thread"), ErrorKind::Cancelled, "the call was cancelled (GET ");
        });
    }
}

#[test]
fn a_token_given_again_and_again_is_one_token() {
    let server = Server::always(ok(job("SUCCESS")));
    let token = CancelToken::new();
    let mut client = client(server.url());
    // more than poll(2) takes descriptors under the usual limit
    for _ in 0..2000 {
        client = client.with_cancel_token(&token);
    }
    client.job_details(JOB).expect("a response");
    token.clone().cancel();
    fails_saying(client.job_details(JOB), ErrorKind::Cancelled, "the call was cancelled (GET ");
}

#[test]
fn connections_are_shared_with_and_without_a_token() {
    let server = Server::always(ok(job("SUCCESS")));
    let client = client(server.url());
    let token = CancelToken::new();
    for _ in 0..3 {
        client.job_details(JOB).expect("a response");
        client.with_cancel_token(&token).job_details(JOB).expect("a response");
        let options = WaitOptions::new().cancel_token(&token);
        client.with_cancel_token(&token).wait(JOB, &options, go_on).expect("an end");
    }
    token.cancel();
    client.job_details(JOB).expect("the connection that the cancelled token used");
    assert_eq!((server.connections(), server.requests().len()), (1, 10));
}

#[test]
fn a_token_takes_two_descriptors_and_no_thread_and_gives_them_back() {
    let test = "tokens::a_token_takes_two_descriptors_and_no_thread_and_gives_them_back";
    in_own_process(test, &[], || {
        let server = Server::always(ok(job("SUCCESS")));
        let client = client(server.url());
        client.job_details(JOB).expect("a response");
        let before = (descriptors(), threads());
        let token = CancelToken::new();
        let cancellable = client.with_cancel_token(&token);
        assert_eq!((descriptors(), threads()), before, "not before it is used");
        for _ in 0..3 {
            cancellable.job_details(JOB).expect("a response");
            cancellable.clone().with_cancel_token(&token).job_details(JOB).expect("a response");
        }
        assert_eq!((descriptors(), threads()), (before.0 + 2, before.1));
        drop((token, cancellable));
        assert_eq!((descriptors(), threads()), before);
    });
}

#[test]
fn a_token_without_descriptors_is_an_error_that_passes() {
    in_own_process("tokens::a_token_without_descriptors_is_an_error_that_passes", &[], || {
        let server = Server::always(ok(job("SUCCESS")));
        let client = client(server.url());
        client.job_details(JOB).expect("a connection to keep");
        let token = CancelToken::new();
        let cancellable = client.with_cancel_token(&token);
        let limit = Rlimit { current: Some(64), maximum: getrlimit(Resource::Nofile).maximum };
        setrlimit(Resource::Nofile, limit).expect("a lower limit");
        let mut files = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            files.push(file);
        }
        let message = "the system has no resources for a call: Too many open files";
        let error = fails_saying(cancellable.job_details(JOB), ErrorKind::Io, message);
        assert_eq!((error.attempts(), error.is_retryable()), (0, true));
        fails_saying(cancellable.wait(JOB, &WaitOptions::new(), go_on), ErrorKind::Io, message);
        // to be cancelled takes none
        let cancelled = CancelToken::new();
        cancelled.cancel();
        fails_somehow(client.with_cancel_token(&cancelled).job_details(JOB), ErrorKind::Cancelled);
        client.job_details(JOB).expect("the kept connection needs none");
        drop(files);
        cancellable.job_details(JOB).expect("a response, now that there are descriptors");
    });
}
