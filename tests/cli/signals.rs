//! SIGHUP, SIGINT and SIGTERM end the command, whatever it is doing.

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

/// Every signal, each to a new child that has come as far as `start` takes it.
#[track_caller]
fn each(start: impl Fn() -> Child) {
    ends(start(), Signal::HUP, 129);
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
    each(|| when_asked(&["details", "j"], || Reply::Silence));
    each(|| when_asked(&["wait", "j", "k"], || Reply::Silence));
}

#[test]
fn in_the_pause_before_a_retry() {
    each(|| {
        when_asked(&["details", "j", "--request-timeout", "1h"], || Reply::Status(503, "Retry-After: 600\r\n", ""))
    });
}

#[test]
fn between_two_polls() {
    each(|| when_asked(&["wait", "j", "--interval", "10m"], || Reply::Json(details("j", "IN_PROGRESS"))));
}

#[test]
fn while_standard_input_gives_no_key() {
    each(|| {
        let mut command = bare(&["details", "j", "--api-key-file", "-"]);
        let child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until_watching(&child);
        child
    });
}

#[test]
fn while_nobody_reads_the_result() {
    // more than a pipe holds
    const MESSAGE: usize = 1 << 20;
    each(|| {
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
        "unstructured-jobs: interrupted by SIGTERM; the job goes on\n"
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

/// As `nohup` has it: who closes a terminal means what runs on it, and not this.
#[test]
fn a_hang_up_that_was_ignored_before_still_is() {
    let (go, gone) = mpsc::channel::<()>();
    let (asked, was_asked) = mpsc::channel();
    let server = Server::new(move |_, _| {
        let _ = asked.send(());
        let _ = gone.recv();
        Reply::Json(details("j", "SUCCESS"))
    });
    let command = asking(&server, &[]);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("trap '' HUP; exec '{}' wait -q j", binary())]).env_clear().stdout(Stdio::piped());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let child = shell.spawn().unwrap();
    was_asked.recv().unwrap();
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    go.send(()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// Process 1 of a container: no signal has a default action there. Where this process may not make namespaces, `unshare`
/// says so, and that is all that can be seen.
#[test]
fn as_process_1() {
    let (asked, was_asked) = mpsc::channel();
    let server = Server::new(move |_, _| {
        let _ = asked.send(());
        Reply::Silence
    });
    for (signal, code) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)] {
        let command = asking(&server, &[]);
        let mut unshare = Command::new("/usr/bin/unshare");
        unshare.args(["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "/bin/sh", "-c"]);
        // the shell that is process 1 becomes the command
        unshare.arg(format!("exec '{}' wait -q j", binary())).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
        unshare.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let child = unshare.spawn().unwrap();
        if was_asked.recv_timeout(Duration::from_secs(20)).is_err() {
            let mut child = child;
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            let why = String::from_utf8_lossy(&output.stderr);
            assert!(why.contains("unshare failed") || why.contains("not permitted"), "{why}");
            return;
        }
        let children = format!("/proc/{0}/task/{0}/children", child.id());
        let inner = fs::read_to_string(children).unwrap().trim().parse().unwrap();
        kill_process(Pid::from_raw(inner).unwrap(), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
    }
}

#[test]
fn a_wait_that_was_stopped_beyond_its_timeout_polls_once_more() {
    let (asked, was_asked) = mpsc::channel();
    let server = Server::new(move |_, n| {
        let _ = asked.send(n);
        Reply::Json(details("j", if n == 0 { "IN_PROGRESS" } else { "SUCCESS" }))
    });
    let mut command = asking(&server, &["wait", "j", "--interval", "1h", "--timeout", "500ms"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    was_asked.recv().unwrap();
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::STOP).unwrap();
    // no event tells that a deadline has passed and the time of the last poll with it
    thread::sleep(Duration::from_millis(1500));
    assert!(was_asked.try_recv().is_err(), "it was not stopped");
    kill_process(pid, Signal::CONT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
