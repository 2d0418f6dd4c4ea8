//! The client: everything that can be asked of it.

use std::fmt;
use std::ops::ControlFlow;

use crate::cancel::CancelToken;
use crate::config::Builder;
use crate::decode;
use crate::endpoint::Resource;
use crate::error::{Error, ErrorKind};
use crate::service::Service;
use crate::types::{FailedFile, FileStatuses, JobDetails};
use crate::wait::{self, Event, Outcome, WaitOptions};

/// Asks the Unstructured Platform about jobs.
///
/// Blocking, `Send + Sync`, cheap to clone: clones share their connections, which are kept alive between calls. A call
/// that finds a kept connection starts no thread and looks no name up.
///
/// ```no_run
/// use unstructured_jobs::Client;
///
/// let client = Client::from_env()?; // once; it serves every thread of the program
/// std::thread::scope(|scope| {
///     for job_id in ["b2c3d4e5", "c3d4e5f6"] {
///         let client = &client;
///         scope.spawn(move || println!("{job_id}: {:?}", client.job_details(job_id)));
///     }
/// });
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    service: Service,
}

impl Client {
    /// A client with the default settings, the key from `UNSTRUCTURED_API_KEY` and the base URL from
    /// `UNSTRUCTURED_API_URL`, if that is set. Sends nothing.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) naming the variable and what is wrong with it.
    ///
    /// ```no_run
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::from_env()?;
    /// println!("{}", client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?.processing_status);
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        Builder::from_env().build()
    }

    /// Settings to make a client from.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").max_retries(0).build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The same client, every call of which `token` ends too: at once, from any thread, asleep or blocked in the
    /// network, with [`Cancelled`](ErrorKind::Cancelled). Once the token is cancelled, calls made later send nothing.
    /// No other call is disturbed: the connection of one that was cut short is closed, the others are kept.
    ///
    /// Costs one allocation; shares connections, settings and [`shutdown`](Self::shutdown) with this one, and obeys the
    /// tokens that this one was given before.
    ///
    /// ```no_run
    /// use unstructured_jobs::{CancelToken, Client, ErrorKind};
    ///
    /// let client = Client::from_env()?;
    /// let token = CancelToken::new();
    /// std::thread::scope(|scope| {
    ///     let call = scope.spawn(|| client.with_cancel_token(&token).job_details("b2c3d4e5"));
    ///     token.cancel(); // of no more interest
    ///     assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    /// });
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    #[must_use = "calls on the client itself do not heed the token"]
    pub fn with_cancel_token(&self, token: &CancelToken) -> Self {
        Self { service: self.service.with_cancel_token(token) }
    }

    /// Asks once how the job is doing, with retries as configured.
    ///
    /// `job_id`: 1 to 128 letters, digits, `-` and `_`. Returns within the timeout.
    ///
    /// # Errors
    /// Any kind; [`Decode`](ErrorKind::Decode) also when the response is about another job.
    ///
    /// ```no_run
    /// use unstructured_jobs::{Client, ErrorKind};
    ///
    /// let client = Client::from_env()?;
    /// match client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e") {
    ///     Ok(details) => println!("{} is {}", details.id, details.processing_status),
    ///     Err(error) if error.kind() == ErrorKind::NotFound => println!("there is no such job"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn job_details(&self, job_id: impl AsRef<str>) -> Result<JobDetails, Error> {
        self.service.poll(job_id.as_ref(), self.service.budget())
    }

    /// Asks which documents of the job failed, and why: the next question after an end that is not `SUCCESS`.
    ///
    /// # Errors
    /// As [`job_details`](Self::job_details).
    ///
    /// ```no_run
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// for file in client.failed_files("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")? {
    ///     eprintln!("{}: {}", file.document, file.error);
    /// }
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn failed_files(&self, job_id: impl AsRef<str>) -> Result<Vec<FailedFile>, Error> {
        self.service.get(job_id.as_ref(), Resource::FailedFiles, self.service.budget(), decode::failed_files)
    }

    /// Asks where each file of the job is: which node has it, how often that has tried, and for how long. It shows
    /// which document a job is stuck on; whether the job has ended is for its details to say.
    ///
    /// The service allows 12 such calls a minute for each job, so this is no call to poll with.
    ///
    /// # Errors
    /// As [`job_details`](Self::job_details).
    ///
    /// ```no_run
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// for file in client.file_statuses("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?.files {
    ///     println!("{}: {}", file.document, file.status);
    /// }
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn file_statuses(&self, job_id: impl AsRef<str>) -> Result<FileStatuses, Error> {
        let job_id = job_id.as_ref();
        self.service
            .get(job_id, Resource::FileStatus, self.service.budget(), |body| decode::file_statuses(body, job_id))
    }

    /// Asks again until the job ends, and returns its last details, whatever the end: look at
    /// [`processing_status`](JobDetails::processing_status). See [`WaitOptions`] for the schedule and its limits.
    ///
    /// `observer` sees an [`Event`] for every poll, with the details last seen, on this thread; [`ControlFlow::Break`]
    /// ends the wait. It may use this client. A panic in it passes through, and leaves the client usable.
    ///
    /// # Errors
    /// The first failure that is not [retryable](Error::is_retryable); a retryable one once it has lasted for
    /// `max_outage`; [`Timeout`](ErrorKind::Timeout) when the wait's own timeout passes;
    /// [`Cancelled`](ErrorKind::Cancelled) when the observer, a cancel token or [`shutdown`](Self::shutdown) ended it.
    ///
    /// ```no_run
    /// use std::ops::ControlFlow;
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// let options = WaitOptions::new().timeout(Duration::from_secs(3600));
    /// let end = client.wait("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e", &options, |event| {
    ///     if let Some(share) = event.details.as_ref().and_then(|details| details.fraction_done()) {
    ///         println!("{:.0} %", share * 100.0);
    ///     }
    ///     ControlFlow::Continue(())
    /// })?;
    /// println!("{} ended {}", end.id, end.processing_status);
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn wait(
        &self,
        job_id: impl AsRef<str>,
        options: &WaitOptions,
        mut observer: impl FnMut(&Event) -> ControlFlow<()>,
    ) -> Result<JobDetails, Error> {
        let mut outcomes = wait::run(&self.service, vec![job_id.as_ref()], options, &mut observer)?;
        match outcomes.pop() {
            Some(outcome) => outcome.into_result(),
            None => Err(Error::new(ErrorKind::Internal, "the wait ended without an outcome")),
        }
    }

    /// Waits for any number of jobs on this thread, over one kept connection, each on its own schedule. Returns one
    /// outcome for each id, in their order; one job's failure does not end the others.
    ///
    /// `observer` sees an [`Event`] for every poll, on this thread; [`ControlFlow::Break`] ends the wait, and the jobs that
    /// had not ended get [`Cancelled`](ErrorKind::Cancelled). An outcome keeps the details last seen beside its error, and
    /// the error of a job that was not given up for its own sake keeps that job's last failure as its
    /// [`source`](std::error::Error::source). An id given twice is polled once: its events have the first place, both get
    /// the outcome. A rate limit slows the polls of all jobs.
    ///
    /// # Errors
    /// Before anything is sent [`InvalidArgument`](ErrorKind::InvalidArgument) for an unusable id or option, and
    /// [`Io`](ErrorKind::Io) if the system has no file descriptor left for a cancel token; every other failure is in the
    /// outcomes. No ids at all is an empty result.
    ///
    /// ```no_run
    /// use std::ops::ControlFlow;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// for outcome in client.wait_all(&["b2c3d4e5", "c3d4e5f6"], &WaitOptions::new(), |_| ControlFlow::Continue(()))? {
    ///     match (&outcome.error, &outcome.details) {
    ///         (None, Some(details)) => println!("{}: {}", outcome.job_id, details.processing_status),
    ///         (error, _) => eprintln!("{}: {error:?}", outcome.job_id),
    ///     }
    /// }
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn wait_all<S: AsRef<str>>(
        &self,
        job_ids: &[S],
        options: &WaitOptions,
        mut observer: impl FnMut(&Event) -> ControlFlow<()>,
    ) -> Result<Vec<Outcome>, Error> {
        wait::run(&self.service, job_ids.iter().map(AsRef::as_ref).collect(), options, &mut observer)
    }

    /// Ends every call under way, in any thread, at once: asleep, or blocked in the network. They and all later calls
    /// on this client and its clones fail with [`Cancelled`](ErrorKind::Cancelled). Cannot be undone.
    ///
    /// Takes no lock and allocates nothing: it may be called from a signal handler.
    ///
    /// ```
    /// use unstructured_jobs::{Client, ErrorKind};
    ///
    /// let client = Client::builder().api_key("my-key").build()?;
    /// client.shutdown();
    /// let error = client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cancelled);
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn shutdown(&self) {
        self.service.shutdown();
    }
}

impl Builder {
    /// Checks every setting and makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument), naming the [setting](Error::setting) and what is wrong with it;
    /// [`Io`](ErrorKind::Io) if the system has no file descriptor left.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let error = Client::builder().build().unwrap_err();
    /// assert_eq!(error.setting(), Some("api_key"));
    /// ```
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client { service: Service::new(self.into_settings()?)? })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.service).finish_non_exhaustive()
    }
}
