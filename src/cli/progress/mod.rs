//! What is shown while `wait` waits: bars on a terminal, lines elsewhere, nothing with `-q`.

mod bars;
mod lines;
mod rows;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use console::Term;
use unstructured_jobs::JobDetails;

use self::bars::Bars;
use crate::output;

/// Bars show how long a state has lasted, to the second.
const TICK: Duration = Duration::from_secs(1);
/// Off a terminal, so many seconds without a line get one that says that the wait goes on.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Enough for drawing.
const TICKER_STACK: usize = 256 * 1024;

/// The jobs as they were last seen, and how that is shown.
pub(crate) struct Progress {
    jobs: Jobs,
    view: View,
    last_line: Instant,
}

/// Between the wait, the log and the clock.
pub(crate) type Shared = Arc<Mutex<Progress>>;

enum View {
    Nothing,
    Lines,
    Bars(Bars),
}

/// What is known of the jobs.
struct Jobs {
    all: Vec<Job>,
    started: Instant,
    outage: Option<Outage>,
}

struct Job {
    id: String,
    last: Option<JobDetails>,
    /// When the status was first seen.
    since: Instant,
}

/// The service has not answered for a while.
struct Outage {
    since: Instant,
    error: String,
}

impl Job {
    fn has_ended(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.processing_status.is_terminal())
    }
}

impl Progress {
    pub(crate) fn new(job_ids: &[String], quiet: bool) -> Shared {
        let now = Instant::now();
        let all = job_ids.iter().map(|id| Job { id: id.clone(), last: None, since: now }).collect();
        let view = if quiet {
            View::Nothing
        } else if Term::stderr().is_term() && !output::is_dumb() {
            View::Bars(Bars::new(output::has_colours(&io::stderr())))
        } else {
            View::Lines
        };
        let jobs = Jobs { all, started: now, outage: None };
        let progress = Arc::new(Mutex::new(Self { jobs, view, last_line: now }));
        if !quiet {
            tick_away(&progress);
        }
        progress
    }

    /// A look at a job was answered.
    pub(crate) fn answered(shared: &Shared, position: usize, details: &JobDetails) {
        let mut progress = lock(shared);
        let now = Instant::now();
        let Progress { jobs, view, .. } = &mut *progress;
        let recovered = jobs.outage.take().is_some();
        let started = jobs.started;
        let Some(job) = jobs.all.get_mut(position) else { return };
        let line = lines::change(&job.id, job.last.as_ref(), details);
        if job.last.as_ref().is_none_or(|last| last.processing_status != details.processing_status) {
            job.since = now;
        }
        job.last = Some(details.clone());
        match view {
            View::Nothing => {}
            View::Lines => {
                let line = line.or_else(|| recovered.then(|| "the service answers again".to_owned()));
                if let Some(line) = line {
                    progress.line(now, &line);
                }
            }
            View::Bars(bars) => {
                if details.processing_status.is_terminal()
                    && let Some(line) = bars.end_line(jobs, position)
                {
                    bars.above(&lines::stamp(now - started, &line));
                }
                bars.draw(jobs, now);
            }
        }
    }

    /// A look failed with something that may pass. Shown when it is the first after an answer.
    pub(crate) fn failed_look(shared: &Shared, error: &str) {
        let mut progress = lock(shared);
        let now = Instant::now();
        let first = progress.jobs.outage.is_none();
        let since = progress.jobs.outage.take().map_or(now, |outage| outage.since);
        progress.jobs.outage = Some(Outage { since, error: error.to_owned() });
        match &mut progress.view {
            View::Lines if first => progress.line(now, error),
            View::Nothing | View::Lines => {}
            View::Bars(_) => progress.draw(now),
        }
    }

    /// Says something without disturbing the bars.
    pub(crate) fn remark(shared: &Shared, text: &str) {
        let line = format!("unstructured-jobs: {text}");
        match &lock(shared).view {
            View::Bars(bars) => bars.above(&line),
            View::Nothing | View::Lines => output::say(&line),
        }
    }

    /// Takes the bars away. Nothing is shown any more.
    pub(crate) fn finish(shared: &Shared) {
        let mut progress = lock(shared);
        if let View::Bars(bars) = &progress.view {
            bars.clear();
        }
        progress.view = View::Nothing;
    }

    fn tick(&mut self, now: Instant) {
        match self.view {
            View::Nothing => {}
            View::Lines if now - self.last_line >= HEARTBEAT => {
                let line = lines::heartbeat(&self.jobs, now);
                self.line(now, &line);
            }
            View::Lines => {}
            View::Bars(_) => self.draw(now),
        }
    }

    fn draw(&mut self, now: Instant) {
        if let View::Bars(bars) = &mut self.view {
            bars.draw(&self.jobs, now);
        }
    }

    fn line(&mut self, now: Instant, text: &str) {
        output::say(&lines::stamp(now - self.jobs.started, text));
        self.last_line = now;
    }
}

/// Redraws every second. Without a thread to do it, bars move only with the answers, which is no reason to give up.
fn tick_away(progress: &Shared) {
    let progress = Arc::clone(progress);
    let _ = thread::Builder::new().name("ticker".to_owned()).stack_size(TICKER_STACK).spawn(move || {
        loop {
            thread::sleep(TICK);
            lock(&progress).tick(Instant::now());
        }
    });
}

/// A panic ends the command, so nobody ever finds the lock poisoned.
fn lock(progress: &Shared) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
