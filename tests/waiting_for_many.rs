//! Waiting for many jobs on one thread: each on its own schedule, over one connection.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use unstructured_jobs::ErrorKind;

use crate::support::assertions::{fails, fails_saying, fails_somehow};
use crate::support::server::Server;
use crate::support::time::{MARGIN, timed};
use crate::support::{client, job, ok, response};
use crate::waiting::{quickly, slowly};

/// The id in a request's path.
fn id_of(head: &str) -> &str {
    head.split('/').nth(4).expect("an id")
}

fn named(id: &str, status: &str) -> Vec<u8> {
    ok(format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[]}}"#))
}

#[test]
fn outcomes_come_in_the_order_given() {
    let server = Server::answering(|_, head| {
        let id = id_of(head);
        match id {
            "gone" => response("404 Not Found", ""),
            "broken" => ok("{"),
            id => named(id, if id == "bad" { "FAILED" } else { "SUCCESS" }),
        }
    });
    let ids = ["good", "gone", "bad", "broken", "fine"];
    let mut seen = Vec::new();
    let outcomes = client(server.url())
        .wait_all(&ids, &quickly(), |at, details| {
            assert_eq!(details.id, ids[at]);
            seen.push(at);
            ControlFlow::Continue(())
        })
        .expect("outcomes");
    let kinds: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().map(|d| d.processing_status.as_str().to_owned()).map_err(|e| e.kind()))
        .collect();
    assert_eq!(
        kinds,
        [
            Ok("SUCCESS".to_owned()),
            Err(ErrorKind::NotFound),
            Ok("FAILED".to_owned()),
            Err(ErrorKind::Decode),
            Ok("SUCCESS".to_owned()),
        ]
    );
    assert_eq!(seen, [0, 2, 4]);
    assert_eq!((server.connections(), server.requests().len()), (1, 5));
}

#[test]
fn no_jobs_at_all_are_an_empty_result() {
    let server = Server::always(ok(job("SUCCESS")));
    let outcomes = client(server.url()).wait_all::<&str>(&[], &quickly(), |_, _| ControlFlow::Continue(()));
    assert!(outcomes.expect("nothing").is_empty());
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_id_given_twice_is_asked_for_once_and_another_spelling_is_another_id() {
    let server = Server::answering(|_, head| match id_of(head) {
        "o-k5" => response("404 Not Found", ""),
        id => named(id, "SUCCESS"),
    });
    let ids = ["a", "ok-5", "a", "o-k5", "b"];
    let mut seen = Vec::new();
    let outcomes = client(server.url())
        .wait_all(&ids, &quickly(), |at, _| {
            seen.push(at);
            ControlFlow::Continue(())
        })
        .expect("outcomes");
    let returned: Vec<_> = outcomes.into_iter().map(|o| o.map(|end| end.id).map_err(|error| error.kind())).collect();
    let end = |id: &str| Ok(id.to_owned());
    assert_eq!(returned, [end("a"), end("ok-5"), end("a"), Err(ErrorKind::NotFound), end("b")]);
    assert_eq!((seen, server.requests().len()), (vec![0, 1, 4], 4));
}

#[test]
fn one_job_that_fails_does_not_end_the_others() {
    // "sick" answers 500 for good; the others need three looks each
    let server = Server::answering(|n, head| match id_of(head) {
        "sick" => response("500 Oops", ""),
        id => named(id, if n < 8 { "IN_PROGRESS" } else { "SUCCESS" }),
    });
    for outage in [Duration::ZERO, Duration::from_millis(100)] {
        let outcomes = client(server.url())
            .wait_all(&["sick", "a", "b"], &quickly().max_outage(outage), |_, _| ControlFlow::Continue(()))
            .expect("outcomes");
        let error = outcomes[0].as_ref().expect_err("sick");
        assert_eq!(error.http_status(), Some(500));
        for outcome in &outcomes[1..] {
            assert!(outcome.as_ref().expect("well").processing_status.is_success());
        }
    }
}

#[test]
fn a_rate_limit_slows_all() {
    let times = Arc::new(std::sync::Mutex::new(Vec::new()));
    let theirs = Arc::clone(&times);
    let server = Server::answering(move |n, head| {
        theirs.lock().expect("times").push(std::time::Instant::now());
        if n == 0 { response("429 Slow\r\nRetry-After: 1", "") } else { named(id_of(head), "SUCCESS") }
    });
    let ids: Vec<String> = (0..10).map(|n| format!("job-{n}")).collect();
    let outcomes = client(server.url()).wait_all(&ids, &quickly(), |_, _| ControlFlow::Continue(())).expect("outcomes");
    assert!(outcomes.iter().all(Result::is_ok));
    let times = times.lock().expect("times");
    assert_eq!(times.len(), 11);
    assert!(times[1] - times[0] >= Duration::from_millis(990), "{:?}", times[1] - times[0]);
}

#[test]
fn a_thousand_jobs_over_one_connection() {
    let server = Server::answering(|n, head| named(id_of(head), if n < 1000 { "IN_PROGRESS" } else { "SUCCESS" }));
    let ids: Vec<String> = (0..1000).map(|n| format!("job-{n}")).collect();
    let outcomes = client(server.url()).wait_all(&ids, &quickly(), |_, _| ControlFlow::Continue(())).expect("outcomes");
    for (id, outcome) in ids.iter().zip(outcomes) {
        assert_eq!(outcome.expect("an end").id, *id);
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 2000));
}

