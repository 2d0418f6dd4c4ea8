//! What becomes of a simulated job: its life, and the trouble on the way to it, by what its id contains.

use std::time::Duration;

use super::http::Response;

const DOCUMENTS: u64 = 42;
const NODES: [(&str, &str, &str); 3] =
    [("Partitioner", "partition", "auto"), ("Chunker", "chunk", "chunk_by_title"), ("Embedder", "embed", "openai")];
const REASONS: [&str; 4] =
    ["the file is encrypted", "no text was found in it", "the PDF is damaged: no %%EOF", "it is larger than 50 MB"];
/// How long a slow service thinks.
const SLOW: Duration = Duration::from_secs(3);
/// So many requests are refused for being too many.
const LIMITED: u64 = 3;

/// What an id may contain, and what that means. The program prints it.
#[allow(dead_code, reason = "one of the two programs that share this prints them")]
pub(crate) const WORDS: [(&str, &str); 12] = [
    ("fail", "the job ends FAILED, and every document of it has failed"),
    ("errors", "it ends COMPLETED_WITH_ERRORS; two documents have failed"),
    ("stop", "it ends STOPPED"),
    ("paused", "in the middle it has the status PAUSED, which no version of this client knows"),
    ("refused", "the key is refused: HTTP 401"),
    ("forbidden", "the key may not see the job: HTTP 403"),
    ("missing", "there is no such job: HTTP 404"),
    ("late", "there is none at first (HTTP 404), as right after it was started"),
    ("limited", "the first three requests are too many: HTTP 429, Retry-After: 2"),
    ("outage", "for a fifth of its time the service is away: HTTP 503"),
    ("slow", "each response takes three seconds"),
    ("broken", "every second response breaks off in the middle"),
];

/// The response to a request about a job when `progress` (0 at its start, 1 at its end) of its time has passed and
/// `before` requests about it have been made.
pub(super) fn respond(id: &str, resource: &str, progress: f64, before: u64) -> Response {
    let has = |word: &str| id.contains(word);
    let refusal = |status, detail: &str| (status, format!(r#"{{"detail":"{detail}"}}"#));
    let (status, body) = if has("refused") {
        refusal(401, "API key is invalid")
    } else if has("forbidden") {
        refusal(403, "this key may not see the job")
    } else if has("missing") || (has("late") && progress < 0.15) {
        refusal(404, "Job not found")
    } else if has("limited") && before < LIMITED {
        refusal(429, "Rate limit exceeded")
    } else if has("outage") && (0.3..0.5).contains(&progress) {
        refusal(503, "upstream connect error or disconnect before headers")
    } else {
        match resource {
            "details" => (200, details(id, progress)),
            "failed-files" => (200, failed_files(id, progress)),
            "file-status" => (200, file_statuses(id, progress)),
            _ => refusal(404, "Not Found"),
        }
    };
    Response {
        status,
        body,
        retry_after: (status == 429).then_some(2),
        pause: if has("slow") { SLOW } else { Duration::ZERO },
        breaks_off: has("broken") && before % 2 == 1,
    }
}

fn end(id: &str) -> (&'static str, u64) {
    match id {
        id if id.contains("fail") => ("FAILED", DOCUMENTS),
        id if id.contains("errors") => ("COMPLETED_WITH_ERRORS", 2),
        id if id.contains("stop") => ("STOPPED", 0),
        _ => ("SUCCESS", 0),
    }
}

/// How many documents a node is through with, each a little after the one before it; all are at nine tenths of the time.
fn through(node: usize, progress: f64) -> u64 {
    let share = ((progress - 0.15 - 0.1 * node as f64) / 0.55).clamp(0.0, 1.0);
    (DOCUMENTS as f64 * share) as u64
}

/// How many documents of a node are where.
struct Count {
    ready: u64,
    running: u64,
    success: u64,
    failure: u64,
}

/// What each node has done; only the first one loses documents.
fn counts(id: &str, progress: f64) -> Vec<Count> {
    let (_, mut lost) = end(id);
    let mut waiting = DOCUMENTS;
    let nodes = 0..NODES.len();
    nodes
        .map(|node| {
            let finished = through(node, progress).min(waiting);
            let running = (waiting - finished).min(4);
            let failure = finished.min(std::mem::take(&mut lost));
            let (ready, success) = (waiting - finished - running, finished - failure);
            waiting = success;
            Count { ready, running, success, failure }
        })
        .collect()
}

fn details(id: &str, progress: f64) -> String {
    let (end, _) = end(id);
    let status = match progress {
        p if p < 0.15 => "SCHEDULED",
        p if p < 1.0 && id.contains("paused") && (0.4..0.6).contains(&p) => "PAUSED",
        p if p < 1.0 => "IN_PROGRESS",
        _ => end,
    };
    if status == "SCHEDULED" {
        return format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[],"message":null}}"#);
    }
    let counts = counts(id, progress).into_iter().zip(NODES);
    let stats: Vec<String> = counts
        .map(|(Count { ready, running, success, failure }, (name, kind, subtype))| {
            format!(
                r#"{{"node_name":"{name}","node_type":"{kind}","node_subtype":"{subtype}","ready":{ready},"in_progress":{running},"success":{success},"failure":{failure}}}"#
            )
        })
        .collect();
    let message = match end {
        _ if progress < 1.0 => "null",
        "SUCCESS" => "null",
        "STOPPED" => r#""stopped by a user""#,
        _ => r#""some documents could not be processed""#,
    };
    let stats = stats.join(",");
    format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[{stats}],"message":{message}}}"#)
}

