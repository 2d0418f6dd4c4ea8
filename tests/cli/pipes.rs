//! Pipes that nobody reads from.

use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::mpsc;

use crate::run::{asking, binary, judge, run};
use crate::server::{Reply, Server, details};

/// The write end of a pipe whose read end is closed.
fn closed_pipe() -> OwnedFd {
    std::io::pipe().unwrap().1.into()
}

#[test]
fn a_closed_standard_output_is_quiet_and_the_exit_code_still_tells_the_end() {
    let server = Server::json(&details("j", "FAILED"));
    for (args, code) in [(&["details", "j"][..], 0), (&["wait", "-q", "j"], 5), (&["--help"], 0), (&["man"], 0)] {
        let mut command = asking(&server, args);
        command.stdout(closed_pipe());
        run(command).fails(code, "");
    }
}

#[test]
fn a_closed_standard_error_does_not_stop_a_wait() {
    let server = Server::new(|_, before| {
        Reply::Json(details("j", if before < 3 { "IN_PROGRESS" } else { "COMPLETED_WITH_ERRORS" }))
    });
    let mut command = asking(&server, &["wait", "j", "--interval", "10ms"]);
    command.stderr(closed_pipe());
    let done = run(command);
    assert_eq!((done.code, done.stdout), (3, details("j", "COMPLETED_WITH_ERRORS") + "\n"));
}

#[test]
fn a_wait_ends_when_the_readers_of_both_outputs_are_gone() {
    // as in `unstructured-jobs wait … 2>&1 | head -1`
    let (going_on, goes_on) = mpsc::channel();
    let server = Server::new(move |_, before| {
        if before == 1 {
            goes_on.recv().unwrap();
        }
        Reply::Json(details("j", &format!("STATE_{before}")))
    });
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = asking(&server, &["wait", "j", "--interval", "10ms"]);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let child = command.spawn().unwrap();
    drop(command);
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).unwrap();
    assert!(line.contains("j: STATE_0"), "{line:?}");
    going_on.send(()).unwrap();
    assert_eq!(judge(child.wait_with_output().unwrap()).code, 141);
}

#[test]
fn closed_file_descriptors_are_no_reason_to_fail_badly() {
    let server = Server::json(&details("j", "STOPPED"));
    let binary = binary();
    let mut command = asking(&server, &[]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", &format!("exec '{binary}' wait j <&- >&- 2>&-")]).stdin(Stdio::null()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_clear();
    run(shell).fails(4, "");
}

#[test]
fn a_full_disk_under_standard_error_does_not_stop_a_wait() {
    let server = Server::json(&details("j", "SUCCESS"));
    let mut command = asking(&server, &["wait", "j"]);
    command.stderr(std::fs::File::create("/dev/full").unwrap());
    assert_eq!(run(command).code, 0);
}
