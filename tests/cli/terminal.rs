//! `wait` on a terminal, as a person sees it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::pty::Session;
use crate::run::{asking, bare};
use crate::server::{Reply, Server, details, job_of};

/// A server that holds its second response back until told, and then says `SUCCESS`.
fn held_back(first: &'static str) -> (Server, mpsc::Sender<()>) {
    let (go, gone) = mpsc::channel::<()>();
    let server = Server::new(move |path, before| {
        if before > 0 {
            let _ = gone.recv();
        }
        Reply::Json(details(job_of(path), if before > 0 { "SUCCESS" } else { first }))
    });
    (server, go)
}

#[test]
fn one_job_shows_its_state_and_a_bar_for_each_node_then_the_table() {
    let (server, go) = held_back("IN_PROGRESS");
    let session = Session::start(asking(&server, &["wait", "job-1", "--interval", "10ms"]), 24, 80);
    // redrawn by the clock, in place: no response comes meanwhile
    let seen = session.until(|seen| seen.first().is_some_and(|line| line.ends_with(", waited 2s")));
    assert_eq!(seen.len(), 2, "{seen:#?}");
    assert!(seen[0].starts_with("job-1  IN_PROGRESS"), "{seen:#?}");
    assert_eq!(
        seen[1],
        "partition [=====================>-------] 42 of 58 documents done, 3 running, 1 failed"
            .replace("=====================>-------", seen[1].split(['[', ']']).nth(1).unwrap())
    );
    let bar = seen[1].split(['[', ']']).nth(1).unwrap();
    let done = bar.chars().filter(|c| *c == '=').count() as f64 / bar.len() as f64;
    assert!((done - 43.0 / 58.0).abs() < 0.1, "{bar:?}");

    go.send(()).unwrap();
    let (code, seen, _) = session.end();
    assert_eq!(code, 0);
    assert_eq!(
        seen,
        [
            "job      job-1",
            "status   SUCCESS",
            "",
            "NODE       TYPE       SUBTYPE  READY  IN_PROGRESS  SUCCESS  FAILURE",
            "partition  partition  auto        12            3       42        1",
        ],
        "the bars are gone, the table stays"
    );
}

#[test]
fn several_jobs_show_a_line_each() {
    let (go, gone) = mpsc::channel::<()>();
    let server = Server::new(move |path, before| {
        if before > 2 {
            let _ = gone.recv();
        }
        let id = job_of(path);
        Reply::Json(details(id, if before > 2 || id == "b" { "FAILED" } else { "IN_PROGRESS" }))
    });
    let session = Session::start(asking(&server, &["wait", "a", "b", "c", "--interval", "10ms"]), 24, 100);
    // a busy machine may never show the first second
    let runs = |line: &str| line.contains("IN_PROGRESS for ") && !line.contains("IN_PROGRESS for 0s");
    let seen = session.until(|seen| seen.len() == 3 && runs(&seen[2]));
    for (line, start) in seen.iter().zip(["a [", "b [", "c ["]) {
        assert!(line.starts_with(start), "{seen:#?}");
    }
    assert!(seen[1].trim_end().ends_with("FAILED, 42 of 58 documents, 1 failed"), "{seen:#?}");
    drop(go);
    let (code, seen, _) = session.end();
    assert_eq!(code, 5);
    assert_eq!(seen.iter().filter(|line| line.starts_with("job      ")).count(), 3, "{seen:#?}");
}

#[test]
fn more_jobs_than_lines_are_counted_and_each_end_is_a_line() {
    let (go, gone) = mpsc::channel::<()>();
    let server = Server::new(move |path, before| {
        if before >= 12 {
            let _ = gone.recv();
        }
        let id = job_of(path);
        Reply::Json(details(id, if before >= 12 || id == "job-7" { "SUCCESS" } else { "SCHEDULED" }))
    });
    let ids: Vec<String> = (0..12).map(|at| format!("job-{at}")).collect();
    let args: Vec<&str> = ["wait", "--interval", "10ms"].into_iter().chain(ids.iter().map(String::as_str)).collect();
    let session = Session::start(asking(&server, &args), 10, 80);
    let seen = session.until(|seen| seen.iter().any(|line| line.contains("11 SCHEDULED, 1 SUCCESS")));
    assert_eq!(seen.len(), 2, "{seen:#?}");
    assert!(seen[0].ends_with("] job-7: SUCCESS"), "{seen:#?}");
    assert!(seen[1].starts_with("12 jobs ["), "{seen:#?}");
    drop(go);
    assert_eq!(session.end().0, 0);
}

