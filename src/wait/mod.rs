//! Waiting for the end: of one job or of thousands, on the calling thread.
//!
//! [`schedule`] decides when to look at which job, in any time it is told; the loop here lives in real time.

mod names;
mod schedule;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use self::names::Names;
use self::schedule::{Pace, Schedule, Verdict};
use crate::cancel::CancelToken;
use crate::cancel::poll::{Woken, sleep_until};
use crate::client::{Budget, Client, dice};
use crate::config::LONGEST;
use crate::endpoint::check_job_id;
use crate::error::{Error, ErrorKind};
use crate::types::JobDetails;

const INITIAL_INTERVAL: Duration = Duration::from_secs(1);
const MAX_INTERVAL: Duration = Duration::from_secs(15);
const MAX_OUTAGE: Duration = Duration::from_secs(5 * 60);
/// Asking more often than this would be no waiting.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// What the last looks may take beyond the wait's timeout.
const GRACE: Duration = Duration::from_millis(200);

/// When to look, and when to stop. The defaults suit most jobs.
///
/// The first look is at once. Then pauses grow from `initial_interval` by half each to `max_interval`, 10 % longer or
/// shorter at random. A pause never runs past the `timeout`: it is cut, so that one last look happens then, which may take
/// 200 ms.
#[derive(Debug, Clone)]
#[must_use]
pub struct WaitOptions {
    timeout: Option<Duration>,
    initial_interval: Duration,
    max_interval: Duration,
    max_outage: Duration,
    cancel_token: Option<CancelToken>,
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self {
            timeout: None,
            initial_interval: INITIAL_INTERVAL,
            max_interval: MAX_INTERVAL,
            max_outage: MAX_OUTAGE,
            cancel_token: None,
        }
    }
}

impl WaitOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the whole wait may take; none by default. Zero looks once: at as many of many jobs as 200 ms are enough
    /// for.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The first pause; default 1 s. Less than 10 ms, or more than the longest pause, is an invalid argument.
    pub fn initial_interval(mut self, interval: Duration) -> Self {
        self.initial_interval = interval;
        self
    }

    /// The longest pause; default 15 s. Less than 10 ms is an invalid argument.
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self
    }

    /// How long retryable failures in a row are borne before the last one is returned; default 5 min. Meanwhile looks
    /// are 0.5 to 8 s apart, or as far as `Retry-After` asks; one that asks for more than is left gives that job up
    /// at once.
    /// Zero bears none.
    pub fn max_outage(mut self, outage: Duration) -> Self {
        self.max_outage = outage;
        self
    }

    /// A token that ends this wait at once, from any thread: asleep, or with a request in flight.
    pub fn cancel_token(mut self, token: &CancelToken) -> Self {
        self.cancel_token = Some(token.clone());
        self
    }

    fn check(&self) -> Result<(), Error> {
        for (name, interval) in [("initial", self.initial_interval), ("maximum", self.max_interval)] {
            if interval < SHORTEST_INTERVAL {
                return Err(Error::invalid_argument(format_args!(
                    "the {name} interval is {interval:?}; the least is {SHORTEST_INTERVAL:?}"
                )));
            }
        }
        if self.initial_interval > self.max_interval {
            return Err(Error::invalid_argument(format_args!(
                "the initial interval ({:?}) is longer than the maximum interval ({:?})",
                self.initial_interval, self.max_interval
            )));
        }
        Ok(())
    }
}

type Outcome = Result<JobDetails, Error>;

