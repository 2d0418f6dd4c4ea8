//! The connections that wait for another request.
//!
//! In place of ureq's pool, which probes a connection under the lock that every call takes, closes them all to be sure of
//! a new one, and is lost for good when anything panics in it. Here nothing runs under the lock but a push and a pop, and
//! the connection used last is taken first: it is the one most likely to be alive.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::buffers::FixedBuffers;
use super::channel::Channel;

/// How long an unused connection is kept.
const IDLE_FOR: Duration = Duration::from_secs(60);
/// How many are kept: as many as threads are likely to call at once.
pub(super) const MAX_IDLE: usize = 16;

/// A connection between two requests.
pub(super) struct Idle {
    pub(super) channel: Channel,
    pub(super) buffers: FixedBuffers,
}

/// Those of one client, the one used last at the end.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<(Instant, Idle)>>);

impl Pool {
    /// Keeps `idle`, and closes kept connections that are too old or too many.
    pub(super) fn put(&self, idle: Idle) {
        let now = Instant::now();
        let mut kept = self.lock();
        kept.push((now, idle));
        let expired = kept.iter().take_while(|(since, _)| now.duration_since(*since) >= IDLE_FOR).count();
        let surplus = kept.len().saturating_sub(MAX_IDLE);
        let closed: Vec<_> = kept.drain(..expired.max(surplus)).collect();
        drop(kept);
        drop(closed);
    }

    /// The connection used last that can carry another request. Those found unfit are closed.
    pub(super) fn take(&self) -> Option<Idle> {
        loop {
            let (since, mut idle) = self.lock().pop()?;
            if since.elapsed() < IDLE_FOR && idle.channel.is_idle() {
                return Some(idle);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Instant, Idle)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}
