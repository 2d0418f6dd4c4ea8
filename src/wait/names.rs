//! Keeps each name of a node once: thousands of jobs of a few workflows have the same nodes.

use std::collections::HashSet;
use std::sync::Arc;

use crate::types::JobDetails;

/// No more names than this are remembered: where every node of every job has a name of its own there is nothing to share,
/// and the table must not grow with it.
const MOST_NAMES: usize = 1024;

/// The names of the nodes seen so far.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    /// Puts the names already known in place of equal ones in `details`, which is going to be kept.
    pub(super) fn share(&mut self, details: &mut JobDetails) {
        for node in &mut details.node_stats {
            for name in [&mut node.node_name, &mut node.node_type, &mut node.node_subtype].into_iter().flatten() {
                match self.0.get(name) {
                    Some(known) => *name = Arc::clone(known),
                    None if self.0.len() < MOST_NAMES => {
                        self.0.insert(Arc::clone(name));
                    }
                    None => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{NodeStats, ProcessingStatus};

    fn job(name: &str) -> JobDetails {
        let node = NodeStats {
            node_name: Some(name.into()),
            node_type: Some("partition".into()),
            node_subtype: None,
            ready: 0,
            in_progress: 0,
            success: 0,
            failure: 0,
        };
        JobDetails {
            id: "a".into(),
            processing_status: ProcessingStatus::Success,
            node_stats: vec![node.clone(), node],
            message: None,
        }
    }

    fn is_shared(name: &Option<Arc<str>>) -> bool {
        name.as_ref().is_some_and(|name| Arc::strong_count(name) > 1)
    }

    #[test]
    fn equal_names_become_one_and_stay_what_they_were() {
        let mut names = Names::default();
        let mut jobs = [job("Partitioner"), job("Partitioner")];
        jobs.iter_mut().for_each(|job| names.share(job));
        assert_eq!(jobs[0], job("Partitioner"));
        let [first, second] = jobs.map(|job| job.node_stats[1].node_name.clone().expect("a name"));
        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn names_without_end_are_not_all_remembered() {
        let mut names = Names::default();
        let mut jobs: Vec<JobDetails> = (0..2 * MOST_NAMES).map(|n| job(&n.to_string())).collect();
        jobs.iter_mut().for_each(|job| names.share(job));
        assert_eq!(names.0.len(), MOST_NAMES);
        for (n, job) in jobs.iter().enumerate() {
            assert_eq!(job.node_stats[0].node_name.as_deref(), Some(n.to_string().as_str()));
        }
        // those that were known early are shared for as long as it takes
        assert!(is_shared(&jobs[2 * MOST_NAMES - 1].node_stats[0].node_type));
    }
}
