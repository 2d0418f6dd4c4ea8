//! The token that ends calls one by one, where a shutdown ends them all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::latch::Latch;
use crate::error::{Error, ErrorKind};

/// Ends the calls that were given it, at once and from any thread: asleep, or blocked in the network. Clones are one
/// token.
///
/// It is given to a wait by [`WaitOptions::cancel_token`](crate::WaitOptions::cancel_token), and to calls of every kind
/// by [`Client::with_cancel_token`](crate::Client::with_cancel_token). One that was not cancelled can be given to any
/// number of calls, one after the other or at once. It holds two file descriptors from the first of them on.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Token>);

#[derive(Debug, Default)]
struct Token {
    cancelled: AtomicBool,
    /// Made by the first call that uses the token.
    latch: OnceLock<Latch>,
}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every call that was given this token, now and later, with [`ErrorKind::Cancelled`]. Cannot be undone.
    ///
    /// Takes no lock and allocates nothing: it may be called from a signal handler.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        if let Some(latch) = self.0.latch.get() {
            latch.set();
        }
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Whether both are clones of one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Makes what poll(2) can wait for, unless it is there or of no use any more.
    pub(crate) fn prepare(&self) -> Result<(), Error> {
        if self.is_cancelled() || self.latch().is_some() {
            return Ok(());
        }
        let latch = Latch::new().map_err(|error| {
            Error::new(ErrorKind::Io, format_args!("the system has no resources for a call: {error}"))
                .with_source(error)
        })?;
        let latch = self.0.latch.get_or_init(|| latch);
        // cancel() may have come between the two and seen no latch
        if self.is_cancelled() {
            latch.set();
        }
        Ok(())
    }

    pub(crate) fn latch(&self) -> Option<&Latch> {
        self.0.latch.get()
    }
}
