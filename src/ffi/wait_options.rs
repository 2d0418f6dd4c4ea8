//! Wait options: when to poll, and when to stop.

use std::mem;
use std::ptr;
use std::time::Duration;

use super::cancel_token::uns_cancel_token;
use super::failure::Failure;
use super::guard;
use super::memory::{self, Refused};
use super::result::uns_result;
use crate::WaitOptions;

/// When to poll, and when to stop. The defaults suit most jobs.
///
/// The first poll is at once. Then pauses grow from the initial interval by half each to the maximum interval, 10 % longer
/// or shorter at random. A pause never runs past the timeout: it is cut, so that a last poll happens then, which may take
/// 200 ms.
///
/// The setters only store: uns_client_wait and uns_client_wait_all check. They return UNS_OK, or
/// UNS_ERROR_INVALID_ARGUMENT for NULL. Freed by uns_wait_options_free.
pub struct uns_wait_options(WaitOptions);

/// The default options.
///
/// @return options, to be freed by uns_wait_options_free
#[unsafe(no_mangle)]
pub extern "C" fn uns_wait_options_new() -> *mut uns_wait_options {
    guard::value(ptr::null_mut(), || memory::hand_out(uns_wait_options(WaitOptions::new())))
}

/// Frees options. The cancel token that was set in them stays valid.
///
/// @param options may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_wait_options_free(options: *mut uns_wait_options) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { memory::take_back(options) });
}

/// Sets how long the whole wait may take.
///
/// @param options the options
/// @param timeout_ms default: no limit. Zero polls once; of many jobs, those that 200 ms are enough for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_wait_options_set_timeout_ms(
    options: *mut uns_wait_options,
    timeout_ms: u64,
) -> uns_result {
    // SAFETY: the header asks for options that nobody else uses
    guard::code(|| unsafe { set(options, WaitOptions::timeout, Duration::from_millis(timeout_ms)) })
}

/// Sets the first pause.
///
/// @param options the options
/// @param interval_ms default 1000. Less than 10, or more than the maximum interval, is unacceptable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_wait_options_set_initial_interval_ms(
    options: *mut uns_wait_options,
    interval_ms: u64,
) -> uns_result {
    // SAFETY: the header asks for options that nobody else uses
    guard::code(|| unsafe { set(options, WaitOptions::initial_interval, Duration::from_millis(interval_ms)) })
}

/// Sets the longest pause.
///
/// @param options the options
/// @param interval_ms default 15000. Less than 10 is unacceptable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_wait_options_set_max_interval_ms(
    options: *mut uns_wait_options,
    interval_ms: u64,
) -> uns_result {
    // SAFETY: the header asks for options that nobody else uses
    guard::code(|| unsafe { set(options, WaitOptions::max_interval, Duration::from_millis(interval_ms)) })
}

/// Sets how long failures in a row that may pass (uns_error's `retryable`) are borne before the last one is returned.
/// Meanwhile polls are 0.5 to 8 s apart, or as far as Retry-After asks.
///
/// @param options the options
/// @param outage_ms default 300000. Zero bears none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_wait_options_set_max_outage_ms(
    options: *mut uns_wait_options,
    outage_ms: u64,
) -> uns_result {
    // SAFETY: the header asks for options that nobody else uses
    guard::code(|| unsafe { set(options, WaitOptions::max_outage, Duration::from_millis(outage_ms)) })
}

/// Sets how long after its start a wait bears that the service does not know the job (HTTP 404). For a job that was started
/// just now, in a service whose parts take a while to agree that it is there.
///
/// @param options the options
/// @param time_ms default 0: not at all
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_wait_options_set_until_exists_ms(
    options: *mut uns_wait_options,
    time_ms: u64,
) -> uns_result {
    // SAFETY: the header asks for options that nobody else uses
    guard::code(|| unsafe { set(options, WaitOptions::until_exists, Duration::from_millis(time_ms)) })
}

/// Sets the token that ends the wait at once, between polls or while one is under way. One token may be set in many
/// options.
///
/// @param options the options
/// @param token NULL: none, as at first. It may be freed before the options are, and while a wait uses them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_wait_options_set_cancel_token(
    options: *mut uns_wait_options,
    token: *const uns_cancel_token,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for options that nobody else uses, and for NULL or a token
        unsafe {
            let token = if token.is_null() { None } else { Some(&memory::borrow(token, "token")?.0) };
            set(options, WaitOptions::cancel_token, token)
        }
    };
    guard::code(body)
}

/// # Safety
/// `options` is NULL, or options that nobody else uses meanwhile.
unsafe fn set<T>(
    options: *mut uns_wait_options,
    setter: impl FnOnce(WaitOptions, T) -> WaitOptions,
    value: T,
) -> Result<(), Failure> {
    // SAFETY: as the caller promises
    let uns_wait_options(options) = unsafe { memory::borrow_mut(options, "options")? };
    *options = setter(mem::take(options), value);
    Ok(())
}

/// A copy, so that nothing depends on the options while an observer runs.
///
/// # Safety
/// `options` is NULL, or options that nobody changes meanwhile.
pub(super) unsafe fn or_defaults(options: *const uns_wait_options) -> Result<WaitOptions, Refused> {
    if options.is_null() {
        return Ok(WaitOptions::default());
    }
    // SAFETY: as the caller promises
    unsafe { memory::borrow(options, "options") }.map(|uns_wait_options(options)| options.clone())
}
