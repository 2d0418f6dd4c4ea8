//! What a wait ends with: the last details of its jobs, what is wrong with those that failed, and the exit code.

use std::io;

use serde::Serialize;
use unstructured_jobs::{ErrorKind, FailedFile, JobDetails, Outcome};

use crate::args::{Format, Manner};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::{exit, output, table};

/// More jobs than this get one table instead of one each.
const MOST_TABLES: usize = 4;

/// What is to be printed, and of which jobs.
pub(crate) struct Report<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) manner: Manner,
    /// The wait was for the first job that ended, and one has: nothing is said of the others, unless they failed.
    pub(crate) only_ended: bool,
    /// Ask which documents of a job failed that did not end well.
    pub(crate) failed_files: bool,
    /// Standard output has the events: nothing else is printed there.
    pub(crate) prints_nothing: bool,
}

/// The details as the service sends them, and one more field.
#[derive(Serialize)]
struct WithFailedFiles<'a> {
    #[serde(flatten)]
    details: &'a JobDetails,
    failed_files: &'a [FailedFile],
}

impl Report<'_> {
    /// Prints the last details of every job that there are any of, then what is wrong with those that failed.
    pub(crate) fn print(&self, outcomes: &[Outcome]) -> Result<i32, Failure> {
        let (mut ends, mut errors) = (Vec::new(), Vec::new());
        let mut complaints = Complaints::default();
        for outcome in outcomes {
            match &outcome.error {
                Some(error) if error.kind() == ErrorKind::Cancelled && self.only_ended => {}
                Some(error) if error.kind() == ErrorKind::Cancelled => return Err(self.failure(outcome, error)),
                Some(error) => {
                    errors.push(exit::of_error(error));
                    complaints.add(&outcome.job_id, self.failure(outcome, error));
                }
                None => {
                    let end = outcome.details.as_ref().and_then(|details| exit::of_end(&details.processing_status));
                    ends.push(end.unwrap_or(exit::INTERNAL));
                }
            }
        }
        let shown: Vec<&Outcome> =
            outcomes.iter().filter(|outcome| !self.only_ended || outcome.error.is_none()).collect();
        let text = if self.prints_nothing { String::new() } else { self.text(&shown, &mut complaints)? };
        // the end that was waited for has come, whatever became of the other jobs
        let code = exit::worst(if self.only_ended { ends } else { [ends, errors].concat() });
        let code = output::result(text.as_bytes(), code);
        complaints.say();
        Ok(code)
    }

    fn text(&self, outcomes: &[&Outcome], complaints: &mut Complaints) -> Result<String, Failure> {
        let as_table = self.manner.format() == Format::Table;
        let summed_up = as_table && outcomes.len() > MOST_TABLES;
        let mut parts = Vec::new();
        if summed_up {
            parts.push(table::summary(outcomes, output::has_colours(&io::stdout())));
        }
        for outcome in outcomes {
            let Some(details) = &outcome.details else { continue };
            let files = self.files(outcome, complaints)?;
            if as_table {
                if !summed_up {
                    parts.push(output::print(&**details, self.manner, table::details)?);
                }
                let heading = if summed_up { format!("{}\n", output::escape(&outcome.job_id)) } else { String::new() };
                parts.extend(files.map(|files| heading + &table::failed_files(&files)));
            } else {
                parts.push(match &files {
                    Some(files) => output::json(&WithFailedFiles { details, failed_files: files })?,
                    None => output::json(&**details)?,
                });
            }
        }
        Ok(parts.join(if as_table { "\n" } else { "" }))
    }

    /// Which documents failed, if that is to be asked and can be. If that fails, the job's end is reported all the same.
    fn files(&self, outcome: &Outcome, complaints: &mut Complaints) -> Result<Option<Vec<FailedFile>>, Failure> {
        let ended = outcome.details.as_ref().filter(|_| outcome.error.is_none());
        if !self.failed_files || ended.is_none_or(|details| details.processing_status.is_success()) {
            return Ok(None);
        }
        match self.connection.client.failed_files(&outcome.job_id) {
            Ok(files) => Ok(Some(files)),
            Err(error) if error.kind() == ErrorKind::Cancelled => Err(self.failure(outcome, &error)),
            Err(error) => {
                complaints.add(&outcome.job_id, self.failure(outcome, &error));
                Ok(None)
            }
        }
    }

    fn failure(&self, outcome: &Outcome, error: &unstructured_jobs::Error) -> Failure {
        Failure::of_job(&outcome.job_id, error, self.connection.circumstances)
    }
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
        let alike = of_any_job(&failure.sentence.replace(&format!("{job_id}: "), ""));
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

/// The sentence without the id in its URL: a refused key was found out about one job, and holds for all.
fn of_any_job(sentence: &str) -> String {
    const JOBS: &str = "/api/v1/jobs/";
    let parts = sentence.rsplit_once(JOBS).and_then(|(before, rest)| Some((before, rest.split_once('/')?.1)));
    parts.map_or_else(|| sentence.to_owned(), |(before, after)| format!("{before}{JOBS}…/{after}"))
}
