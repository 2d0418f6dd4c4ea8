//! Errors: why a call failed.

use libc::c_char;

use super::blocks::{self, Block};
use super::catch;
use super::result::uns_result;
use crate::Error;

/// Why a call failed. Freed by uns_error_free, unless it is inside uns_job_outcomes or a uns_event.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_error {
    /// The code that the call returned.
    pub result: uns_result,
    /// The HTTP status of the response; 0 if there was none.
    pub http_status: u16,
    /// Whether asking again later may well succeed.
    pub retryable: bool,
    /// How long the service asked to be left alone (Retry-After), in milliseconds; 0 if it did not.
    pub retry_after_ms: u64,
    /// How many requests were tried, the failed one included; 0 if none was.
    pub attempts: u32,
    /// What happened and to which URL, in one sentence, without the API key. Never NULL.
    pub message: *const c_char,
}

/// Frees an error.
///
/// @param error may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_error_free(error: *mut uns_error) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    catch::value((), || unsafe { blocks::free(error) });
}

pub(super) fn fill(block: &mut Block, error: &Error) -> uns_error {
    uns_error {
        result: error.kind().into(),
        http_status: error.http_status().unwrap_or(0),
        retryable: error.is_retryable(),
        retry_after_ms: error.retry_after().map_or(0, |pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
        attempts: error.attempts(),
        message: block.text(&format!("{error:#}")),
    }
}
