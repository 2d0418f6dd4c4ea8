//! An event that happens once and that poll(2) can wait for, together with a socket.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

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

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// What was waited for is there.
    Ready,
    /// The deadline passed first.
    TimedOut,
    /// The interrupt was set.
    Interrupted,
}

/// Waits until one of `fds` is ready or `deadline` passes. `interrupt` must be among `fds`.
pub(crate) fn poll_until(fds: &mut [PollFd<'_>], deadline: Instant, interrupt: &Latch) -> io::Result<Woken> {
    loop {
        if interrupt.is_set() {
            return Ok(Woken::Interrupted);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match poll(fds, Some(&timespec(left))) {
            Ok(0) if left.is_zero() => return Ok(Woken::TimedOut),
            // a signal, or the clock not quite there: what is left is counted anew
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) if interrupt.is_set() => return Ok(Woken::Interrupted),
            Ok(_) => return Ok(Woken::Ready),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Waits for `fd` alone; does not allocate.
pub(crate) fn wait_for(
    fd: BorrowedFd<'_>,
    flags: PollFlags,
    deadline: Instant,
    interrupt: &Latch,
) -> io::Result<Woken> {
    let mut both = [PollFd::from_borrowed_fd(fd, flags), PollFd::from_borrowed_fd(interrupt.as_fd(), PollFlags::IN)];
    poll_until(&mut both, deadline, interrupt)
}

/// Sleeps until `deadline` unless one of the latches is set first: then `Interrupted`.
pub(crate) fn sleep_until(deadline: Instant, latches: &[&Latch]) -> io::Result<Woken> {
    loop {
        if latches.iter().any(|latch| latch.is_set()) {
            return Ok(Woken::Interrupted);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Woken::TimedOut);
        }
        let mut fds: Vec<PollFd<'_>> =
            latches.iter().map(|latch| PollFd::from_borrowed_fd(latch.as_fd(), PollFlags::IN)).collect();
        match poll(&mut fds, Some(&timespec(left))) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: duration.subsec_nanos().into() }
}
