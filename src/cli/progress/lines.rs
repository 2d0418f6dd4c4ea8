//! Progress as lines, for logs. Pure: what to say, not when or where.

use std::time::Duration;

use console::truncate_str;
use unstructured_jobs::{JobDetails, NodeStats};

use crate::duration;
use crate::output::{self, escape};

/// A line names no more nodes than this; a large workflow changes everywhere at once.
const MAX_NODES: usize = 8;

/// Of a status or a name so much is told, as wide as that is on a terminal, and of what the service says.
const LONGEST_NAME: usize = 128;
const LONGEST_MESSAGE: usize = 1024;

/// What changed in a job since it was last seen; `None` if nothing did.
pub(super) fn change(id: &str, before: Option<&JobDetails>, now: &JobDetails) -> Option<String> {
    if before == Some(now) {
        return None;
    }
    let mut line = format!("{id}: {}", status(now));
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
        line.push_str(&format!("; the service says: {}", words(message, LONGEST_MESSAGE)));
    }
    Some(line)
}

/// A poll of a job failed, and there will be another.
pub(super) fn failure(id: &str, reason: &str, next_poll_in: Option<Duration>) -> String {
    let again = next_poll_in.map(|pause| format!("; next poll in {}", duration::show(whole_seconds(pause))));
    format!("{id}: {reason}{}", again.unwrap_or_default())
}

/// The service has a status that this version does not know.
pub(super) fn unknown(id: &str, status: &str) -> String {
    let status = if status.is_empty() {
        "an empty status".to_owned()
    } else {
        format!("the status {}", words(status, LONGEST_NAME))
    };
    let version = env!("CARGO_PKG_VERSION");
    format!("{id}: {status} is not known to version {version} of this command; the job is taken to go on")
}

/// Where a job stands.
pub(super) fn status(details: &JobDetails) -> String {
    cut(&output::status(&details.processing_status, false), LONGEST_NAME)
}

/// What comes from the service, escaped, and cut if it is longer than any line should be.
fn words(text: &str, longest: usize) -> String {
    cut(&escape(text), longest)
}

fn cut(text: &str, longest: usize) -> String {
    truncate_str(text, longest, "…").into_owned()
}

fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs() + u64::from(duration.subsec_nanos() > 0))
}

/// A line with the time that the wait has taken so far.
pub(super) fn stamp(waited: Duration, line: &str) -> String {
    format!("[{:>6}] {line}", duration::show(waited))
}

/// What a node is called: by its name, its kind, or its place.
pub(super) fn node_name(at: usize, node: &NodeStats) -> String {
    let names = [&node.node_name, &node.node_subtype, &node.node_type];
    match names.into_iter().flatten().find(|name| !name.is_empty()) {
        Some(name) => words(name, LONGEST_NAME),
        None => format!("node {}", at + 1),
    }
}

/// How far a node is.
pub(super) fn counts(node: &NodeStats) -> String {
    let mut text = format!("{} of {} documents done", node.success, total(node));
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
    use std::sync::Arc;
    use std::time::Instant;

    use super::super::jobs::{Jobs, Trouble};
    use super::*;

    pub(in super::super) fn node(name: &str, counts: [u64; 4]) -> NodeStats {
        let [ready, in_progress, success, failure] = counts;
        serde_json::from_value(serde_json::json!({
            "node_name": name, "ready": ready, "in_progress": in_progress, "success": success, "failure": failure,
        }))
        .expect("a node")
    }

    pub(in super::super) fn job(status: &str, node_stats: Vec<NodeStats>) -> JobDetails {
        serde_json::from_value(serde_json::json!({
            "id": "j", "processing_status": status, "node_stats": node_stats,
        }))
        .expect("details")
    }

    /// Jobs with these details, seen when they were started.
    pub(in super::super) fn jobs(last: Vec<Option<JobDetails>>, started: Instant) -> Jobs {
        let ids: Vec<String> = (0..last.len()).map(|at| format!("job-{at}")).collect();
        let mut jobs = Jobs::new(&ids, started);
        for (job, last) in jobs.all.iter_mut().zip(last) {
            job.last = last.map(Arc::new);
        }
        jobs
    }

    pub(in super::super) fn trouble(since: Instant, reason: &str) -> Option<Trouble> {
        Some(Trouble { since, reason: reason.to_owned(), for_good: false, said: true })
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
                Some(
                    "j: IN_PROGRESS; partition: 6 of 60 documents done, 3 running, 1 failed; chunk: 0 of 0 documents done",
                ),
            ),
            (Some(&running), &further, Some("j: IN_PROGRESS; partition: 59 of 60 documents done, 1 failed")),
            (Some(&further), &told, Some("j: IN_PROGRESS; the service says: nearly\\nthere")),
            (Some(&told), &told, None),
            (None, &job("", vec![]), Some("j: -")),
        ] {
            assert_eq!(change("j", before, now).as_deref(), line);
        }
    }

    #[test]
    fn a_line_names_eight_nodes_at_most() {
        let many = job("IN_PROGRESS", (0..20).map(|at| node(&at.to_string(), [1, 0, 0, 0])).collect());
        let line = change("j", None, &many).unwrap();
        assert!(line.ends_with("; 7: 0 of 1 documents done; and 12 more nodes"), "{line}");
    }

    #[test]
    fn a_node_without_a_name_is_called_something() {
        let mut nameless = node("", [0; 4]);
        assert_eq!(node_name(2, &nameless), "node 3");
        nameless.node_type = Some("partition".into());
        assert_eq!(node_name(2, &nameless), "partition");
        nameless.node_subtype = Some("a\x1bb".into());
        assert_eq!(node_name(2, &nameless), "a\\u{1b}b");
        assert_eq!(counts(&node("", [u64::MAX, 1, 0, 0])), "0 of 18446744073709551615 documents done, 1 running");
    }

    #[test]
    fn a_line_begins_with_the_time_that_the_wait_has_taken() {
        assert_eq!(stamp(Duration::from_secs(125), "so"), "[ 2m 5s] so");
    }

    #[test]
    fn what_the_service_says_is_cut() {
        let mut endless = job(&"S".repeat(9000), vec![node(&"文".repeat(9000), [0; 4])]);
        endless.message = Some("m".repeat(9000));
        let (status, name, message) = ("S".repeat(127), "文".repeat(63), "m".repeat(1023));
        let expected = format!("j: {status}…; {name}…: 0 of 0 documents done; the service says: {message}…");
        assert_eq!(change("j", None, &endless), Some(expected));
        assert!(unknown("j", &"S".repeat(9000)).starts_with(&format!("j: the status {status}… is not known")));
    }

    #[test]
    fn a_status_that_is_not_known_is_told_if_it_is_empty_too() {
        let rest = concat!(
            " is not known to version ",
            env!("CARGO_PKG_VERSION"),
            " of this command; the job is taken to go on"
        );
        assert_eq!(unknown("j", "NEW\n"), format!("j: the status NEW\\n{rest}"));
        assert_eq!(unknown("j", ""), format!("j: an empty status{rest}"));
    }

    #[test]
    fn a_failure_is_told_with_its_reason_first() {
        assert_eq!(failure("j", "HTTP 503", Some(Duration::from_millis(400))), "j: HTTP 503; next poll in 1s");
        assert_eq!(failure("j", "HTTP 503", Some(Duration::from_secs(90))), "j: HTTP 503; next poll in 1m 30s");
        assert_eq!(failure("j", "HTTP 503", None), "j: HTTP 503");
    }
}
