//! `wait`: polls until every job has ended, shows how it goes meanwhile, and prints what came of it.

use std::ops::ControlFlow;
use std::time::Duration;

use unstructured_jobs::{Client, Error, ErrorKind, Outcome, WaitOptions};

use crate::args::{Format, Manner, Pace};
use crate::connect::Connection;
use crate::failure::{Circumstances, Failure};
use crate::progress::Progress;
use crate::signals::Signals;
use crate::{exit, logging, output, table};

/// More jobs than this get one table instead of one each.
const MOST_TABLES: usize = 4;

/// The library's first pause and its longest.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);
const DEFAULT_MAX_INTERVAL: Duration = Duration::from_secs(15);

pub(crate) fn run(
    connection: &Connection,
    signals: &Signals,
    job_ids: &[String],
    pace: &Pace,
    manner: Manner,
) -> Result<i32, Failure> {
    let &Connection { ref client, circumstances } = connection;
    let options = options(pace);
    // a wait for nothing sends nothing, but judges its options
    client.wait_all(&[] as &[&str], &options, |_| ControlFlow::Continue(())).map_err(|error| of_pace(pace, &error))?;

    let progress = Progress::new(job_ids, manner.quiet);
    if progress.draws() {
        signals.heed_terminal(&progress);
    }
    if manner.verbose {
        logging::start(Some(&progress));
    }
    let outcomes = client.wait_all(job_ids, &options, |event| {
        progress.event(event);
        ControlFlow::Continue(())
    });
    progress.finish();
    let outcomes = outcomes.map_err(|error| match unusable(client, job_ids) {
        Some(job_id) => Failure::of_job(job_id, &error, circumstances),
        None => Failure::of_error(&error, circumstances),
    })?;
    report(&outcomes, circumstances, manner)
}

/// Prints the last details of every job that there are any of, then what is wrong with those that failed.
fn report(outcomes: &[Outcome], circumstances: Circumstances, manner: Manner) -> Result<i32, Failure> {
    let mut codes = Vec::with_capacity(outcomes.len());
    let mut complaints = Complaints::default();
    for outcome in outcomes {
        match (&outcome.error, &outcome.details) {
            (Some(error), _) if error.kind() == ErrorKind::Cancelled => {
                return Err(Failure::of_error(error, circumstances));
            }
            (Some(error), _) => {
                codes.push(exit::of_error(error));
                complaints.add(&outcome.job_id, Failure::of_job(&outcome.job_id, error, circumstances));
            }
            (None, details) => {
                let end = details.as_ref().and_then(|details| exit::of_end(&details.processing_status));
                codes.push(end.unwrap_or(exit::INTERNAL));
            }
        }
    }
    let text = if manner.format() == Format::Table && outcomes.len() > MOST_TABLES {
        table::summary(outcomes, output::has_colours(&std::io::stdout()))
    } else {
        let details = outcomes.iter().filter_map(|outcome| outcome.details.as_deref());
        let each: Result<Vec<String>, Failure> =
            details.map(|details| output::print(details, manner, table::details)).collect();
        each?.join(if manner.format() == Format::Table { "\n" } else { "" })
    };
    let code = output::result(text.as_bytes(), exit::worst(codes));
    complaints.say();
    Ok(code)
}

/// What is to be said of the jobs that failed, the same things once.
#[derive(Default)]
struct Complaints {
    /// What they say of any job, the first job's own words, and of which jobs.
    all: Vec<(String, String, Vec<String>)>,
    hints: Vec<&'static str>,
}

impl Complaints {
    fn add(&mut self, job_id: &str, failure: Failure) {
        let alike = failure.sentence.replace(&format!("/{job_id}/"), "/…/").replace(&format!("{job_id}: "), "");
        match self.all.iter_mut().find(|(known, ..)| *known == alike) {
            Some((_, _, jobs)) => jobs.push(job_id.to_owned()),
            None => self.all.push((alike, failure.sentence, vec![job_id.to_owned()])),
        }
        self.hints.extend(failure.hint.filter(|hint| !self.hints.contains(hint)));
    }

    fn say(self) {
        for (alike, sentence, jobs) in self.all {
            match &*jobs {
                [_] => output::complain(&sentence),
                jobs => output::complain(&format!("{alike}\n  of {} jobs: {}", jobs.len(), jobs.join(", "))),
            }
        }
        for hint in self.hints {
            output::hint(hint);
        }
    }
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
    Failure::usage(format!("{options}: {error}"))
}

/// The first id that the library would refuse. A client that was shut down sends nothing any more, but judges ids.
fn unusable<'a>(client: &Client, job_ids: &'a [String]) -> Option<&'a str> {
    client.shutdown();
    let refused = |id: &&String| client.job_details(id).is_err_and(|error| error.kind() == ErrorKind::InvalidArgument);
    job_ids.iter().find(refused).map(String::as_str)
}
