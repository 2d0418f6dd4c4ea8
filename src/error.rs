//! Errors: one opaque type, a public kind, and a sentence that says what happened, where, and what to do.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) use crate::error_kind::ErrorKind;
use crate::retry;

/// Why a call failed.
///
/// [`Display`](fmt::Display) says what happened and to which URL; [`kind`](Self::kind) is for programs to branch on;
/// [`source`](StdError::source) is what lay beneath, down to the operating system's error, and not part of the former, so
/// that what prints a whole chain says nothing twice. `{:#}` is the message together with the cause, for those who print
/// one line. The API key is in none of them.
///
/// ```
/// use unstructured_jobs::Client;
///
/// let error = Client::builder().api_key("my-key").ca_file("/no/such/file").build().unwrap_err();
/// assert_eq!(format!("{error}"), "the CA file \"/no/such/file\" cannot be read");
/// assert_eq!(
///     format!("{error:#}"),
///     "the CA file \"/no/such/file\" cannot be read: No such file or directory"
/// );
/// ```
#[derive(Clone)]
pub struct Error(Box<Repr>);

#[derive(Clone)]
struct Repr {
    kind: ErrorKind,
    message: String,
    /// The cause in words. Not a part of the message for those who print the source as well.
    why: Option<String>,
    retryable: bool,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
    attempts: u32,
    url: Option<String>,
    setting: Option<&'static str>,
    /// A kept connection broke before any byte of the response: the request may go out once more at no cost.
    stale: bool,
    /// It would have happened to any request of this client.
    of_client: bool,
    /// The name service knows that there is no such host.
    no_such_host: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// What kind of failure it was.
    ///
    /// ```
    /// use unstructured_jobs::{Client, ErrorKind};
    ///
    /// let error = Client::builder().api_key("").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the response, if one came: the service's, or that of a proxy's response to CONNECT.
    ///
    /// ```no_run
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// if let Err(error) = client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e") {
    ///     match error.http_status() {
    ///         Some(status) => eprintln!("refused with HTTP {status}"),
    ///         None => eprintln!("no response"),
    ///     }
    /// }
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// Whether another attempt later may well succeed: connection failures, timeouts, broken
    /// responses, HTTP 408, 425, 429 and every 5xx but 501 and 505, of the service or of a proxy.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let error = Client::builder().api_key("").build().unwrap_err();
    /// assert!(!error.is_retryable(), "an empty key stays empty");
    /// ```
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long the service asked to be left alone (`Retry-After`, RFC 9110 section 10.2.3), if it did.
    ///
    /// ```no_run
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// if let Err(error) = client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")
    ///     && let Some(pause) = error.retry_after()
    /// {
    ///     std::thread::sleep(pause);
    /// }
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Which setting or argument it has to do with, by the name of its setter. With
    /// [`InvalidArgument`](ErrorKind::InvalidArgument), the one that is not acceptable: `api_key`, `base_url`, `timeout`,
    /// `connect_timeout`, `max_retries`, `proxy`, `ca_file`, `ca_pem`, `user_agent` or `max_response_bytes` of a
    /// [`Builder`](crate::Builder), `initial_interval` or another of [`WaitOptions`](crate::WaitOptions), or `job_id`.
    /// With other kinds, the one to look at first: `proxy` if that cannot be reached or wants a password, `ca_file` if a
    /// certificate is not signed by a trusted authority. With any, `allow_plain_http` where that would allow it. None elsewhere.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let error = Client::builder().api_key("my-key").base_url("ftp://a.example").build().unwrap_err();
    /// assert_eq!(error.setting(), Some("base_url"));
    /// ```
    pub fn setting(&self) -> Option<&'static str> {
        self.0.setting
    }

    /// How many requests were tried, the failed one included; 0 if none was.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let error = Client::builder().api_key("").build().unwrap_err();
    /// assert_eq!(error.attempts(), 0, "nothing was sent");
    /// ```
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

/// Making errors, and adding to them what only a caller further up knows.
impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self(Box::new(Repr {
            kind,
            message: message.to_string(),
            why: None,
            retryable: retry::is_retryable_kind(kind),
            http_status: None,
            retry_after: None,
            attempts: 0,
            url: None,
            setting: None,
            stale: false,
            of_client: false,
            no_such_host: false,
            source: None,
        }))
    }

    pub(crate) fn invalid_argument(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// The first to be named stays.
    pub(crate) fn of_setting(mut self, setting: &'static str) -> Self {
        self.0.setting.get_or_insert(setting);
        self
    }

    /// Adds the cause, of which [`why`](Self::why) or the message says as much as there is to say.
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Says the cause in words, for those who do not print the [`source`](StdError::source) as well.
    pub(crate) fn why(mut self, words: impl fmt::Display) -> Self {
        self.0.why = Some(words.to_string());
        self
    }

    /// Adds a cause that speaks for itself.
    pub(crate) fn because(self, cause: io::Error) -> Self {
        self.why(without_number(&cause)).with_source(cause)
    }

    /// Adds where it happened in front of what happened.
    pub(crate) fn within(mut self, place: impl fmt::Display) -> Self {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    pub(crate) fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// The service, or a proxy, refused the request with this status, which also says whether another attempt may help.
    pub(crate) fn refused_with(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self.0.retryable = retry::is_retryable_status(status);
        self
    }

    pub(crate) fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    /// The pause that the `Retry-After` of the refusal asks for, if it does; `date` is its `Date`.
    pub(crate) fn asking_for(self, retry_after: Option<&str>, date: Option<&str>) -> Self {
        self.with_retry_after(retry_after.and_then(|value| retry::retry_after(value, date, SystemTime::now())))
    }

    pub(crate) fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    pub(crate) fn stale(mut self) -> Self {
        self.0.stale = true;
        self
    }

    pub(crate) fn is_stale(&self) -> bool {
        self.0.stale
    }

    /// It is about the client (its key above all) and not about the job: no other request would fare better.
    pub(crate) fn of_client(mut self) -> Self {
        self.0.of_client = true;
        self
    }

    pub(crate) fn is_of_client(&self) -> bool {
        self.0.of_client
    }

    /// The name service said that the name does not exist, which differs from one that is silent or fails.
    pub(crate) fn no_such_host(mut self) -> Self {
        self.0.no_such_host = true;
        self
    }

    pub(crate) fn is_no_such_host(&self) -> bool {
        self.0.no_such_host
    }

    pub(crate) fn of_request(mut self, url: &impl fmt::Display, attempts: u32) -> Self {
        self.0.url = Some(url.to_string());
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repr { message, why, url, attempts, .. } = &*self.0;
        f.write_str(message)?;
        if let Some(why) = why.as_deref().filter(|_| f.alternate()) {
            write!(f, ": {why}")?;
        }
        match (url, attempts) {
            (None, _) => Ok(()),
            (Some(url), 0 | 1) => write!(f, " (GET {url})"),
            (Some(url), attempts) => write!(f, " (GET {url}, {attempts} attempts)"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &format_args!("{self:#}"))
            .field("http_status", &self.0.http_status)
            .field("retryable", &self.0.retryable)
            .field("retry_after", &self.0.retry_after)
            .field("attempts", &self.0.attempts)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The system's words for an error, without its number: `Connection refused`, not `Connection refused (os error 111)`.
/// The number stays in the error's source.
pub(crate) fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
