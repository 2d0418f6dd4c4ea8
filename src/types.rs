//! What the service says of a job. Plain data: nothing here does I/O.
//!
//! Field names and meanings are those of the service's published schema
//! (`JobDetails`, `JobNodeDetails`, `JobProcessingStatus`, `FailedFile`).

use std::fmt;

use serde::{Serialize, Serializer};

/// The processing details of one job: `GET /api/v1/jobs/{job_id}/details`.
///
/// This, and not the plain job record, carries the true outcome: the record says `COMPLETED` for failed jobs too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobDetails {
    /// The job's identifier, as the service spells it.
    pub id: String,
    /// Where the job stands.
    pub processing_status: ProcessingStatus,
    /// One entry for each node of the workflow, in the service's order; empty while nothing has started.
    pub node_stats: Vec<NodeStats>,
    /// The service's remark on the job, if it made one.
    pub message: Option<String>,
}

/// The counts of one workflow node. Counts are whole numbers of documents, over the whole range of `u64`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeStats {
    /// The node's name in the workflow, if the service gave one.
    pub node_name: Option<String>,
    /// What the node does (`partition`, `chunk`, `embed`, …), if the service said so.
    pub node_type: Option<String>,
    /// How it does it (`auto`, `chunk_by_title`, …), if the service said so.
    pub node_subtype: Option<String>,
    /// Documents waiting for this node.
    pub ready: u64,
    /// Documents in this node now.
    pub in_progress: u64,
    /// Documents this node has finished.
    pub success: u64,
    /// Documents that failed in this node.
    pub failure: u64,
}

/// A document that failed, and why: an entry of `GET /api/v1/jobs/{job_id}/failed-files`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedFile {
    /// The document, as the service names it.
    pub document: String,
    /// Why it failed, in the service's words.
    pub error: String,
}

/// Where a job stands.
///
/// A status this version does not know is kept as text in [`Unknown`](Self::Unknown): it is no error, and not an end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProcessingStatus {
    /// `SCHEDULED`: accepted, not started.
    Scheduled,
    /// `IN_PROGRESS`: running.
    InProgress,
    /// `SUCCESS`: ended, every document processed.
    Success,
    /// `COMPLETED_WITH_ERRORS`: ended, some documents failed.
    CompletedWithErrors,
    /// `STOPPED`: ended because someone stopped it.
    Stopped,
    /// `FAILED`: ended without a result.
    Failed,
    /// Anything else, as sent.
    Unknown(String),
}

impl ProcessingStatus {
    /// The status as the service spells it (`"IN_PROGRESS"`); of an unknown one, the text that was sent.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::InProgress => "IN_PROGRESS",
            Self::Success => "SUCCESS",
            Self::CompletedWithErrors => "COMPLETED_WITH_ERRORS",
            Self::Stopped => "STOPPED",
            Self::Failed => "FAILED",
            Self::Unknown(text) => text,
        }
    }

    /// Whether the job has ended. An unknown status has not.
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::Success | Self::CompletedWithErrors | Self::Stopped | Self::Failed => true,
            Self::Scheduled | Self::InProgress | Self::Unknown(_) => false,
        }
    }

    /// Whether the job has ended well: [`Success`](Self::Success) and nothing else.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success)
    }
}

impl From<&str> for ProcessingStatus {
    /// The status of that spelling (upper case, as on the wire); of any other text, [`Unknown`](Self::Unknown).
    fn from(text: &str) -> Self {
        match text {
            "SCHEDULED" => Self::Scheduled,
            "IN_PROGRESS" => Self::InProgress,
            "SUCCESS" => Self::Success,
            "COMPLETED_WITH_ERRORS" => Self::CompletedWithErrors,
            "STOPPED" => Self::Stopped,
            "FAILED" => Self::Failed,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl fmt::Display for ProcessingStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ProcessingStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
