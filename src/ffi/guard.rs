//! No panic leaves the library: it becomes `UNS_ERROR_INTERNAL`, or the value that stands for failure.
//!
//! Every exported function runs its body in here; a test reads the sources for it. As long as nothing panics the guard
//! takes no lock and allocates nothing, so functions that may be called from a signal handler go through it too.

use std::panic::{AssertUnwindSafe, catch_unwind};

pub(super) use super::catch::value;
use super::error::uns_error;
use super::failure::Failure;
use super::memory::Out;
use super::result::uns_result;

/// Runs `body` and turns its failure into a code.
pub(super) fn code(body: impl FnOnce() -> Result<(), Failure>) -> uns_result {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => uns_result::UNS_OK,
        Ok(Err(failure)) => failure.result(),
        Err(_) => uns_result::UNS_ERROR_INTERNAL,
    }
}

/// Runs `body`, turns its failure into a code, and the details of the failure into `*error`, unless `error` is NULL.
///
/// # Safety
/// `error` is NULL or may be written to.
pub(super) unsafe fn call(error: *mut *mut uns_error, body: impl FnOnce() -> Result<(), Failure>) -> uns_result {
    code(|| {
        // SAFETY: as the caller promises
        let error = unsafe { Out::optional(error, "error")? };
        let failure = match catch_unwind(AssertUnwindSafe(body)) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failure)) => failure,
            Err(panic) => Failure::from_panic(&*panic),
        };
        if let Some(error) = error {
            error.put(failure.to_block());
        }
        Err(failure)
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr;

    use super::super::blocks;
    use super::*;

    #[test]
    fn a_panic_becomes_an_internal_error_that_repeats_its_words() {
        let mut error = ptr::null_mut();
        // SAFETY: `error` is a local variable
        let result = unsafe { call(&raw mut error, || panic!("out of {}", "cheese")) };
        assert_eq!(result, uns_result::UNS_ERROR_INTERNAL);
        // SAFETY: the call failed, so `error` is an error of the library's making; it is freed once
        unsafe {
            assert_eq!((*error).result, uns_result::UNS_ERROR_INTERNAL);
            assert!(!(*error).retryable);
            assert_eq!(
                CStr::from_ptr((*error).message).to_str().unwrap(),
                "a defect in this library, please report it: out of cheese"
            );
            blocks::free(error);
        }
    }

    #[test]
    fn a_panic_without_a_place_for_an_error_is_a_code_or_a_value() {
        // SAFETY: NULL is allowed
        assert_eq!(unsafe { call(ptr::null_mut(), || panic!("a")) }, uns_result::UNS_ERROR_INTERNAL);
        assert_eq!(code(|| panic!("a")), uns_result::UNS_ERROR_INTERNAL);
        assert_eq!(value(7, || panic!("a")), 7);
        assert_eq!(value(7, || 8), 8);
    }

    #[test]
    fn success_clears_the_error() {
        let mut error = ptr::dangling_mut();
        // SAFETY: `error` is a local variable
        assert_eq!(unsafe { call(&raw mut error, || Ok(())) }, uns_result::UNS_OK);
        assert!(error.is_null());
    }
}
