//! `wait` off a terminal: lines on standard error, the last details on standard output.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc;

use crate::run::{asking, run};
use crate::server::{Reply, Server, details, job_of};

/// Lines without the time that stands in front of them.
#[track_caller]
fn unstamped(stderr: &str) -> Vec<&str> {
    stderr
        .lines()
        .map(|line| {
            line.strip_prefix('[')
                .and_then(|line| line.split_once("] "))
                .unwrap_or_else(|| panic!("no time: {line:?}"))
                .1
        })
        .collect()
}

#[test]
fn every_change_is_a_line_and_what_stays_is_none() {
    let server = Server::new(|_, before| {
        Reply::Json(match before {
            0 | 1 => r#"{"id":"j","processing_status":"SCHEDULED","node_stats":[]}"#.to_owned(),
            2 | 3 => details("j", "IN_PROGRESS"),
            4 => details("j", "IN_PROGRESS").replace("\"ready\":12", "\"ready\":2"),
            _ => details("j", "SUCCESS").replace("null}", "\"all\\u0007 done\"}"),
        })
    });
    let done = run(asking(&server, &["wait", "j", "--interval", "10ms"]));
    assert_eq!(done.code, 0);
    assert_eq!(
        unstamped(&done.stderr),
        [
            "j: SCHEDULED",
            "j: IN_PROGRESS; partition: 42 of 58 documents done, 3 running, 1 failed",
            "j: IN_PROGRESS; partition: 42 of 48 documents done, 3 running, 1 failed",
            "j: SUCCESS; partition: 42 of 58 documents done, 3 running, 1 failed; the service says: all\\u{7} done",
        ]
    );
    assert_eq!(done.stdout.lines().count(), 1);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn an_outage_is_said_once_and_so_is_its_end() {
    let server = Server::new(|_, before| match before {
        1..=3 => Reply::Status(503, "Retry-After: 0\r\n", ""),
        0 | 4 => Reply::Json(details("j", "IN_PROGRESS")),
        _ => Reply::Json(details("j", "SUCCESS")),
    });
    let done = run(asking(&server, &["wait", "j", "--interval", "10ms"]));
    assert_eq!(done.code, 0);
    let lines = unstamped(&done.stderr);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[1].starts_with("j: HTTP 503: the service failed"), "the reason comes first: {lines:?}");
    assert!(lines[1].contains("; next poll in "), "{lines:?}");
    assert_eq!(lines[2], "j: the service responds again");
}

#[test]
fn quiet_says_nothing_but_errors() {
    let server = Server::new(|path, before| match (job_of(path), before) {
        ("gone", _) => Reply::Status(404, "", ""),
        (_, 0) => Reply::Status(503, "Retry-After: 0\r\n", ""),
        (id, _) => Reply::Json(details(id, "SUCCESS")),
    });
    let done = run(asking(&server, &["wait", "-q", "a", "gone", "b"]));
    assert_eq!(done.code, 11);
    assert_eq!(done.stdout, format!("{}\n{}\n", details("a", "SUCCESS"), details("b", "SUCCESS")));
    assert_eq!(done.stderr.lines().filter(|line| line.starts_with("unstructured-jobs: ")).count(), 1, "{done:?}");
    assert!(done.stderr.contains("/gone/details"), "{done:?}");
}

#[test]
fn results_come_in_the_order_asked_for() {
    let server = Server::new(|path, before| {
        let id = job_of(path);
        Reply::Json(details(id, if id == "c" || before > 8 { "SUCCESS" } else { "IN_PROGRESS" }))
    });
    let done = run(asking(&server, &["wait", "b", "c", "a", "b", "--interval", "10ms", "-q"]));
    let expected = ["b", "c", "a", "b"].map(|id| details(id, "SUCCESS") + "\n").concat();
    assert_eq!((done.code, done.stdout), (0, expected));

    let done = run(asking(&server, &["wait", "c", "a", "-q", "-o", "table"]));
    assert!(done.stdout.starts_with("job      c\nstatus   SUCCESS\n\nNODE "), "{done:?}");
    assert!(done.stdout.contains("\n\njob      a\n"), "{done:?}");
}

#[test]
fn an_outage_longer_than_is_borne_ends_the_wait() {
    let server = Server::new(|_, before| match before {
        0 => Reply::Json(details("j", "IN_PROGRESS")),
        _ => Reply::Status(503, "", ""),
    });
    let done = run(asking(&server, &["wait", "j", "--interval", "10ms", "--max-outage", "100ms"]));
    assert_eq!((done.code, done.stdout), (13, details("j", "IN_PROGRESS") + "\n"));
    assert!(done.stderr.contains("unstructured-jobs: HTTP 503: the service failed"), "{}", done.stderr);
}

