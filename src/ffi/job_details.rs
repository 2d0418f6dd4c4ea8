//! Job details: where a job stands, and what each node of its workflow has done.

use libc::{c_char, size_t};

use super::blocks::{self, Block};
use super::client::uns_client;
use super::error::uns_error;
use super::memory::{self, Out};
use super::{guard, result::uns_result};
use crate::{JobDetails, NodeStats, NodeTotals, ProcessingStatus};

/// Where a job stands. The values keep their numbers, and new ones are added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum uns_processing_status {
    /// A status that this version does not know: no error, and not an end.
    UNS_PROCESSING_STATUS_UNKNOWN = 0,
    /// Accepted, not started.
    UNS_PROCESSING_STATUS_SCHEDULED = 1,
    /// Running.
    UNS_PROCESSING_STATUS_IN_PROGRESS = 2,
    /// Ended, every document processed.
    UNS_PROCESSING_STATUS_SUCCESS = 3,
    /// Ended, some documents failed.
    UNS_PROCESSING_STATUS_COMPLETED_WITH_ERRORS = 4,
    /// Ended because someone stopped it.
    UNS_PROCESSING_STATUS_STOPPED = 5,
    /// Ended without a result.
    UNS_PROCESSING_STATUS_FAILED = 6,
}

impl From<&ProcessingStatus> for uns_processing_status {
    fn from(status: &ProcessingStatus) -> Self {
        match status {
            ProcessingStatus::Unknown(_) => Self::UNS_PROCESSING_STATUS_UNKNOWN,
            ProcessingStatus::Scheduled => Self::UNS_PROCESSING_STATUS_SCHEDULED,
            ProcessingStatus::InProgress => Self::UNS_PROCESSING_STATUS_IN_PROGRESS,
            ProcessingStatus::Success => Self::UNS_PROCESSING_STATUS_SUCCESS,
            ProcessingStatus::CompletedWithErrors => Self::UNS_PROCESSING_STATUS_COMPLETED_WITH_ERRORS,
            ProcessingStatus::Stopped => Self::UNS_PROCESSING_STATUS_STOPPED,
            ProcessingStatus::Failed => Self::UNS_PROCESSING_STATUS_FAILED,
        }
    }
}

/// The counts of one workflow node: whole numbers of documents.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_node_stats {
    /// The node's name in the workflow; NULL if the service gave none.
    pub node_name: *const c_char,
    /// What the node does ("partition", "chunk", "embed", ...); NULL if the service did not say.
    pub node_type: *const c_char,
    /// How it does it ("auto", "chunk_by_title", ...); NULL if the service did not say.
    pub node_subtype: *const c_char,
    /// Documents waiting for this node.
    pub ready: u64,
    /// Documents in this node now.
    pub in_progress: u64,
    /// Documents this node has finished.
    pub success: u64,
    /// Documents that failed in this node.
    pub failure: u64,
}

/// The details of a job. Freed by uns_job_details_free, unless they are inside a uns_event or
/// uns_job_outcomes.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_job_details {
    /// The job's identifier, as the service spells it. Never NULL.
    pub id: *const c_char,
    /// Where the job stands.
    pub processing_status: uns_processing_status,
    /// The same as the service sent it: "IN_PROGRESS". Never NULL.
    pub processing_status_text: *const c_char,
    /// One entry for each node of the workflow, in the service's order; NULL if there are none.
    pub node_stats: *const uns_node_stats,
    /// How many there are.
    pub node_stats_len: size_t,
    /// The service's remark on the job; NULL if it made none.
    pub message: *const c_char,
}

/// Counts added up over the nodes of a job. A sum that exceeds 64 bits stays at the maximum.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct uns_node_totals {
    /// Documents waiting.
    pub ready: u64,
    /// Documents being worked on.
    pub in_progress: u64,
    /// Documents finished.
    pub success: u64,
    /// Documents that failed.
    pub failure: u64,
}

/// The name of a status, as the service spells it: "IN_PROGRESS".
///
/// @param status any number
/// @return the name; "UNKNOWN" for UNS_PROCESSING_STATUS_UNKNOWN and for a number that is no status of this version. Never
///     NULL. It is not freed, and lives as long as the library is loaded.
#[unsafe(no_mangle)]
pub extern "C" fn uns_processing_status_name(status: i32) -> *const c_char {
    let body = || match status {
        1 => c"SCHEDULED",
        2 => c"IN_PROGRESS",
        3 => c"SUCCESS",
        4 => c"COMPLETED_WITH_ERRORS",
        5 => c"STOPPED",
        6 => c"FAILED",
        _ => c"UNKNOWN",
    };
    guard::value(c"UNKNOWN", body).as_ptr()
}

/// Whether a job with this status has ended. With UNS_PROCESSING_STATUS_UNKNOWN it has not.
///
/// @param status any number; one that is no status of this version is not an end
#[unsafe(no_mangle)]
pub extern "C" fn uns_processing_status_is_terminal(status: i32) -> bool {
    guard::value(false, || matches!(status, 3..=6))
}

