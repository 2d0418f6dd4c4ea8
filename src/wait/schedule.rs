//! When to look at which job. Pure: time is what the caller says it is, counted from the start of the wait.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::config::LONGEST;
use crate::error::{Error, ErrorKind};
use crate::retry;

/// So many jobs that fail with no answer to any in between are not each at fault for themselves.
const JOBS_TO_BLAME_THE_SERVICE: usize = 3;

/// The limits of a schedule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) initial: Duration,
    pub(super) max: Duration,
    pub(super) max_outage: Duration,
    pub(super) deadline: Option<Duration>,
}

/// What to do about a failed look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The next poll is scheduled, for this time; none if this one was the last.
    Again(Option<Duration>),
    /// This job has failed for as long as is borne.
    GiveUp,
    /// Nothing at all has been answered for that long.
    GiveUpAll,
}

/// A run of failures.
#[derive(Debug, Clone, Copy)]
struct Outage {
    since: Duration,
    failures: u32,
}

impl Outage {
    fn extended(outage: Option<Self>, at: Duration) -> Self {
        match outage {
            None => Self { since: at, failures: 1 },
            Some(outage) => Self { failures: outage.failures.saturating_add(1), ..outage },
        }
    }
}

#[derive(Debug, Clone)]
struct Job {
    /// The pause before the next look, jitter aside.
    interval: Duration,
    /// Apart from the job, because there may be thousands and most have none.
    trouble: Option<Box<Trouble>>,
}

/// A job that was not answered when it was looked at last.
#[derive(Debug, Clone)]
struct Trouble {
    outage: Outage,
    /// The silence (see [`Schedule::silence`]) in which it failed last.
    failed_in: u64,
}

/// Earliest due first.
#[derive(Debug)]
pub(super) struct Schedule {
    pace: Pace,
    jobs: Vec<Job>,
    due: BinaryHeap<Reverse<(Duration, usize)>>,
    /// The job last handed out by [`next`](Self::next), out of the heap until something is said of it.
    looking: Option<usize>,
    /// Failures since anything was answered.
    outage: Option<Outage>,
    /// The times between two answers are numbered,
    silence: u64,
    /// and this many jobs have failed in the present one.
    silent_jobs: usize,
    /// No look at any job before this: the service asked for a rest, or is away.
    hold: Duration,
}

impl Schedule {
    /// Every job is due at once.
    pub(super) fn new(jobs: usize, pace: Pace) -> Self {
        // neither a product nor a sum of the times can overflow then
        let pace = Pace {
            initial: pace.initial.min(LONGEST),
            max: pace.max.min(LONGEST),
            max_outage: pace.max_outage.min(LONGEST),
            deadline: pace.deadline.map(|deadline| deadline.min(LONGEST)),
        };
        Self {
            pace,
            jobs: vec![Job { interval: pace.initial, trouble: None }; jobs],
            due: (0..jobs).map(|job| Reverse((Duration::ZERO, job))).collect(),
            looking: None,
            outage: None,
            silence: 0,
            silent_jobs: 0,
            hold: Duration::ZERO,
        }
    }

    /// The next job to look at, and when; `None` when all have ended or have had their last look. Must be followed by
    /// one of [`ended`](Self::ended), [`answered`](Self::answered) or [`failed`](Self::failed).
    pub(super) fn next(&mut self) -> Option<(usize, Duration)> {
        let Reverse((due, job)) = self.due.pop()?;
        self.looking = Some(job);
        Some((job, self.cut(due.max(self.hold))))
    }

    /// The job has ended, one way or another.
    pub(super) fn ended(&mut self, job: usize) {
        debug_assert_eq!(self.looking, Some(job), "what was said is about another job");
        self.looking = None;
        self.recovered();
    }

    /// The job goes on. When it is polled next, if it is.
    pub(super) fn answered(&mut self, job: usize, now: Duration, dice: f64) -> Option<Duration> {
        self.recovered();
        // the jitter of many jobs adds up, so that they drift apart even if they started together
        let drift = self.jobs.len() > 1;
        let state = self.jobs.get_mut(job)?;
        state.trouble = None;
        let pause = retry::jittered(state.interval, dice);
        let grown_from = if drift { pause } else { state.interval };
        state.interval = grown_from.mul_f64(1.5).min(self.pace.max);
        let due = now.saturating_add(pause);
        self.enter(job, if drift { put_off(due, pause) } else { due }, now)
    }

