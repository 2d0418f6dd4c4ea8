//! Waiting for the end of one job or of many: options, observers, the cancel token, outcomes.

use std::ffi::{c_char, c_void};
use std::mem;
use std::ops::ControlFlow;
use std::ptr;
use std::time::Duration;

use super::client::uns_client;
use super::error::{self, Failure, uns_error};
use super::job_details::{self, uns_job_details};
use super::memory::Out;
use super::result::uns_result;
use super::{guard, memory};
use crate::{CancelToken, Error, JobDetails, WaitOptions};

/// When to look, and when to stop. The defaults suit most jobs.
///
/// The first look is at once. Then pauses grow from the initial interval by half each to the maximum interval, 10 % longer
/// or shorter at random. A pause never runs past the timeout: it is cut, so that one last look happens then.
///
/// The setters only store: uns_client_wait and uns_client_wait_all check. They return UNS_OK, or
/// UNS_ERROR_INVALID_ARGUMENT for NULL.
pub struct uns_wait_options(WaitOptions);

/// Ends waits from any thread: at once while they pause, after the request in flight otherwise.
pub struct uns_cancel_token(CancelToken);

/// Sees every answer of a wait, the last one included, on the thread that waits.
///
/// It may call functions of this library, on the same client too. It must not free the client or the details, and must
/// not leave by longjmp or by an exception: an exception ends the process. (unstructured_jobs.hpp catches exceptions,
/// ends the wait, and throws them on to its caller.)
///
/// @param details what the service answered; only until the observer returns
/// @param user_data what was given to the wait
/// @return true to go on, false to stop the wait: it then returns UNS_ERROR_CANCELLED
pub type uns_job_observer =
    Option<unsafe extern "C-unwind" fn(details: *const uns_job_details, user_data: *mut c_void) -> bool>;

/// Sees every answer of a wait for many jobs. What is said of uns_job_observer holds here too.
///
/// @param index which job: its place in `job_ids`, the first one if it is there more than once
/// @param details what the service answered; only until the observer returns
/// @param user_data what was given to the wait
/// @return true to go on, false to stop the wait: the jobs that have not ended then get UNS_ERROR_CANCELLED
pub type uns_jobs_observer =
    Option<unsafe extern "C-unwind" fn(index: usize, details: *const uns_job_details, user_data: *mut c_void) -> bool>;

/// What came of one job of many.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_job_outcome {
    /// UNS_OK if the job has ended, whatever the end: see details->processing_status.
    pub result: uns_result,
    /// The job's last details with UNS_OK, otherwise NULL.
    pub details: *const uns_job_details,
    /// Why there are none; NULL with UNS_OK.
    pub error: *const uns_error,
}

/// What came of many jobs.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_job_outcomes {
    /// One for each id, in the order given; NULL if there were none.
    pub outcomes: *const uns_job_outcome,
    /// How many there are.
    pub outcomes_len: usize,
}

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
/// @param timeout_ms default: without end. Zero looks once.
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
/// Meanwhile looks are 0.5 to 8 s apart, or as far as Retry-After asks.
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

/// Sets the token that ends the wait. One token may be set in many options.
///
/// @param options the options
/// @param token may be freed before the options are, and while a wait uses them
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_wait_options_set_cancel_token(
    options: *mut uns_wait_options,
    token: *const uns_cancel_token,
) -> uns_result {
    // SAFETY: the header asks for options that nobody else uses, and for a token
    guard::code(|| unsafe { set(options, WaitOptions::cancel_token, &memory::borrow(token, "token")?.0) })
}

/// A token that is not cancelled.
///
/// @return a token, to be freed by uns_cancel_token_free
#[unsafe(no_mangle)]
pub extern "C" fn uns_cancel_token_new() -> *mut uns_cancel_token {
    guard::value(ptr::null_mut(), || memory::hand_out(uns_cancel_token(CancelToken::new())))
}

/// Ends every wait that was given this token, now and later: they return UNS_ERROR_CANCELLED. Cannot be undone.
///
/// Takes no lock and allocates nothing: it may be called from a signal handler.
///
/// @param token NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_cancel_token_cancel(token: *const uns_cancel_token) {
    let body = || {
        // SAFETY: the header asks for a token that is not freed meanwhile
        if let Some(uns_cancel_token(token)) = unsafe { token.as_ref() } {
            token.cancel();
        }
    };
    guard::value((), body);
}

/// Frees a token. Waits that were given it go on.
///
/// @param token may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_cancel_token_free(token: *mut uns_cancel_token) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { memory::take_back(token) });
}

