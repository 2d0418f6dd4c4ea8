//! What each command does: ask, print, and say with the exit code how it went.

use std::slice::from_ref;

use clap::CommandFactory;
use serde::Serialize;
use unstructured_jobs::{FailedFile, JobId};

use crate::args::{Args, Command, Manner};
use crate::connect::{self, Connection};
use crate::failure::{Circumstances, Failure};
use crate::signals::Signals;
use crate::{exit, logging, man, output, table, wait};

/// Runs the command and returns the exit code.
pub(crate) fn run(args: Args, signals: &Signals) -> i32 {
    let Args { command, service, manner } = args;
    let goes_on = match &command {
        Command::Wait { job_ids, .. } if job_ids.len() > 1 => "; the jobs go on",
        Command::Wait { .. } => "; the job goes on",
        _ => "",
    };
    let connect = |job_ids: &[String]| {
        for id in job_ids {
            let judged = id.parse::<JobId>();
            judged.map_err(|error| Failure::of_job(id, &error, Circumstances::default()))?;
        }
        let connection = connect::connect(&service)?;
        signals.guard(&connection.client);
        Ok(connection)
    };
    if manner.verbose && !matches!(command, Command::Wait { .. }) {
        logging::start(None);
    }
    let done = match command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "unstructured-jobs", &mut script);
            Ok(output::result(&script, exit::OK))
        }
        Command::Man => match man::page() {
            Ok(page) => Ok(output::result(&page, exit::OK)),
            Err(error) => Err(Failure::internal(format!("cannot make the page: {error}"))),
        },
        Command::Details { job_id } => {
            connect(from_ref(&job_id)).and_then(|connection| details(&connection, &job_id, manner))
        }
        Command::FailedFiles { job_id } => {
            connect(from_ref(&job_id)).and_then(|connection| failed_files(&connection, &job_id, manner))
        }
        Command::Files { job_id } => {
            connect(from_ref(&job_id)).and_then(|connection| files(&connection, &job_id, manner))
        }
        Command::Wait { job_ids, wait } => {
            connect(&job_ids).and_then(|connection| wait::run(&connection, signals, &job_ids, &wait, manner))
        }
    };
    match (done, signals.received()) {
        (Ok(code), _) => code,
        (Err(_), Some((signal, code))) => {
            output::complain(&format!("interrupted by {signal}{goes_on}"));
            code
        }
        (Err(failure), None) => {
            output::complain(&failure.text());
            failure.code
        }
    }
}

fn details(connection: &Connection, job_id: &str, manner: Manner) -> Result<i32, Failure> {
    let Connection { client, circumstances } = connection;
    let details = client.job_details(job_id).map_err(|error| Failure::of_job(job_id, &error, *circumstances))?;
    let text = output::print(&details, manner, table::details)?;
    Ok(output::result(text.as_bytes(), exit::OK))
}

fn failed_files(connection: &Connection, job_id: &str, manner: Manner) -> Result<i32, Failure> {
    /// The service's own shape.
    #[derive(Serialize)]
    struct Response {
        failed_files: Vec<FailedFile>,
    }
    let Connection { client, circumstances } = connection;
    let failed_files = client.failed_files(job_id).map_err(|error| Failure::of_job(job_id, &error, *circumstances))?;
    let response = Response { failed_files };
    let text = output::print(&response, manner, |response, _| table::failed_files(&response.failed_files))?;
    Ok(output::result(text.as_bytes(), exit::OK))
}

fn files(connection: &Connection, job_id: &str, manner: Manner) -> Result<i32, Failure> {
    let Connection { client, circumstances } = connection;
    let statuses = client.file_statuses(job_id).map_err(|error| Failure::of_job(job_id, &error, *circumstances))?;
    let text = output::print(&statuses, manner, table::files)?;
    Ok(output::result(text.as_bytes(), exit::OK))
}
