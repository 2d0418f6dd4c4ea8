//! `wait` on a terminal: a pseudo-terminal of this test's own, and what a person would see on it.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::run::{KEY, asking};
use crate::server::{Reply, Server, details, job_of};

/// Nothing on a terminal takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The command on a terminal, and everything it has written so far.
struct Session {
    child: Child,
    written: Arc<(Mutex<Vec<u8>>, Condvar)>,
    reader: thread::JoinHandle<()>,
    master: OwnedFd,
    size: (u16, u16),
}

impl Session {
    fn start(mut command: Command, rows: u16, columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options().read(true).write(true).open(path.to_str().unwrap()).unwrap();
        tcsetwinsize(&slave, winsize(rows, columns)).unwrap();
        command.env("TERM", "xterm").stdout(slave.try_clone().unwrap()).stderr(slave);
        let child = command.spawn().unwrap();
        // else the terminal would stay open when the child has gone
        drop(command);

        let written = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let (theirs, mut source) = (Arc::clone(&written), File::from(master.try_clone().unwrap()));
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            // the end of a terminal is an error (EIO)
            while let Ok(length @ 1..) = source.read(&mut buffer) {
                theirs.0.lock().unwrap().extend_from_slice(&buffer[..length]);
                theirs.1.notify_all();
            }
        });
        Self { child, written, reader, master, size: (rows, columns) }
    }

    /// The screen, as soon as `there` likes it.
    #[track_caller]
    fn until(&self, there: impl Fn(&[String]) -> bool) -> Vec<String> {
        let mut seen = Vec::new();
        let (written, more) = &*self.written;
        let (_written, timeout) = more
            .wait_timeout_while(written.lock().unwrap(), PATIENCE, |written| {
                seen = screen(written, self.size.1);
                !there(&seen)
            })
            .unwrap();
        assert!(!timeout.timed_out(), "this is not what was waited for: {seen:#?}");
        seen
    }

    /// The exit code, the last screen, and all that was written.
    fn end(mut self) -> (i32, Vec<String>, String) {
        let code = self.child.wait().unwrap().code().unwrap();
        self.reader.join().unwrap();
        let written = self.written.0.lock().unwrap();
        let text = String::from_utf8(written.clone()).unwrap();
        assert!(!text.contains(KEY) && !text.contains("panicked"), "{text:?}");
        (code, screen(&written, self.size.1), text)
    }
}

fn winsize(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// What a terminal of that width shows of these bytes, scrolled-away lines included, without blanks at the ends. Knows
/// what the command needs: line ends, cursor up, erasing, colours; anything else is an error.
#[track_caller]
fn screen(bytes: &[u8], columns: u16) -> Vec<String> {
    let width = if columns == 0 { 80 } else { usize::from(columns) };
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<Vec<char>> = vec![Vec::new()];
    let (mut row, mut column) = (0, 0);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => column = 0,
            '\n' => row += 1,
            '\x1b' => {
                let mut sequence = String::new();
                for c in chars.by_ref() {
                    sequence.push(c);
                    if c.is_ascii_alphabetic() {
                        break;
                    }
                }
                let number =
                    sequence[1.min(sequence.len())..].trim_end_matches(char::is_alphabetic).parse().unwrap_or(1);
                match sequence.chars().last() {
                    Some('A') => row -= number.min(row),
                    Some('B') => row += number,
                    Some('K') if sequence == "[2K" => lines[row].clear(),
                    Some('K') => lines[row].truncate(column),
                    Some('J') => {
                        lines[row].truncate(column);
                        lines.truncate(row + 1);
                    }
                    Some('m') => {}
                    // cut in the middle
                    None => {}
                    _ if chars.peek().is_none() => {}
                    _ => panic!("an escape sequence that is not expected: {sequence:?}"),
                }
            }
            c => {
                if column == width {
                    row += 1;
                    column = 0;
                }
                while lines.len() <= row {
                    lines.push(Vec::new());
                }
                let line = &mut lines[row];
                while line.len() <= column {
                    line.push(' ');
                }
                line[column] = c;
                column += 1;
            }
        }
        while lines.len() <= row {
            lines.push(Vec::new());
        }
    }
    let mut shown: Vec<String> =
        lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned()).collect();
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    shown
}

/// A server that holds its second answer back until told, and then says `SUCCESS`.
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
    // redrawn by the clock, in place: no answer comes meanwhile
    let seen = session.until(|seen| seen.first().is_some_and(|line| line.ends_with(", waited 2s")));
    assert_eq!(seen.len(), 2, "{seen:#?}");
    assert!(seen[0].starts_with("job-1  IN_PROGRESS"), "{seen:#?}");
    assert_eq!(
        seen[1],
        "partition [=====================>-------] 42 of 58 done, 3 running, 1 failed"
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
    assert!(seen[1].trim_end().ends_with("FAILED, 42 of 58 done, 1 failed"), "{seen:#?}");
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
        let session = Session::start(asking(&server, &["wait", "job-1", "--interval", "10ms"]), rows, columns);
        session.until(|seen| seen.concat().contains(if columns == 1 { "…" } else { "job" }));
        // and a new one while it runs
        tcsetwinsize(&session.master, winsize(24, 40)).unwrap();
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
    assert_eq!(seen, ["unstructured-jobs: interrupted by SIGINT; what was asked about goes on"]);
}

#[test]
fn remarks_stand_above_the_bars() {
    let (server, go) = held_back("IN_PROGRESS");
    let session = Session::start(asking(&server, &["wait", "-v", "job-1", "--interval", "10ms"]), 24, 100);
    let seen = session.until(|seen| seen.len() == 3);
    assert!(seen[0].starts_with("unstructured-jobs: connected to 127.0.0.1:"), "{seen:#?}");
    go.send(()).unwrap();
    assert_eq!(session.end().0, 0);
}

#[test]
fn colours_and_bars_can_be_done_without() {
    let answer = details("j", "FAILED");
    for (name, value, args, coloured) in [
        ("LANG", "C", &["wait", "j"][..], true),
        ("NO_COLOR", "1", &["wait", "j"], false),
        ("NO_COLOR", "1", &["details", "j"], false),
        ("CLICOLOR_FORCE", "1", &["details", "j"], true),
    ] {
        let server = Server::json(&answer);
        let mut command = asking(&server, args);
        command.env(name, value);
        let (_, _, text) = Session::start(command, 24, 80).end();
        assert_eq!(text.contains("\x1b[31mFAILED\x1b[0m"), coloured, "{name} {args:?} {text:?}");
    }
    // -q draws nothing
    let server = Server::json(&answer);
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