#[test]
fn a_stop_cancels_the_jobs_that_had_not_ended() {
    let server = Server::answering(|_, head| match id_of(head) {
        "done" => named("done", "SUCCESS"),
        id => named(id, "IN_PROGRESS"),
    });
    let mut looks = 0;
    let outcomes = client(server.url())
        .wait_all(&["done", "a", "b"], &quickly(), |_, _| {
            looks += 1;
            if looks == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .expect("outcomes");
    assert!(outcomes[0].is_ok());
    for outcome in outcomes.into_iter().skip(1) {
        fails(outcome, ErrorKind::Cancelled, "the observer stopped the wait");
    }
}

#[test]
fn a_job_that_is_put_off_beyond_all_patience_ends_alone() {
    let server = Server::answering(|_, head| match id_of(head) {
        "limited" => response("429 Slow\r\nRetry-After: 86400", ""),
        id => named(id, "SUCCESS"),
    });
    let options = quickly().max_outage(Duration::from_millis(100));
    let mut outcomes = client(server.url())
        .wait_all(&["limited", "a", "b"], &options, |_, _| ControlFlow::Continue(()))
        .expect("outcomes")
        .into_iter();
    let what = "HTTP 429: the service asks for fewer requests; it asks for a pause of 86400 s (GET ";
    fails_saying(outcomes.next().expect("three"), ErrorKind::RateLimited, what);
    assert!(outcomes.all(|outcome| outcome.expect("an end").processing_status.is_success()));
}

#[test]
fn jobs_that_were_never_looked_at_are_told_from_those_that_go_on() {
    let server = Server::start(|connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let options = slowly().timeout(Duration::ZERO);
    let mut outcomes = client(server.url())
        .wait_all(&["silent", "a", "b"], &options, |_, _| ControlFlow::Continue(()))
        .expect("outcomes")
        .into_iter();
    fails(outcomes.next().expect("three"), ErrorKind::Timeout, "the job had not ended when the wait's 0ns had passed");
    for outcome in outcomes {
        fails(outcome, ErrorKind::Timeout, "the wait's 0ns had passed before the job was looked at");
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn every_job_has_its_last_look_at_the_deadline() {
    let server = Server::answering(|_, head| named(id_of(head), "IN_PROGRESS"));
    let options = slowly().timeout(Duration::from_millis(300));
    let outcomes =
        client(server.url()).wait_all(&["a", "b", "c"], &options, |_, _| ControlFlow::Continue(())).expect("outcomes");
    for outcome in outcomes {
        fails(outcome, ErrorKind::Timeout, "the job had not ended when the wait's 300ms had passed");
    }
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_server_that_is_away_ends_all_together() {
    let addr = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("its address")
    };
    let ids: Vec<String> = (0..50).map(|n| format!("job-{n}")).collect();
    let options = quickly().max_outage(Duration::from_millis(600));
    let (outcomes, took) =
        timed(|| client(format!("http://{addr}")).wait_all(&ids, &options, |_, _| ControlFlow::Continue(())));
    for outcome in outcomes.expect("outcomes") {
        fails_somehow(outcome, ErrorKind::Connect);
    }
    assert!(took >= Duration::from_millis(595) && took < Duration::from_millis(600) + MARGIN, "{took:?}");
}
