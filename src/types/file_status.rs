//! Where each file of a job is: the service's per-file status.
//!
//! Field names and meanings are those of the service's page on per-file job status. The page requires `id` and `files`;
//! every other field may be absent or null.

use std::fmt;

use serde::{Serialize, Serializer};

/// Where each file of a job is, as of one moment.
///
/// Whether the job has ended is for its details to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FileStatuses {
    /// The job's identifier, as the service spells it.
    pub id: String,
    /// One entry for each file, in the service's order. May be empty.
    pub files: Vec<FileStatus>,
    /// Whether the service cut the list: the job has more files than are listed.
    pub truncated: bool,
    /// Whether the job's sources have named all their files. While they have not, more files may appear.
    pub index_finished: bool,
    /// When the service made the list: RFC 3339, as sent. `None` if it did not say.
    pub generated_at: Option<String>,
}

/// Where one file is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FileStatus {
    /// The file's record identifier, a UUID; `None` if the service did not say.
    pub record_id: Option<String>,
    /// The file, as the service names it (`s3://bucket/input/document.pdf`). Empty if it did not say.
    pub document: String,
    /// Where the file stands.
    pub status: FileState,
    /// Why the file failed, in the service's words; `None` if it said nothing.
    pub error: Option<String>,
    /// Seconds spent on the file so far, at least 0; `None` if the service did not say.
    pub time_elapsed: Option<f64>,
    /// The workflow node that has the file now; `None` if none has.
    pub current_node: Option<CurrentNode>,
    /// The node that found the file; `None` if the service did not say.
    pub discovered_by_node_id: Option<String>,
}

/// The workflow node that has a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CurrentNode {
    /// The node's identifier; `None` if the service did not say.
    pub id: Option<String>,
    /// Where the file stands in the node, as sent; `None` if the service did not say.
    pub status: Option<String>,
    /// How many times the node has tried the file. More than [`u32::MAX`] counts as that; 0 if the service did not say.
    pub tries: u32,
    /// Seconds that the node has spent on the file so far, at least 0; `None` if the service did not say.
    pub time_elapsed: Option<f64>,
}

/// Where a file stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileState {
    /// Waiting for a node.
    Ready,
    /// In a node.
    InProgress,
    /// Processed.
    Success,
    /// Failed; [`FileStatus::error`] may say why.
    Failure,
    /// A state that this version does not know, as sent. Empty if the service sent none.
    Unknown(String),
}

impl FileState {
    /// The state as the service spells it: `IN_PROGRESS`.
    ///
    /// ```
    /// use unstructured_jobs::FileState;
    ///
    /// assert_eq!(FileState::InProgress.as_str(), "IN_PROGRESS");
    /// ```
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ready => "READY",
            Self::InProgress => "IN_PROGRESS",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::Unknown(text) => text,
        }
    }
}

impl From<&str> for FileState {
    fn from(text: &str) -> Self {
        match text {
            "READY" => Self::Ready,
            "IN_PROGRESS" => Self::InProgress,
            "SUCCESS" => Self::Success,
            "FAILURE" => Self::Failure,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl fmt::Display for FileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for FileState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
