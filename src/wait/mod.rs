//! Waiting for the end: of one job or of thousands, on the calling thread.
//!
//! [`schedule`] decides when to poll which job, in any time it is told; the loop here lives in real time.

mod event;
mod names;
mod options;
mod schedule;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::event::{Event, EventKind, Outcome};
use self::names::Names;
pub use self::options::WaitOptions;
use self::schedule::{Pace, Schedule, Verdict};
use crate::cancel::interrupts::Interrupts;
use crate::cancel::poll::{Woken, sleep_until};
use crate::config::LONGEST;
use crate::error::{Error, ErrorKind};
use crate::job_id;
use crate::service::{Budget, Service, random};
use crate::types::{JobDetails, ProcessingStatus};

/// A job that is waited for.
#[derive(Debug)]
struct Job {
    id: Arc<str>,
    /// Its first place among the ids.
    index: usize,
    /// What the service sent last.
    details: Option<Arc<JobDetails>>,
    /// Why it was given up; before that, what failed last, unless there was a response afterwards.
    error: Option<Error>,
    /// Polls that failed in a row.
    failures: u32,
    polled: bool,
    over: bool,
}

impl Job {
    fn event(&self, kind: EventKind, next_poll_in: Option<Duration>) -> Event {
        Event {
            kind,
            job_id: Arc::clone(&self.id),
            index: self.index,
            details: self.details.clone(),
            error: self.error.clone(),
            failures: self.failures,
            next_poll_in,
        }
    }

    fn into_outcome(self) -> Outcome {
        Outcome { job_id: self.id, details: self.details, error: self.error }
    }
}

/// Why a wait ends before all of its jobs have.
#[derive(Debug)]
enum Stop {
    /// Its timeout has passed.
    OutOfTime,
    /// There was no response of any kind for as long as is borne.
    GaveUp(Error),
    /// No job would do better than the one that failed with this.
    Refused(Error),
    /// It was ended from outside, or cannot go on.
    Cut(Error),
}

/// Waits for all of `ids`.
pub(crate) fn run(
    service: &Service,
    ids: Vec<&str>,
    options: &WaitOptions,
    observer: &mut dyn FnMut(&Event) -> ControlFlow<()>,
) -> Result<Vec<Outcome>, Error> {
    options.validate()?;
    for (index, id) in ids.iter().enumerate() {
        job_id::check(id).map_err(|error| match ids.len() {
            1 => error,
            many => error.within(format_args!("job {} of {many}, {:?}", index + 1, service.quote().excerpt(id, 60))),
        })?;
    }
    let service = &match &options.cancel_token {
        Some(token) => service.with_cancel_token(token),
        None => service.clone(),
    };
    let interrupts = service.interrupts()?;
    let (mut jobs, places) = without_duplicates(ids);
    if let Err(stop) = poll_all(service, interrupts, options, &mut jobs, observer) {
        give_up_the_rest(&mut jobs, &stop, options, observer);
    }
    let outcomes: Vec<Outcome> = jobs.into_iter().map(Job::into_outcome).collect();
    Ok(match places {
        None => outcomes,
        Some(places) => places.into_iter().filter_map(|job| outcomes.get(job).cloned()).collect(),
    })
}

/// Polls every job until it has ended or is given up.
fn poll_all(
    service: &Service,
    interrupts: Interrupts<'_>,
    options: &WaitOptions,
    jobs: &mut [Job],
    observer: &mut dyn FnMut(&Event) -> ControlFlow<()>,
) -> Result<(), Stop> {
    let start = Instant::now();
    let mut schedule = Schedule::new(
        jobs.len(),
        Pace {
            initial: options.initial_interval.min(LONGEST),
            max: options.max_interval.min(LONGEST),
            max_outage: options.max_outage,
            until_exists: options.until_exists,
            deadline: options.timeout,
        },
        service.was_reached(),
    );
    let mut names = Names::default();
    let mut unknown = UnknownStatuses::default();
    while let Some((number, at)) = schedule.next() {
        sleep(start, at, interrupts)?;
        let polled_at = start.elapsed();
        let left = schedule.poll_ends_by(polled_at).map_or(Duration::MAX, |end| end.saturating_sub(polled_at));
        if left.is_zero() {
            return Err(Stop::OutOfTime);
        }
        let Some(job) = jobs.get_mut(number) else {
            return Err(Stop::Cut(Error::new(ErrorKind::Internal, "the schedule named a job that is not there")));
        };
        job.polled = true;
        let budget = Budget { deadline: Instant::now() + service.timeout().min(left), retries: 0 };
        let response = service.poll(&job.id, budget);
        let now = start.elapsed();
        schedule.poll_over(polled_at, now);
        let in_a_while = |at: Duration| at.saturating_sub(now);
        let event = match response {
            Ok(details) => {
                let ended = details.processing_status.is_terminal();
                unknown.tell(&details, service);
                (job.details, job.error, job.failures) = (Some(kept(details, &mut names)), None, 0);
                if ended {
                    job.over = true;
                    schedule.ended(number);
                    job.event(EventKind::Ended, None)
                } else {
                    let next = schedule.responded(number, polled_at, now, random());
                    job.event(EventKind::Responded, next.map(in_a_while))
                }
            }
            Err(error) if error.kind() == ErrorKind::Cancelled => {
                let rest = interrupts.interruption().map_or_else(|| error.clone(), Error::from);
                let own = job.error.take();
                job.error = Some(match own {
                    Some(own) => error.with_source(own),
                    None => error,
                });
                job.over = true;
                return Err(Stop::Cut(rest));
            }
            Err(error) => {
                job.failures = job.failures.saturating_add(1);
                match schedule.failed(number, polled_at, now, &error, random()) {
                    Verdict::Again(at) => {
                        log::debug!("job {} is polled again in {:.1?}: {error:#}", job.id, in_a_while(at));
                        job.error = Some(error);
                        job.event(EventKind::Failed, Some(in_a_while(at)))
                    }
                    Verdict::OutOfTime => {
                        log::debug!("the last poll of job {} failed: {error:#}", job.id);
                        job.error = Some(error);
                        continue;
                    }
                    Verdict::GiveUp => {
                        job.over = true;
                        job.error = Some(error.with_attempts(job.failures));
                        job.event(EventKind::GaveUp, None)
                    }
                    Verdict::GiveUpAll => {
                        let error = error.with_attempts(job.failures);
                        job.error = Some(error.clone());
                        return Err(Stop::GaveUp(error));
                    }
                    Verdict::RefuseAll => return Err(Stop::Refused(error)),
                }
            }
        };
        if observer(&event).is_break() {
            return Err(Stop::Cut(Error::new(ErrorKind::Cancelled, "the observer stopped the wait")));
        }
    }
    if jobs.iter().all(|job| job.over) { Ok(()) } else { Err(Stop::OutOfTime) }
}

