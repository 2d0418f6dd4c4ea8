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

fn details(id: &str, progress: f64) -> String {
    let (end, lost) = end(id);
    let status = match progress {
        p if p < 0.15 => "SCHEDULED",
        p if p < 1.0 && id.contains("paused") && (0.4..0.6).contains(&p) => "PAUSED",
        p if p < 1.0 => "IN_PROGRESS",
        _ => end,
    };
    if status == "SCHEDULED" {
        return format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[],"message":null}}"#);
    }
    let mut waiting = DOCUMENTS;
    let mut stats = Vec::new();
    for (position, (name, kind, subtype)) in NODES.iter().enumerate() {
        let finished = through(position, progress).min(waiting);
        let running = (waiting - finished).min(4);
        let failure = if position == 0 { finished.min(lost) } else { 0 };
        let (ready, success) = (waiting - finished - running, finished - failure);
        stats.push(format!(
            r#"{{"node_name":"{name}","node_type":"{kind}","node_subtype":"{subtype}","ready":{ready},"in_progress":{running},"success":{success},"failure":{failure}}}"#
        ));
        waiting = success;
    }
    let message = match end {
        _ if progress < 1.0 => "null",
        "SUCCESS" => "null",
        "STOPPED" => r#""stopped by a user""#,
        _ => r#""some documents could not be processed""#,
    };
    let stats = stats.join(",");
    format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[{stats}],"message":{message}}}"#)
}

/// Those documents that the first node has failed on so far.
fn failed_files(id: &str, progress: f64) -> String {
    let (_, lost) = end(id);
    let file = |(n, reason)| format!(r#"{{"document":"contracts/2025/scan-{n:04}.pdf","error":"{reason}"}}"#);
    let files: Vec<String> = (1..=through(0, progress).min(lost)).zip(REASONS.into_iter().cycle()).map(file).collect();
    format!(r#"{{"failed_files":[{}]}}"#, files.join(","))
}
