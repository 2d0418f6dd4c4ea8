//! `--events`: a line of JSON for every event of a wait. What its fields mean stands in the manual
//! (man.rs), and stays.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use unstructured_jobs::{Event, EventKind, NodeTotals};

use crate::failure::Failure;
use crate::{exit, output};

/// Where the lines go.
pub(crate) struct Events {
    to: Box<dyn Write>,
    /// They cannot be written any more, which was said.
    broken: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    job_id: &'a str,
    event: &'static str,
    status: Option<&'a str>,
    counts: Option<Counts>,
    fraction_done: Option<f64>,
    error: Option<Problem>,
    failures: u32,
    next_poll_in_ms: Option<u64>,
}

#[derive(Serialize)]
struct Counts {
    ready: u64,
    in_progress: u64,
    success: u64,
    failure: u64,
}

#[derive(Serialize)]
struct Problem {
    code: String,
    message: String,
    http_status: Option<u16>,
    retryable: bool,
    exit_code: i32,
}

impl Events {
    /// To the end of the file, or to standard output if the path is `-`.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let to: Box<dyn Write> = if path.as_os_str() == "-" {
            Box::new(io::stdout())
        } else {
            let file = File::options().append(true).create(true).open(path);
            Box::new(file.map_err(|error| {
                Failure::usage(format!("--events: the file {path:?} cannot be written: {}", output::words(&error)))
            })?)
        };
        Ok(Self { to, broken: false })
    }

    /// Writes a line. Lines that cannot be written are told of once, and the wait goes on: what it is for is how the jobs
    /// end. A pipe that was closed had read enough.
    pub(crate) fn write(&mut self, event: &Event) {
        if self.broken {
            return;
        }
        let written = serde_json::to_string(&line(event, SystemTime::now()))
            .map_err(io::Error::from)
            .and_then(|line| self.to.write_all((output::harmless(line) + "\n").as_bytes()))
            .and_then(|()| self.to.flush());
        if let Err(error) = written {
            self.broken = true;
            if error.kind() != ErrorKind::BrokenPipe {
                output::complain(&format!("--events: no line can be written any more: {error}"));
            }
        }
    }
}

fn line(event: &Event, now: SystemTime) -> Line<'_> {
    let details = event.details.as_deref();
    Line {
        time: rfc3339(now),
        job_id: &event.job_id,
        event: match event.kind {
            EventKind::Responded => "responded",
            EventKind::Ended => "ended",
            EventKind::Failed => "failed",
            EventKind::GaveUp => "gave_up",
            _ => "other",
        },
        status: details.map(|details| details.processing_status.as_str()),
        counts: details.map(|details| {
            let NodeTotals { ready, in_progress, success, failure, .. } = details.totals();
            Counts { ready, in_progress, success, failure }
        }),
        fraction_done: details.and_then(unstructured_jobs::JobDetails::fraction_done),
        error: event.error.as_ref().map(|error| Problem {
            code: upper_snake(&format!("{:?}", error.kind())),
            message: format!("{error:#}"),
            http_status: error.http_status(),
            retryable: error.is_retryable(),
            exit_code: exit::of_error(error),
        }),
        failures: event.failures,
        next_poll_in_ms: event.next_poll_in.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
    }
}

/// The name of a kind of error as C has it (`RATE_LIMITED`), from Rust's (`RateLimited`).
fn upper_snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}

/// A time in UTC, to the millisecond.
fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant's `civil_from_days`: years begin in March, so that
/// the leap day is their last).
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (400 * era + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        // from `date --utc --date=@…`
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_868_800, "2000-03-01T00:00:00.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (1_709_164_800, "2024-02-29T00:00:00.007Z"),
            (1_767_225_599, "2025-12-31T23:59:59.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(7);
            assert_eq!(rfc3339(time), text);
        }
    }

    #[test]
    fn kinds_have_the_names_of_c() {
        assert_eq!(upper_snake("RateLimited"), "RATE_LIMITED");
        assert_eq!(upper_snake("Dns"), "DNS");
    }
}
