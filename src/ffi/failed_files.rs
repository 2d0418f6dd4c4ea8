//! Failed files: the documents of a job that failed, and why.

use libc::{c_char, size_t};

use super::blocks;
use super::client::uns_client;
use super::error::uns_error;
use super::memory::Out;
use super::result::uns_result;
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
    pub files_len: size_t,
}

/// Asks which documents of a job failed, and why: the next question after an end that is not
/// UNS_PROCESSING_STATUS_SUCCESS. Returns within the client's timeout.
///
/// @param client the client
/// @param job_id 1 to 128 letters, digits, "-" and "_"
/// @param files out: the list, to be freed by uns_failed_files_free
/// @param error out, may be NULL: to be freed by uns_error_free
/// @return UNS_OK, or any other code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_failed_files(
    client: *const uns_client,
    job_id: *const c_char,
    files: *mut *mut uns_failed_files,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, a client, and a string
        let (out, uns_client(client), job_id) =
            unsafe { (Out::new(files, "files")?, memory::borrow(client, "client")?, memory::text(job_id, "job_id")?) };
        out.put(block(&client.failed_files(job_id)?));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a place to write to
    unsafe { guard::call(error, body) }
}

/// Frees a list of failed documents.
///
/// @param files may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_failed_files_free(files: *mut uns_failed_files) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { blocks::free(files) });
}

pub(super) fn block(files: &[FailedFile]) -> *mut uns_failed_files {
    blocks::build(|block| uns_failed_files {
        files: block.array(files, |block, file| uns_failed_file {
            document: block.text(&file.document),
            error: block.text(&file.error),
        }),
        files_len: files.len(),
    })
}
