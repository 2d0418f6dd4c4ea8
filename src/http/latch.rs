//! An event that happens once and that poll(2) can wait for, together with a socket.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once, never reset; any number of threads may wait.
///
/// Setting it takes one atomic exchange and one shutdown(2), both of them async-signal-safe: no lock, no allocation.
#[derive(Debug)]
pub(crate) struct Latch {
    set: AtomicBool,
    near: UnixStream,
    far: UnixStream,
}

impl Latch {
    /// Takes two file descriptors.
    pub(crate) fn new() -> io::Result<Self> {
        let (near, far) = UnixStream::pair()?;
        Ok(Self { set: AtomicBool::new(false), near, far })
    }

    pub(crate) fn set(&self) {
        if !self.set.swap(true, Ordering::SeqCst) {
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
