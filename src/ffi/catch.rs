//! No panic leaves the library: it becomes a value that stands for failure.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`; `on_panic` is the result if it panics.
// AssertUnwindSafe: what C holds on to afterwards is a client (whose locks survive a panic) or something it can only free
pub(super) fn value<R>(on_panic: R, body: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(on_panic)
}
