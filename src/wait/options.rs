//! When to poll, and when to stop.

use std::time::Duration;

use crate::cancel::CancelToken;
use crate::error::Error;

const INITIAL_INTERVAL: Duration = Duration::from_secs(1);
const MAX_INTERVAL: Duration = Duration::from_secs(15);
const MAX_OUTAGE: Duration = Duration::from_secs(5 * 60);
/// Polling more often than this would only keep the service busy.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// When to poll, and when to stop. The defaults suit most jobs.
///
/// The first poll is at once. Then pauses grow from `initial_interval` by half each to `max_interval`, 10 % longer or
/// shorter at random. A pause never runs past the `timeout`: it is cut, so that one last poll begins then, which may take
/// 200 ms.
///
/// ```
/// use std::time::Duration;
/// use unstructured_jobs::WaitOptions;
///
/// let options = WaitOptions::new()
///     .timeout(Duration::from_secs(6 * 3600))
///     .initial_interval(Duration::from_secs(5))
///     .max_interval(Duration::from_secs(60));
/// options.validate()?;
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct WaitOptions {
    pub(super) timeout: Option<Duration>,
    pub(super) initial_interval: Duration,
    pub(super) max_interval: Duration,
    pub(super) max_outage: Duration,
    pub(super) until_exists: Duration,
    pub(super) cancel_token: Option<CancelToken>,
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self {
            timeout: None,
            initial_interval: INITIAL_INTERVAL,
            max_interval: MAX_INTERVAL,
            max_outage: MAX_OUTAGE,
            until_exists: Duration::ZERO,
            cancel_token: None,
        }
    }
}

impl WaitOptions {
    /// The defaults.
    ///
    /// ```
    /// use unstructured_jobs::WaitOptions;
    ///
    /// assert_eq!(WaitOptions::new().get_timeout(), None);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the whole wait may take; none by default. Zero polls each job once, as far as
    /// 200 ms go: of many jobs some may not get their turn.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// let options = WaitOptions::new().timeout(Duration::from_secs(3600));
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The first pause; default 1 s. Less than 10 ms, or more than the longest pause, is an invalid argument.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// let options = WaitOptions::new().initial_interval(Duration::from_millis(200));
    /// ```
    pub fn initial_interval(mut self, interval: Duration) -> Self {
        self.initial_interval = interval;
        self
    }

    /// The longest pause; default 15 s. Less than 10 ms is an invalid argument.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// let options = WaitOptions::new().max_interval(Duration::from_secs(60));
    /// ```
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self
    }

    /// How long retryable failures in a row are borne before the last one is returned; default 5 min. Meanwhile polls
    /// are 0.5 to 8 s apart, or as far as `Retry-After` asks; one that asks for more than is left gives that job up
    /// at once. Zero bears none.
    ///
    /// A host name that does not exist is no outage as long as the client has never reached the service: it is mistyped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// let options = WaitOptions::new().max_outage(Duration::from_secs(30 * 60));
    /// ```
    pub fn max_outage(mut self, outage: Duration) -> Self {
        self.max_outage = outage;
        self
    }

    /// How long after its start a wait bears that the service does not know the job (HTTP 404); default zero: not at all.
    /// For a job that was started just now, in a service whose parts take a while to agree that it is there.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// let options = WaitOptions::new().until_exists(Duration::from_secs(10));
    /// ```
    pub fn until_exists(mut self, time: Duration) -> Self {
        self.until_exists = time;
        self
    }

    /// A token that ends this wait at once, from any thread: between polls, or while one is under way. `None`: no token.
    ///
    /// ```
    /// use unstructured_jobs::{CancelToken, WaitOptions};
    ///
    /// let token = CancelToken::new();
    /// let options = WaitOptions::new().cancel_token(&token);
    /// let without = options.cancel_token(None);
    /// ```
    pub fn cancel_token<'a>(mut self, token: impl Into<Option<&'a CancelToken>>) -> Self {
        self.cancel_token = token.into().cloned();
        self
    }

    /// What [`timeout`](Self::timeout) was set to.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// assert_eq!(WaitOptions::new().get_timeout(), None);
    /// assert_eq!(WaitOptions::new().timeout(Duration::ZERO).get_timeout(), Some(Duration::ZERO));
    /// ```
    pub fn get_timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// What [`initial_interval`](Self::initial_interval) was set to, or its default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// assert_eq!(WaitOptions::new().get_initial_interval(), Duration::from_secs(1));
    /// assert_eq!(WaitOptions::new().initial_interval(Duration::from_millis(200)).get_initial_interval(), Duration::from_millis(200));
    /// ```
    pub fn get_initial_interval(&self) -> Duration {
        self.initial_interval
    }

    /// What [`max_interval`](Self::max_interval) was set to, or its default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// assert_eq!(WaitOptions::new().get_max_interval(), Duration::from_secs(15));
    /// assert_eq!(WaitOptions::new().max_interval(Duration::from_secs(60)).get_max_interval(), Duration::from_secs(60));
    /// ```
    pub fn get_max_interval(&self) -> Duration {
        self.max_interval
    }

    /// What [`max_outage`](Self::max_outage) was set to, or its default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// assert_eq!(WaitOptions::new().get_max_outage(), Duration::from_secs(5 * 60));
    /// assert_eq!(WaitOptions::new().max_outage(Duration::ZERO).get_max_outage(), Duration::ZERO);
    /// ```
    pub fn get_max_outage(&self) -> Duration {
        self.max_outage
    }

    /// What [`until_exists`](Self::until_exists) was set to, or its default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// assert_eq!(WaitOptions::new().get_until_exists(), Duration::ZERO);
    /// assert_eq!(WaitOptions::new().until_exists(Duration::from_secs(10)).get_until_exists(), Duration::from_secs(10));
    /// ```
    pub fn get_until_exists(&self) -> Duration {
        self.until_exists
    }

    /// Whether a wait would take these options; it asks the same before anything is sent.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::WaitOptions;
    ///
    /// let error = WaitOptions::new().max_interval(Duration::from_millis(1)).validate().unwrap_err();
    /// assert_eq!(error.setting(), Some("max_interval"));
    /// ```
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the [setting](Error::setting).
    pub fn validate(&self) -> Result<(), Error> {
        for (name, interval) in [("initial", self.initial_interval), ("maximum", self.max_interval)] {
            if interval < SHORTEST_INTERVAL {
                return Err(Error::invalid_argument(format_args!(
                    "the {name} interval is {interval:?}; the least is {SHORTEST_INTERVAL:?}"
                ))
                .of_setting(if name == "initial" { "initial_interval" } else { "max_interval" }));
            }
        }
        if self.initial_interval > self.max_interval {
            return Err(Error::invalid_argument(format_args!(
                "the initial interval ({:?}) is longer than the maximum interval ({:?})",
                self.initial_interval, self.max_interval
            ))
            .of_setting("initial_interval"));
        }
        Ok(())
    }
}
