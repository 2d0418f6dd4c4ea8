//! SIGINT and SIGTERM end the command, whatever it is doing.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::run::{KEY, asking, bare, binary};
use crate::server::{Reply, Server, details};

/// The command ends within 100 ms; a busy machine gets some more to notice.
const BOUND: Duration = Duration::from_millis(600);

/// Sends the signal and asserts the exit code, the bound, and that nothing half done is left behind.
#[track_caller]
fn ends(mut child: Child, signal: Signal, code: i32) {
    // waiting would close it
    let _stdin = child.stdin.take();
    let sent = Instant::now();
    kill_process(Pid::from_child(&child), signal).unwrap();
    let status = child.wait().unwrap();
    let took = sent.elapsed();
    assert_eq!(status.code(), Some(code), "{status:?}");
    assert!(took < BOUND, "it took {took:?}");
    let mut stderr = String::new();
    if let Some(mut pipe) = child.stderr.take() {
        pipe.read_to_string(&mut stderr).unwrap();
    }
    assert!(!stderr.contains("panicked") && !stderr.contains(KEY), "{stderr}");
}

/// Both signals, each to a new child that has come as far as `start` takes it.
#[track_caller]
fn both(start: impl Fn() -> Child) {
    ends(start(), Signal::INT, 130);
    ends(start(), Signal::TERM, 143);
}

/// Starts the command, and returns when the server has its first request.
fn when_asked(args: &[&str], reply: fn() -> Reply) -> Child {
    let (asked, was_asked) = mpsc::channel();
    let server = Server::new(move |_, _| {
        let _ = asked.send(());
        reply()
    });
    let mut command = asking(&server, args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    was_asked.recv().unwrap();
    child
}

/// Waits until the child handles SIGTERM: /proc says so (SigCgt, a mask of signals from 1).
fn until_watching(child: &Child) {
    let path = format!("/proc/{}/status", child.id());
    loop {
        let status = fs::read_to_string(&path).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << 14) != 0 {
            return;
        }
        thread::yield_now();
    }
}

#[test]
fn in_a_read_from_the_network() {
    both(|| when_asked(&["details", "j"], || Reply::Silence));
    both(|| when_asked(&["wait", "j", "k"], || Reply::Silence));
}

#[test]
fn in_the_pause_before_a_retry() {
    both(|| {
        when_asked(&["details", "j", "--request-timeout", "1h"], || Reply::Status(503, "Retry-After: 600\r\n", ""))
    });
}

#[test]
fn between_two_looks() {
    both(|| when_asked(&["wait", "j", "--interval", "10m"], || Reply::Json(details("j", "IN_PROGRESS"))));
}

#[test]
fn while_standard_input_gives_no_key() {
    both(|| {
        let mut command = bare(&["details", "j", "--api-key-file", "-"]);
        let child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until_watching(&child);
        child
    });
}

#[test]
fn while_nobody_reads_the_answer() {
    // more than a pipe holds
    const MESSAGE: usize = 1 << 20;
    both(|| {
        let server = Server::json(&details("j", "SUCCESS").replace("null}", &format!("\"{}\"}}", "m".repeat(MESSAGE))));
        let mut child = asking(&server, &["details", "j"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut some = [0; 1];
        child.stdout.as_mut().unwrap().read_exact(&mut some).unwrap();
        child
    });
}

#[test]
fn nothing_is_printed_of_an_interrupted_wait() {
    let child = when_asked(&["wait", "-q", "j"], || Reply::Silence);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "unstructured-jobs: interrupted by SIGTERM; what was asked about goes on\n"
    );
}

/// A signal that was ignored when the command started, as nohup and some shells do for background jobs, ends it too:
/// who sends one means it.
#[test]
fn even_if_they_were_ignored_before() {
    let (asked, was_asked) = mpsc::channel();
    let server = Server::new(move |_, _| {
        let _ = asked.send(());
        Reply::Silence
    });
    let command = asking(&server, &[]);
    let mut shell = Command::new("/bin/sh");
    let binary = binary();
    shell.args(["-c", &format!("trap '' INT TERM; exec '{binary}' wait j")]).env_clear().stderr(Stdio::piped());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let child = shell.spawn().unwrap();
    was_asked.recv().unwrap();
    ends(child, Signal::TERM, 143);
}
