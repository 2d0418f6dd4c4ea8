//! A pseudo-terminal of a test's own, and what a person would see on it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::run::KEY;

/// Nothing on a terminal takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The command on a terminal, and everything it has written so far.
pub(crate) struct Session {
    pub(crate) child: Child,
    written: Arc<(Mutex<Vec<u8>>, Condvar)>,
    reader: Option<thread::JoinHandle<()>>,
    master: OwnedFd,
    /// The terminal's width from a byte on.
    widths: Vec<(usize, u16)>,
}

impl Session {
    /// Output goes to a terminal that is not this process's own, so it has no foreground.
    pub(crate) fn start(command: Command, rows: u16, columns: u16) -> Self {
        Self::open(command, rows, columns, |command, slave| {
            command.stdout(slave.try_clone().unwrap()).stderr(slave);
        })
    }

    /// A shell with job control runs `script` on a terminal of its own, in which `"$@"` is the command.
    pub(crate) fn in_shell(script: &str, command: &Command, rows: u16, columns: u16) -> Self {
        let mut shell = Command::new("/usr/bin/setsid");
        shell.args(["--ctty", "--wait", "/bin/bash", "-mc", script, "bash"]);
        shell.arg(command.get_program()).args(command.get_args()).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Self::open(shell, rows, columns, |command, slave| {
            command.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
        })
    }

    fn open(mut command: Command, rows: u16, columns: u16, connect: impl Fn(&mut Command, File)) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits() as i32)
            .open(path.to_str().unwrap())
            .unwrap();
        tcsetwinsize(&slave, winsize(rows, columns)).unwrap();
        command.env("TERM", "xterm");
        connect(&mut command, slave);
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
        Self { child, written, reader: Some(reader), master, widths: vec![(0, columns)] }
    }

    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        let written = self.written.0.lock().unwrap();
        self.widths.push((written.len(), columns));
        tcsetwinsize(&self.master, winsize(rows, columns)).unwrap();
    }

    pub(crate) fn types(&self, keys: &str) {
        File::from(self.master.try_clone().unwrap()).write_all(keys.as_bytes()).unwrap();
    }

    /// The screen, as soon as `there` likes it.
    #[track_caller]
    pub(crate) fn until(&self, there: impl Fn(&[String]) -> bool) -> Vec<String> {
        let mut seen = Vec::new();
        let (written, more) = &*self.written;
        let (_written, timeout) = more
            .wait_timeout_while(written.lock().unwrap(), PATIENCE, |written| {
                seen = screen(written, &self.widths);
                !there(&seen)
            })
            .unwrap();
        assert!(!timeout.timed_out(), "this is not what was waited for: {seen:#?}");
        seen
    }

    /// Returns when this has been written after the first `from` bytes.
    #[track_caller]
    pub(crate) fn until_written(&self, from: usize, text: &str) {
        let (written, more) = &*self.written;
        let missing = |written: &mut Vec<u8>| !String::from_utf8_lossy(&written[from..]).contains(text);
        let (_written, timeout) = more.wait_timeout_while(written.lock().unwrap(), PATIENCE, missing).unwrap();
        assert!(!timeout.timed_out(), "{text:?} is not written");
    }

    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.0.lock().unwrap()).into_owned()
    }

    /// The exit code, the last screen, and all that was written.
    pub(crate) fn end(mut self) -> (i32, Vec<String>, String) {
        let code = self.child.wait().unwrap().code().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let written = self.written.0.lock().unwrap();
        let text = String::from_utf8(written.clone()).unwrap();
        assert!(!text.contains(KEY) && !text.contains("panicked"), "{text:?}");
        (code, screen(&written, &self.widths), text)
    }
}

impl Drop for Session {
    /// Of a test that failed, nothing stays behind: with a shell goes what it has stopped.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn winsize(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// What a terminal of these widths (each from a byte on) shows of these bytes, scrolled-away lines included, without
/// blanks at the ends. Knows what the command needs: line ends, cursor up, erasing, colours, breaking lines or not;
/// anything else is an error. When it gets narrower, it breaks the lines that are too long, and the cursor stays with the
/// character below it, as most terminals do.
#[track_caller]
fn screen(bytes: &[u8], widths: &[(usize, u16)]) -> Vec<String> {
    let mut screen = Screen { lines: vec![Vec::new()], row: 0, column: 0, width: 80, wraps: true };
    let mut widths = widths.iter().peekable();
    let text = String::from_utf8_lossy(bytes);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        while let Some((_, width)) = widths.next_if(|(from, _)| *from <= at) {
            screen.resize(if *width == 0 { 80 } else { usize::from(*width) });
        }
        if c != '\x1b' {
            screen.put(c);
            continue;
        }
        let mut sequence = String::new();
        for (_, c) in chars.by_ref() {
            sequence.push(c);
            if c.is_ascii_alphabetic() {
                break;
            }
        }
        // one that is cut in the middle comes last
        if chars.peek().is_some() || sequence.ends_with(|c: char| c.is_ascii_alphabetic()) {
            screen.obey(&sequence);
        }
    }
    let mut shown: Vec<String> =
        screen.lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned()).collect();
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    shown
}

struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    width: usize,
    wraps: bool,
}

impl Screen {
    fn put(&mut self, c: char) {
        match c {
            '\r' => self.column = 0,
            '\n' => self.row += 1,
            '\x07' => {}
            '\x08' => self.column -= 1,
            _ => {
                if self.column == self.width && self.wraps {
                    self.row += 1;
                    self.column = 0;
                }
                self.column = self.column.min(self.width - 1);
                self.grow();
                let line = &mut self.lines[self.row];
                while line.len() <= self.column {
                    line.push(' ');
                }
                line[self.column] = c;
                self.column += 1;
            }
        }
        self.grow();
    }

    #[track_caller]
    fn obey(&mut self, sequence: &str) {
        let number = sequence[1..sequence.len() - 1].parse().unwrap_or(1);
        match sequence {
            "[?7l" => self.wraps = false,
            "[?7h" => self.wraps = true,
            "[2K" => self.lines[self.row].clear(),
            "[J" => {
                self.lines[self.row].truncate(self.column);
                self.lines.truncate(self.row + 1);
            }
            _ if sequence.ends_with('A') => self.row -= number.min(self.row),
            _ if sequence.ends_with('m') => {}
            _ => panic!("an escape sequence that is not expected: {sequence:?}"),
        }
    }

    fn grow(&mut self) {
        while self.lines.len() <= self.row {
            self.lines.push(Vec::new());
        }
    }

    fn resize(&mut self, width: usize) {
        self.width = width;
        let mut row = 0;
        let mut lines = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            if at == self.row {
                row = lines.len() + self.column / width;
            }
            lines.extend(line.chunks(width).map(<[char]>::to_vec));
            if line.is_empty() {
                lines.push(Vec::new());
            }
        }
        (self.lines, self.row, self.column) = (lines, row, self.column % width);
        self.grow();
    }
}
