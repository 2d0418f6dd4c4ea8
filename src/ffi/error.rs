//! Errors: why a call failed.

use std::any::Any;
use std::fmt;
use std::str::Utf8Error;

use libc::c_char;

use super::guard;
use super::memory::{self, Block};
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
    guard::value((), || unsafe { memory::free(error) });
}

/// What can go wrong in here: what went wrong below, what C handed in, and our own defects.
#[derive(Debug)]
pub(super) enum Failure {
    Core(Error),
    Argument(String),
    Panic(String),
}

impl Failure {
    pub(super) fn null(name: impl fmt::Display) -> Self {
        Self::Argument(format!("{name} is NULL"))
    }

    pub(super) fn misaligned(name: impl fmt::Display) -> Self {
        Self::Argument(format!("{name} is not aligned, so it points to something else"))
    }

    pub(super) fn not_utf8(name: impl fmt::Display, error: Utf8Error) -> Self {
        Self::Argument(format!("{name} is not valid UTF-8 from byte {} on", error.valid_up_to()))
    }

    pub(super) fn too_long(name: impl fmt::Display, len: usize) -> Self {
        Self::Argument(format!("{name} cannot have {len} items"))
    }

    pub(super) fn from_panic(panic: &(dyn Any + Send)) -> Self {
        let words = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
            (Some(words), _) => words,
            (None, Some(words)) => words.as_str(),
            (None, None) => "a panic without words",
        };
        Self::Panic(format!("a defect in this library, please report it: {words}"))
    }

    pub(super) fn result(&self) -> uns_result {
        match self {
            Self::Core(error) => error.kind().into(),
            Self::Argument(_) => uns_result::UNS_ERROR_INVALID_ARGUMENT,
            Self::Panic(_) => uns_result::UNS_ERROR_INTERNAL,
        }
    }

    pub(super) fn to_block(&self) -> *mut uns_error {
        match self {
            Self::Core(error) => memory::build(|block| fill(block, error)),
            Self::Argument(message) | Self::Panic(message) => memory::build(|block| uns_error {
                result: self.result(),
                http_status: 0,
                retryable: false,
                retry_after_ms: 0,
                attempts: 0,
                message: block.text(message),
            }),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
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
