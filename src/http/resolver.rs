//! Names to addresses: cached, and looked up by one helper thread at most.
//!
//! getaddrinfo(3) cannot be given a deadline, so it runs on a thread of its own. That thread is shared: whoever asks for
//! the same name while it runs waits for its answer, so a dead name server holds one thread and not one for each call.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::PollFlags;

use crate::cancel::Latch;
use crate::cancel::interrupts::{Interruption, Interrupts};
use crate::cancel::poll::{Woken, wait_for};

/// How long an answer is believed.
const CACHE_FOR: Duration = Duration::from_secs(60);
/// getaddrinfo may load modules of the system's name service switch, which expect more than a minimal stack.
const HELPER_STACK: usize = 512 * 1024;

#[derive(Debug, Default)]
pub(super) struct Resolver {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    cached: Option<Cached>,
    running: Option<Arc<Lookup>>,
}

#[derive(Debug)]
struct Cached {
    name: String,
    addrs: Vec<IpAddr>,
    at: Instant,
}

/// One getaddrinfo under way.
#[derive(Debug)]
struct Lookup {
    name: String,
    done: Latch,
    answer: OnceLock<Result<Vec<IpAddr>, Failure>>,
}

#[derive(Debug, Clone)]
struct Failure {
    kind: io::ErrorKind,
    text: String,
}

/// Why there is no address.
#[derive(Debug)]
pub(super) enum ResolveError {
    /// The name service said so.
    Failed(io::Error),
    /// The look-up could not even start (threads, file descriptors).
    NoHelper(io::Error),
    TimedOut,
    Interrupted(Interruption),
}

impl Resolver {
    /// The addresses of `name`, from the cache or by a look-up that ends at `deadline` for this caller.
    pub(super) fn resolve(
        &self,
        name: &str,
        deadline: Instant,
        interrupts: Interrupts<'_>,
    ) -> Result<Vec<IpAddr>, ResolveError> {
        loop {
            let lookup = {
                let mut state = lock(&self.state);
                if let Some(cached) = &state.cached
                    && cached.name == name
                    && cached.at.elapsed() < CACHE_FOR
                {
                    return Ok(cached.addrs.clone());
                }
                match &state.running {
                    Some(running) => Arc::clone(running),
                    None => {
                        let lookup = start(&self.state, name).map_err(ResolveError::NoHelper)?;
                        state.running = Some(Arc::clone(&lookup));
                        lookup
                    }
                }
            };
            match wait_for(lookup.done.as_fd(), PollFlags::IN, deadline, interrupts) {
                Ok(Woken::Ready) => {}
                Ok(Woken::TimedOut) => return Err(ResolveError::TimedOut),
                Ok(Woken::Interrupted(interruption)) => return Err(ResolveError::Interrupted(interruption)),
                Err(error) => return Err(ResolveError::NoHelper(error)),
            }
            // someone else's look-up of another name only had to be waited out
            if lookup.name == name {
                return match lookup.answer.get() {
                    Some(Ok(addrs)) => Ok(addrs.clone()),
                    Some(Err(failure)) => Err(ResolveError::Failed(io::Error::new(failure.kind, failure.text.clone()))),
                    None => Err(ResolveError::Failed(io::Error::other("the look-up ended without an answer"))),
                };
            }
        }
    }

    /// Makes the next resolve ask again: called when an address did not answer.
    pub(super) fn forget(&self, name: &str) {
        let mut state = lock(&self.state);
        if state.cached.as_ref().is_some_and(|cached| cached.name == name) {
            state.cached = None;
        }
    }

    /// Puts the address that answered first.
    pub(super) fn prefer(&self, name: &str, addr: IpAddr) {
        let mut state = lock(&self.state);
        if let Some(cached) = state.cached.as_mut().filter(|cached| cached.name == name)
            && let Some(at) = cached.addrs.iter().position(|a| *a == addr)
            && let Some(head) = cached.addrs.get_mut(..=at)
        {
            head.rotate_right(1);
        }
    }
}

/// Starts the helper. Called with the state locked, so that the helper cannot finish before it is entered there.
fn start(state: &Arc<Mutex<State>>, name: &str) -> io::Result<Arc<Lookup>> {
    let lookup = Arc::new(Lookup { name: name.to_owned(), done: Latch::new()?, answer: OnceLock::new() });
    let (state, theirs) = (Arc::clone(state), Arc::clone(&lookup));
    thread::Builder::new().name("uns-resolver".to_owned()).stack_size(HELPER_STACK).spawn(move || {
        let answer = (theirs.name.as_str(), 0).to_socket_addrs();
        let answer = answer.map(|addrs| addrs.map(|addr| addr.ip()).collect::<Vec<_>>());
        let answer = match answer {
            Ok(addrs) if addrs.is_empty() => {
                Err(Failure { kind: io::ErrorKind::NotFound, text: "the name has no address".to_owned() })
            }
            Ok(addrs) => Ok(addrs),
            Err(error) => Err(Failure { kind: error.kind(), text: error.to_string() }),
        };
        let mut state = lock(&state);
        if let Ok(addrs) = &answer {
            state.cached = Some(Cached { name: theirs.name.clone(), addrs: addrs.clone(), at: Instant::now() });
        }
        state.running = None;
        drop(state);
        let _ = theirs.answer.set(answer);
        theirs.done.set();
    })?;
    Ok(lookup)
}

/// Nothing here panics while it holds the lock; if something did, the state would still be whole.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
