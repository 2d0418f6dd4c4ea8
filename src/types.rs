//! What the service says of a job. Plain data: nothing here does I/O.
//!
//! Field names and meanings are those of the service's published schema
//! (`JobDetails`, `JobNodeDetails`, `JobProcessingStatus`, `FailedFile`).
//!
//! Its structs are `#[non_exhaustive]`, since the service may add fields. They come out of a client's calls, or, with the
//! feature `serde`, out of the service's JSON: that is how a program's own tests make them.

#[macro_use]
mod texts;

mod file_status;

use std::iter::Sum;
use std::ops::AddAssign;
use std::sync::Arc;

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

pub use self::file_status::{CurrentNode, FileState, FileStatus, FileStatuses};

/// The processing details of one job: `GET /api/v1/jobs/{job_id}/details`.
///
/// This, and not the plain job record, carries the true outcome: the record says `COMPLETED` for failed jobs too.
///
/// ```no_run
/// # let client = unstructured_jobs::Client::from_env()?;
/// let details = client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?;
/// println!("{} is {}", details.id, details.processing_status);
/// if let Some(share) = details.fraction_done() {
///     println!("{:.0} % of what was counted is done", share * 100.0);
/// }
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
///
/// The service may add fields, so no program builds one field by field. Tests of a program make one from JSON, with the
/// feature `serde`:
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use unstructured_jobs::JobDetails;
///
/// let json = r#"{"id": "b2c3d4e5", "processing_status": "SUCCESS", "node_stats": []}"#;
/// let details: JobDetails = serde_json::from_str(json)?;
/// assert!(details.processing_status.is_success());
/// # }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
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
///
/// The texts are shared: jobs of one workflow have the same ones, and [`wait_all`](crate::Client::wait_all) keeps each
/// only once for all of its jobs. `node.node_name.as_deref()` is an `Option<&str>`.
///
/// ```no_run
/// # let client = unstructured_jobs::Client::from_env()?;
/// for node in client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?.node_stats {
///     let name = node.node_name.as_deref().unwrap_or("(no name)");
///     println!("{name}: {} done, {} failed, {} to go", node.success, node.failure, node.ready + node.in_progress);
/// }
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct NodeStats {
    /// The node's name in the workflow, if the service gave one.
    pub node_name: Option<Arc<str>>,
    /// What the node does (`partition`, `chunk`, `embed`, …), if the service said so.
    pub node_type: Option<Arc<str>>,
    /// How it does it (`auto`, `chunk_by_title`, …), if the service said so.
    pub node_subtype: Option<Arc<str>>,
    /// Documents waiting for this node.
    pub ready: u64,
    /// Documents in this node now.
    pub in_progress: u64,
    /// Documents this node has finished.
    pub success: u64,
    /// Documents that failed in this node.
    pub failure: u64,
}

impl JobDetails {
    /// The counts of all nodes together. A document is counted in each node that it has reached.
    ///
    /// ```no_run
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// let totals = client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?.totals();
    /// println!("{} done, {} failed", totals.success, totals.failure);
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn totals(&self) -> NodeTotals {
        self.node_stats.iter().map(NodeTotals::from).sum()
    }

    /// How much of the work that the service has counted is done: [`NodeTotals::fraction_done`] of the
    /// [`totals`](Self::totals). It may shrink while documents are still being found; whether the job has ended is for
    /// [`processing_status`](Self::processing_status) alone to say.
    ///
    /// ```no_run
    /// # let client = unstructured_jobs::Client::from_env()?;
    /// match client.job_details("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")?.fraction_done() {
    ///     Some(share) => println!("{:.0} %", share * 100.0),
    ///     None => println!("nothing is counted yet"),
    /// }
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn fraction_done(&self) -> Option<f64> {
        self.totals().fraction_done()
    }
}

/// Counts added up, over the nodes of a job or over several jobs. A sum that exceeds `u64` stays at its maximum.
///
/// ```no_run
/// use unstructured_jobs::{JobDetails, NodeTotals};
///
/// # let client = unstructured_jobs::Client::from_env()?;
/// let jobs = [client.job_details("b2c3d4e5")?, client.job_details("c3d4e5f6")?];
/// let all: NodeTotals = jobs.iter().map(JobDetails::totals).sum();
/// println!("{} done, {} failed", all.success, all.failure);
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct NodeTotals {
    /// Documents waiting.
    pub ready: u64,
    /// Documents being worked on.
    pub in_progress: u64,
    /// Documents finished.
    pub success: u64,
    /// Documents that failed.
    pub failure: u64,
}

impl NodeTotals {
    /// The share of `success` and `failure` in all four counts, 0 to 1; `None` while all of them are 0.
    ///
    /// ```
    /// use unstructured_jobs::NodeTotals;
    ///
    /// let mut totals = NodeTotals::default();
    /// assert_eq!(totals.fraction_done(), None);
    /// (totals.ready, totals.success) = (3, 1);
    /// assert_eq!(totals.fraction_done(), Some(0.25));
    /// ```
    pub fn fraction_done(&self) -> Option<f64> {
        // u128: four sums of u64 must not overflow, nor saturate the share
        let done = u128::from(self.success) + u128::from(self.failure);
        let all = done + u128::from(self.ready) + u128::from(self.in_progress);
        (all > 0).then(|| done as f64 / all as f64)
    }
}

