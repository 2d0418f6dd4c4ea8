//! Time, generously measured: the machine may be busy with everything else.

use std::time::{Duration, Instant};

/// What a call may take beyond its timeout: that is promised.
pub(crate) const PROMISED: Duration = Duration::from_millis(250);

/// The same with the noise of a busy machine, where a call is not made again: see [`on_time`].
pub(crate) const MARGIN: Duration = Duration::from_millis(250 + 750);

/// What "at once" may take: far less than any pause or timeout that a test sets.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(1500);

/// Runs `work` and says how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// Makes a call that has to be back in time, as tightly as it is promised. A busy machine may be late for reasons of its
/// own, but not ten times in a row. Gives what the call in time brought, and how long it took.
#[track_caller]
pub(crate) fn on_time<T>(timeout: Duration, mut call: impl FnMut() -> T) -> (T, Duration) {
    let mut late = Vec::new();
    while late.len() < 10 {
        let (done, took) = timed(&mut call);
        if took <= timeout + PROMISED {
            return (done, took);
        }
        late.push(took);
    }
    panic!("ten times in a row later than {timeout:?} and {PROMISED:?}: {late:?}");
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
