//! Time, generously measured: the machine may be busy with everything else.

use std::time::{Duration, Instant};

/// What a call may take beyond its timeout: the promised 250 ms, and the noise of a busy machine.
pub(crate) const MARGIN: Duration = Duration::from_millis(250 + 750);

/// What "at once" may take: far less than any pause or timeout that a test sets.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(1500);

/// Runs `work` and says how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// Waits until something is so, which another thread brings about; fails if that takes absurdly long.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
