//! The client: what can be asked, and how one question is asked until it is answered or given up.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::config::Builder;
use crate::decode::{self, Malformed};
use crate::endpoint::{BaseUrl, Resource};
use crate::error::{Error, ErrorKind};
use crate::http::interrupt::{Interrupts, Tokens};
use crate::http::latch::Latch;
use crate::http::poll::sleep_until;
use crate::http::{Answer, CancelToken, Http, Settings, Url};
use crate::key::ApiKey;
use crate::retry;
use crate::types::{FailedFile, JobDetails};
use crate::wait::{self, WaitOptions};

/// How much of the server's words goes into an error.
const MAX_QUOTE: usize = 1024;
/// How much of an id that is not the one asked for.
const MAX_ID_QUOTE: usize = 128;

/// Asks the Unstructured Platform about jobs.
///
/// Blocking, `Send + Sync`, cheap to clone: clones share their connections, which are kept alive between calls. A call
/// that finds a kept connection starts no thread and looks no name up.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// What else ends the calls made through this clone.
    tokens: Tokens,
}

/// What all clones have in common.
struct Shared {
    http: Http,
    base_url: BaseUrl,
    key: ApiKey,
    timeout: Duration,
    max_retries: u32,
    shutdown: Arc<Latch>,
}

/// What one question may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) deadline: Instant,
    pub(crate) retries: u32,
}

impl Client {
    /// A client with the default settings, the key from `UNSTRUCTURED_API_KEY` and the base URL from
    /// `UNSTRUCTURED_API_URL`, if that is set. Sends nothing.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) naming the variable and what is wrong with it.
    pub fn from_env() -> Result<Self, Error> {
        Builder::from_env().build()
    }

