//! The Rust examples, as programs, against a local service.

use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use unstructured_jobs::{ErrorKind, FileState, ProcessingStatus, WaitOptions};

use crate::support::server::Server;
use crate::support::time::until;
use crate::support::{self, JOB, job, ok};

/// The example, which `cargo test` builds beside this program; `cargo test --test main` alone does not.
#[track_caller]
fn example(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("the path of the tests");
    let folder = this.parent().and_then(|deps| deps.parent()).expect("the folder that cargo builds in");
    let path = folder.join("examples").join(name);
    if !path.exists() {
        let profile =
            folder.file_name().and_then(|name| name.to_str()).filter(|name| *name != "debug").unwrap_or("dev");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built =
            Command::new(cargo).args(["build", "--example", name, "--profile", profile]).output().expect("cargo");
        assert!(built.status.success() && path.exists(), "{}", String::from_utf8_lossy(&built.stderr));
    }
    path
}

#[track_caller]
fn command(name: &str, server: &Server) -> Command {
    let mut command = Command::new(example(name));
    command.env_clear().env("UNSTRUCTURED_API_KEY", "key").env("UNSTRUCTURED_API_URL", server.url());
    command.stdin(Stdio::null());
    command
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn wait_shows_every_response_and_the_end() {
    let server = Server::responding(|n, _| {
        let node = r#"{"ready":1,"in_progress":0,"success":2,"failure":1}"#;
        let body = match n {
            0 => job("SCHEDULED"),
            1 => job("IN_PROGRESS").replace("[]", &format!("[{node}]")),
            _ => job("SUCCESS"),
        };
        ok(body)
    });
    let output = command("wait", &server).arg(JOB).output().expect("it runs");
    let shown = format!("SCHEDULED\nIN_PROGRESS, 75 % done\nSUCCESS\n{JOB} ended SUCCESS\n");
    assert_eq!(said(&output), (Some(0), shown, String::new()));
}

#[test]
fn wait_names_the_failed_files() {
    let server = Server::responding(|_, request| {
        let files = r#"{"failed_files":[{"document":"a.pdf","error":"too large"}]}"#;
        ok(if request.contains("/failed-files") { files.to_owned() } else { job("COMPLETED_WITH_ERRORS") })
    });
    let output = command("wait", &server).arg(JOB).output().expect("it runs");
    let shown = format!("COMPLETED_WITH_ERRORS\n{JOB} ended COMPLETED_WITH_ERRORS\n");
    assert_eq!(said(&output), (Some(1), shown, "a.pdf: too large\n".to_owned()));
}

#[test]
fn wait_ends_when_enter_is_pressed() {
    let server = Server::always(ok(job("IN_PROGRESS")));
    let mut wait = command("wait", &server);
    let mut wait = wait.arg(JOB).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    until("the first poll", || !server.requests().is_empty());
    wait.stdin.take().expect("its input").write_all(b"\n").expect("it reads");
    let (code, _, error) = said(&wait.wait_with_output().expect("it ends"));
    assert_eq!(code, Some(1));
    assert!(error.starts_with("Cancelled: the "), "{error}");
}

#[test]
fn wait_wants_a_job_and_a_key() {
    let server = Server::always(ok(job("SUCCESS")));
    let output = command("wait", &server).output().expect("it runs");
    assert_eq!(said(&output), (Some(1), String::new(), "usage: wait JOB_ID\n".to_owned()));
    let output = command("wait", &server).env_remove("UNSTRUCTURED_API_KEY").arg(JOB).output().expect("it runs");
    let (code, _, error) = said(&output);
    assert_eq!(code, Some(1));
    assert!(error.starts_with("InvalidArgument: there is no API key"), "{error}");
}

#[test]
fn the_quickstart_follows_a_real_job_too() {
    let counts = format!(r#"[{{"ready":0,"in_progress":0,"success":{0},"failure":{0}}}]"#, u64::MAX);
    let server = Server::responding(move |_, request| {
        let files = r#"{"failed_files":[{"document":"a.pdf","error":"too large"}]}"#;
        ok(if request.contains("/failed-files") { files.to_owned() } else { job("FAILED").replace("[]", &counts) })
    });
    let output = command("quickstart", &server).arg(JOB).output().expect("it runs");
    let (code, shown, error) = said(&output);
    assert_eq!((code, error.as_str()), (Some(1), ""));
    assert!(shown.contains(&format!("job {JOB} ended: FAILED\n")), "{shown}");
    assert!(shown.ends_with("failed: a.pdf: too large\n"), "{shown}");
}

/// The program, and the base URL that it prints.
fn simulator() -> (std::process::Child, String) {
    let mut child = Command::new(example("simulator")).arg("0").stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let url = line.split(['=', ' ']).nth(2).expect("the base URL").to_owned();
    (child, url)
}

#[test]
fn the_simulator_has_every_trouble_in_it() {
    let (mut simulator, url) = simulator();
    let client = support::builder(&url).build().expect("a client");
    for (id, status, retry_after) in [
        ("job-refused", 401, None),
        ("job-forbidden", 403, None),
        ("job-missing", 404, None),
        ("job-late", 404, None),
        ("job-limited", 429, Some(Duration::from_secs(2))),
    ] {
        let error = client.job_details(id).expect_err(id);
        assert_eq!((error.http_status(), error.retry_after()), (Some(status), retry_after), "{id}: {error}");
    }
    // the first three are too many; and every second response breaks off
    let refused = (0..3).filter(|_| client.job_details("limited").is_err()).count();
    assert_eq!((refused, client.job_details("limited").is_ok()), (3, true));
    let kinds: Vec<_> = (0..4).map(|_| client.job_details("broken").err().map(|error| error.kind())).collect();
    assert_eq!(kinds, [None, Some(ErrorKind::Io), None, Some(ErrorKind::Io)]);
    let asked = Instant::now();
    assert_eq!(client.job_details("slow").expect("details").processing_status, ProcessingStatus::Scheduled);
    assert!(asked.elapsed() >= Duration::from_secs(3), "{:?}", asked.elapsed());
    simulator.kill().expect("it runs");
    simulator.wait().expect("it ends");
}

#[test]
fn the_simulator_lists_as_many_failed_files_as_it_counts() {
    let (mut simulator, url) = simulator();
    let client = support::builder(&url).build().expect("a client");
    let options = WaitOptions::new().initial_interval(Duration::from_millis(500));
    let ids = ["errors", "fail", "stop", "outage", "paused"];
    let outcomes = client.wait_all(&ids, &options, |_| ControlFlow::Continue(())).expect("a wait");
    for ((id, failed), outcome) in ids.into_iter().zip([2, 42, 0, 0, 0]).zip(outcomes) {
        let details = outcome.into_result().expect(id);
        assert_eq!(details.totals().failure, failed, "{id}");
        assert_eq!(client.failed_files(id).expect(id).len() as u64, failed, "{id}");
        let files = client.file_statuses(id).expect(id).files;
        let lost = files.iter().filter(|file| file.status == FileState::Failure && file.error.is_some()).count() as u64;
        let through = files.iter().filter(|file| file.status == FileState::Success).count() as u64;
        assert_eq!((lost, through), (failed, 42 - failed), "{id}");
    }
    simulator.kill().expect("it runs");
    simulator.wait().expect("it ends");
}

#[test]
fn the_simulator_says_what_its_words_mean() {
    let output = Command::new(example("simulator")).arg("--help").output().expect("it runs");
    let (code, shown, error) = said(&output);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    for word in ["fail", "refused", "missing", "limited", "outage", "slow", "broken"] {
        assert!(shown.lines().any(|line| line.trim_start().starts_with(word)), "{word}: {shown}");
    }
    let output = Command::new(example("simulator")).arg("many").output().expect("it runs");
    assert_eq!(said(&output), (Some(2), String::new(), "usage: simulator [PORT]\n".to_owned()));
}
