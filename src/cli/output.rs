//! What leaves the command: results on standard output, everything else on standard error.

use std::borrow::Cow;
use std::env;
use std::ffi::OsStr;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use unstructured_jobs::{ProcessingStatus, printable};

use crate::args::{Format, Manner};
use crate::exit;
use crate::failure::Failure;

impl Manner {
    pub(crate) fn format(self) -> Format {
        self.output.unwrap_or(if io::stdout().is_terminal() { Format::Table } else { Format::Json })
    }
}

/// The whole text of a result.
pub(crate) fn print<T: Serialize>(
    result: &T,
    manner: Manner,
    table: impl Fn(&T, bool) -> String,
) -> Result<String, Failure> {
    if manner.format() == Format::Table {
        return Ok(table(result, has_colours(&io::stdout())));
    }
    json(result)
}

/// A result in the service's own shape, on a line.
pub(crate) fn json(result: &impl Serialize) -> Result<String, Failure> {
    match serde_json::to_string(result) {
        Ok(json) => Ok(harmless(json) + "\n"),
        Err(error) => Err(Failure::internal(format!("cannot write JSON: {error}"))),
    }
}

/// JSON for standard output. A terminal finds nothing in it to obey: JSON itself lets characters of C1, and those that
/// turn the writing direction, stand as they are. Programs get them so.
pub(crate) fn harmless(json: String) -> String {
    if !io::stdout().is_terminal() || matches!(printable(&json), Cow::Borrowed(_)) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match printable(c.encode_utf8(&mut [0; 4])) {
            Cow::Borrowed(harmless) => text.push_str(harmless),
            Cow::Owned(_) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text
}

/// The system's words for what went wrong, without its number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error ").map_or(text.as_str(), |(words, _)| words).to_owned()
}

/// Writes a whole result, made beforehand, and returns the exit code, which is `code` if all went well.
///
/// It is `code` too if the pipe is closed: whoever closed it had read enough (`| head -1`), and a gate on the exit code
/// still learns how the job ended.
pub(crate) fn result(text: &[u8], code: i32) -> i32 {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&format!("cannot write to standard output: {error}"));
            exit::INTERNAL
        }
        _ => code,
    }
}

/// Writes a sentence to standard error under the command's name. Line breaks are kept, control characters escaped.
pub(crate) fn complain(text: &str) {
    let lines: Vec<_> = text.lines().map(printable).collect();
    say(&format!("unstructured-jobs: {}", lines.join("\n")));
}

/// Writes what to do about what was complained of.
pub(crate) fn hint(text: &str) {
    say(&format!("hint: {}", escape(text)));
}

/// Writes a line to standard error as it is. One that cannot be written is lost, and the work goes on: the result is
/// elsewhere. But when the readers of both outputs are gone, so is the command.
pub(crate) fn say(line: &str) {
    let written = io::stderr().write_all(format!("{line}\n").as_bytes());
    if written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) && stdout_is_broken() {
        process::exit(exit::CLOSED_PIPE);
    }
}

/// Whether standard output is a pipe that nobody will read from.
fn stdout_is_broken() -> bool {
    let stdout = io::stdout();
    let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut fds, Some(&at_once)).is_ok() && fds.iter().any(|fd| fd.revents().contains(PollFlags::ERR))
}

/// `text` with whatever could move the cursor, colour the screen or turn the writing direction made visible.
pub(crate) fn escape(text: &str) -> String {
    printable(text).into_owned()
}

/// Whether a stream gets colours: never with `NO_COLOR` set and not empty (no-color.org), always with `CLICOLOR_FORCE`
/// set and not `0` (bixense.com/clicolors), else on a terminal that is not `dumb`.
pub(crate) fn has_colours(stream: &impl IsTerminal) -> bool {
    let set = |name, off: &str| env::var_os(name).is_some_and(|value| !value.is_empty() && value != OsStr::new(off));
    if set("NO_COLOR", "") {
        return false;
    }
    set("CLICOLOR_FORCE", "0") || (stream.is_terminal() && !is_dumb())
}

/// Whether the terminal cannot move its cursor. One that says nothing of itself is taken for dumb, as by ncurses.
pub(crate) fn is_dumb() -> bool {
    env::var_os("TERM").is_none_or(|term| term.is_empty() || term == OsStr::new("dumb"))
}

/// The status, escaped, in the colour of its meaning if there are colours.
pub(crate) fn status(status: &ProcessingStatus, colours: bool) -> String {
    let colour = match status {
        ProcessingStatus::Success => 32,
        ProcessingStatus::CompletedWithErrors | ProcessingStatus::Stopped => 33,
        ProcessingStatus::Failed => 31,
        ProcessingStatus::InProgress => 36,
        _ if status.as_str().is_empty() => return "-".to_owned(),
        _ => return escape(status.as_str()),
    };
    coloured(status.as_str(), colour, colours)
}

/// The text, escaped, in that colour if there are colours.
pub(crate) fn coloured(text: &str, colour: u8, colours: bool) -> String {
    let text = escape(text);
    if colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text }
}