    /// Settings to make a client from.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let shutdown = Latch::new().map_err(|error| {
            Error::new(ErrorKind::Io, format_args!("the system has no resources for a client: {error}"))
                .with_source(error)
        })?;
        let shutdown = Arc::new(shutdown);
        let shared = Shared {
            base_url: settings.base_url.clone(),
            key: settings.key.clone(),
            timeout: settings.timeout,
            max_retries: settings.max_retries,
            http: Http::new(settings, Arc::clone(&shutdown))?,
            shutdown,
        };
        Ok(Self { shared: Arc::new(shared), tokens: Tokens::default() })
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
        Self { shared: Arc::clone(&self.shared), tokens: self.tokens.and(token) }
    }

    /// Asks once how the job is doing, with retries as configured.
    ///
    /// `job_id`: 1 to 128 letters, digits, `-` and `_`. Returns within the timeout.
    ///
    /// # Errors
    /// Any kind; [`Decode`](ErrorKind::Decode) also when the answer is about another job.
    pub fn job_details(&self, job_id: &str) -> Result<JobDetails, Error> {
        self.look(job_id, self.budget())
    }

    /// Asks which documents of the job failed, and why: the next question after an end that is not `SUCCESS`.
    ///
    /// # Errors
    /// As [`job_details`](Self::job_details).
    pub fn failed_files(&self, job_id: &str) -> Result<Vec<FailedFile>, Error> {
        self.ask(job_id, Resource::FailedFiles, self.budget(), decode::failed_files)
    }

    /// Asks again until the job ends, and returns its last details, whatever the end: look at
    /// [`processing_status`](JobDetails::processing_status). See [`WaitOptions`] for the schedule and its limits.
    ///
    /// `observer` sees every answer, the last one included, and ends the wait by [`ControlFlow::Break`]. It may use this
    /// client. A panic in it passes through, and leaves the client usable.
    ///
    /// # Errors
    /// The first failure that is not [retryable](Error::is_retryable); a retryable one once it has lasted for
    /// `max_outage`; [`Timeout`](ErrorKind::Timeout) when the wait's own timeout passes;
    /// [`Cancelled`](ErrorKind::Cancelled) when the observer, a cancel token or [`shutdown`](Self::shutdown) ended it.
    pub fn wait(
        &self,
        job_id: &str,
        options: &WaitOptions,
        mut observer: impl FnMut(&JobDetails) -> ControlFlow<()>,
    ) -> Result<JobDetails, Error> {
        let mut outcomes = wait::run(self, &[job_id], options, &mut |_, details| observer(details))?;
        outcomes.pop().unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "the wait ended without an outcome")))
    }

    /// Waits for any number of jobs on this thread, over one kept connection, each on its own schedule. Returns one
    /// outcome for each id, in their order; one job's failure does not end the others.
    ///
    /// `observer` sees every answer together with the position of its id in `job_ids`; [`ControlFlow::Break`] ends the
    /// wait, and the jobs that had not ended get [`Cancelled`](ErrorKind::Cancelled). An id given twice is asked for once:
    /// the observer sees the first position, both get the outcome. A rate limit answered to one look slows all of them.
    ///
    /// # Errors
    /// Before anything is sent [`InvalidArgument`](ErrorKind::InvalidArgument) for an unusable id or option, and
    /// [`Io`](ErrorKind::Io) if the system has no file descriptor left for a cancel token; every other failure is in the
    /// outcomes. No ids at all is an empty result.
    pub fn wait_all<S: AsRef<str>>(
        &self,
        job_ids: &[S],
        options: &WaitOptions,
        mut observer: impl FnMut(usize, &JobDetails) -> ControlFlow<()>,
    ) -> Result<Vec<Result<JobDetails, Error>>, Error> {
        let ids: Vec<&str> = job_ids.iter().map(AsRef::as_ref).collect();
        wait::run(self, &ids, options, &mut observer)
    }

    /// Ends every call under way, in any thread, at once: asleep, or blocked in the network. They and all later calls
    /// on this client and its clones fail with [`Cancelled`](ErrorKind::Cancelled). Cannot be undone.
    ///
    /// Takes no lock and allocates nothing: it may be called from a signal handler.
    pub fn shutdown(&self) {
        self.shared.shutdown.set();
    }

    /// One answer about the job.
    pub(crate) fn look(&self, job_id: &str, budget: Budget) -> Result<JobDetails, Error> {
        self.ask(job_id, Resource::Details, budget, |body| decode::job_details(body, job_id))
    }

    /// What may end its calls. Fails if the system has no file descriptors for that.
    pub(crate) fn interrupts(&self) -> Result<Interrupts<'_>, Error> {
        Interrupts::new(&self.shared.shutdown, &self.tokens)
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    fn budget(&self) -> Budget {
        Budget { deadline: Instant::now() + self.shared.timeout, retries: self.shared.max_retries }
    }

    /// Asks until there is an answer, a failure that will not pass, or nothing left of the budget.
    fn ask<T>(
        &self,
        job_id: &str,
        resource: Resource,
        budget: Budget,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let shared = &*self.shared;
        let url = Url::parse(shared.base_url.request_url(job_id, resource)?)?;
        let interrupts = self.interrupts().map_err(|error| error.of_request(&url, 0))?;
        let mut attempts = 0;
        loop {
            if let Some(interruption) = interrupts.interruption() {
                return Err(Error::from(interruption).of_request(&url, attempts));
            }
            attempts += 1;
            let error = match self.attempt(&url, budget.deadline).and_then(|answer| shared.judge(answer, &decode)) {
                Ok(value) => return Ok(value),
                Err(error) => error.of_request(&url, attempts),
            };
            if !error.is_retryable() || attempts > budget.retries {
                return Err(error);
            }
            let pause = retry::pause(attempts, error.retry_after(), dice());
            let Some(wake_at) = Instant::now().checked_add(pause).filter(|wake_at| *wake_at < budget.deadline) else {
                return Err(error);
            };
            log::debug!("attempt {attempts} failed, next one in {pause:.1?}: {error}");
            if let Err(failure) = sleep_until(wake_at, interrupts) {
                log::debug!("cannot sleep: {failure}");
                return Err(error);
            }
        }
    }

    /// One request; on a kept connection that the server had closed, once more on a new one.
    fn attempt(&self, url: &Url, deadline: Instant) -> Result<Answer, Error> {
        match self.shared.http.get(url, deadline, &self.tokens, false) {
            Err(error) if error.is_stale() => {
                log::debug!("the kept connection had gone ({error}); asking again on a new one");
                self.shared.http.get(url, deadline, &self.tokens, true)
            }
            done => done,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.shared.base_url).finish_non_exhaustive()
    }
}

