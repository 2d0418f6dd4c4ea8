//! The service, as all clones of a client see it: where it is, and how one request is repeated until there is a result or
//! no use in another attempt.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cancel::interrupts::{Interrupts, Tokens};
use crate::cancel::poll::sleep_until;
use crate::cancel::{CancelToken, Latch};
use crate::config::settings::Settings;
use crate::decode::{self, Malformed};
use crate::endpoint::{BaseUrl, Resource};
use crate::error::{Error, ErrorKind};
use crate::http::{Http, Url};
use crate::response;
use crate::retry;
use crate::text::Quote;
use crate::types::JobDetails;

/// The service, and what ends the requests made to it.
#[derive(Clone)]
pub(crate) struct Service {
    shared: Arc<Shared>,
    /// The tokens that end requests, besides a shutdown.
    tokens: Tokens,
}

/// What all clones have in common.
struct Shared {
    http: Http,
    base_url: BaseUrl,
    quote: Quote,
    timeout: Duration,
    max_retries: u32,
    shutdown: Arc<Latch>,
    /// Whether any request has had a response, if only a proxy's refusal: then the host's name is not mistyped.
    reached: AtomicBool,
}

/// What one call may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) deadline: Instant,
    pub(crate) retries: u32,
}

impl Service {
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let shutdown = Latch::new()
            .map_err(|error| Error::new(ErrorKind::Io, "the system has no resources for a client").because(error))?;
        let shutdown = Arc::new(shutdown);
        let shared = Shared {
            base_url: settings.base_url.clone(),
            quote: Quote::new(settings.key.clone()),
            timeout: settings.timeout,
            max_retries: settings.max_retries,
            http: Http::new(settings, Arc::clone(&shutdown))?,
            shutdown,
            reached: AtomicBool::new(false),
        };
        Ok(Self { shared: Arc::new(shared), tokens: Tokens::default() })
    }

    /// The same service, whose requests `token` ends too.
    pub(crate) fn with_cancel_token(&self, token: &CancelToken) -> Self {
        Self { shared: Arc::clone(&self.shared), tokens: self.tokens.and(token) }
    }

    /// Ends every request under way and yet to come.
    pub(crate) fn shutdown(&self) {
        self.shared.shutdown.set();
    }

    /// What may end its requests. Fails if the system has no file descriptors for that.
    pub(crate) fn interrupts(&self) -> Result<Interrupts<'_>, Error> {
        Interrupts::new(&self.shared.shutdown, &self.tokens)
    }

    /// How long one call may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    /// Whether there ever was a response, if only a proxy's refusal.
    pub(crate) fn was_reached(&self) -> bool {
        self.shared.reached.load(Ordering::Relaxed)
    }

    /// How words of the service are quoted.
    pub(crate) fn quote(&self) -> &Quote {
        &self.shared.quote
    }

    /// What a call may cost that begins now.
    pub(crate) fn budget(&self) -> Budget {
        Budget { deadline: Instant::now() + self.shared.timeout, retries: self.shared.max_retries }
    }

    /// The details of the job as they are now.
    pub(crate) fn poll(&self, job_id: &str, budget: Budget) -> Result<JobDetails, Error> {
        self.get(job_id, Resource::Details, budget, |body| decode::job_details(body, job_id))
    }

    /// Makes attempts until there is a result, a failure that will not pass, or nothing left of the budget.
    pub(crate) fn get<T>(
        &self,
        job_id: &str,
        resource: Resource,
        budget: Budget,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let shared = &*self.shared;
        if shared.quote.hides(job_id) {
            let error = Error::invalid_argument("the job id holds the API key; are the two mixed up?");
            return Err(error.of_setting("job_id"));
        }
        let url = Url::parse(shared.base_url.request_url(job_id, resource)?)?;
        let interrupts = self.interrupts().map_err(|error| error.of_request(&url, 0))?;
        let mut attempts = 0;
        loop {
            if let Some(interruption) = interrupts.interruption() {
                return Err(Error::from(interruption).of_request(&url, attempts));
            }
            attempts += 1;
            log::debug!("attempt {attempts}: GET {url}");
            let error = match shared
                .http
                .get(&url, budget.deadline, &self.tokens)
                .inspect(|response| log::debug!("HTTP {}, {} bytes of body", response.status(), response.body.len()))
                .and_then(|response| response::judge(response, shared.base_url.path(), &shared.quote, &decode))
            {
                Ok(value) => {
                    shared.reached.store(true, Ordering::Relaxed);
                    return Ok(value);
                }
                Err(error) => error.of_request(&url, attempts),
            };
            if error.http_status().is_some() {
                shared.reached.store(true, Ordering::Relaxed);
            }
            if !error.is_retryable() || attempts > budget.retries {
                return Err(error);
            }
            let pause = retry::pause(attempts, error.retry_after(), random());
            let Some(wake_at) = Instant::now().checked_add(pause).filter(|wake_at| *wake_at < budget.deadline) else {
                log::debug!(
                    "attempt {attempts} failed, and a pause of {pause:.1?} would outlast the timeout: {error:#}"
                );
                return Err(error);
            };
            log::debug!("attempt {attempts} failed, next one in {pause:.1?}: {error:#}");
            if let Err(failure) = sleep_until(wake_at, interrupts) {
                log::debug!("cannot sleep: {failure}");
                return Err(error);
            }
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.base_url.fmt(f)
    }
}

/// Uniform in 0..1, for jitter; not for secrets.
pub(crate) fn random() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    // 53 bits, as many as a double holds
    (random >> 11) as f64 / (1_u64 << 53) as f64
}