/// Asks again until a job ends, and hands out its last details, whatever the end: see details->processing_status.
///
/// @param client the client
/// @param job_id 1 to 128 letters, digits, "-" and "_"
/// @param options when to look and when to stop; NULL: the defaults
/// @param observer sees every answer, and can stop the wait; may be NULL
/// @param user_data handed to the observer, and not looked at; may be NULL
/// @param details out: the answer, to be freed by uns_job_details_free
/// @param error out, may be NULL: to be freed by uns_error_free
/// @return UNS_OK; UNS_ERROR_INVALID_ARGUMENT for unacceptable options too, before anything is sent; UNS_ERROR_TIMEOUT once
///     the wait's timeout has passed; UNS_ERROR_CANCELLED if the observer, a cancel token or uns_client_shutdown ended
///     it; the first failure that will not pass; one that may pass, once it has lasted for the maximum outage
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_wait(
    client: *const uns_client,
    job_id: *const c_char,
    options: *const uns_wait_options,
    observer: uns_job_observer,
    user_data: *mut c_void,
    details: *mut *mut uns_job_details,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, a client, a string, and options that nobody changes meanwhile
        let (out, uns_client(client), job_id, options) = unsafe {
            let out = Out::new(details, "details")?;
            (out, memory::borrow(client, "client")?, memory::text(job_id, "job_id")?, options_or_defaults(options)?)
        };
        let observe = |details: &_| {
            // SAFETY: the header asks for a function that may be called with its user_data until the wait returns
            let ask = observer.map(|ask| move |shown| unsafe { ask(shown, user_data) });
            show(details, ask)
        };
        out.put(job_details::block(&client.wait(job_id, &options, observe)?));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a place to write to
    unsafe { guard::call(error, body) }
}

/// Waits for any number of jobs on this thread, over one kept connection, each on its own schedule. One job's failure does
/// not end the others. An id given twice is asked for once, and both get the outcome. A rate limit answered to one look
/// slows all of them.
///
/// @param client the client
/// @param job_ids the ids, each 1 to 128 letters, digits, "-" and "_"; may be NULL if there are none
/// @param job_ids_len how many there are; with 0 the outcomes are empty
/// @param options when to look and when to stop; NULL: the defaults
/// @param observer sees every answer, and can stop the wait; may be NULL
/// @param user_data handed to the observer, and not looked at; may be NULL
/// @param outcomes out: one for each id, to be freed by uns_job_outcomes_free
/// @param error out, may be NULL: to be freed by uns_error_free
/// @return UNS_OK, whatever the outcomes say; UNS_ERROR_INVALID_ARGUMENT for an id (NULL among them) or options that are
///     unacceptable, before anything is sent
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_wait_all(
    client: *const uns_client,
    job_ids: *const *const c_char,
    job_ids_len: usize,
    options: *const uns_wait_options,
    observer: uns_jobs_observer,
    user_data: *mut c_void,
    outcomes: *mut *mut uns_job_outcomes,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, a client, strings, and options that nobody changes meanwhile
        let (out, uns_client(client), job_ids, options) = unsafe {
            let out = Out::new(outcomes, "outcomes")?;
            (out, memory::borrow(client, "client")?, texts(job_ids, job_ids_len)?, options_or_defaults(options)?)
        };
        let observe = |index, details: &_| {
            // SAFETY: the header asks for a function that may be called with its user_data until the wait returns
            let ask = observer.map(|ask| move |shown| unsafe { ask(index, shown, user_data) });
            show(details, ask)
        };
        out.put(block(&client.wait_all(&job_ids, &options, observe)?));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a place to write to
    unsafe { guard::call(error, body) }
}

/// Frees outcomes, with the details and errors in them.
///
/// @param outcomes may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_job_outcomes_free(outcomes: *mut uns_job_outcomes) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { memory::free(outcomes) });
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
unsafe fn options_or_defaults(options: *const uns_wait_options) -> Result<WaitOptions, Failure> {
    if options.is_null() {
        return Ok(WaitOptions::default());
    }
    // SAFETY: as the caller promises
    unsafe { memory::borrow(options, "options") }.map(|uns_wait_options(options)| options.clone())
}

/// # Safety
/// `job_ids` is NULL or points to `len` pointers, each NULL or a string that nobody changes for as long as `'a`.
unsafe fn texts<'a>(job_ids: *const *const c_char, len: usize) -> Result<Vec<&'a str>, Failure> {
    // SAFETY: as the caller promises
    let pointers = unsafe { memory::array(job_ids, len, "job_ids")? };
    // SAFETY: as the caller promises
    let text = |(index, &id)| unsafe { memory::text(id, format_args!("job_ids[{index}]")) };
    pointers.iter().enumerate().map(text).collect()
}

/// Shows the details to the observer, if there is one, and asks whether to go on.
fn show(details: &JobDetails, ask: Option<impl FnOnce(*const uns_job_details) -> bool>) -> ControlFlow<()> {
    let Some(ask) = ask else { return ControlFlow::Continue(()) };
    let shown = job_details::block(details);
    let go_on = ask(shown);
    // SAFETY: made above; the header says that the observer neither frees nor keeps it
    unsafe { memory::free(shown) };
    if go_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn block(outcomes: &[Result<JobDetails, Error>]) -> *mut uns_job_outcomes {
    // the messages are made once, for measuring and writing
    let outcomes: Vec<_> =
        outcomes.iter().map(|outcome| outcome.as_ref().map_err(|error| (error, error.to_string()))).collect();
    memory::build(|block| uns_job_outcomes {
        outcomes: block.array(&outcomes, |block, outcome| match outcome {
            Ok(details) => uns_job_outcome {
                result: uns_result::UNS_OK,
                details: block.one(|block| job_details::fill(block, details)),
                error: ptr::null(),
            },
            Err((error, message)) => uns_job_outcome {
                result: error.kind().into(),
                details: ptr::null(),
                error: block.one(|block| error::fill(block, error, message)),
            },
        }),
        outcomes_len: outcomes.len(),
    })
}