impl Shared {
    fn judge<T>(&self, answer: Answer, decode: impl Fn(&[u8]) -> Result<T, Malformed>) -> Result<T, Error> {
        if answer.status() != 200 {
            return Err(self.refused(&answer));
        }
        match decode(&answer.body) {
            Ok(value) => Ok(value),
            // it quotes no text of the server's, but numbers, and a key may be one
            Err(Malformed::Wrong(error)) if error.to_string().contains(self.key.expose()) => {
                let hidden = self.quote(&error.to_string(), MAX_QUOTE);
                Err(Error::new(ErrorKind::Decode, hidden).with_http_status(200))
            }
            Err(Malformed::Wrong(error)) => Err(error.with_http_status(200)),
            Err(Malformed::OtherJob(id)) => Err(Error::new(
                ErrorKind::Decode,
                format_args!("id: the answer is for another job, \"{}\"", self.quote(&id, MAX_ID_QUOTE)),
            )
            .with_http_status(200)),
            Err(Malformed::Truncated) if answer.is_close_delimited() => Err(Error::new(
                ErrorKind::Io,
                format_args!(
                    "the connection was closed in the middle of the answer, after {} bytes",
                    answer.body.len()
                ),
            )
            .with_http_status(200)),
            Err(Malformed::Truncated) if answer.body.is_empty() => {
                Err(Error::new(ErrorKind::Decode, "the answer is empty").with_http_status(200))
            }
            Err(Malformed::Truncated) => Err(Error::new(
                ErrorKind::Decode,
                format_args!("the answer's JSON ends too early, after {} bytes", answer.body.len()),
            )
            .with_http_status(200)),
        }
    }

    /// The error for an answer that is not 200.
    fn refused(&self, answer: &Answer) -> Error {
        let status = answer.status();
        let (kind, what) = match status {
            401 => (ErrorKind::Unauthorized, "the service does not accept the API key"),
            403 => (ErrorKind::Forbidden, "the API key may not do this"),
            404 => (ErrorKind::NotFound, "the service knows no such job"),
            422 => (ErrorKind::Unprocessable, "the service could not make sense of the request"),
            429 => (ErrorKind::RateLimited, "the service asks for fewer requests"),
            300..=399 => (ErrorKind::HttpStatus, "the service answered a redirect, which is never followed"),
            500..=599 => (ErrorKind::HttpStatus, "the service failed"),
            _ => (ErrorKind::HttpStatus, "the service answered something other than 200"),
        };
        let mut message = format!("HTTP {status}: {what}");
        if let Some(location) = answer.location().filter(|_| (300..400).contains(&status)) {
            message.push_str("; it points to ");
            message.push_str(&self.quote(&location, MAX_QUOTE));
        }
        let retry_after = answer.retry_after().and_then(|value| retry::retry_after(value, SystemTime::now()));
        if let Some(pause) = retry_after.filter(|pause| !pause.is_zero()) {
            message.push_str(&format!("; it asks for a pause of {} s", pause.as_secs_f64().ceil()));
        }
        let words = self.quote(&decode::server_words(&answer.body), MAX_QUOTE);
        if !words.is_empty() {
            message.push_str("; it says: ");
            message.push_str(&words);
        }
        Error::new(kind, message)
            .with_http_status(status)
            .with_retry_after(retry_after)
            .retryable(retry::is_retryable_status(status))
    }

    /// The server's words, safe to print: without the key, should they repeat it, escaped, and cut.
    fn quote(&self, words: &str, limit: usize) -> String {
        const HIDDEN: &str = "[API key]";
        let key = self.key.expose();
        let mut words = words.replace(key, HIDDEN);
        // an answer that breaks off may end in the middle of the key
        let cut = (4..key.len()).rev().filter_map(|len| key.get(..len)).find(|part| words.ends_with(part));
        if let Some(part) = cut {
            words.truncate(words.len() - part.len());
            words.push_str(HIDDEN);
        }
        decode::excerpt(&words, limit)
    }
}

/// Uniform in 0..1; not for secrets.
pub(crate) fn dice() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    // 53 bits, as many as a double holds
    (random >> 11) as f64 / (1_u64 << 53) as f64
}
