//! Waiting for many jobs on one thread: each on its own schedule, over one connection.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use unstructured_jobs::{ErrorKind, EventKind};

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
    let server = Server::responding(|_, head| {
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
        .wait_all(&ids, &quickly(), |event| {
            assert_eq!(*event.job_id, *ids[event.index]);
            assert_eq!(
                event.details.as_ref().is_some_and(|details| details.id == ids[event.index]),
                event.error.is_none()
            );
            seen.push((event.index, event.kind));
            ControlFlow::Continue(())
        })
        .expect("outcomes");
    assert!(outcomes.iter().zip(ids).all(|(outcome, id)| *outcome.job_id == *id));
    let kinds: Vec<_> = outcomes
        .into_iter()
        .map(|o| o.into_result().map(|d| d.processing_status.as_str().to_owned()).map_err(|e| e.kind()))
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
    let (ended, gave_up) = (EventKind::Ended, EventKind::GaveUp);
    assert_eq!(seen, [(0, ended), (1, gave_up), (2, ended), (3, gave_up), (4, ended)]);
    assert_eq!((server.connections(), server.requests().len()), (1, 5));
}

#[test]
fn no_jobs_at_all_are_an_empty_result() {
    let server = Server::always(ok(job("SUCCESS")));
    let outcomes = client(server.url()).wait_all::<&str>(&[], &quickly(), |_| ControlFlow::Continue(()));
    assert!(outcomes.expect("nothing").is_empty());
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_id_given_twice_is_asked_for_once_and_another_spelling_is_another_id() {
    let server = Server::responding(|_, head| match id_of(head) {
        "o-k5" => response("404 Not Found", ""),
        id => named(id, "SUCCESS"),
    });
    let ids = ["a", "ok-5", "a", "o-k5", "b"];
    let mut seen = Vec::new();
    let outcomes = client(server.url())
        .wait_all(&ids, &quickly(), |event| {
            seen.push(event.index);
            ControlFlow::Continue(())
        })
        .expect("outcomes");
    let returned: Vec<_> =
        outcomes.into_iter().map(|o| o.into_result().map(|end| end.id).map_err(|error| error.kind())).collect();
    let end = |id: &str| Ok(id.to_owned());
    assert_eq!(returned, [end("a"), end("ok-5"), end("a"), Err(ErrorKind::NotFound), end("b")]);
    assert_eq!((seen, server.requests().len()), (vec![0, 1, 3, 4], 4));
}

#[test]
fn one_job_that_fails_does_not_end_the_others() {
    // "sick" responds with 500 for good; the others need three polls each
    let server = Server::responding(|n, head| match id_of(head) {
        "sick" => response("500 Oops", ""),
        id => named(id, if n < 8 { "IN_PROGRESS" } else { "SUCCESS" }),
    });
    for outage in [Duration::ZERO, Duration::from_millis(100)] {
        let outcomes = client(server.url())
            .wait_all(&["sick", "a", "b"], &quickly().max_outage(outage), |_| ControlFlow::Continue(()))
            .expect("outcomes");
        let error = outcomes[0].error.as_ref().expect("sick");
        assert_eq!(error.http_status(), Some(500));
        for outcome in &outcomes[1..] {
            assert!(outcome.clone().into_result().expect("well").processing_status.is_success());
        }
    }
}

#[test]
fn a_refused_key_ends_all_and_a_forbidden_job_only_itself() {
    let of_the_key = ["401 No", "403 No\r\nX: the key"];
    for (status, words) in of_the_key.into_iter().zip([r#"{"detail":"no"}"#, r#"{"detail":"API key is invalid"}"#]) {
        let server = Server::responding(move |n, head| match n {
            0 => named(id_of(head), "SUCCESS"),
            _ => response(status, words),
        });
        let ids: Vec<String> = (0..50).map(|n| format!("job-{n}")).collect();
        let outcomes =
            client(server.url()).wait_all(&ids, &quickly(), |_| ControlFlow::Continue(())).expect("outcomes");
        assert_eq!(server.requests().len(), 2, "one refusal is enough");
        assert!(outcomes[0].error.is_none(), "what had ended has ended");
        for outcome in &outcomes[1..] {
            let error = outcome.error.as_ref().expect("refused");
            assert_eq!(error.http_status().map(|status| status / 100), Some(4));
            assert!(!error.is_retryable());
        }
    }

    let server = Server::responding(|_, head| match id_of(head) {
        "theirs" => response("403 No", r#"{"detail":"no access to this job"}"#),
        id => named(id, "SUCCESS"),
    });
    let outcomes = client(server.url())
        .wait_all(&["theirs", "a", "b"], &quickly(), |_| ControlFlow::Continue(()))
        .expect("outcomes");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.error.is_some()).count(), 1);
    assert_eq!(outcomes[0].error.as_ref().and_then(|error| error.http_status()), Some(403));
}

#[test]
fn a_refusal_counts_the_attempts_of_its_own_job_and_keeps_its_last_failure() {
    let server = Server::responding(|n, _| match n {
        0 | 1 => response("503 Away\r\nRetry-After: 0", ""),
        _ => response("401 No", ""),
    });
    let outcomes = client(server.url()).wait_all(&["a"], &quickly(), |_| ControlFlow::Continue(())).expect("outcomes");
    let error = outcomes[0].error.as_ref().expect("refused");
    assert_eq!((error.http_status(), error.attempts()), (Some(401), 3));
    let before = std::error::Error::source(error).and_then(|source| source.downcast_ref::<unstructured_jobs::Error>());
    assert_eq!(before.and_then(|error| error.http_status()), Some(503));
}

#[test]
fn an_id_given_twice_keeps_its_last_failure_in_both_places() {
    let server = Server::responding(|_, _| response("503 Away\r\nRetry-After: 0", ""));
    let options = quickly().timeout(Duration::from_millis(50));
    let outcomes =
        client(server.url()).wait_all(&["a", "a"], &options, |_| ControlFlow::Continue(())).expect("outcomes");
    for outcome in &outcomes {
        let error = outcome.error.as_ref().expect("no end");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        let last =
            std::error::Error::source(error).and_then(|source| source.downcast_ref::<unstructured_jobs::Error>());
        assert_eq!(last.and_then(|error| error.http_status()), Some(503));
    }
    assert_eq!(outcomes.len(), 2);
}

#[test]
fn an_id_that_is_none_is_named() {
    let server = Server::always(ok("{}"));
    let result = client(server.url()).wait_all(&["a", "../b", "c"], &quickly(), |_| ControlFlow::Continue(()));
    let error = fails_somehow(result, ErrorKind::InvalidArgument);
    let message = "job 2 of 3, \"../b\": the job id has '.' at byte 0; only letters, digits, - and _ are allowed";
    assert_eq!((error.to_string().as_str(), server.requests().len()), (message, 0));
}

#[test]
fn a_rate_limit_slows_all() {
    let times = Arc::new(std::sync::Mutex::new(Vec::new()));
    let theirs = Arc::clone(&times);
    let server = Server::responding(move |n, head| {
        theirs.lock().expect("times").push(std::time::Instant::now());
        if n == 0 { response("429 Slow\r\nRetry-After: 1", "") } else { named(id_of(head), "SUCCESS") }
    });
    let ids: Vec<String> = (0..10).map(|n| format!("job-{n}")).collect();
    let outcomes = client(server.url()).wait_all(&ids, &quickly(), |_| ControlFlow::Continue(())).expect("outcomes");
    assert!(outcomes.iter().all(|outcome| outcome.error.is_none()));
    let times = times.lock().expect("times");
    assert_eq!(times.len(), 11);
    assert!(times[1] - times[0] >= Duration::from_millis(990), "{:?}", times[1] - times[0]);
}

#[test]
fn a_thousand_jobs_over_one_connection() {
    let server = Server::responding(|n, head| named(id_of(head), if n < 1000 { "IN_PROGRESS" } else { "SUCCESS" }));
    let ids: Vec<String> = (0..1000).map(|n| format!("job-{n}")).collect();
    let outcomes = client(server.url()).wait_all(&ids, &quickly(), |_| ControlFlow::Continue(())).expect("outcomes");
    for (id, outcome) in ids.iter().zip(outcomes) {
        assert_eq!(outcome.into_result().expect("an end").id, *id);
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 2000));
}

#[test]
fn a_stop_cancels_the_jobs_that_had_not_ended() {
    let server = Server::responding(|_, head| match id_of(head) {
        "done" => named("done", "SUCCESS"),
        id => named(id, "IN_PROGRESS"),
    });
    let mut looks = 0;
    let outcomes = client(server.url())
        .wait_all(&["done", "a", "b"], &quickly(), |_| {
            looks += 1;
            if looks == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .expect("outcomes");
    assert!(outcomes[0].error.is_none());
    for outcome in outcomes.into_iter().skip(1) {
        fails(outcome.into_result(), ErrorKind::Cancelled, "the observer stopped the wait");
    }
}

#[test]
fn a_job_that_is_put_off_beyond_all_patience_ends_alone() {
    let server = Server::responding(|_, head| match id_of(head) {
        "limited" => response("429 Slow\r\nRetry-After: 86400", ""),
        id => named(id, "SUCCESS"),
    });
    let options = quickly().max_outage(Duration::from_millis(100));
    let mut outcomes = client(server.url())
        .wait_all(&["limited", "a", "b"], &options, |_| ControlFlow::Continue(()))
        .expect("outcomes")
        .into_iter();
    let what = "HTTP 429: the service asks for fewer requests; it asks for a pause of 86400 s (GET ";
    fails_saying(outcomes.next().expect("three").into_result(), ErrorKind::RateLimited, what);
    assert!(outcomes.all(|outcome| outcome.into_result().expect("an end").processing_status.is_success()));
}

#[test]
fn jobs_that_were_never_polled_are_told_from_those_that_go_on() {
    let server = Server::start(|connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let options = slowly().timeout(Duration::ZERO);
    let mut outcomes = client(server.url())
        .wait_all(&["silent", "a", "b"], &options, |_| ControlFlow::Continue(()))
        .expect("outcomes")
        .into_iter();
    let what = "the job had not ended when the wait's 0ns had passed; the last poll failed: timed out ";
    fails_saying(outcomes.next().expect("three").into_result(), ErrorKind::Timeout, what);
    for outcome in outcomes {
        fails(outcome.into_result(), ErrorKind::Timeout, "the wait's 0ns had passed before the job was polled");
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn every_job_has_its_last_poll_at_the_deadline() {
    let server = Server::responding(|_, head| named(id_of(head), "IN_PROGRESS"));
    let options = slowly().timeout(Duration::from_millis(300));
    let outcomes =
        client(server.url()).wait_all(&["a", "b", "c"], &options, |_| ControlFlow::Continue(())).expect("outcomes");
    for outcome in outcomes {
        fails(outcome.into_result(), ErrorKind::Timeout, "the job had not ended when the wait's 300ms had passed");
    }
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn an_outcome_keeps_its_own_last_failure_and_what_was_seen_last() {
    let server = Server::responding(|n, head| match id_of(head) {
        "sick" => response("503 Away", ""),
        // the first poll of each has its response
        "ill" if n > 2 => response("500 Oops", ""),
        id => named(id, "IN_PROGRESS"),
    });
    let options = quickly().timeout(Duration::from_millis(300));
    let mut last = Vec::new();
    let outcomes = client(server.url())
        .wait_all(&["well", "sick", "ill"], &options, |event| {
            if event.kind == EventKind::GaveUp {
                last.push((event.job_id.to_string(), event.failures > 0, event.next_poll_in));
            }
            ControlFlow::Continue(())
        })
        .expect("outcomes");
    assert_eq!(last, [("well".into(), false, None), ("sick".into(), true, None), ("ill".into(), true, None)]);
    let found: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            let error = outcome.error.as_ref().expect("it goes on");
            assert_eq!(error.kind(), ErrorKind::Timeout);
            let own =
                std::error::Error::source(error).and_then(|below| below.downcast_ref::<unstructured_jobs::Error>());
            let own = own.map(|own| (own.http_status(), own.to_string().contains(&format!("/{}/", outcome.job_id))));
            (outcome.details.as_ref().map(|details| details.id.as_str()), own)
        })
        .collect();
    let expected = [(Some("well"), None), (None, Some((Some(503), true))), (Some("ill"), Some((Some(500), true)))];
    assert_eq!(found, expected);
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
        timed(|| client(format!("http://{addr}")).wait_all(&ids, &options, |_| ControlFlow::Continue(())));
    for outcome in outcomes.expect("outcomes") {
        fails_somehow(outcome.into_result(), ErrorKind::Connect);
    }
    assert!(took >= Duration::from_millis(595) && took < Duration::from_millis(600) + MARGIN, "{took:?}");
}
