//! Progress as bars, redrawn in place.

use std::time::Instant;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Jobs;
use super::rows::{self, Row, Screen};
use crate::output;

/// Draws on standard error.
pub(super) struct Bars {
    screen: MultiProgress,
    bars: Vec<ProgressBar>,
    colours: bool,
}

impl Bars {
    pub(super) fn new(colours: bool) -> Self {
        Self { screen: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()), bars: Vec::new(), colours }
    }

    pub(super) fn draw(&mut self, jobs: &Jobs, now: Instant) {
        let rows = rows::rows(jobs, self.size(), now);
        for bar in self.bars.drain(rows.len().min(self.bars.len())..) {
            self.screen.remove(&bar);
        }
        while self.bars.len() < rows.len() {
            self.bars.push(self.screen.add(ProgressBar::hidden()));
        }
        for (bar, row) in self.bars.iter().zip(rows) {
            show(bar, row);
        }
    }

    /// A line above the bars, which stays.
    pub(super) fn above(&self, line: &str) {
        // a terminal that has gone away shows nothing, and the wait goes on
        let _ = self.screen.println(line);
    }

    /// What is said of a job's end, where there is no row to show it.
    pub(super) fn end_line(&self, jobs: &Jobs, position: usize) -> Option<String> {
        if jobs.all.len() == 1 || rows::each_has_a_row(jobs, self.size()) {
            return None;
        }
        let job = jobs.all.get(position)?;
        let status = output::status(&job.last.as_ref()?.processing_status, self.colours);
        Some(format!("{}: {status}", job.id))
    }

    pub(super) fn clear(&self) {
        let _ = self.screen.clear();
    }

    /// The terminal as it is now. One that does not know its size is taken for 80 x 24.
    fn size(&self) -> Screen {
        let (height, width) = Term::stderr().size();
        Screen { width: usize::from(width), height: usize::from(height), colours: self.colours }
    }
}

fn show(bar: &ProgressBar, row: Row) {
    let template = if row.bar.is_some() { "{prefix} [{wide_bar}] {msg}" } else { "{msg}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=>-"));
    }
    let (done, of) = row.bar.unwrap_or_default();
    bar.set_prefix(row.label);
    // of nothing nothing is done, rather than everything
    bar.set_length(of.max(1));
    bar.set_position(done);
    bar.set_message(row.text);
}
