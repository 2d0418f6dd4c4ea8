//! `wait`: polls until every job has ended, and shows how it goes meanwhile.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;

use unstructured_jobs::{Error, EventKind, WaitOptions};

use crate::args::{Manner, Pace, Waiting};
use crate::connect::Connection;
use crate::events::Events;
use crate::failure::Failure;
use crate::logging;
use crate::progress::Progress;
use crate::report::Report;
use crate::signals::Signals;

pub(crate) fn run(
    connection: &Connection,
    signals: &Signals,
    job_ids: &[String],
    wait: &Waiting,
    manner: Manner,
) -> Result<i32, Failure> {
    let &Connection { ref client, circumstances } = connection;
    let options = options(&wait.pace);
    options.validate().map_err(|error| of_pace(&wait.pace, &error))?;
    let mut events = wait.events.as_deref().map(Events::open).transpose()?;

    let to_stdout = wait.events.as_deref().is_some_and(|path| path.as_os_str() == "-");
    // lines of events would run into the rows
    let progress = Progress::new(job_ids, manner.quiet || (to_stdout && io::stdout().is_terminal()));
    if progress.draws() {
        signals.heed_terminal(&progress);
    }
    if manner.verbose {
        logging::start(Some(&progress));
    }
    let mut only_ended = false;
    let outcomes = client.wait_all(job_ids, &options, |event| {
        progress.event(event);
        if let Some(events) = &mut events {
            events.write(event);
        }
        only_ended |= wait.any && event.kind == EventKind::Ended;
        if only_ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.finish();
    let outcomes = outcomes.map_err(|error| Failure::of_error(&error, circumstances))?;
    Report { connection, manner, only_ended, failed_files: wait.failed_files, prints_nothing: to_stdout }
        .print(&outcomes)
}

fn options(pace: &Pace) -> WaitOptions {
    let mut options = WaitOptions::new();
    if let Some(timeout) = pace.timeout {
        options = options.timeout(timeout);
    }
    if let Some(outage) = pace.max_outage {
        options = options.max_outage(outage);
    }
    if let Some(time) = pace.until_exists {
        options = options.until_exists(time);
    }
    // if only one of the two is given, the default of the other gives way: all pauses are then the same
    let (first, longest) = (options.get_initial_interval(), options.get_max_interval());
    let (first, longest) = match (pace.interval, pace.max_interval) {
        (Some(first), Some(longest)) => (first, longest),
        (Some(first), None) => (first, longest.max(first)),
        (None, Some(longest)) => (first.min(longest), longest),
        (None, None) => (first, longest),
    };
    options.initial_interval(first).max_interval(longest)
}

/// Names the options that the error comes from.
fn of_pace(pace: &Pace, error: &Error) -> Failure {
    let options = match (pace.interval, pace.max_interval) {
        (Some(first), Some(longest)) if first > longest => "--interval and --max-interval",
        (Some(_), _) if error.setting() == Some("initial_interval") => "--interval",
        _ => "--max-interval",
    };
    Failure::usage(format!("{options}: {error:#}"))
}
