//! An allocator that counts what one thread asks of it.
//!
//! Per thread, so that a server in the same process does not get into the figures.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counted. Name it as `#[global_allocator]`.
pub(crate) struct Counting;

/// What was asked of the allocator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allocations {
    /// How many times memory was asked for; growing what is there counts as asking, as in valgrind.
    pub(crate) count: u64,
    /// How many bytes, freed ones included.
    pub(crate) bytes: u64,
    /// How many bytes were held at once, at most, on top of what was held before.
    pub(crate) peak: u64,
}

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<u64> = const { Cell::new(0) };
    // signed: a thread may free what another one has allocated
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

fn count(size: usize) {
    // a thread on its way out has no counters any more, and nobody asks for them
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
    let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() + size as u64));
    let _ = HELD.try_with(|held| {
        held.set(held.get() + size as i64);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

fn count_freed(size: usize) {
    let _ = HELD.try_with(|held| held.set(held.get() - size as i64));
}

/// What this thread allocates while `action` runs.
pub(crate) fn allocations<T>(action: impl FnOnce() -> T) -> (Allocations, T) {
    let (count, bytes, held) = (COUNT.get(), BYTES.get(), HELD.get());
    PEAK.set(held);
    let value = action();
    let peak = (PEAK.get() - held) as u64;
    (Allocations { count: COUNT.get() - count, bytes: BYTES.get() - bytes, peak }, value)
}

// SAFETY: every method hands its arguments on to the system's allocator unchanged; counting neither allocates nor panics
// (constant-initialised cells without destructors).
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps alloc's contract
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps alloc_zeroed's contract
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // both at once, as when the block has to move
        count(size);
        count_freed(layout.size());
        // SAFETY: the caller keeps realloc's contract
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count_freed(layout.size());
        // SAFETY: the caller keeps dealloc's contract
        unsafe { System.dealloc(block, layout) }
    }
}
