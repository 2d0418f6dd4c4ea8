//! What is learnt of a job that is waited for, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::types::JobDetails;

/// What an [`Event`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// The service responded, and the job goes on.
    Responded,
    /// The service responded, and the job has ended, whatever the end: the last event of this job.
    Ended,
    /// A poll failed, and the job will be polled again.
    Failed,
    /// The job will not be polled again, although it is not known to have ended: the last event of this job.
    GaveUp,
}

/// What one poll of a job brought.
///
/// A clone is cheap: it shares the job's id and details.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The job's id, as it was given.
    pub job_id: Arc<str>,
    /// The place of the id among those that are waited for, the first one if it is there more than once.
    pub index: usize,
    /// The details that the service sent last: just now with `Responded` and `Ended`, before that with `Failed` and
    /// `GaveUp`. None if it has not sent any.
    pub details: Option<Arc<JobDetails>>,
    /// What failed, with `Failed` and `GaveUp`.
    pub error: Option<Error>,
    /// How many polls of this job have failed in a row.
    pub failures: u32,
    /// How long until the job is polled again; none after its last poll.
    pub next_poll_in: Option<Duration>,
}

/// What came of one job that was waited for together with others.
///
/// Without an `error` the job has ended, whatever the end, and there are `details`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// The job's id, as it was given.
    pub job_id: Arc<str>,
    /// The details that the service sent last, also if there is an error. None if it has not sent any.
    pub details: Option<Arc<JobDetails>>,
    /// Why it is not known that the job has ended.
    pub error: Option<Error>,
}

impl Outcome {
    /// The details of the job's end, or why it is not known that it has ended.
    pub fn into_result(self) -> Result<JobDetails, Error> {
        match (self.error, self.details) {
            (Some(error), _) => Err(error),
            (None, Some(details)) => Ok(Arc::unwrap_or_clone(details)),
            (None, None) => Err(Error::new(ErrorKind::Internal, "the wait ended without an outcome")),
        }
    }
}
