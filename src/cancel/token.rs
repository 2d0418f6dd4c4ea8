//! The token that ends calls one by one, where a shutdown ends them all.

use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, OnceLock};

use super::latch::Latch;
use crate::error::{Error, ErrorKind};

/// Ends the calls that were given it, at once and from any thread: asleep, or blocked in the network. Clones are one
/// token.
///
/// It is given to a wait by [`WaitOptions::cancel_token`](crate::WaitOptions::cancel_token), and to calls of every kind
/// by [`Client::with_cancel_token`](crate::Client::with_cancel_token). One that was not cancelled can be given to any
/// number of calls, one after the other or at once. It holds two file descriptors from the first of them on.
///
/// ```
/// use std::ops::ControlFlow;
/// use unstructured_jobs::{CancelToken, Client, ErrorKind, WaitOptions};
///
/// let client = Client::builder().api_key("my-key").build()?;
/// let token = CancelToken::new();
/// let clone = token.clone();
/// std::thread::spawn(move || clone.cancel()).join().unwrap();
/// let options = WaitOptions::new().cancel_token(&token);
/// let error = client.wait("b2c3d4e5", &options, |_| ControlFlow::Continue(())).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Cancelled);
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
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
    ///
    /// ```
    /// use unstructured_jobs::CancelToken;
    ///
    /// assert!(!CancelToken::new().is_cancelled());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every call that was given this token, now and later, with [`ErrorKind::Cancelled`]. Cannot be undone.
    ///
    /// Takes no lock and allocates nothing: it may be called from a signal handler.
    ///
    /// ```
    /// use unstructured_jobs::CancelToken;
    ///
    /// let token = CancelToken::new();
    /// token.clone().cancel();
    /// assert!(token.is_cancelled(), "clones are one token");
    /// ```
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        self.meet();
        if let Some(latch) = self.0.latch.get() {
            latch.set();
        }
    }

    /// Whether it was cancelled.
    ///
    /// ```
    /// use unstructured_jobs::CancelToken;
    ///
    /// let token = CancelToken::new();
    /// assert!(!token.is_cancelled());
    /// token.cancel();
    /// assert!(token.is_cancelled());
    /// ```
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
        let latch = Latch::new()
            .map_err(|error| Error::new(ErrorKind::Io, "the system has no resources for a call").because(error))?;
        let latch = self.0.latch.get_or_init(|| latch);
        self.meet();
        // `cancel` may have come in between and seen no latch
        if self.is_cancelled() {
            latch.set();
        }
        Ok(())
    }

    /// A fence between the two steps of `cancel` and of `prepare`. `cancel` stores the flag and then reads the latch;
    /// `prepare` stores the latch and then reads the flag. Without a fence, a weakly ordered machine lets both read before
    /// either store is seen (`OnceLock` stores with release ordering only): nobody sets the latch, and the call sleeps on.
    /// Sequentially consistent fences have one order: whichever thread passes second sees what the first one stored, and
    /// sets the latch.
    ///
    /// A second call that finds a latch made by a first one, which has not yet read the flag, need do nothing: the first
    /// call or `cancel` will set the latch, and that wakes all of them.
    fn meet(&self) {
        fence(Ordering::SeqCst);
    }

    pub(crate) fn latch(&self) -> Option<&Latch> {
        self.0.latch.get()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn a_latch_made_while_it_is_cancelled_is_set() {
        for _ in 0..2000 {
            let token = CancelToken::new();
            let both = Barrier::new(3);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        both.wait();
                        token.prepare().expect("descriptors");
                    });
                }
                both.wait();
                token.cancel();
            });
            assert!(token.latch().is_none_or(Latch::is_set), "a call would have slept on");
        }
    }
}
