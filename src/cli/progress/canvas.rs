//! Rows at the bottom of the terminal, redrawn in place.
//!
//! Between two frames the cursor rests where the first row begins. Wherever a terminal that is resized moves the rows, it
//! takes the cursor along, and what is to be erased begins there: nothing has to be counted, and no stale row stays.

use std::io::{self, Write};

use console::Term;
use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;

use super::rows::Screen;
use crate::output;

/// No line break where a row turns out wider than the screen, and breaks again.
const WRAP_OFF: &str = "\x1b[?7l";
const WRAP_ON: &str = "\x1b[?7h";
const ERASE_ROW: &str = "\x1b[2K";
/// From the cursor to the end of the screen.
const ERASE_BELOW: &str = "\x1b[J";

/// Draws on standard error.
pub(super) struct Canvas {
    colours: bool,
    /// Whether the rows on the terminal are ours, and the cursor is where we left it.
    drawn: bool,
}

impl Canvas {
    pub(super) fn new(colours: bool) -> Self {
        Self { colours, drawn: false }
    }

    /// The terminal as it is now. One that does not know its size is taken for 80 x 24.
    pub(super) fn screen(&self) -> Screen {
        let (height, width) = Term::stderr().size();
        Screen { width: usize::from(width), height: usize::from(height), colours: self.colours }
    }

    /// Puts these rows in the place of those drawn before, in one write.
    pub(super) fn draw(&mut self, rows: &[String]) {
        if !in_foreground() {
            // what is in the foreground has written over the rows
            self.drawn = false;
            return;
        }
        let [all @ .., last] = rows else { return };
        let mut frame = format!("\r{WRAP_OFF}");
        for row in all {
            frame.push_str(&format!("{ERASE_ROW}{row}\r\n"));
        }
        frame.push_str(&format!("{ERASE_BELOW}{last}{WRAP_ON}\r"));
        if !all.is_empty() {
            frame.push_str(&format!("\x1b[{}A", all.len()));
        }
        write(&frame);
        self.drawn = true;
    }

    /// A line that stays, above the rows; they are to be drawn again.
    pub(super) fn above(&mut self, line: &str) {
        self.clear();
        output::say(line);
    }

    /// Takes the rows away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) && in_foreground() {
            write(&format!("\r{ERASE_BELOW}"));
        }
    }
}

/// A terminal that has gone away shows nothing, and the wait goes on.
fn write(frame: &str) {
    let _ = io::stderr().write_all(frame.as_bytes());
}

/// Whether the terminal is ours to draw on: not while a shell has put this command into the background. A terminal of
/// another session, or one without a foreground group, counts as ours.
fn in_foreground() -> bool {
    tcgetpgrp(io::stderr()).map_or(true, |group| group == getpgrp())
}