/// Waits for all of `ids`. The observer gets the position of the id and the answer.
pub(crate) fn run(
    client: &Client,
    ids: &[&str],
    options: &WaitOptions,
    observer: &mut dyn FnMut(usize, &JobDetails) -> ControlFlow<()>,
) -> Result<Vec<Outcome>, Error> {
    options.check()?;
    for id in ids {
        check_job_id(id)?;
    }
    let client = &match &options.cancel_token {
        Some(token) => client.with_cancel_token(token),
        None => client.clone(),
    };
    let interrupts = client.interrupts()?;
    let (unique, job_of) = without_duplicates(ids);

    let start = Instant::now();
    let mut schedule = Schedule::new(
        unique.len(),
        Pace {
            initial: options.initial_interval.min(LONGEST),
            max: options.max_interval.min(LONGEST),
            max_outage: options.max_outage,
            deadline: options.timeout,
        },
    );
    let mut outcomes: Vec<Option<Outcome>> = Vec::new();
    outcomes.resize_with(unique.len(), || None);
    let mut names = Names::default();
    // the first looks are in the order of the jobs: those from here on have had none
    let mut unseen = 0;

    // of several jobs, the failure of one says nothing about another
    let last_failure = |schedule: &Schedule| schedule.last_failure().filter(|_| ids.len() == 1).cloned();
    let rest = loop {
        let Some((job, at)) = schedule.next() else { break timed_out(options, last_failure(&schedule).as_ref()) };
        let stop_at = options.timeout.map(|timeout| timeout.saturating_add(GRACE));
        if stop_at.is_some_and(|stop_at| start.elapsed() >= stop_at) {
            break timed_out(options, last_failure(&schedule).as_ref());
        }
        match start.checked_add(at).map(|at| sleep_until(at, interrupts)) {
            Some(Ok(Woken::Interrupted(interruption))) => break interruption.into(),
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                break Error::new(ErrorKind::Io, format_args!("cannot sleep: {error}")).with_source(error);
            }
            None => break Error::new(ErrorKind::Internal, "a look is further away than the clock reaches"),
        }
        let Some((position, id)) = unique.get(job).and_then(|&position| Some((position, *ids.get(position)?))) else {
            break Error::new(ErrorKind::Internal, "the schedule named a job that is not there");
        };
        unseen = unseen.max(job + 1);
        let looked_at = start.elapsed();
        let left = stop_at.map(|stop_at| stop_at.saturating_sub(looked_at)).unwrap_or(Duration::MAX);
        let budget = Budget { deadline: Instant::now() + client.timeout().min(left), retries: 0 };
        let outcome = match client.look(id, budget) {
            Ok(mut details) => {
                let stop = observer(position, &details).is_break();
                let ended = details.processing_status.is_terminal();
                if ended {
                    // kept until all have ended, perhaps by the thousand: each name once, and in a block of the right
                    // size, where shrinking would leave a hole behind each that nothing fits into
                    names.share(&mut details);
                    details.node_stats = details.node_stats.clone();
                    set(&mut outcomes, job, Ok(details));
                    schedule.ended(job);
                } else {
                    schedule.answered(job, start.elapsed(), dice());
                }
                if stop {
                    break Error::new(ErrorKind::Cancelled, "the observer stopped the wait");
                }
                continue;
            }
            Err(error) => error,
        };
        if outcome.kind() == ErrorKind::Cancelled {
            break outcome;
        }
        if !outcome.is_retryable() {
            set(&mut outcomes, job, Err(outcome));
            schedule.ended(job);
            continue;
        }
        match schedule.failed(job, looked_at, start.elapsed(), &outcome, dice()) {
            Verdict::Again => log::debug!("no answer about job {id}, looking again: {outcome}"),
            Verdict::GiveUp(failures) => {
                set(&mut outcomes, job, Err(outcome.with_attempts(failures)));
            }
            Verdict::GiveUpAll(failures) => break outcome.with_attempts(failures),
        }
    };
    let out_of_time = rest.kind() == ErrorKind::Timeout && options.timeout.is_some_and(|end| start.elapsed() >= end);
    let finish = |(job, outcome): (usize, Option<Outcome>)| match outcome {
        Some(outcome) => outcome,
        None if out_of_time && job >= unseen => Err(not_looked_at(options)),
        None => Err(rest.clone()),
    };
    let outcomes: Vec<Outcome> = outcomes.into_iter().enumerate().map(finish).collect();
    match job_of {
        None => Ok(outcomes),
        Some(job_of) => Ok(job_of.into_iter().filter_map(|job| outcomes.get(job).cloned()).collect()),
    }
}

fn set(outcomes: &mut [Option<Outcome>], job: usize, outcome: Outcome) {
    if let Some(slot) = outcomes.get_mut(job) {
        *slot = Some(outcome);
    }
}

fn not_looked_at(options: &WaitOptions) -> Error {
    let waited = options.timeout.unwrap_or_default();
    Error::new(ErrorKind::Timeout, format_args!("the wait's {waited:?} had passed before the job was looked at"))
}

fn timed_out(options: &WaitOptions, last_failure: Option<&Error>) -> Error {
    let waited = options.timeout.unwrap_or_default();
    match last_failure {
        None => {
            Error::new(ErrorKind::Timeout, format_args!("the job had not ended when the wait's {waited:?} had passed"))
        }
        Some(error) => Error::new(
            ErrorKind::Timeout,
            format_args!("the job had not ended when the wait's {waited:?} had passed; the last look failed: {error}"),
        )
        .with_source(error.clone()),
    }
}

/// The positions of the first mention of each id, and, if any is mentioned twice, for each position its id's place among
/// them. Byte for byte: whether two spellings are one job is for the service to say.
fn without_duplicates(ids: &[&str]) -> (Vec<usize>, Option<Vec<usize>>) {
    let mut jobs = HashMap::with_capacity(ids.len());
    let mut unique = Vec::with_capacity(ids.len());
    let mut job_of = Vec::with_capacity(ids.len());
    for (position, id) in ids.iter().enumerate() {
        let job = *jobs.entry(*id).or_insert_with(|| {
            unique.push(position);
            unique.len() - 1
        });
        job_of.push(job);
    }
    let job_of = (unique.len() < ids.len()).then_some(job_of);
    (unique, job_of)
}