fn document(n: u64) -> String {
    format!("contracts/2025/scan-{n:04}.pdf")
}

fn reason(n: u64) -> &'static str {
    let mut reasons = REASONS.into_iter().cycle();
    reasons.nth((n - 1) as usize).unwrap_or_default()
}

/// Those documents that the first node, which alone loses any, has failed on so far.
fn failed_files(id: &str, progress: f64) -> String {
    let failed = counts(id, progress).iter().map(|count| count.failure).sum();
    let file = |n| format!(r#"{{"document":"{}","error":"{}"}}"#, document(n), reason(n));
    let files: Vec<String> = (1..=failed).map(file).collect();
    format!(r#"{{"failed_files":[{}]}}"#, files.join(","))
}

/// Where each document is, as `details` counts them. The nodes take documents in their order.
fn file_statuses(id: &str, progress: f64) -> String {
    let found = if progress < 0.15 { 0 } else { DOCUMENTS };
    let files: Vec<String> = (1..=found).map(|n| file_status(n, &counts(id, progress), progress)).collect();
    format!(
        r#"{{"id":"{id}","files":[{}],"truncated":false,"index_finished":{},"generated_at":"2026-01-01T00:00:00Z"}}"#,
        files.join(","),
        found > 0
    )
}

fn file_status(n: u64, counts: &[Count], progress: f64) -> String {
    let (mut status, mut error, mut at) = ("SUCCESS", "null".to_owned(), "null".to_owned());
    let mut place = n;
    for (count, (name, _, _)) in counts.iter().zip(NODES) {
        let finished = count.success + count.failure;
        if place > finished {
            status = if place > finished + count.running { "READY" } else { "IN_PROGRESS" };
            let tries = if n % 10 == 7 { 3 } else { 1 }; // some documents are hard
            at = format!(r#"{{"id":"{name}","status":"{status}","tries":{tries},"time_elapsed":{progress:.1}}}"#);
            break;
        }
        if place <= count.failure {
            (status, error) = ("FAILURE", format!(r#""{}""#, reason(n)));
            break;
        }
        place -= count.failure;
    }
    let (document, seconds) = (document(n), progress * n as f64 / 10.0);
    format!(
        r#"{{"record_id":"record-{n}","document":"{document}","status":"{status}","error":{error},"time_elapsed":{seconds:.1},"current_node":{at},"discovered_by_node_id":null}}"#
    )
}
