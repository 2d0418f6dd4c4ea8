//! What ends a call before its time: the shutdown of its client, and the cancel tokens it was given.
//!
//! A connection belongs to the client, and ureq carries nothing from a call to it but bytes, and timeouts at the price of
//! a configuration for each request. It does stay on the thread of the call, so that is where a call's tokens and its
//! deadline lie while ureq works for it.

use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags};

use super::latch::Latch;
use super::token::CancelToken;
use crate::error::{Error, ErrorKind};

/// The tokens given to a call. To have none, which is usual, costs nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens(Option<Arc<[CancelToken]>>);

impl Tokens {
    /// These, and another one unless it is among them.
    pub(crate) fn and(&self, token: &CancelToken) -> Self {
        if self.as_slice().iter().any(|known| known.is(token)) {
            return self.clone();
        }
        Self(Some(self.as_slice().iter().chain([token]).cloned().collect()))
    }

    fn as_slice(&self) -> &[CancelToken] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// What ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interruption {
    ShutDown,
    Cancelled,
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ShutDown => "the client was shut down",
            Self::Cancelled => "the call was cancelled",
        })
    }
}

impl From<Interruption> for Error {
    fn from(interruption: Interruption) -> Self {
        Self::new(ErrorKind::Cancelled, interruption)
    }
}

/// Everything that may end one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interrupts<'a> {
    shutdown: &'a Latch,
    tokens: &'a [CancelToken],
}

impl<'a> Interrupts<'a> {
    /// Fails if the system has no file descriptors for the tokens.
    pub(crate) fn new(shutdown: &'a Latch, tokens: &'a Tokens) -> Result<Self, Error> {
        let tokens = tokens.as_slice();
        tokens.iter().try_for_each(CancelToken::prepare)?;
        Ok(Self { shutdown, tokens })
    }

    /// What has ended the call, if something has.
    pub(crate) fn interruption(self) -> Option<Interruption> {
        if self.shutdown.is_set() {
            return Some(Interruption::ShutDown);
        }
        self.tokens.iter().any(CancelToken::is_cancelled).then_some(Interruption::Cancelled)
    }

    /// What poll(2) has to watch, the shutdown first.
    pub(crate) fn to_watch(self) -> impl Iterator<Item = PollFd<'a>> {
        let latches = self.tokens.iter().filter_map(CancelToken::latch);
        [self.shutdown].into_iter().chain(latches).map(|latch| PollFd::from_borrowed_fd(latch.as_fd(), PollFlags::IN))
    }
}

/// How a call may end before its time, and when its time is over.
struct Ends {
    tokens: Option<ManuallyDrop<Arc<[CancelToken]>>>,
    deadline: Instant,
}

thread_local! {
    /// How the call ends that ureq works for on this thread. Without a destructor, so that nothing is registered with the
    /// thread, and a call made while the thread ends finds it too; [`Under`] empties it.
    static ENDS: RefCell<Option<Ends>> = const { RefCell::new(None) };
}

/// Runs `call`, in which [`current`] knows of `tokens`, and [`deadline`] of `deadline`.
pub(crate) fn under<R>(tokens: &Tokens, deadline: Instant, call: impl FnOnce() -> R) -> R {
    /// Puts back what was there before, also when `call` panics.
    struct Under(Option<Ends>);

    impl Drop for Under {
        fn drop(&mut self) {
            ENDS.replace(self.0.take()).and_then(|ends| ends.tokens).map(ManuallyDrop::into_inner);
        }
    }

    let ends = Ends { tokens: tokens.0.clone().map(ManuallyDrop::new), deadline };
    let _under = Under(ENDS.replace(Some(ends)));
    call()
}

/// What may end the call that runs on this thread. `with` must not run another one.
pub(crate) fn current<R>(shutdown: &Latch, with: impl FnOnce(Interrupts<'_>) -> R) -> R {
    ENDS.with_borrow(|ends| {
        let tokens = ends.as_ref().and_then(|ends| ends.tokens.as_deref());
        with(Interrupts { shutdown, tokens: tokens.map_or(&[], |tokens| tokens) })
    })
}

/// The deadline of the call that runs on this thread; without a call, now.
pub(crate) fn deadline() -> Instant {
    ENDS.with_borrow(|ends| ends.as_ref().map(|ends| ends.deadline)).unwrap_or_else(Instant::now)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::*;

    fn count(shutdown: &Latch) -> usize {
        current(shutdown, |interrupts| interrupts.tokens.len())
    }

    #[test]
    fn a_call_within_a_call_has_its_own_tokens_and_a_panic_leaves_none() {
        let shutdown = Latch::new().expect("descriptors");
        let token = CancelToken::new();
        let one = Tokens::default().and(&token);
        let soon = Instant::now() + Duration::from_secs(1);
        let later = soon + Duration::from_secs(1);
        under(&one, soon, || {
            assert_eq!((count(&shutdown), deadline()), (1, soon));
            under(&one.and(&CancelToken::new()), later, || assert_eq!((count(&shutdown), deadline()), (2, later)));
            under(&Tokens::default(), later, || assert_eq!(count(&shutdown), 0, "a call without tokens heeds none"));
            catch_unwind(AssertUnwindSafe(|| under(&Tokens::default(), later, || panic!("within"))))
                .expect_err("a panic");
            assert_eq!((count(&shutdown), deadline()), (1, soon));
            token.cancel();
            assert_eq!(current(&shutdown, |interrupts| interrupts.interruption()), Some(Interruption::Cancelled));
            shutdown.set();
            assert_eq!(current(&shutdown, |interrupts| interrupts.interruption()), Some(Interruption::ShutDown));
        });
        assert_eq!(count(&shutdown), 0);
        assert_eq!(Arc::strong_count(&one.0.expect("a token")), 1, "nothing is left in the thread");
    }
}