    /// A look that began at `looked_at` failed with something that may pass.
    pub(super) fn failed(
        &mut self,
        job: usize,
        looked_at: Duration,
        now: Duration,
        error: &Error,
        dice: f64,
    ) -> Verdict {
        let overall = Outage::extended(self.outage, looked_at);
        self.outage = Some(overall);
        self.looking = None;
        let Some(state) = self.jobs.get_mut(job) else { return Verdict::GiveUp };
        let before = state.trouble.as_deref();
        let own = Outage::extended(before.map(|trouble| trouble.outage), looked_at);
        if before.is_none_or(|trouble| trouble.failed_in != self.silence) {
            self.silent_jobs += 1;
        }
        state.trouble = Some(Box::new(Trouble { outage: own, failed_in: self.silence }));

        // a job's own trouble must not end the others, nor slow them: only what cannot be about one job, or happens to
        // several, is taken for the service's
        let jobs_to_blame = match error.kind() {
            ErrorKind::RateLimited | ErrorKind::Dns | ErrorKind::Connect => 1,
            _ => JOBS_TO_BLAME_THE_SERVICE.min(self.due.len() + 1),
        };
        let of_the_service = self.silent_jobs >= jobs_to_blame;

        let borne_until = |outage: Outage| outage.since.saturating_add(self.pace.max_outage);
        let asked = error.retry_after().map(|asked| asked.min(LONGEST));
        let next = now.saturating_add(retry::pause(own.failures, asked, dice));
        if of_the_service && now >= borne_until(overall) {
            return Verdict::GiveUpAll;
        }
        if of_the_service {
            // the failures before the service was blamed say nothing of how long it has been away
            let failures = overall.failures.saturating_sub(jobs_to_blame as u32 - 1).max(1);
            let pause = now.saturating_add(retry::pause(failures, asked, dice));
            self.hold = self.hold.max(pause.min(borne_until(overall)));
        }
        // a pause of our own is cut to what is borne; one that the service asked for is not: this job is given up at
        // once, and the others, of whom it was not asked, have their looks when the service has had what they can bear
        if now >= borne_until(own) || (asked.is_some() && next > borne_until(own)) {
            return Verdict::GiveUp;
        }
        Verdict::Again(self.enter(job, next.min(borne_until(own)), now))
    }

    fn recovered(&mut self) {
        self.silence += 1;
        self.silent_jobs = 0;
        self.outage = None;
        self.hold = Duration::ZERO;
    }

    /// Enters the job's next poll, unless the one that ended `now` was its last, and returns when it will be as things
    /// stand.
    fn enter(&mut self, job: usize, at: Duration, now: Duration) -> Option<Duration> {
        self.looking = None;
        if self.pace.deadline.is_some_and(|deadline| now >= deadline) {
            return None;
        }
        self.due.push(Reverse((at, job)));
        Some(self.cut(at.max(self.hold)))
    }

    /// No look is later than the deadline.
    fn cut(&self, at: Duration) -> Duration {
        self.pace.deadline.map_or(at, |deadline| at.min(deadline))
    }
}

/// A look that is due at `due` after a `pause`, put off by a hundredth of that pause at most, so that the looks of other
/// jobs that are due just after it are made in one go: to fall asleep and to wake up cost several times what a look costs.
fn put_off(due: Duration, pause: Duration) -> Duration {
    // powers of two, so that the ticks of long pauses are ticks of short ones too
    let Some(exponent) = (pause.as_micros() / 100).checked_ilog2() else { return due };
    let tick = 1_u128 << exponent;
    let late = due.as_micros() % tick;
    let more = if late == 0 { 0 } else { tick - late };
    due.saturating_add(Duration::from_micros(u64::try_from(more).unwrap_or(0)))
}

#[cfg(test)]
mod tests;