/// Sleeps until `at`, counted from `start`.
fn sleep(start: Instant, at: Duration, interrupts: Interrupts<'_>) -> Result<(), Stop> {
    let Some(at) = start.checked_add(at) else {
        return Err(Stop::Cut(Error::new(ErrorKind::Internal, "a poll is further away than the clock reaches")));
    };
    match sleep_until(at, interrupts) {
        Ok(Woken::Interrupted(interruption)) => Err(Stop::Cut(interruption.into())),
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::Cut(Error::new(ErrorKind::Io, "cannot sleep").because(error))),
    }
}

/// Gives every job that is not over its error, with its own last failure below. The observer learns of it unless the wait
/// was ended from outside, and cannot stop what has ended.
fn give_up_the_rest(
    jobs: &mut [Job],
    stop: &Stop,
    options: &WaitOptions,
    observer: &mut dyn FnMut(&Event) -> ControlFlow<()>,
) {
    for job in jobs.iter_mut().filter(|job| !job.over) {
        let own = job.error.take();
        job.error = Some(match (stop, own) {
            (Stop::OutOfTime, None) if !job.polled => not_polled(options),
            (Stop::OutOfTime, own) => timed_out(options, own),
            (Stop::GaveUp(_), Some(own)) => own.with_attempts(job.failures),
            (Stop::Cut(error), Some(own)) => error.clone().with_source(own),
            (Stop::Refused(error), Some(own)) => error.clone().with_attempts(job.failures).with_source(own),
            (Stop::Refused(error), None) => error.clone().with_attempts(job.failures),
            (Stop::GaveUp(error) | Stop::Cut(error), None) => error.clone(),
        });
        if !matches!(stop, Stop::Cut(_)) {
            let _ = observer(&job.event(EventKind::GaveUp, None));
        }
    }
}

/// Kept until all have ended, perhaps by the thousand: each name once, and the nodes in a block of the right size, where
/// shrinking would leave a hole behind each that nothing fits into.
fn kept(mut details: JobDetails, names: &mut Names) -> Arc<JobDetails> {
    names.share(&mut details);
    details.node_stats = details.node_stats.clone();
    Arc::new(details)
}

/// The statuses that this version does not know, as far as the log was told of them.
#[derive(Debug, Default)]
struct UnknownStatuses(Vec<String>);

impl UnknownStatuses {
    /// So many: a service may make up a new one for each poll.
    const MOST: usize = 8;

    fn tell(&mut self, details: &JobDetails, service: &Service) {
        if let ProcessingStatus::Unknown(status) = &details.processing_status
            && self.0.len() < Self::MOST
            && !self.0.contains(status)
        {
            self.0.push(status.clone());
            log::warn!(
                "job {} has the status {:?}, which version {} does not know: it is taken for one that goes on",
                details.id,
                service.quote().excerpt(status, 60),
                env!("CARGO_PKG_VERSION")
            );
        }
    }
}

fn not_polled(options: &WaitOptions) -> Error {
    let waited = options.timeout.unwrap_or_default();
    Error::new(ErrorKind::Timeout, format_args!("the wait's {waited:?} had passed before the job was polled"))
}

fn timed_out(options: &WaitOptions, last_failure: Option<Error>) -> Error {
    let waited = options.timeout.unwrap_or_default();
    match last_failure {
        None => {
            Error::new(ErrorKind::Timeout, format_args!("the job had not ended when the wait's {waited:?} had passed"))
        }
        Some(error) => Error::new(
            ErrorKind::Timeout,
            format_args!(
                "the job had not ended when the wait's {waited:?} had passed; the last poll failed: {error:#}"
            ),
        )
        .with_source(error),
    }
}

/// A job for each id, in the order in which they are mentioned first, and, if one is mentioned twice, for each place
/// which job it is. Byte for byte: whether two spellings are one job is for the service to say.
fn without_duplicates(ids: Vec<&str>) -> (Vec<Job>, Option<Vec<usize>>) {
    let mut numbers = HashMap::with_capacity(ids.len());
    let mut jobs = Vec::with_capacity(ids.len());
    let mut places = Vec::with_capacity(ids.len());
    for (index, id) in ids.into_iter().enumerate() {
        let number = *numbers.entry(id).or_insert_with(|| {
            let id = Arc::from(id);
            jobs.push(Job { id, index, details: None, error: None, failures: 0, polled: false, over: false });
            jobs.len() - 1
        });
        places.push(number);
    }
    let places = (jobs.len() < places.len()).then_some(places);
    (jobs, places)
}
