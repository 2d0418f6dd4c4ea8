//! Where each file of a job is: the service's per-file status.
//!
//! Field names and meanings are those of the service's page on per-file job status. The page requires `id` and `files`;
//! every other field may be absent or null.

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// Where each file of a job is, as of one moment.
///
/// Whether the job has ended is for its details to say.
///
/// ```no_run
/// # let client = unstructured_jobs::Client::from_env()?;
/// let list = client.file_statuses("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?;
/// if list.truncated || !list.index_finished {
///     println!("{} files, and there are more", list.files.len());
/// }
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
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
///
/// ```no_run
/// # let client = unstructured_jobs::Client::from_env()?;
/// for file in client.file_statuses("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?.files {
///     println!("{} is {}: {}", file.document, file.status, file.error.as_deref().unwrap_or("no error"));
/// }
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
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
///
/// ```no_run
/// # let client = unstructured_jobs::Client::from_env()?;
/// let list = client.file_statuses("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?;
/// let tried_again = list.files.iter().filter_map(|file| file.current_node.as_ref()).filter(|node| node.tries > 1);
/// println!("{} files are not at their first try", tried_again.count());
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
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
///
/// ```
/// use unstructured_jobs::FileState;
///
/// assert_eq!(FileState::from("IN_PROGRESS"), FileState::InProgress);
/// assert_eq!(FileState::InProgress.as_str(), "IN_PROGRESS");
/// ```
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

texts! {
    FileState:
    Ready = "READY",
    InProgress = "IN_PROGRESS",
    Success = "SUCCESS",
    Failure = "FAILURE",
}