#[test]
fn verbose_repeats_every_failed_poll() {
    let server = Server::new(|_, before| match before {
        0..=2 => Reply::Status(503, "Retry-After: 0\r\n", ""),
        _ => Reply::Json(details("j", "SUCCESS")),
    });
    let done = run(asking(&server, &["wait", "j", "-v"]));
    let told = |line: &&str| line.starts_with("unstructured-jobs: ") && line.contains("HTTP 503: ");
    let repeated = done.stderr.lines().filter(told);
    assert_eq!(repeated.count(), 3, "{done:?}");
}

#[test]
fn a_thousand_jobs_at_once() {
    let server = Server::new(|path, _| Reply::Json(details(job_of(path), "SUCCESS")));
    let ids: Vec<String> = (0..1000).map(|at| format!("job-{at}")).collect();
    let args: Vec<&str> = ["wait", "-q"].into_iter().chain(ids.iter().map(String::as_str)).collect();
    let done = run(asking(&server, &args));
    assert_eq!((done.code, done.stdout.lines().count()), (0, 1000));
}

#[test]
fn a_job_that_is_given_up_is_told_of_while_the_others_go_on() {
    let (go, gone) = mpsc::channel::<()>();
    let server = Server::new(move |path, before| match job_of(path) {
        "gone" => Reply::Status(404, "", ""),
        id if before < 3 => Reply::Json(details(id, "IN_PROGRESS")),
        id => {
            let _ = gone.recv();
            Reply::Json(details(id, "SUCCESS"))
        }
    });
    let mut command = asking(&server, &["wait", "a", "gone", "b", "--interval", "10ms"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    // no job has ended when this comes
    let told = lines.by_ref().find(|line| line.contains("gone: HTTP 404: the service knows no such job"));
    assert!(told.is_some());
    drop(go);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(11));
    let rest: Vec<String> = lines.collect();
    assert!(rest.iter().any(|line| line.starts_with("unstructured-jobs: HTTP 404")), "{rest:?}");
}

#[test]
fn one_job_that_is_given_up_is_told_of_once() {
    let server = Server::new(|_, _| Reply::Status(404, "", ""));
    let done = run(asking(&server, &["wait", "j"]));
    assert_eq!((done.code, done.stderr.matches("HTTP 404").count()), (11, 1), "{done:?}");
}

#[test]
fn what_several_jobs_failed_of_is_told_once() {
    let server = Server::new(|path, _| match job_of(path) {
        "good" => Reply::Json(details("good", "SUCCESS")),
        _ => Reply::Status(404, "", ""),
    });
    let done = run(asking(&server, &["wait", "-q", "a", "good", "b", "c"]));
    assert_eq!(
        (done.code, done.stderr),
        (
            11,
            format!(
                "unstructured-jobs: HTTP 404: the service knows no such job (GET {}/api/v1/jobs/…/details)\n  \
                 of 3 jobs: a, b, c\nhint: is the service in UNSTRUCTURED_API_URL or --api-url the one the job runs on?\n",
                server.url()
            )
        )
    );
}

#[test]
fn a_status_that_this_version_does_not_know_is_told_of_once() {
    let server = Server::new(|path, before| {
        let id = job_of(path);
        Reply::Json(details(id, if before < 6 { "DREAMING" } else { "SUCCESS" }))
    });
    let done = run(asking(&server, &["wait", "a", "b", "--interval", "10ms"]));
    assert_eq!(done.code, 0, "{done:?}");
    let told = format!(
        "a: the status DREAMING is not known to version {} of this command; the job is taken to go on",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(unstamped(&done.stderr).iter().filter(|line| **line == told).count(), 1, "{done:?}");
    assert_eq!(done.stderr.matches("is not known").count(), 1, "{done:?}");
}

#[test]
fn of_a_job_given_twice_there_is_one_row_of_lines_and_two_results() {
    let server = Server::new(|path, before| {
        Reply::Json(details(job_of(path), if before < 1 { "IN_PROGRESS" } else { "SUCCESS" }))
    });
    let done = run(asking(&server, &["wait", "a", "a", "--interval", "10ms"]));
    assert_eq!((done.code, done.stdout.lines().count(), done.stderr.lines().count()), (0, 2, 2), "{done:?}");
}

#[test]
fn a_refused_key_is_told_once_of_all_jobs() {
    let server = Server::new(|path, _| match job_of(path) {
        "a" => Reply::Json(details("a", "IN_PROGRESS")),
        _ => Reply::Status(401, "", r#"{"detail":"no such key"}"#),
    });
    let done = run(asking(&server, &["wait", "-q", "a", "b", "c"]));
    let url = server.url();
    let refused = "HTTP 401: the service does not accept the API key; it says: no such key";
    let expected = format!(
        "unstructured-jobs: {refused} (GET {url}/api/v1/jobs/…/details)\n  of 3 jobs: a, b, c\n\
         hint: is the key in UNSTRUCTURED_API_KEY or --api-key-file one for this service?\n"
    );
    assert_eq!((done.code, done.stderr), (10, expected));
}
