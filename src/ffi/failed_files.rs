//! The documents of a job that failed, as one block.

use std::ffi::c_char;

use super::{guard, memory};
use crate::FailedFile;

/// A document that failed, and why.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_failed_file {
    /// The document, as the service names it. Never NULL.
    pub document: *const c_char,
    /// Why it failed, in the service's words. Never NULL.
    pub error: *const c_char,
}

/// The documents of a job that failed. Freed by uns_failed_files_free.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_failed_files {
    /// One entry for each, in the service's order; NULL if there are none.
    pub files: *const uns_failed_file,
    /// How many there are.
    pub files_len: usize,
}

/// Frees a list of failed documents.
///
/// @param files may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_failed_files_free(files: *mut uns_failed_files) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { memory::free(files) });
}

pub(super) fn block(files: &[FailedFile]) -> *mut uns_failed_files {
    memory::build(|block| uns_failed_files {
        files: block.array(files, |block, file| uns_failed_file {
            document: block.text(&file.document),
            error: block.text(&file.error),
        }),
        files_len: files.len(),
    })
}
