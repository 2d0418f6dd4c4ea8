//! Wait options: which are refused, how large they get, and what they say of themselves.

use std::time::Duration;

use unstructured_jobs::{ErrorKind, WaitOptions};

use crate::support::assertions::fails;
use crate::support::server::Server;
use crate::support::{JOB, client, job, ok};

#[test]
fn wait_options_are_checked_before_any_request() {
    let server = Server::always(ok(job("SUCCESS")));
    let client = client(server.url());
    let millis = Duration::from_millis;
    for (options, message) in [
        (WaitOptions::new().initial_interval(millis(9)), "the initial interval is 9ms; the least is 10ms"),
        (WaitOptions::new().initial_interval(Duration::ZERO), "the initial interval is 0ns; the least is 10ms"),
        (WaitOptions::new().max_interval(millis(9)), "the maximum interval is 9ms; the least is 10ms"),
        (
            WaitOptions::new().max_interval(millis(999)),
            "the initial interval (1s) is longer than the maximum interval (999ms)",
        ),
        (
            WaitOptions::new().initial_interval(millis(15_001)),
            "the initial interval (15.001s) is longer than the maximum interval (15s)",
        ),
    ] {
        let go_on = std::ops::ControlFlow::Continue(());
        fails(client.wait(JOB, &options, |_| go_on), ErrorKind::InvalidArgument, message);
        fails(client.wait_all(&[JOB], &options, |_| go_on), ErrorKind::InvalidArgument, message);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn wait_options_may_be_as_large_as_they_get() {
    let server = Server::responding(|n, _| ok(job(["SUCCESS", "IN_PROGRESS"][n.min(1)])));
    let options = WaitOptions::new()
        .timeout(Duration::MAX)
        .initial_interval(Duration::MAX)
        .max_interval(Duration::MAX)
        .max_outage(Duration::MAX);
    let client = client(server.url());
    client.wait(JOB, &options, |_| std::ops::ControlFlow::Continue(())).expect("the first poll sees the end");
    // a response that is no end has the next poll scheduled: further away than any clock reaches
    let token = unstructured_jobs::CancelToken::new();
    let outcome = client.wait(JOB, &options.cancel_token(&token), |_| {
        token.cancel();
        std::ops::ControlFlow::Continue(())
    });
    fails(outcome, ErrorKind::Cancelled, "the call was cancelled");
}

#[test]
fn wait_options_say_what_they_are() {
    let new = WaitOptions::new();
    new.validate().expect("the defaults");
    let seconds = Duration::from_secs;
    assert_eq!((new.get_timeout(), new.get_max_outage()), (None, seconds(300)));
    assert_eq!((new.get_initial_interval(), new.get_max_interval()), (seconds(1), seconds(15)));
    let set = new.timeout(seconds(2)).initial_interval(seconds(3)).max_interval(seconds(4)).max_outage(seconds(5));
    assert_eq!((set.get_timeout(), set.get_max_outage()), (Some(seconds(2)), seconds(5)));
    assert_eq!((set.get_initial_interval(), set.get_max_interval()), (seconds(3), seconds(4)));
}