impl From<&NodeStats> for NodeTotals {
    fn from(node: &NodeStats) -> Self {
        Self { ready: node.ready, in_progress: node.in_progress, success: node.success, failure: node.failure }
    }
}

impl AddAssign for NodeTotals {
    fn add_assign(&mut self, more: Self) {
        self.ready = self.ready.saturating_add(more.ready);
        self.in_progress = self.in_progress.saturating_add(more.in_progress);
        self.success = self.success.saturating_add(more.success);
        self.failure = self.failure.saturating_add(more.failure);
    }
}

impl Sum for NodeTotals {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut totals, more| {
            totals += more;
            totals
        })
    }
}

/// A document that failed, and why: an entry of `GET /api/v1/jobs/{job_id}/failed-files`.
///
/// ```no_run
/// use unstructured_jobs::printable;
///
/// # let client = unstructured_jobs::Client::from_env()?;
/// for file in client.failed_files("b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e")? {
///     eprintln!("{}: {}", printable(&file.document), printable(&file.error));
/// }
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct FailedFile {
    /// The document, as the service names it.
    pub document: String,
    /// Why it failed, in the service's words.
    pub error: String,
}

/// Where a job stands.
///
/// A status this version does not know is kept as text in [`Unknown`](Self::Unknown): it is no error, and not an end.
///
/// ```
/// use unstructured_jobs::ProcessingStatus;
///
/// let status = ProcessingStatus::from("COMPLETED_WITH_ERRORS");
/// assert!(status.is_terminal() && !status.is_success());
/// assert_eq!(ProcessingStatus::from("PAUSED").as_str(), "PAUSED");
/// ```
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
    /// Whether the job has ended. An unknown status has not.
    ///
    /// ```
    /// use unstructured_jobs::ProcessingStatus;
    ///
    /// assert!(ProcessingStatus::Stopped.is_terminal());
    /// assert!(!ProcessingStatus::InProgress.is_terminal());
    /// assert!(!ProcessingStatus::from("PAUSED").is_terminal());
    /// ```
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::Success | Self::CompletedWithErrors | Self::Stopped | Self::Failed => true,
            Self::Scheduled | Self::InProgress | Self::Unknown(_) => false,
        }
    }

    /// Whether the job has ended well: [`Success`](Self::Success) and nothing else.
    ///
    /// ```
    /// use unstructured_jobs::ProcessingStatus;
    ///
    /// assert!(ProcessingStatus::Success.is_success());
    /// assert!(!ProcessingStatus::CompletedWithErrors.is_success());
    /// ```
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success)
    }
}

texts! {
    ProcessingStatus:
    Scheduled = "SCHEDULED",
    InProgress = "IN_PROGRESS",
    Success = "SUCCESS",
    CompletedWithErrors = "COMPLETED_WITH_ERRORS",
    Stopped = "STOPPED",
    Failed = "FAILED",
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(nodes: &[[u64; 4]]) -> JobDetails {
        let node_stats = nodes
            .iter()
            .map(|&[ready, in_progress, success, failure]| NodeStats {
                node_name: None,
                node_type: None,
                node_subtype: None,
                ready,
                in_progress,
                success,
                failure,
            })
            .collect();
        JobDetails { id: "a".into(), processing_status: ProcessingStatus::InProgress, node_stats, message: None }
    }

    #[test]
    fn totals_add_up_each_count_over_the_nodes() {
        let totals = job(&[[1, 2, 3, 4], [10, 20, 30, 40]]).totals();
        assert_eq!(totals, NodeTotals { ready: 11, in_progress: 22, success: 33, failure: 44 });
        assert_eq!(job(&[]).totals(), NodeTotals::default());
    }

    #[test]
    fn a_total_beyond_u64_stays_at_the_maximum() {
        let totals = job(&[[u64::MAX, 0, u64::MAX - 1, 0], [1, 0, 1, 0]]).totals();
        assert_eq!(totals, NodeTotals { ready: u64::MAX, in_progress: 0, success: u64::MAX, failure: 0 });
    }

    #[test]
    fn totals_of_several_jobs_can_be_summed() {
        let totals: NodeTotals = [job(&[[1, 0, 0, 0]]), job(&[[2, 0, 5, 0]])].iter().map(JobDetails::totals).sum();
        assert_eq!(totals, NodeTotals { ready: 3, in_progress: 0, success: 5, failure: 0 });
    }

    #[test]
    fn the_fraction_done_counts_failures_as_done_and_is_unknown_without_counts() {
        assert_eq!(job(&[]).fraction_done(), None);
        assert_eq!(job(&[[0, 0, 0, 0]]).fraction_done(), None);
        assert_eq!(job(&[[4, 0, 0, 0]]).fraction_done(), Some(0.0));
        assert_eq!(job(&[[1, 1, 1, 1]]).fraction_done(), Some(0.5));
        assert_eq!(job(&[[0, 0, 3, 0], [0, 1, 0, 0]]).fraction_done(), Some(0.75));
        assert_eq!(job(&[[0, 0, 7, 2]]).fraction_done(), Some(1.0));
        assert_eq!(job(&[[u64::MAX, u64::MAX, u64::MAX, u64::MAX]]).fraction_done(), Some(0.5));
    }
}