#[test]
fn every_width_will_do() {
    for (rows, columns) in [(0, 0), (24, 0), (5, 20), (2, 10), (1, 1), (50, 300)] {
        let (server, go) = held_back("IN_PROGRESS");
        let mut session = Session::start(asking(&server, &["wait", "job-1", "--interval", "10ms"]), rows, columns);
        session.until(|seen| seen.concat().contains(if columns == 1 { "…" } else { "job" }));
        // and a new one while it runs
        session.resize(24, 40);
        go.send(()).unwrap();
        let (code, seen, _) = session.end();
        assert_eq!(code, 0, "{rows}x{columns}");
        assert!(seen.concat().contains("SUCCESS"), "{rows}x{columns}: {seen:#?}");
    }
}

#[test]
fn a_signal_takes_the_bars_away() {
    let (server, _go) = held_back("IN_PROGRESS");
    let session = Session::start(asking(&server, &["wait", "job-1", "--interval", "10ms"]), 24, 80);
    session.until(|seen| seen.len() == 2);
    kill_process(Pid::from_child(&session.child), Signal::INT).unwrap();
    let (code, seen, _) = session.end();
    assert_eq!(code, 130);
    assert_eq!(seen, ["unstructured-jobs: interrupted by SIGINT; the job goes on"]);
}

#[test]
fn remarks_stand_above_the_bars() {
    let (server, go) = held_back("IN_PROGRESS");
    let session = Session::start(asking(&server, &["wait", "-v", "job-1", "--interval", "10ms"]), 24, 100);
    // attempt, connection, response, the next attempt; then the job's two lines
    let seen = session.until(|seen| seen.len() == 6);
    assert!(seen[1].starts_with("unstructured-jobs: connected to 127.0.0.1:"), "{seen:#?}");
    assert!(seen[3].starts_with("unstructured-jobs: attempt 1: GET "), "{seen:#?}");
    assert!(seen[4].starts_with("job-1  IN_PROGRESS") && seen[5].starts_with("partition ["), "{seen:#?}");
    go.send(()).unwrap();
    assert_eq!(session.end().0, 0);
}

#[test]
fn colours_and_bars_can_be_done_without() {
    let failed = details("j", "FAILED");
    for (name, value, args, coloured) in [
        ("LANG", "C", &["wait", "j"][..], true),
        ("NO_COLOR", "1", &["wait", "j"], false),
        ("NO_COLOR", "1", &["details", "j"], false),
        ("CLICOLOR_FORCE", "1", &["details", "j"], true),
    ] {
        let server = Server::json(&failed);
        let mut command = asking(&server, args);
        command.env(name, value);
        let (_, _, text) = Session::start(command, 24, 80).end();
        assert_eq!(text.contains("\x1b[31mFAILED\x1b[0m"), coloured, "{name} {args:?} {text:?}");
    }
    // -q draws nothing
    let server = Server::json(&failed);
    let (code, _, text) = Session::start(asking(&server, &["wait", "-q", "j"]), 24, 80).end();
    assert_eq!(code, 5);
    assert!(text.starts_with("job      j\r\n"), "{text:?}");
}

#[test]
fn what_the_service_says_cannot_steer_the_terminal() {
    let (go, gone) = mpsc::channel::<()>();
    let server = Server::new(move |_, before| {
        if before > 0 {
            let _ = gone.recv();
        }
        let status = if before > 0 { "SUCCESS" } else { "IN_PROGRESS" };
        let hostile = r"\u001b]0;title\u0007\u001b[2J";
        Reply::Json(details("j", status).replace("partition", hostile).replace("null", &format!("\"{hostile}\"")))
    });
    let session = Session::start(asking(&server, &["wait", "j", "--interval", "10ms"]), 24, 120);
    session.until(|seen| seen.len() == 2 && seen[1].contains("\\u{1b}]0;title"));
    drop(go);
    let (code, _, text) = session.end();
    assert_eq!(code, 0);
    assert!(!text.contains("\x1b]") && !text.contains('\x07') && !text.contains("\x1b[2J"), "{text:?}");
}

