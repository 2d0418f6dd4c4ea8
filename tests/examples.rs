//! The Rust examples, as programs, against a local service.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::support::server::Server;
use crate::support::time::until;
use crate::support::{JOB, job, ok};

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
fn wait_shows_every_answer_and_the_end() {
    let server = Server::answering(|n, _| {
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
    let server = Server::answering(|_, request| {
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
    until("the first look", || !server.requests().is_empty());
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
    let server = Server::answering(move |_, request| {
        let files = r#"{"failed_files":[{"document":"a.pdf","error":"too large"}]}"#;
        ok(if request.contains("/failed-files") { files.to_owned() } else { job("FAILED").replace("[]", &counts) })
    });
    let output = command("quickstart", &server).arg(JOB).output().expect("it runs");
    let (code, shown, error) = said(&output);
    assert_eq!((code, error.as_str()), (Some(1), ""));
    assert!(shown.contains(&format!("job {JOB} ended: FAILED\n")), "{shown}");
    assert!(shown.ends_with("failed: a.pdf: too large\n"), "{shown}");
}
