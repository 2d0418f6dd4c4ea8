//! Blocking, with an end: every wait for the network or the clock goes through here.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::interrupts::{Interruption, Interrupts};

/// How long one poll may last. Where there is no ppoll(2) (Darwin, Windows) the system counts milliseconds in 32 bits,
/// and refuses more than 24.8 days.
const LONGEST_POLL: Duration = Duration::from_secs(24 * 60 * 60);

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// What was waited for is there.
    Ready,
    /// The deadline passed first.
    TimedOut,
    /// The call was ended.
    Interrupted(Interruption),
}

/// Waits until one of `fds` is ready or `deadline` passes. What `interrupts` has to be watched must be among `fds`.
pub(crate) fn poll_until(fds: &mut [PollFd<'_>], deadline: Instant, interrupts: Interrupts<'_>) -> io::Result<Woken> {
    if let Some(interruption) = interrupts.interruption() {
        return Ok(Woken::Interrupted(interruption));
    }
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let ready = match poll(fds, Some(&for_one_poll(left))) {
            Ok(ready) => ready > 0,
            Err(Errno::INTR) => false,
            Err(error) => return Err(error.into()),
        };
        if let Some(interruption) = interrupts.interruption() {
            return Ok(Woken::Interrupted(interruption));
        }
        // whatever is ready: a descriptor that always is (the program has closed ours, say) must not outrun the clock
        if Instant::now() >= deadline {
            return Ok(Woken::TimedOut);
        }
        // if not, it was a signal, or the longest poll is over: what is left is counted anew
        if ready {
            return Ok(Woken::Ready);
        }
    }
}

/// Waits for `fd` alone. Does not allocate, unless the call was given more than one token.
pub(crate) fn wait_for(
    fd: BorrowedFd<'_>,
    flags: PollFlags,
    deadline: Instant,
    interrupts: Interrupts<'_>,
) -> io::Result<Woken> {
    let fd = PollFd::from_borrowed_fd(fd, flags);
    let mut watched = interrupts.to_watch();
    match (watched.next(), watched.next(), watched.next()) {
        (Some(shutdown), None, _) => poll_until(&mut [fd, shutdown], deadline, interrupts),
        (Some(shutdown), Some(token), None) => poll_until(&mut [fd, shutdown, token], deadline, interrupts),
        _ => {
            let mut fds: Vec<PollFd<'_>> = [fd].into_iter().chain(interrupts.to_watch()).collect();
            poll_until(&mut fds, deadline, interrupts)
        }
    }
}

/// Sleeps until `deadline`, unless the call is ended first.
pub(crate) fn sleep_until(deadline: Instant, interrupts: Interrupts<'_>) -> io::Result<Woken> {
    // a deadline that has passed costs no poll
    if interrupts.interruption().is_none() && deadline <= Instant::now() {
        return Ok(Woken::TimedOut);
    }
    let mut fds: Vec<PollFd<'_>> = interrupts.to_watch().collect();
    loop {
        match poll_until(&mut fds, deadline, interrupts)? {
            // readable, but not set: no reason to wake up
            Woken::Ready => {}
            ended => return Ok(ended),
        }
    }
}

fn for_one_poll(left: Duration) -> Timespec {
    let left = left.min(LONGEST_POLL);
    // the fields' types differ between systems, and hold a day everywhere
    Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_poll_is_longer_than_every_system_takes() {
        for (left, seconds, nanos) in [
            (Duration::ZERO, 0, 0),
            (Duration::from_millis(1500), 1, 500_000_000),
            (Duration::from_secs(25 * 24 * 60 * 60), 24 * 60 * 60, 0),
            (Duration::MAX, 24 * 60 * 60, 0),
        ] {
            let one = for_one_poll(left);
            assert_eq!((one.tv_sec, one.tv_nsec), (seconds, nanos), "{left:?}");
        }
    }
}
