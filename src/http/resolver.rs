//! Names to addresses: cached, and looked up by one helper thread at most.
//!
//! getaddrinfo(3) cannot be given a deadline, so it runs on a thread of its own. That thread is shared: whoever asks while
//! it runs waits for its result, so a dead name server holds one thread and not one for each call.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::PollFlags;

use crate::cancel::Latch;
use crate::cancel::interrupts::{Interruption, Interrupts};
use crate::cancel::poll::{Woken, wait_for};

/// How long a result is kept.
const CACHE_FOR: Duration = Duration::from_secs(60);
/// getaddrinfo may load modules of the system's name service switch, which expect more than a minimal stack.
const HELPER_STACK: usize = 512 * 1024;

/// Looks up one name, always the same: a client connects to its service alone, or to its proxy alone.
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
    addrs: Vec<IpAddr>,
    at: Instant,
}

/// One getaddrinfo under way.
#[derive(Debug)]
struct Lookup {
    done: Latch,
    found: OnceLock<Result<Vec<IpAddr>, Failure>>,
}

/// Why a look-up failed; an [`io::Error`] cannot be shared by all who wait for it.
#[derive(Debug, Clone)]
enum Failure {
    /// As in [`ResolveError`].
    Failed(io::ErrorKind, String),
    NoSuchHost(io::ErrorKind, String),
    /// The system's number for what it lacks.
    NoResource(i32),
}

/// Why there is no address.
#[derive(Debug)]
pub(super) enum ResolveError {
    /// The name service failed.
    Failed(io::Error),
    /// The name service works, and knows that the name does not exist.
    NoSuchHost(io::Error),
    /// The look-up could not even start, or not go on (threads, file descriptors).
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
        let lookup = {
            let mut state = lock(&self.state);
            match (&state.cached, &state.running) {
                (Some(cached), _) if cached.at.elapsed() < CACHE_FOR => return Ok(cached.addrs.clone()),
                (_, Some(running)) => Arc::clone(running),
                (_, None) => {
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
        match lookup.found.get() {
            Some(Ok(addrs)) => {
                log::debug!("looked up {name}: {addrs:?}");
                Ok(addrs.clone())
            }
            Some(Err(failure)) => Err(match failure.clone() {
                Failure::Failed(kind, text) => ResolveError::Failed(io::Error::new(kind, text)),
                Failure::NoSuchHost(kind, text) => ResolveError::NoSuchHost(io::Error::new(kind, text)),
                Failure::NoResource(number) => ResolveError::NoHelper(io::Error::from_raw_os_error(number)),
            }),
            None => Err(ResolveError::Failed(io::Error::other("the look-up ended without a result"))),
        }
    }

    /// Makes the next look-up ask again: called when no address could be reached.
    pub(super) fn forget(&self) {
        lock(&self.state).cached = None;
    }

    /// Puts the address first that was reached first.
    pub(super) fn prefer(&self, addr: IpAddr) {
        let mut state = lock(&self.state);
        if let Some(cached) = state.cached.as_mut()
            && let Some(at) = cached.addrs.iter().position(|a| *a == addr)
            && let Some(head) = cached.addrs.get_mut(..=at)
        {
            head.rotate_right(1);
        }
    }
}

/// Starts the helper. Called with the state locked, so that the helper cannot finish before it is entered there.
fn start(state: &Arc<Mutex<State>>, name: &str) -> io::Result<Arc<Lookup>> {
    let lookup = Arc::new(Lookup { done: Latch::new()?, found: OnceLock::new() });
    let (state, theirs, name) = (Arc::clone(state), Arc::clone(&lookup), name.to_owned());
    thread::Builder::new().name("uns-resolver".to_owned()).stack_size(HELPER_STACK).spawn(move || {
        let found = match (name.as_str(), 0).to_socket_addrs() {
            Ok(addrs) => Ok(without_repetitions(addrs.map(|addr| addr.ip()))),
            Err(error) => Err(Failure::of(&error)),
        };
        let found = match found {
            Ok(addrs) if addrs.is_empty() => {
                Err(Failure::Failed(io::ErrorKind::NotFound, "the name has no address".to_owned()))
            }
            found => found,
        };
        let mut state = lock(&state);
        if let Ok(addrs) = &found {
            state.cached = Some(Cached { addrs: addrs.clone(), at: Instant::now() });
        }
        state.running = None;
        drop(state);
        let _ = theirs.found.set(found);
        theirs.done.set();
    })?;
    Ok(lookup)
}

/// The addresses in their order, each once: a file of hosts may name one twice.
fn without_repetitions(addrs: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    addrs.fold(Vec::new(), |mut known, addr| {
        if !known.contains(&addr) {
            known.push(addr);
        }
        known
    })
}

impl Failure {
    fn of(error: &io::Error) -> Self {
        let text = error.to_string();
        // the standard library's own words
        let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned();
        // without a descriptor left the C library cannot ask, and says that there is no such host
        match Latch::new().map_err(|error| error.raw_os_error()) {
            Err(Some(number)) => Self::NoResource(number),
            Ok(_) if says_no_such_host(&text) => Self::NoSuchHost(error.kind(), text),
            _ => Self::Failed(error.kind(), text),
        }
    }
}

/// Whether this is what the C library says of `EAI_NONAME`, whose number the standard library does not hand out: glibc,
/// musl, Darwin and the BSDs. In another language it is not recognised, and such a failure is taken to pass.
fn says_no_such_host(text: &str) -> bool {
    let sentences = [
        "Name or service not known",
        "Name does not resolve",
        "nodename nor servname provided, or not known",
        "hostname nor servname provided, or not known",
    ];
    sentences.contains(&text)
}

/// Nothing here panics while it holds the lock; if something did, the state would still be whole.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_tried_once() {
        let addrs = [1, 2, 1, 1, 3, 2].map(|last| IpAddr::from([127, 0, 0, last]));
        assert_eq!(without_repetitions(addrs.into_iter()), [1, 2, 3].map(|last| IpAddr::from([127, 0, 0, last])));
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_from_a_name_service_that_fails() {
        for (text, no_such_host) in [
            ("failed to lookup address information: Name or service not known", true),
            ("failed to lookup address information: Name does not resolve", true),
            ("failed to lookup address information: nodename nor servname provided, or not known", true),
            ("failed to lookup address information: Temporary failure in name resolution", false),
            ("failed to lookup address information: Try again", false),
            ("failed to lookup address information: Non-recoverable failure in name resolution", false),
            ("failed to lookup address information: No address associated with hostname", false),
            ("failed to lookup address information: System error", false),
            ("Too many open files (os error 24)", false),
        ] {
            let (told, is_told) = match Failure::of(&io::Error::other(text)) {
                Failure::Failed(_, told) => (told, false),
                Failure::NoSuchHost(_, told) => (told, true),
                Failure::NoResource(number) => panic!("{number}"),
            };
            assert_eq!(is_told, no_such_host, "{text}");
            assert!(text.ends_with(&told) && !told.contains("failed to lookup"), "{told}");
        }
    }
}
