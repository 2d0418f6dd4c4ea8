//! `wait`: polls until every job has ended, and shows how it goes meanwhile.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::time::Duration;

use unstructured_jobs::{Client, Error, ErrorKind, EventKind, WaitOptions};

use crate::args::{Manner, Pace, Waiting};
use crate::connect::Connection;
use crate::events::Events;
use crate::failure::Failure;
use crate::logging;
use crate::progress::Progress;
use crate::report::Report;
use crate::signals::Signals;

/// The library's first pause and its longest.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);
const DEFAULT_MAX_INTERVAL: Duration = Duration::from_secs(15);

pub(crate) fn run(
    connection: &Connection,
    signals: &Signals,
    job_ids: &[String],
    wait: &Waiting,
    manner: Manner,
) -> Result<i32, Failure> {
    let &Connection { ref client, circumstances } = connection;
    let options = options(&wait.pace);
    // a wait for nothing sends nothing, but judges its options
    client
        .wait_all(&[] as &[&str], &options, |_| ControlFlow::Continue(()))
        .map_err(|error| of_pace(&wait.pace, &error))?;
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
    let outcomes = outcomes.map_err(|error| match unusable(client, job_ids) {
        Some(job_id) => Failure::of_job(job_id, &error, circumstances),
        None => Failure::of_error(&error, circumstances),
    })?;
    Report { connection, manner, only_ended, failed_files: wait.failed_files, prints_nothing: to_stdout }
        .print(&outcomes)
}

fn options(pace: &Pace) -> WaitOptions {
    let mut options = WaitOptions::new();
    if let Some(timeout) = pace.timeout {
        options = options.timeout(timeout);
    }
    if let Some(interval) = pace.interval {
        options = options.initial_interval(interval);
        if pace.max_interval.is_none() && interval > DEFAULT_MAX_INTERVAL {
            // whoever asks for longer pauses means all of them
            options = options.max_interval(interval);
        }
    }
    if let Some(interval) = pace.max_interval {
        options = options.max_interval(interval);
        if pace.interval.is_none() && interval < DEFAULT_INTERVAL {
            options = options.initial_interval(interval);
        }
    }
    if let Some(outage) = pace.max_outage {
        options = options.max_outage(outage);
    }
    options
}

/// Names the options that the error comes from.
fn of_pace(pace: &Pace, error: &Error) -> Failure {
    let options = match (pace.interval, pace.max_interval) {
        (Some(_), Some(_)) => "--interval and --max-interval",
        (Some(_), None) => "--interval",
        _ => "--max-interval",
    };
    Failure::usage(format!("{options}: {error:#}"))
}

/// The first id that the library would refuse. A client that was shut down sends nothing any more, but judges ids.
fn unusable<'a>(client: &Client, job_ids: &'a [String]) -> Option<&'a str> {
    client.shutdown();
    let refused = |id: &&String| client.job_details(id).is_err_and(|error| error.kind() == ErrorKind::InvalidArgument);
    job_ids.iter().find(refused).map(String::as_str)
}
