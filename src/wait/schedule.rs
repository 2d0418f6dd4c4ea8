//! When to poll which job. Pure: time is what the caller says it is, counted from the start of the wait.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::config::LONGEST;
use crate::error::{Error, ErrorKind};
use crate::retry;

/// What the last polls may take: of all jobs together, counted from when the first of them begins.
pub(super) const GRACE: Duration = Duration::from_millis(200);
/// So many jobs that fail with no response to any in between are not each at fault for themselves.
const JOBS_TO_BLAME_THE_SERVICE: usize = 3;

/// The limits of a schedule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) initial: Duration,
    pub(super) max: Duration,
    pub(super) max_outage: Duration,
    /// A job that the service does not know is polled again until then.
    pub(super) until_exists: Duration,
    pub(super) deadline: Option<Duration>,
}

/// What to do about a failed poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The next poll is scheduled, for this time as things stand.
    Again(Duration),
    /// The deadline has passed: this poll was the job's last.
    OutOfTime,
    /// This job will not do better, or has failed for as long as is borne.
    GiveUp,
    /// There was no response of any kind for as long as is borne.
    GiveUpAll,
    /// No job would do better: each has this failure.
    RefuseAll,
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
    /// The pause before the next poll, jitter aside.
    interval: Duration,
    /// Apart from the job, because there may be thousands and most have none.
    trouble: Option<Box<Trouble>>,
}

/// A job whose last poll failed.
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
    polling: Option<usize>,
    /// Failures since there was a response.
    outage: Option<Outage>,
    /// The times between two responses are numbered,
    silence: u64,
    /// and this many jobs have failed in the present one.
    silent_jobs: usize,
    /// No poll of any job before this: the service asked for a rest, or is away.
    hold: Duration,
    /// Whether the service, or a proxy on the way to it, was ever reached.
    reached: bool,
    /// When the first of the last polls began.
    last_polls_since: Option<Duration>,
}

impl Schedule {
    /// Every job is due at once. `reached`: whether the service is known to be where the client looks for it.
    pub(super) fn new(jobs: usize, pace: Pace, reached: bool) -> Self {
        // neither a product nor a sum of the times can overflow then
        let pace = Pace {
            initial: pace.initial.min(LONGEST),
            max: pace.max.min(LONGEST),
            max_outage: pace.max_outage.min(LONGEST),
            until_exists: pace.until_exists.min(LONGEST),
            deadline: pace.deadline.map(|deadline| deadline.min(LONGEST)),
        };
        Self {
            pace,
            jobs: vec![Job { interval: pace.initial, trouble: None }; jobs],
            due: (0..jobs).map(|job| Reverse((Duration::ZERO, job))).collect(),
            polling: None,
            outage: None,
            silence: 0,
            silent_jobs: 0,
            hold: Duration::ZERO,
            reached,
            last_polls_since: None,
        }
    }

    /// The next job to poll, and when; `None` when all have ended or have had their last poll. Must be followed by one of
    /// [`ended`](Self::ended), [`responded`](Self::responded) or [`failed`](Self::failed).
    pub(super) fn next(&mut self) -> Option<(usize, Duration)> {
        let Reverse((due, job)) = self.due.pop()?;
        self.polling = Some(job);
        Some((job, self.cut(due.max(self.hold))))
    }

    /// When a poll that begins `now` must be over: a job's last one has its time even if it begins late, since the process
    /// was stopped, say.
    pub(super) fn poll_ends_by(&mut self, now: Duration) -> Option<Duration> {
        let deadline = self.pace.deadline?;
        let last_polls_since = if now < deadline { deadline } else { *self.last_polls_since.get_or_insert(now) };
        Some(last_polls_since.saturating_add(GRACE))
    }

    /// A poll was over `now`: if the deadline passed meanwhile, what is left of the time of the last polls is for the others.
    pub(super) fn poll_over(&mut self, polled_at: Duration, now: Duration) {
        if let Some(deadline) = self.pace.deadline
            && (polled_at..=now).contains(&deadline)
            && !was_stopped(deadline, polled_at, now)
        {
            self.last_polls_since.get_or_insert(deadline);
        }
    }

    /// The job has ended.
    pub(super) fn ended(&mut self, job: usize) {
        debug_assert_eq!(self.polling, Some(job), "what was said is about another job");
        self.polling = None;
        self.recovered();
    }

