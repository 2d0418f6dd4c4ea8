//! What is known of the jobs that are waited for, and what is news about them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use unstructured_jobs::{Event, EventKind, JobDetails, ProcessingStatus};

use super::lines;
use crate::output::escape;

/// Off a terminal, failing polls are reported for no more jobs than this: a service that fails does so for all of them.
const MOST_TROUBLES: usize = 8;
/// No more statuses that this version does not know are reported.
const MOST_UNKNOWN: usize = 8;

pub(super) struct Jobs {
    /// Each once, even if its id was given twice.
    pub(super) all: Vec<Job>,
    pub(super) started: Instant,
    /// Whether anything was learnt since it was last drawn.
    pub(super) changed: bool,
    /// The place in `all` of each id that was given.
    places: Vec<usize>,
    /// The statuses that this version does not know and that were reported.
    unknown: Vec<String>,
}

pub(super) struct Job {
    pub(super) id: String,
    pub(super) last: Option<Arc<JobDetails>>,
    /// When the status was first seen.
    pub(super) since: Instant,
    pub(super) trouble: Option<Trouble>,
}

/// A job that could not be polled.
pub(super) struct Trouble {
    pub(super) since: Instant,
    pub(super) reason: String,
    /// It will not be polled again.
    pub(super) for_good: bool,
    /// There was a line about it.
    pub(super) said: bool,
}

/// What there is to say about an event.
pub(super) struct News {
    /// That the job has a status unknown to this version.
    pub(super) unknown: Option<String>,
    /// Where every change is a line.
    pub(super) line: Option<String>,
    /// Where only the end of a job is one.
    pub(super) end: Option<String>,
}

impl Job {
    /// Whether it is still waited for.
    pub(super) fn goes_on(&self) -> bool {
        let ended = self.last.as_ref().is_some_and(|last| last.processing_status.is_terminal());
        !ended && self.trouble.as_ref().is_none_or(|trouble| !trouble.for_good)
    }
}

impl Jobs {
    pub(super) fn new(job_ids: &[String], now: Instant) -> Self {
        let mut place_of = HashMap::with_capacity(job_ids.len());
        let mut all = Vec::with_capacity(job_ids.len());
        let places = job_ids
            .iter()
            .map(|id| {
                *place_of.entry(id).or_insert_with(|| {
                    all.push(Job { id: id.clone(), last: None, since: now, trouble: None });
                    all.len() - 1
                })
            })
            .collect();
        Self { all, started: now, changed: true, places, unknown: Vec::new() }
    }

    pub(super) fn learn(&mut self, event: &Event, now: Instant) -> News {
        let mut news = News { unknown: None, line: None, end: None };
        let told = |job: &&Job| job.trouble.as_ref().is_some_and(|trouble| trouble.said);
        let troubles = if event.error.is_some() { self.all.iter().filter(told).count() } else { 0 };
        let Some(job) = self.places.get(event.index).and_then(|&place| self.all.get_mut(place)) else { return news };
        match (&event.error, &event.details) {
            (Some(error), _) => {
                let reason = escape(&format!("{error:#}"));
                let for_good = event.kind == EventKind::GaveUp;
                let before = job.trouble.take();
                let said = before.as_ref().map_or(troubles < MOST_TROUBLES, |before| before.said);
                if for_good {
                    news.line = Some(format!("{}: {reason}", job.id));
                    news.end.clone_from(&news.line);
                } else if before.is_none() && said {
                    news.line = Some(lines::failure(&job.id, &reason, event.next_poll_in));
                }
                let since = before.map_or(now, |before| before.since);
                job.trouble = Some(Trouble { since, reason, for_good, said });
            }
            (None, Some(details)) => {
                news.line = lines::change(&job.id, job.last.as_deref(), details);
                if job.trouble.take().is_some_and(|trouble| trouble.said) && news.line.is_none() {
                    news.line = Some(format!("{}: the service responds again", job.id));
                }
                if event.kind == EventKind::Ended {
                    news.end = Some(format!("{}: {}", job.id, lines::status(details)));
                }
                if job.last.as_ref().is_none_or(|last| last.processing_status != details.processing_status) {
                    job.since = now;
                }
                job.last = Some(Arc::clone(details));
                if let ProcessingStatus::Unknown(status) = &details.processing_status
                    && self.unknown.len() < MOST_UNKNOWN
                    && !self.unknown.contains(status)
                {
                    self.unknown.push(status.clone());
                    news.unknown = Some(lines::unknown(&job.id, status));
                }
            }
            (None, None) => {}
        }
        news
    }
}
