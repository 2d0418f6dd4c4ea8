//! Log: what the library is doing, line by line.

use std::cell::Cell;
use std::ffi::CString;
use std::process;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use libc::{c_char, c_void};
use log::{Level, LevelFilter, Log, Metadata, Record};

use super::guard;

/// Is given one line of the log, on the thread that logs it: in several threads at once, if several use the library.
///
/// It must not leave by longjmp or by an exception: that ends the process. It may call functions of this library; what
/// they log meanwhile is dropped.
///
/// @param level 1 error, 2 warning, 3 information, 4 debug, 5 trace
/// @param message the line, without a line break at its end and without the API key; only until the callback returns
/// @param user_data what was given to uns_set_log_callback
pub type uns_log_callback =
    Option<unsafe extern "C-unwind" fn(level: i32, message: *const c_char, user_data: *mut c_void)>;

/// Sets who is given the library's log lines, for the whole process: each attempt, each pause and its reason, each
/// connection. At first nobody is. This is the library's only global state, so it is for the program to set, not for
/// another library in it.
///
/// May be called at any time from any thread. When it returns, no call of the callback set before is under way any more,
/// and none will begin: its user_data may be freed. So hold no lock meanwhile that the callback takes. (Called by that
/// callback itself, it does not wait for that call.)
/// In a Rust program that has given the `log` crate a logger before, that one keeps the lines, and this does nothing.
///
/// @param max_level the least important level that is wanted, 1 to 5; 0: none
/// @param callback NULL: none
/// @param user_data handed to the callback, and not looked at; may be NULL
#[unsafe(no_mangle)]
pub extern "C" fn uns_set_log_callback(max_level: i32, callback: uns_log_callback, user_data: *mut c_void) {
    let body = || {
        let next = match callback {
            Some(function) if max_level > 0 => Sink::leaked(max_level, function, user_data),
            _ => ptr::null_mut(),
        };
        replace(next);
    };
    guard::value((), body);
}

/// Who is given the lines. Never freed, since a thread may have read `CURRENT` and not come further yet, but used again
/// when the same is set again.
struct Sink {
    level: LevelFilter,
    function: unsafe extern "C-unwind" fn(i32, *const c_char, *mut c_void),
    user_data: *mut c_void,
    /// How many calls of `function` are under way.
    running: AtomicUsize,
    /// The process that `running` is about: in a forked child the calls of its parent's threads never end.
    process: u32,
    /// The one made before.
    previous: *mut Sink,
}

/// NULL: nobody.
static CURRENT: AtomicPtr<Sink> = AtomicPtr::new(ptr::null_mut());
/// All that were ever made, the newest first.
static MADE: AtomicPtr<Sink> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    /// Whose function this thread is in.
    static INSIDE: Cell<*const Sink> = const { Cell::new(ptr::null()) };
}

impl Sink {
    fn leaked(
        max_level: i32,
        function: unsafe extern "C-unwind" fn(i32, *const c_char, *mut c_void),
        user_data: *mut c_void,
    ) -> *mut Self {
        let level = match max_level {
            1 => LevelFilter::Error,
            2 => LevelFilter::Warn,
            3 => LevelFilter::Info,
            4 => LevelFilter::Debug,
            _ => LevelFilter::Trace,
        };
        let process = process::id();
        let mut made = MADE.load(SeqCst);
        // SAFETY: what is in the list is never freed, nor changed but for `running`
        while let Some(sink) = unsafe { made.as_ref() } {
            let same = ptr::fn_addr_eq(sink.function, function) && ptr::eq(sink.user_data, user_data);
            if same && sink.level == level && sink.process == process {
                return made;
            }
            made = sink.previous;
        }
        let previous = MADE.load(SeqCst);
        let sink = Box::into_raw(Box::new(Self { level, function, user_data, running: 0.into(), process, previous }));
        // SAFETY: not in the list yet, so nobody else knows it
        while let Err(newest) = MADE.compare_exchange(unsafe { (*sink).previous }, sink, SeqCst, SeqCst) {
            // SAFETY: as above
            unsafe { (*sink).previous = newest };
        }
        sink
    }
}

fn replace(next: *mut Sink) {
    static OURS: OnceLock<bool> = OnceLock::new();
    if !OURS.get_or_init(|| log::set_logger(&Lines).is_ok()) {
        return;
    }
    let old = CURRENT.swap(next, SeqCst);
    loop {
        let now = CURRENT.load(SeqCst);
        // SAFETY: a sink is never freed
        log::set_max_level(unsafe { now.as_ref() }.map_or(LevelFilter::Off, |sink| sink.level));
        if ptr::eq(now, CURRENT.load(SeqCst)) {
            break;
        }
    }
    // SAFETY: a sink is never freed
    let Some(sink) = (unsafe { old.as_ref() }) else { return };
    if sink.process == process::id() {
        let own = usize::from(ptr::eq(INSIDE.get(), old));
        while sink.running.load(SeqCst) > own && !ptr::eq(CURRENT.load(SeqCst), old) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A call of a sink's function, from before it begins until after it has ended.
struct Running(&'static Sink);

impl Running {
    fn begin(level: Level) -> Option<Self> {
        loop {
            let current = CURRENT.load(SeqCst);
            // SAFETY: a sink is never freed
            let sink = unsafe { current.as_ref() }.filter(|sink| level <= sink.level)?;
            sink.running.fetch_add(1, SeqCst);
            let running = Self(sink);
            // else it was replaced before it was known to be in use
            if ptr::eq(current, CURRENT.load(SeqCst)) {
                return Some(running);
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        INSIDE.set(ptr::null());
        self.0.running.fetch_sub(1, SeqCst);
    }
}

/// The logger of the `log` crate.
struct Lines;

impl Log for Lines {
    /// The lines of this crate: those of the crates below may show what is sent.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target().strip_prefix(env!("CARGO_CRATE_NAME"));
        target.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) || !INSIDE.get().is_null() {
            return;
        }
        let Some(running) = Running::begin(record.level()) else { return };
        let message = CString::new(record.args().to_string().replace('\0', "\u{fffd}")).unwrap_or_default();
        let Sink { function, user_data, .. } = *running.0;
        INSIDE.set(running.0);
        // SAFETY: the header asks for a function that may be called with its user_data until another one is set
        unsafe { function(record.level() as i32, message.as_ptr(), user_data) };
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_of_this_crate_are_let_through() {
        let enabled = |target| Lines.enabled(&Metadata::builder().target(target).build());
        assert!(enabled(module_path!()));
        assert!(enabled("unstructured_jobs"));
        for target in ["ureq::run", "rustls::client", "unstructured_jobs_of_others", ""] {
            assert!(!enabled(target), "{target}");
        }
    }
}
