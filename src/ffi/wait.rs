//! Waiting for the end of one job or of many, and what came of it.

use libc::{c_char, c_void};
use std::ops::ControlFlow;

use super::client::uns_client;
use super::error::{self, uns_error};
use super::event::{self, uns_observer};
use super::job_details::{self, uns_job_details};
use super::memory::{Out, Refused};
use super::result::uns_result;
use super::wait_options::{self, uns_wait_options};
use super::{blocks, guard, memory};
use crate::{Event, Outcome};

/// What came of one job of many.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_job_outcome {
    /// UNS_OK if the job has ended, whatever the end: see details->processing_status.
    pub result: uns_result,
    /// What the service sent last, also if there is an error. Never NULL with UNS_OK; otherwise NULL if it has not sent
    /// anything.
    pub details: *const uns_job_details,
    /// Why it is not known that the job has ended; NULL with UNS_OK.
    pub error: *const uns_error,
}

/// What came of many jobs. Freed by uns_job_outcomes_free, with everything in it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_job_outcomes {
    /// One for each id, in the order given; NULL if there were none.
    pub outcomes: *const uns_job_outcome,
    /// How many there are.
    pub outcomes_len: usize,
}

/// Polls until a job ends, and hands out its last details, whatever the end: see details->processing_status. What the
/// service sent before a wait that fails is known from the events, or from uns_client_wait_all, whose outcomes hold it.
///
/// @param client the client
/// @param job_id 1 to 128 letters, digits, "-" and "_"
/// @param options when to poll and when to stop; NULL: the defaults
/// @param observer sees an event for every poll, and can stop the wait; may be NULL
/// @param user_data handed to the observer, and not looked at; may be NULL
/// @param details out: the job's end, to be freed by uns_job_details_free
/// @param error out, may be NULL: to be freed by uns_error_free
/// @return UNS_OK; UNS_ERROR_INVALID_ARGUMENT for unacceptable options too, before anything is sent; UNS_ERROR_TIMEOUT once
///     the wait's timeout has passed; UNS_ERROR_CANCELLED if the observer, a cancel token or uns_client_shutdown ended
///     it; the first failure that will not pass; one that may pass, once it has lasted for the maximum outage
///     (at once if Retry-After asks for more)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_wait(
    client: *const uns_client,
    job_id: *const c_char,
    options: *const uns_wait_options,
    observer: uns_observer,
    user_data: *mut c_void,
    details: *mut *mut uns_job_details,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, a client, a string, and options that nobody changes meanwhile
        let (out, uns_client(client), job_id, options) = unsafe {
            let out = Out::new(details, "details")?;
            (
                out,
                memory::borrow(client, "client")?,
                memory::text(job_id, "job_id")?,
                wait_options::or_defaults(options)?,
            )
        };
        // SAFETY: the header asks for a function that may be called with its user_data until the wait returns
        let observe = |event: &_| unsafe { show(event, observer, user_data) };
        out.put(job_details::block(&client.wait(job_id, &options, observe)?));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a place to write to
    unsafe { guard::call(error, body) }
}

/// Waits for any number of jobs on this thread, over one kept connection, each on its own schedule. One job's failure does
/// not end the others. An id given twice is polled once, and both get the outcome. A rate limit in response to one poll
/// slows all of them.
///
/// @param client the client
/// @param job_ids the ids, each 1 to 128 letters, digits, "-" and "_"; may be NULL if there are none
/// @param job_ids_len how many there are; with 0 the outcomes are empty
/// @param options when to poll and when to stop; NULL: the defaults
/// @param observer sees an event for every poll, and can stop the wait; may be NULL
/// @param user_data handed to the observer, and not looked at; may be NULL
/// @param outcomes out: one for each id, to be freed by uns_job_outcomes_free
/// @param error out, may be NULL: to be freed by uns_error_free
/// @return UNS_OK, whatever the outcomes say; before anything is sent UNS_ERROR_INVALID_ARGUMENT for an id (NULL among them)
///     or options that are unacceptable, and UNS_ERROR_IO if the system has no file descriptor left for a cancel token
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_wait_all(
    client: *const uns_client,
    job_ids: *const *const c_char,
    job_ids_len: usize,
    options: *const uns_wait_options,
    observer: uns_observer,
    user_data: *mut c_void,
    outcomes: *mut *mut uns_job_outcomes,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, a client, strings, and options that nobody changes meanwhile
        let (out, uns_client(client), job_ids, options) = unsafe {
            let out = Out::new(outcomes, "outcomes")?;
            (out, memory::borrow(client, "client")?, texts(job_ids, job_ids_len)?, wait_options::or_defaults(options)?)
        };
        // SAFETY: the header asks for a function that may be called with its user_data until the wait returns
        let observe = |event: &_| unsafe { show(event, observer, user_data) };
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
    guard::value((), || unsafe { blocks::free(outcomes) });
}

/// # Safety
/// `job_ids` is NULL or points to `len` pointers, each NULL or a string that nobody changes for as long as `'a`.
unsafe fn texts<'a>(job_ids: *const *const c_char, len: usize) -> Result<Vec<&'a str>, Refused> {
    // SAFETY: as the caller promises
    let pointers = unsafe { memory::array(job_ids, len, "job_ids")? };
    // SAFETY: as the caller promises
    let text = |(index, &id)| unsafe { memory::text(id, format_args!("job_ids[{index}]")) };
    pointers.iter().enumerate().map(text).collect()
}

/// Shows the event to the observer, if there is one, and asks whether to go on.
///
/// # Safety
/// `observer` may be called with `user_data`.
unsafe fn show(event: &Event, observer: uns_observer, user_data: *mut c_void) -> ControlFlow<()> {
    let Some(observer) = observer else { return ControlFlow::Continue(()) };
    let shown = event::block(event);
    // SAFETY: as the caller promises; made above, and the header says that the observer neither frees nor keeps it
    let go_on = unsafe {
        let go_on = observer(shown, user_data);
        blocks::free(shown);
        go_on
    };
    if go_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn block(outcomes: &[Outcome]) -> *mut uns_job_outcomes {
    blocks::build(|block| uns_job_outcomes {
        outcomes: block.array(outcomes, |block, outcome| uns_job_outcome {
            result: outcome.error.as_ref().map_or(uns_result::UNS_OK, |error| error.kind().into()),
            details: block.optional(outcome.details.as_deref(), job_details::fill),
            error: block.optional(outcome.error.as_ref(), error::fill),
        }),
        outcomes_len: outcomes.len(),
    })
}