/// Whether a job with this status has ended well, every document processed.
///
/// @param status any number
#[unsafe(no_mangle)]
pub extern "C" fn uns_processing_status_is_success(status: i32) -> bool {
    guard::value(false, || status == uns_processing_status::UNS_PROCESSING_STATUS_SUCCESS as i32)
}

/// Asks once how a job is doing, with retries as configured. Returns within the client's timeout.
///
/// @param client the client
/// @param job_id 1 to 128 letters, digits, "-" and "_"
/// @param details out: the details, to be freed by uns_job_details_free
/// @param error out, may be NULL: to be freed by uns_error_free
/// @return UNS_OK, or any other code; UNS_ERROR_DECODE also if the response is about another job
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_job_details(
    client: *const uns_client,
    job_id: *const c_char,
    details: *mut *mut uns_job_details,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, a client, and a string
        let (out, uns_client(client), job_id) = unsafe {
            (Out::new(details, "details")?, memory::borrow(client, "client")?, memory::text(job_id, "job_id")?)
        };
        out.put(block(&client.job_details(job_id)?));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a place to write to
    unsafe { guard::call(error, body) }
}

/// Adds up the counts of all nodes. A document is counted in each node that it has reached.
///
/// @param details the details
/// @param totals out: written by UNS_OK only
/// @return UNS_OK; UNS_ERROR_INVALID_ARGUMENT for NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_job_details_totals(
    details: *const uns_job_details,
    totals: *mut uns_node_totals,
) -> uns_result {
    guard::code(|| {
        // SAFETY: the header asks for details of the library's making, and for a place to write to
        let (totals, sum) =
            unsafe { (memory::borrow_mut(totals, "totals")?, sum(memory::borrow(details, "details")?)) };
        let NodeTotals { ready, in_progress, success, failure } = sum;
        *totals = uns_node_totals { ready, in_progress, success, failure };
        Ok(())
    })
}

/// How much of the work that the service has counted is done: the share of `success` and `failure` in all counts of all
/// nodes. It may shrink while documents are still being found; whether the job has ended is for `processing_status` alone
/// to say.
///
/// @param details the details
/// @return 0 to 1; negative while all counts are 0, and for NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_job_details_fraction_done(details: *const uns_job_details) -> f64 {
    let body = || {
        // SAFETY: the header asks for details of the library's making
        let details = unsafe { memory::borrow(details, "details") }.ok()?;
        // SAFETY: they are of the library's making
        unsafe { sum(details) }.fraction_done()
    };
    guard::value(None, body).unwrap_or(-1.0)
}

/// Frees details that a call handed out. Those inside uns_job_outcomes or a uns_event are not freed alone.
///
/// @param details may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_job_details_free(details: *mut uns_job_details) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { blocks::free(details) });
}

/// # Safety
/// `details` are of the library's making.
unsafe fn sum(details: &uns_job_details) -> NodeTotals {
    // SAFETY: the library made the array, and that many nodes in it
    let nodes = unsafe { memory::array(details.node_stats, details.node_stats_len, "node_stats") }.unwrap_or_default();
    let counts = |node: &uns_node_stats| NodeTotals {
        ready: node.ready,
        in_progress: node.in_progress,
        success: node.success,
        failure: node.failure,
    };
    nodes.iter().map(counts).sum()
}

pub(super) fn block(details: &JobDetails) -> *mut uns_job_details {
    blocks::build(|block| fill(block, details))
}

pub(super) fn fill(block: &mut Block, details: &JobDetails) -> uns_job_details {
    let node = |block: &mut Block, node: &NodeStats| uns_node_stats {
        node_name: block.optional_shared_text(node.node_name.as_ref()),
        node_type: block.optional_shared_text(node.node_type.as_ref()),
        node_subtype: block.optional_shared_text(node.node_subtype.as_ref()),
        ready: node.ready,
        in_progress: node.in_progress,
        success: node.success,
        failure: node.failure,
    };
    let processing_status = (&details.processing_status).into();
    uns_job_details {
        id: block.text(&details.id),
        processing_status,
        processing_status_text: match &details.processing_status {
            ProcessingStatus::Unknown(text) => block.text(text),
            _ => uns_processing_status_name(processing_status as i32),
        },
        node_stats: block.array(&details.node_stats, node),
        node_stats_len: details.node_stats.len(),
        message: block.optional_text(details.message.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn names_and_ends_agree_with_the_rust_side() {
        for text in ["SCHEDULED", "IN_PROGRESS", "SUCCESS", "COMPLETED_WITH_ERRORS", "STOPPED", "FAILED", "PAUSED"] {
            let status = ProcessingStatus::from(text);
            let number = uns_processing_status::from(&status) as i32;
            // SAFETY: the function hands out a string of the library's
            let name = unsafe { CStr::from_ptr(uns_processing_status_name(number)) };
            let expected = if text == "PAUSED" { "UNKNOWN" } else { text };
            assert_eq!(name.to_str(), Ok(expected));
            assert_eq!(uns_processing_status_is_terminal(number), status.is_terminal(), "{text}");
            assert_eq!(uns_processing_status_is_success(number), status.is_success(), "{text}");
        }
    }
}
