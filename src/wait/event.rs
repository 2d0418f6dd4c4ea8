//! What is learnt of a job that is waited for, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::types::JobDetails;

/// What an [`Event`] says.
///
/// ```
/// use std::ops::ControlFlow;
/// use unstructured_jobs::{Event, EventKind};
///
/// fn observe(event: &Event) -> ControlFlow<()> {
///     match event.kind {
///         EventKind::Failed => eprintln!("{}: poll {} in a row failed", event.job_id, event.failures),
///         EventKind::GaveUp => eprintln!("{}: given up", event.job_id),
///         _ => {}
///     }
///     ControlFlow::Continue(())
/// }
/// ```
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
///
/// ```no_run
/// use std::ops::ControlFlow;
/// use unstructured_jobs::WaitOptions;
///
/// # let client = unstructured_jobs::Client::from_env()?;
/// client.wait("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e", &WaitOptions::new(), |event| {
///     let status = event.details.as_ref().map_or("no response yet", |details| details.processing_status.as_str());
///     println!("{}: {status}, next poll in {:?}", event.job_id, event.next_poll_in);
///     ControlFlow::Continue(())
/// })?;
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
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
///
/// ```no_run
/// use std::ops::ControlFlow;
/// use unstructured_jobs::WaitOptions;
///
/// # let client = unstructured_jobs::Client::from_env()?;
/// let outcomes = client.wait_all(&["b2c3d4e5", "c3d4e5f6"], &WaitOptions::new(), |_| ControlFlow::Continue(()))?;
/// let unknown = outcomes.iter().filter(|outcome| outcome.error.is_some()).count();
/// println!("{unknown} of {} jobs are not known to have ended", outcomes.len());
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
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
    ///
    /// ```no_run
    /// use std::ops::ControlFlow;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// for outcome in client.wait_all(&["b2c3d4e5", "c3d4e5f6"], &WaitOptions::new(), |_| ControlFlow::Continue(()))? {
    ///     println!("{}", outcome.into_result()?.processing_status); // the first failure ends the loop
    /// }
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn into_result(self) -> Result<JobDetails, Error> {
        match (self.error, self.details) {
            (Some(error), _) => Err(error),
            (None, Some(details)) => Ok(Arc::unwrap_or_clone(details)),
            (None, None) => Err(Error::new(ErrorKind::Internal, "the wait ended without an outcome")),
        }
    }
}
