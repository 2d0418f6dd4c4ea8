//! File statuses: where each document of a job is.

use libc::{c_char, size_t};

use super::blocks::{self, Block};
use super::client::uns_client;
use super::error::uns_error;
use super::memory::Out;
use super::result::uns_result;
use super::{guard, memory};
use crate::{FileState, FileStatus, FileStatuses};

/// Where a file stands. The values keep their numbers, and new ones are added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum uns_file_state {
    /// A state that this version does not know, or none.
    UNS_FILE_STATE_UNKNOWN = 0,
    /// Waiting for a node.
    UNS_FILE_STATE_READY = 1,
    /// In a node.
    UNS_FILE_STATE_IN_PROGRESS = 2,
    /// Processed.
    UNS_FILE_STATE_SUCCESS = 3,
    /// Failed; `error` may say why.
    UNS_FILE_STATE_FAILURE = 4,
}

impl From<&FileState> for uns_file_state {
    fn from(state: &FileState) -> Self {
        match state {
            FileState::Unknown(_) => Self::UNS_FILE_STATE_UNKNOWN,
            FileState::Ready => Self::UNS_FILE_STATE_READY,
            FileState::InProgress => Self::UNS_FILE_STATE_IN_PROGRESS,
            FileState::Success => Self::UNS_FILE_STATE_SUCCESS,
            FileState::Failure => Self::UNS_FILE_STATE_FAILURE,
        }
    }
}

/// Where one file is.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_file_status {
    /// Where the file stands.
    pub state: uns_file_state,
    /// The same as the service sent it: "IN_PROGRESS"; empty if it sent nothing. Never NULL.
    pub state_text: *const c_char,
    /// The file, as the service names it; empty if it did not. Never NULL.
    pub document: *const c_char,
    /// The file's record identifier, a UUID; NULL if the service did not say.
    pub record_id: *const c_char,
    /// Why the file failed, in the service's words; NULL if it said nothing.
    pub error: *const c_char,
    /// The workflow node that has the file now; NULL if none has.
    pub node_id: *const c_char,
    /// Where the file stands in that node, as sent; NULL if the service did not say.
    pub node_state_text: *const c_char,
    /// The node that found the file; NULL if the service did not say.
    pub discovered_by_node_id: *const c_char,
    /// How many times that node has tried the file; 0 if the service did not say.
    pub tries: u32,
    /// Seconds spent on the file so far; negative if the service did not say.
    pub seconds: f64,
    /// Seconds that the node has spent on it so far; negative if the service did not say.
    pub node_seconds: f64,
}

/// Where each file of a job is, as of one moment. Freed by uns_file_statuses_free.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_file_statuses {
    /// The job's identifier, as the service spells it. Never NULL.
    pub id: *const c_char,
    /// One entry for each file, in the service's order; NULL if there are none.
    pub files: *const uns_file_status,
    /// How many there are.
    pub files_len: size_t,
    /// Whether the service cut the list: the job has more files than are listed.
    pub truncated: bool,
    /// Whether the job's sources have named all their files. While they have not, more files may appear.
    pub index_finished: bool,
    /// When the service made the list: RFC 3339, as sent; NULL if it did not say.
    pub generated_at: *const c_char,
}

/// Asks where each file of a job is: which node has it, how often that has tried, and for how long. The service allows 12
/// such calls a minute for each job. Whether the job has ended is for its details to say. Returns within the client's
/// timeout.
///
/// @param client the client
/// @param job_id 1 to 128 letters, digits, "-" and "_"
/// @param files out: the list, to be freed by uns_file_statuses_free
/// @param error out, may be NULL: to be freed by uns_error_free
/// @return UNS_OK, or any other code
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_file_statuses(
    client: *const uns_client,
    job_id: *const c_char,
    files: *mut *mut uns_file_statuses,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, a client, and a string
        let (out, uns_client(client), job_id) =
            unsafe { (Out::new(files, "files")?, memory::borrow(client, "client")?, memory::text(job_id, "job_id")?) };
        out.put(block(&client.file_statuses(job_id)?));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a place to write to
    unsafe { guard::call(error, body) }
}

/// Frees a list of files.
///
/// @param files may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_file_statuses_free(files: *mut uns_file_statuses) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { blocks::free(files) });
}

pub(super) fn block(statuses: &FileStatuses) -> *mut uns_file_statuses {
    blocks::build(|block| uns_file_statuses {
        id: block.text(&statuses.id),
        files: block.array(&statuses.files, file),
        files_len: statuses.files.len(),
        truncated: statuses.truncated,
        index_finished: statuses.index_finished,
        generated_at: block.optional_text(statuses.generated_at.as_deref()),
    })
}

fn file(block: &mut Block, file: &FileStatus) -> uns_file_status {
    /// What C gets where the service said nothing.
    const NOT_SAID: f64 = -1.0;

    let node = file.current_node.as_ref();
    uns_file_status {
        state: (&file.status).into(),
        state_text: block.text(file.status.as_str()),
        document: block.text(&file.document),
        record_id: block.optional_text(file.record_id.as_deref()),
        error: block.optional_text(file.error.as_deref()),
        node_id: block.optional_text(node.and_then(|node| node.id.as_deref())),
        node_state_text: block.optional_text(node.and_then(|node| node.status.as_deref())),
        discovered_by_node_id: block.optional_text(file.discovered_by_node_id.as_deref()),
        tries: node.map_or(0, |node| node.tries),
        seconds: file.time_elapsed.unwrap_or(NOT_SAID),
        node_seconds: node.and_then(|node| node.time_elapsed).unwrap_or(NOT_SAID),
    }
}
