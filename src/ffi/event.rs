//! What is learnt of a job that is waited for.

use libc::{c_char, c_void};

use super::blocks;
use super::error::{self, uns_error};
use super::job_details::{self, uns_job_details};
use crate::{Event, EventKind};

/// What an event says. The values keep their numbers, and new ones are added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum uns_event_kind {
    /// The service responded, and the job goes on.
    UNS_EVENT_RESPONDED = 1,
    /// The service responded, and the job has ended, whatever the end: the last event of this job.
    UNS_EVENT_ENDED = 2,
    /// A poll failed, and the job will be polled again.
    UNS_EVENT_FAILED = 3,
    /// The job will not be polled again, although it is not known to have ended: the last event of this job.
    UNS_EVENT_GAVE_UP = 4,
}

impl From<EventKind> for uns_event_kind {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::Responded => Self::UNS_EVENT_RESPONDED,
            EventKind::Ended => Self::UNS_EVENT_ENDED,
            EventKind::Failed => Self::UNS_EVENT_FAILED,
            EventKind::GaveUp => Self::UNS_EVENT_GAVE_UP,
        }
    }
}

/// What one poll of a job brought.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_event {
    /// What happened.
    pub kind: uns_event_kind,
    /// The job's id, as it was given. Never NULL.
    pub job_id: *const c_char,
    /// The place of the id in `job_ids`, the first one if it is there more than once; 0 in a wait for one job.
    pub index: usize,
    /// What the service sent last: just now with UNS_EVENT_RESPONDED and UNS_EVENT_ENDED, before that with the others.
    /// NULL if it has not sent anything.
    pub details: *const uns_job_details,
    /// What failed, with UNS_EVENT_FAILED and UNS_EVENT_GAVE_UP; otherwise NULL.
    pub error: *const uns_error,
    /// How many polls of this job have failed in a row.
    pub failures: u32,
    /// How long until the job is polled again, in milliseconds; 0 after its last poll.
    pub next_poll_in_ms: u64,
}

/// Sees an event for every poll of a wait, on the thread that waits. NULL: none.
///
/// It may call functions of this library, on the same client too. It must not free the client or anything in the event, and
/// must not leave by longjmp or by an exception: an exception ends the process. (unstructured_jobs.hpp catches
/// exceptions, ends the wait, and throws them on to its caller.)
///
/// @param event what happened; only until the observer returns
/// @param user_data what was given to the wait
/// @return true to go on, false to stop the wait: what has not ended then gets UNS_ERROR_CANCELLED
pub type uns_observer = Option<unsafe extern "C-unwind" fn(event: *const uns_event, user_data: *mut c_void) -> bool>;

pub(super) fn block(event: &Event) -> *mut uns_event {
    blocks::build(|block| uns_event {
        kind: event.kind.into(),
        job_id: block.text(&event.job_id),
        index: event.index,
        details: block.optional(event.details.as_deref(), job_details::fill),
        error: block.optional(event.error.as_ref(), error::fill),
        failures: event.failures,
        // 0 means none, so the last fraction of a millisecond counts as one
        next_poll_in_ms: event
            .next_poll_in
            .map_or(0, |pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX).max(1)),
    })
}