#[test]
fn json_cannot_steer_the_terminal_either() {
    let escaped = r#"\u009b2J\u007f\u202e\udb40\udc41"#;
    let server = Server::json(&details("j", "FAILED").replace("null", &format!("\"{escaped}é\"")));
    for args in [&["details", "j", "-o", "json"][..], &["wait", "j", "-q", "-o", "json"]] {
        let (_, _, text) = Session::start(asking(&server, args), 24, 120).end();
        assert!(text.ends_with(&format!("\"message\":\"{escaped}é\"}}\r\n")), "{text:?}");
    }
    let server = Server::new(|_, before| Reply::Json(details("j", if before > 0 { "FAILED" } else { r"\u009b2J" })));
    let wait = ["wait", "j", "-q", "--events", "-", "--interval", "10ms"];
    let (_, _, text) = Session::start(asking(&server, &wait), 24, 120).end();
    assert!(text.contains(r#""status":"\u009b2J""#), "{text:?}");
}

/// The service as it is until told that it is well again: the first request about each job is responded to.
fn failing(reply: fn() -> Reply) -> (Server, mpsc::Sender<()>) {
    let (go, gone) = mpsc::channel::<()>();
    let mut well = false;
    let mut seen = Vec::new();
    let server = Server::new(move |path, _| {
        well = well || gone.try_recv().is_ok();
        let id = job_of(path).to_owned();
        let first = !seen.contains(&id);
        seen.push(id.clone());
        if well {
            Reply::Json(details(&id, "SUCCESS"))
        } else if first && id != "bad" {
            Reply::Json(details(&id, "IN_PROGRESS"))
        } else {
            reply()
        }
    });
    (server, go)
}

#[test]
fn a_job_that_cannot_be_polled_says_why_in_a_row_of_its_own() {
    let (server, go) = failing(|| Reply::Status(503, "", r#"{"detail":"on its way back"}"#));
    let session = Session::start(asking(&server, &["wait", "job-1", "--interval", "10ms"]), 24, 80);
    let seen = session.until(|seen| seen.len() == 3);
    assert!(seen[0].starts_with("job-1  IN_PROGRESS, no response for "), "{seen:#?}");
    assert!(seen[1].starts_with("HTTP 503: the service failed; it says: on its way back"), "{seen:#?}");
    assert!(seen[2].starts_with("partition ["), "{seen:#?}");
    go.send(()).unwrap();
    assert_eq!(session.end().0, 0);
}

#[test]
fn of_several_jobs_the_one_that_was_given_up_shows_why_while_the_others_go_on() {
    let (server, go) = failing(|| Reply::Status(404, "", ""));
    let session = Session::start(asking(&server, &["wait", "bad", "job-1", "--interval", "10m"]), 24, 100);
    let seen = session.until(|seen| seen.len() == 2 && seen[0].contains("404") && seen[1].contains("IN_PROGRESS for "));
    assert!(seen[0].starts_with("bad   HTTP 404: the service knows no such job"), "{seen:#?}");
    assert!(seen[1].starts_with("job-1 ["), "{seen:#?}");
    kill_process(Pid::from_child(&session.child), Signal::TERM).unwrap();
    assert_eq!(session.end().0, 143);
    drop(go);
}

#[test]
fn a_resized_terminal_keeps_no_stale_rows() {
    let (server, go) = held_back("IN_PROGRESS");
    let command = asking(&server, &["wait", "job-1", "--interval", "10ms"]);
    let mut session = Session::in_shell("\"$@\"", &command, 24, 100);
    session.until(|seen| seen.len() == 2 && seen[1].ends_with("1 failed"));
    for (rows, columns) in [(24, 50), (10, 30), (24, 120), (24, 20), (5, 80)] {
        let before = session.written().len();
        session.resize(rows, columns);
        session.until_written(before, "\x1b[?7h");
        let seen = session.until(|seen| seen.len() == 2);
        assert!(seen[0].starts_with("job-1  IN_PROGRESS"), "{columns}: {seen:#?}");
        assert!(seen[1].starts_with("partiti"), "{columns}: {seen:#?}");
    }
    go.send(()).unwrap();
    let (code, seen, _) = session.end();
    assert_eq!((code, seen[0].as_str()), (0, "job      job-1"), "{seen:#?}");
}

#[test]
fn nothing_is_drawn_in_the_background() {
    let (server, go) = held_back("IN_PROGRESS");
    let command = asking(&server, &["wait", "job-1", "--interval", "10ms"]);
    let session = Session::in_shell("\"$@\" & read -r _; fg >/dev/null", &command, 24, 80);
    // the second request is made after the first response was shown, or would have been
    server.until_requests(2);
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(session.written(), "", "in the background");
    session.types("\n");
    let seen = session.until(|seen| seen.len() == 3);
    assert!(seen[1].starts_with("job-1  IN_PROGRESS for "), "in the foreground: {seen:#?}");
    go.send(()).unwrap();
    let (code, seen, _) = session.end();
    assert_eq!((code, seen[1].as_str()), (0, "job      job-1"), "{seen:#?}");
}

#[test]
fn a_command_that_is_stopped_leaves_no_rows_behind() {
    let (server, go) = held_back("IN_PROGRESS");
    let command = asking(&server, &["wait", "job-1", "--interval", "10ms"]);
    let session = Session::in_shell("\"$@\"; echo stopped: $?; read -r _; fg >/dev/null", &command, 24, 80);
    session.until(|seen| seen.len() == 2);
    session.types("\x1a");
    let seen = session.until(|seen| seen.iter().any(|line| line.starts_with("stopped: 14")));
    assert!(!seen.concat().contains("IN_PROGRESS") && !seen.concat().contains("partition"), "{seen:#?}");
    session.types("\n");
    session.until(|seen| seen.iter().any(|line| line.starts_with("job-1  IN_PROGRESS for ")));
    go.send(()).unwrap();
    let (code, seen, _) = session.end();
    assert_eq!((code, seen.iter().filter(|line| line.contains("IN_PROGRESS for")).count()), (0, 0), "{seen:#?}");
}

#[test]
fn help_is_as_wide_as_the_terminal() {
    for columns in [60, 80, 200] {
        for args in [&["--help"][..], &["wait", "-h"], &["details", "--help"], &["failed-files", "-h"]] {
            let (code, seen, text) = Session::start(bare(args), 24, columns).end();
            assert_eq!(code, 0);
            let widest = text.lines().map(|line| line.trim_end().chars().count()).max().unwrap();
            assert!(widest <= usize::from(columns.min(100)), "{columns} {args:?}: {widest}: {seen:#?}");
            assert!(widest > usize::from(columns.min(100)) - 20, "{columns} {args:?}: {widest}: {seen:#?}");
        }
    }
}

#[test]
fn many_jobs_are_summed_up_in_one_table() {
    let server = Server::new(|path, _| match job_of(path) {
        "bad" => Reply::Status(404, "", ""),
        id => Reply::Json(details(id, if id == "job-2" { "FAILED" } else { "SUCCESS" })),
    });
    let args = ["wait", "job-1", "job-2", "bad", "job-3", "job-4"];
    let (code, seen, _) = Session::start(asking(&server, &args), 24, 120).end();
    assert_eq!(code, 11);
    assert_eq!(
        seen[..8],
        [
            "JOB    STATUS      STEPS  FAILED",
            "job-1  SUCCESS  42 of 58       1",
            "job-2  FAILED   42 of 58       1",
            "bad    -          0 of 0       0",
            "job-3  SUCCESS  42 of 58       1",
            "job-4  SUCCESS  42 of 58       1",
            "",
            "5 jobs: 3 SUCCESS, 1 FAILED, 1 not known to have ended",
        ],
        "{seen:#?}"
    );
    assert!(seen[8].starts_with("unstructured-jobs: HTTP 404: the service knows no such job"), "{seen:#?}");
    assert!(seen.last().unwrap().starts_with("hint: "), "{seen:#?}");
}