    /// The poll that began at `polled_at` had a response `now`, and the job goes on. When it is polled next, if it is.
    pub(super) fn responded(
        &mut self,
        job: usize,
        polled_at: Duration,
        now: Duration,
        jitter: f64,
    ) -> Option<Duration> {
        self.recovered();
        let next = self.next_regular(job, now, jitter)?;
        self.enter(job, next, polled_at, now)
    }

    /// The poll that began at `polled_at` has failed `now`.
    pub(super) fn failed(
        &mut self,
        job: usize,
        polled_at: Duration,
        now: Duration,
        error: &Error,
        jitter: f64,
    ) -> Verdict {
        self.polling = None;
        if error.is_of_client() || error.is_no_such_host() && !self.reached {
            return Verdict::RefuseAll;
        }
        if !error.is_retryable() {
            self.recovered();
            if error.kind() != ErrorKind::NotFound || polled_at >= self.pace.until_exists {
                return Verdict::GiveUp;
            }
            let Some(next) = self.next_regular(job, now, jitter) else { return Verdict::GiveUp };
            // with one poll at the very end
            let until = if now < self.pace.until_exists { self.pace.until_exists } else { now };
            return self.again(job, next.min(until), polled_at, now);
        }
        self.reached |= error.http_status().is_some();

        let overall = Outage::extended(self.outage, polled_at);
        self.outage = Some(overall);
        let Some(state) = self.jobs.get_mut(job) else { return Verdict::GiveUp };
        let before = state.trouble.as_deref();
        let own = Outage::extended(before.map(|trouble| trouble.outage), polled_at);
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
        let next = now.saturating_add(retry::pause(own.failures, asked, jitter));
        if of_the_service && now >= borne_until(overall) {
            return Verdict::GiveUpAll;
        }
        if of_the_service {
            // the failures before the service was blamed say nothing of how long it has been away
            let failures = overall.failures.saturating_sub(jobs_to_blame as u32 - 1).max(1);
            let pause = now.saturating_add(retry::pause(failures, asked, jitter));
            self.hold = self.hold.max(pause.min(borne_until(overall)));
        }
        // a pause of our own is cut to what is borne; one that the service asked for is not: this job is given up at
        // once, and the others, of whom it was not asked, are polled when the service has had what they can bear
        if now >= borne_until(own) || (asked.is_some() && next > borne_until(own)) {
            return Verdict::GiveUp;
        }
        self.again(job, next.min(borne_until(own)), polled_at, now)
    }

    fn recovered(&mut self) {
        self.reached = true;
        self.silence += 1;
        self.silent_jobs = 0;
        self.outage = None;
        self.hold = Duration::ZERO;
    }

    /// When a job is due after a poll that the service responded to.
    fn next_regular(&mut self, job: usize, now: Duration, jitter: f64) -> Option<Duration> {
        // the jitter of many jobs adds up, so that they drift apart even if they started together
        let drift = self.jobs.len() > 1;
        let state = self.jobs.get_mut(job)?;
        state.trouble = None;
        let pause = retry::jittered(state.interval, jitter);
        let grown_from = if drift { pause } else { state.interval };
        state.interval = grown_from.mul_f64(1.5).min(self.pace.max);
        let due = now.saturating_add(pause);
        Some(if drift { put_off(due, pause) } else { due })
    }

    fn again(&mut self, job: usize, at: Duration, polled_at: Duration, now: Duration) -> Verdict {
        self.enter(job, at, polled_at, now).map_or(Verdict::OutOfTime, Verdict::Again)
    }

    /// Enters the job's next poll, unless the one that ended `now` was its last, and returns when it will be as things
    /// stand.
    fn enter(&mut self, job: usize, at: Duration, polled_at: Duration, now: Duration) -> Option<Duration> {
        self.polling = None;
        if let Some(deadline) = self.pace.deadline
            && now >= deadline
            && !was_stopped(deadline, polled_at, now)
        {
            return None;
        }
        self.due.push(Reverse((at, job)));
        Some(self.cut(at.max(self.hold)))
    }

    /// No poll is later than the deadline.
    fn cut(&self, at: Duration) -> Duration {
        self.pace.deadline.map_or(at, |deadline| at.min(deadline))
    }
}

/// Whether a poll that began before the deadline has outlived all of its time: it was stopped together with the process,
/// and was no last poll.
fn was_stopped(deadline: Duration, polled_at: Duration, now: Duration) -> bool {
    polled_at < deadline && now > deadline.saturating_add(2 * GRACE)
}

/// A poll that is due at `due` after a `pause`, put off by a hundredth of that pause at most, so that the polls of other
/// jobs that are due just after it are made in one go: to fall asleep and to wake up cost several times what a poll costs.
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
