//! An event that happens once and that poll(2) can wait for, together with a socket.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once, never reset; any number of threads may wait.
///
/// Setting it takes one atomic exchange, getpid(2) and shutdown(2), all of them async-signal-safe: no lock, no allocation.
#[derive(Debug)]
pub(crate) struct Latch {
    set: AtomicBool,
    /// The process that made it. A child that fork(2) made has the flag for itself, but the socket in common with it.
    owner: u32,
    near: UnixStream,
    far: UnixStream,
}

impl Latch {
    /// Takes two file descriptors.
    pub(crate) fn new() -> io::Result<Self> {
        let (near, far) = UnixStream::pair()?;
        Ok(Self { set: AtomicBool::new(false), owner: process::id(), near, far })
    }

    pub(crate) fn set(&self) {
        // in a child nobody waits: of the parent's threads it has none
        if !self.set.swap(true, Ordering::SeqCst) && process::id() == self.owner {
            // makes `far` readable for good; an error would mean the socket is shut down already
            let _ = self.near.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.far.as_fd()
    }
}
