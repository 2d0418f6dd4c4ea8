//! What each command does: ask, print, and say with the exit code how it went.

use std::io;
use std::ops::ControlFlow;

use clap::CommandFactory;
use serde::Serialize;
use unstructured_jobs::{Client, Error, ErrorKind, EventKind, FailedFile, Outcome, WaitOptions};

use crate::args::{Args, Command, Format, Manner, Pace};
use crate::connect::{self, Failure};
use crate::progress::Progress;
use crate::signals::Watch;
use crate::{exit, logging, man, output, table};

/// Runs the command and returns the exit code.
pub(crate) fn run(args: Args, signals: &Watch) -> i32 {
    let Args { command, service, manner } = args;
    let connect = || {
        let client = connect::client(&service)?;
        signals.guard(&client);
        Ok(client)
    };
    let done = match command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "unstructured-jobs", &mut script);
            Ok(output::answer(&script, exit::OK))
        }
        Command::Man => match man::page() {
            Ok(page) => Ok(output::answer(&page, exit::OK)),
            Err(error) => Err(Failure { code: exit::INTERNAL, sentence: format!("cannot make the page: {error}") }),
        },
        Command::Details { job_id } => {
            logging::start(manner.verbose, None);
            connect().and_then(|client| details(&client, &job_id, manner))
        }
        Command::FailedFiles { job_id } => {
            logging::start(manner.verbose, None);
            connect().and_then(|client| failed_files(&client, &job_id, manner))
        }
        Command::Wait { job_ids, pace } => connect().and_then(|client| wait(&client, &job_ids, &pace, manner)),
    };
    match (done, signals.received()) {
        (Ok(code), _) => code,
        (Err(_), Some((signal, code))) => {
            output::complain(&format!("interrupted by {signal}; what was asked about goes on"));
            code
        }
        (Err(failure), None) => {
            output::complain(&failure.sentence);
            failure.code
        }
    }
}

fn details(client: &Client, job_id: &str, manner: Manner) -> Result<i32, Failure> {
    let details = client.job_details(job_id).map_err(|error| of_job(job_id, error))?;
    let text = print(&details, manner, table::details);
    Ok(output::answer(text?.as_bytes(), exit::OK))
}

fn failed_files(client: &Client, job_id: &str, manner: Manner) -> Result<i32, Failure> {
    /// The service's own shape.
    #[derive(Serialize)]
    struct Answer {
        failed_files: Vec<FailedFile>,
    }
    let failed_files = client.failed_files(job_id).map_err(|error| of_job(job_id, error))?;
    let text = print(&Answer { failed_files }, manner, |answer, _| table::failed_files(&answer.failed_files))?;
    Ok(output::answer(text.as_bytes(), exit::OK))
}

fn wait(client: &Client, job_ids: &[String], pace: &Pace, manner: Manner) -> Result<i32, Failure> {
    let options = options(pace);
    // a wait for nothing sends nothing, but judges its options
    client.wait_all(&[] as &[&str], &options, |_| ControlFlow::Continue(())).map_err(|error| of_pace(pace, &error))?;

    let progress = Progress::new(job_ids, manner.quiet);
    logging::start(manner.verbose, Some(progress.clone()));
    let outcomes = client.wait_all(job_ids, &options, |event| {
        if let (EventKind::Responded | EventKind::Ended, Some(details)) = (event.kind, &event.details) {
            Progress::answered(&progress, event.index, details);
        }
        ControlFlow::Continue(())
    });
    Progress::finish(&progress);
    let outcomes = outcomes.map_err(|error| match unusable(client, job_ids) {
        Some(job_id) => of_job(job_id, error),
        None => error.into(),
    })?;
    report(outcomes, manner)
}

/// Prints the last details of every job that answered, then what is wrong with those that failed.
fn report(outcomes: Vec<Outcome>, manner: Manner) -> Result<i32, Failure> {
    let mut text = String::new();
    let mut codes = Vec::with_capacity(outcomes.len());
    let mut complaints = Vec::new();
    for Outcome { job_id, details, error, .. } in outcomes {
        match (error, &details) {
            (Some(error), _) if error.kind() == ErrorKind::Cancelled => return Err(error.into()),
            (Some(error), _) => {
                codes.push(exit::of_error(&error));
                complaints.push(of_job(&job_id, error).sentence);
            }
            (None, Some(details)) => {
                codes.push(exit::of_end(&details.processing_status).unwrap_or(exit::INTERNAL));
            }
            (None, None) => codes.push(exit::INTERNAL),
        }
        if let Some(details) = details {
            let table_before = manner.format() == Format::Table && !text.is_empty();
            text.push_str(if table_before { "\n" } else { "" });
            text.push_str(&print(&*details, manner, table::details)?);
        }
    }
    let code = output::answer(text.as_bytes(), exit::worst(codes));
    for complaint in complaints {
        output::complain(&complaint);
    }
    Ok(code)
}

impl Manner {
    fn format(self) -> Format {
        use std::io::IsTerminal;
        self.output.unwrap_or(if io::stdout().is_terminal() { Format::Table } else { Format::Json })
    }
}

/// The whole text of an answer.
fn print<T: Serialize>(answer: &T, manner: Manner, table: impl Fn(&T, bool) -> String) -> Result<String, Failure> {
    if manner.format() == Format::Table {
        return Ok(table(answer, output::has_colours(&io::stdout())));
    }
    match serde_json::to_string(answer) {
        Ok(json) => Ok(json + "\n"),
        Err(error) => Err(Failure { code: exit::INTERNAL, sentence: format!("cannot write JSON: {error}") }),
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

/// The library's first pause and its longest.
const DEFAULT_INTERVAL: std::time::Duration = std::time::Duration::from_secs(1);
const DEFAULT_MAX_INTERVAL: std::time::Duration = std::time::Duration::from_secs(15);

/// Names the options that the error comes from.
fn of_pace(pace: &Pace, error: &Error) -> Failure {
    let options = match (pace.interval, pace.max_interval) {
        (Some(_), Some(_)) => "--interval and --max-interval",
        (Some(_), None) => "--interval",
        _ => "--max-interval",
    };
    Failure::usage(format!("{options}: {error}"))
}

/// Names the job, where the error does not: its URL holds the job's id.
fn of_job(job_id: &str, error: Error) -> Failure {
    let unusable = error.kind() == ErrorKind::InvalidArgument;
    let unnamed = !error.to_string().contains(&format!("/{job_id}/"));
    let mut failure = Failure::from(error);
    if unusable {
        let cut: String = job_id.chars().take(64).collect();
        failure.sentence = format!("JOB_ID {cut:?}: {}", failure.sentence);
    } else if unnamed {
        failure.sentence = format!("{job_id}: {}", failure.sentence);
    }
    failure
}

/// The first id that the library would refuse. A client that was shut down sends nothing any more, but judges ids.
fn unusable<'a>(client: &Client, job_ids: &'a [String]) -> Option<&'a str> {
    client.shutdown();
    let refused = |id: &&String| client.job_details(id).is_err_and(|error| error.kind() == ErrorKind::InvalidArgument);
    job_ids.iter().find(refused).map(String::as_str)
}
