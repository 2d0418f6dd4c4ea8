//! Progress as lines, for logs. Pure: what to say, not when or where.

use std::time::{Duration, Instant};

use unstructured_jobs::{JobDetails, NodeStats};

use super::Jobs;
use crate::duration;
use crate::output::escape;

/// A line names no more nodes than this; a large workflow changes everywhere at once.
const MAX_NODES: usize = 8;

/// What changed in a job since it was last seen; `None` if nothing did.
pub(super) fn change(id: &str, before: Option<&JobDetails>, now: &JobDetails) -> Option<String> {
    if before == Some(now) {
        return None;
    }
    let mut line = format!("{id}: {}", escape(now.processing_status.as_str()));
    let changed: Vec<String> = now
        .node_stats
        .iter()
        .enumerate()
        .filter(|(at, node)| before.and_then(|before| before.node_stats.get(*at)) != Some(node))
        .map(|(at, node)| format!("; {}: {}", node_name(at, node), counts(node)))
        .collect();
    line.extend(changed.iter().take(MAX_NODES).map(String::as_str));
    if changed.len() > MAX_NODES {
        line.push_str(&format!("; and {} more nodes", changed.len() - MAX_NODES));
    }
    let message = now.message.as_deref().filter(|message| !message.is_empty());
    if let Some(message) = message.filter(|_| before.is_none_or(|before| before.message != now.message)) {
        line.push_str(&format!("; the service says: {}", escape(message)));
    }
    Some(line)
}

/// That the wait goes on.
pub(super) fn heartbeat(jobs: &Jobs, now: Instant) -> String {
    let waiting = jobs.all.iter().filter(|job| !job.has_ended()).count();
    let mut line = match &*jobs.all {
        [job] => match &job.last {
            Some(last) => {
                let (status, lasted) = (escape(last.processing_status.as_str()), duration::show(now - job.since));
                format!("{}: still {status}, for {lasted} now", job.id)
            }
            None => format!("{}: still without an answer", job.id),
        },
        all => format!("still waiting for {waiting} of {} jobs", all.len()),
    };
    if let Some(outage) = &jobs.outage {
        line.push_str(&format!("; no answer for {}: {}", duration::show(now - outage.since), outage.error));
    }
    line
}

/// A line with the time that the wait has taken so far.
pub(super) fn stamp(waited: Duration, line: &str) -> String {
    format!("[{:>6}] {line}", duration::show(waited))
}

/// What a node is called: by its name, its kind, or its place.
pub(super) fn node_name(at: usize, node: &NodeStats) -> String {
    let names = [&node.node_name, &node.node_subtype, &node.node_type];
    match names.into_iter().flatten().find(|name| !name.is_empty()) {
        Some(name) => escape(name),
        None => format!("node {}", at + 1),
    }
}

/// How far a node is.
pub(super) fn counts(node: &NodeStats) -> String {
    let mut text = format!("{} of {} done", node.success, total(node));
    if node.in_progress > 0 {
        text.push_str(&format!(", {} running", node.in_progress));
    }
    if node.failure > 0 {
        text.push_str(&format!(", {} failed", node.failure));
    }
    text
}

/// All documents of a node. Counts are the whole range of u64, so their sum may be none.
pub(super) fn total(node: &NodeStats) -> u64 {
    node.ready.saturating_add(node.in_progress).saturating_add(node.success).saturating_add(node.failure)
}

#[cfg(test)]
pub(super) mod tests {
    use unstructured_jobs::ProcessingStatus;

    use super::super::{Job, Outage};
    use super::*;

    pub(in super::super) fn node(name: &str, counts: [u64; 4]) -> NodeStats {
        let [ready, in_progress, success, failure] = counts;
        let node_name = Some(name.into());
        NodeStats { node_name, node_type: None, node_subtype: None, ready, in_progress, success, failure }
    }

    pub(in super::super) fn job(status: &str, node_stats: Vec<NodeStats>) -> JobDetails {
        JobDetails { id: "j".to_owned(), processing_status: ProcessingStatus::from(status), node_stats, message: None }
    }

    pub(in super::super) fn jobs(last: Vec<Option<JobDetails>>, started: Instant) -> Jobs {
        let job = |(at, last)| Job { id: format!("job-{at}"), last, since: started };
        Jobs { all: last.into_iter().enumerate().map(job).collect(), started, outage: None }
    }

    #[test]
    fn a_line_for_what_changed_and_none_for_what_did_not() {
        let scheduled = job("SCHEDULED", vec![]);
        let running = job("IN_PROGRESS", vec![node("partition", [50, 3, 6, 1]), node("chunk", [0; 4])]);
        let mut further = running.clone();
        further.node_stats[0] = node("partition", [0, 0, 59, 1]);
        let mut told = further.clone();
        told.message = Some("nearly\nthere".to_owned());
        for (before, now, line) in [
            (None, &scheduled, Some("j: SCHEDULED")),
            (Some(&scheduled), &scheduled, None),
            (
                Some(&scheduled),
                &running,
                Some("j: IN_PROGRESS; partition: 6 of 60 done, 3 running, 1 failed; chunk: 0 of 0 done"),
            ),
            (Some(&running), &further, Some("j: IN_PROGRESS; partition: 59 of 60 done, 1 failed")),
            (Some(&further), &told, Some("j: IN_PROGRESS; the service says: nearly\\nthere")),
            (Some(&told), &told, None),
        ] {
            assert_eq!(change("j", before, now).as_deref(), line);
        }
    }

    #[test]
    fn a_line_names_eight_nodes_at_most() {
        let many = job("IN_PROGRESS", (0..20).map(|at| node(&at.to_string(), [1, 0, 0, 0])).collect());
        let line = change("j", None, &many).unwrap();
        assert!(line.ends_with("; 7: 0 of 1 done; and 12 more nodes"), "{line}");
    }

    #[test]
    fn a_node_without_a_name_is_called_something() {
        let mut nameless = node("", [0; 4]);
        assert_eq!(node_name(2, &nameless), "node 3");
        nameless.node_type = Some("partition".into());
        assert_eq!(node_name(2, &nameless), "partition");
        nameless.node_subtype = Some("a\x1bb".into());
        assert_eq!(node_name(2, &nameless), "a\\u{1b}b");
        assert_eq!(counts(&node("", [u64::MAX, 1, 0, 0])), "0 of 18446744073709551615 done, 1 running");
    }

    #[test]
    fn a_heartbeat_says_what_is_waited_for() {
        let started = Instant::now();
        let now = started + Duration::from_secs(125);
        let mut one = jobs(vec![Some(job("IN_PROGRESS", vec![]))], started);
        assert_eq!(heartbeat(&one, now), "job-0: still IN_PROGRESS, for 2m 5s now");
        one.outage = Some(Outage { since: started + Duration::from_secs(60), error: "it is away".to_owned() });
        assert_eq!(heartbeat(&one, now), "job-0: still IN_PROGRESS, for 2m 5s now; no answer for 1m 5s: it is away");
        assert_eq!(heartbeat(&jobs(vec![None], started), now), "job-0: still without an answer");
        let several = jobs(vec![None, Some(job("SUCCESS", vec![])), Some(job("SCHEDULED", vec![]))], started);
        assert_eq!(heartbeat(&several, now), "still waiting for 2 of 3 jobs");
        assert_eq!(stamp(now - started, "so"), "[ 2m 5s] so");
    }
}
