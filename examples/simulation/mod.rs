//! The service, simulated: every job starts when it is first asked about and ends after [`Script::length`].
//!
//! What its id contains decides how a job ends: `fail`, `errors` and `stop` mean what they say, anything else succeeds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mockito::{Matcher, Mock, Request, Server, ServerOpts};

const DOCUMENTS: u64 = 42;
const NODES: [(&str, &str, &str); 3] =
    [("Partitioner", "partition", "auto"), ("Chunker", "chunk", "chunk_by_title"), ("Embedder", "embed", "openai")];

/// How long a simulated job takes.
pub(crate) struct Script {
    pub(crate) length: Duration,
}

/// A running simulation; it ends when this is dropped.
pub(crate) struct Simulation {
    server: Server,
    _mocks: Vec<Mock>,
}

impl Simulation {
    /// On `port` of 127.0.0.1; 0 is any free port. Panics if the port is taken.
    pub(crate) fn start(port: u16, script: Script) -> Self {
        let mut server = Server::new_with_opts(ServerOpts { port, ..ServerOpts::default() });
        let started: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
        let details = move |request: &Request| {
            let id = job_id(request);
            let started =
                *started.lock().unwrap_or_else(PoisonError::into_inner).entry(id.clone()).or_insert_with(Instant::now);
            let progress = started.elapsed().as_secs_f64() / script.length.as_secs_f64();
            details_at(&id, progress).into_bytes()
        };
        let mocks = vec![
            server
                .mock("GET", Matcher::Regex("^/api/v1/jobs/[^/]+/details$".to_owned()))
                .match_header("unstructured-api-key", Matcher::Any)
                .with_header("content-type", "application/json")
                .with_body_from_request(details)
                .create(),
            server
                .mock("GET", Matcher::Regex("^/api/v1/jobs/[^/]+/failed-files$".to_owned()))
                .match_header("unstructured-api-key", Matcher::Any)
                .with_header("content-type", "application/json")
                .with_body_from_request(|request| failed_files(&job_id(request)).into_bytes())
                .create(),
            server
                .mock("GET", Matcher::Any)
                .match_header("unstructured-api-key", Matcher::Missing)
                .with_status(401)
                .with_header("content-type", "application/json")
                .with_body(r#"{"detail":"the unstructured-api-key header is missing"}"#)
                .create(),
        ];
        Self { server, _mocks: mocks }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }
}

fn job_id(request: &Request) -> String {
    request.path().rsplit('/').nth(1).unwrap_or_default().to_owned()
}

/// The details of a job when `progress` (0 at its start, 1 at its end) of its time has passed.
fn details_at(id: &str, progress: f64) -> String {
    let (end, lost) = match id {
        id if id.contains("fail") => ("FAILED", DOCUMENTS),
        id if id.contains("errors") => ("COMPLETED_WITH_ERRORS", 2),
        id if id.contains("stop") => ("STOPPED", 0),
        _ => ("SUCCESS", 0),
    };
    let status = match progress {
        p if p < 0.15 => "SCHEDULED",
        p if p < 1.0 => "IN_PROGRESS",
        _ => end,
    };
    if status == "SCHEDULED" {
        return format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[],"message":null}}"#);
    }
    let mut waiting = DOCUMENTS;
    let mut stats = Vec::new();
    for (position, (name, kind, subtype)) in NODES.iter().enumerate() {
        // each node begins a little after the one before it, and all are through at nine tenths of the time
        let through = ((progress - 0.15 - 0.1 * position as f64) / 0.55).clamp(0.0, 1.0);
        let finished = ((DOCUMENTS as f64 * through) as u64).min(waiting);
        let running = (waiting - finished).min(4);
        let failure = if position == 0 { finished.min(lost) } else { 0 };
        let (ready, success) = (waiting - finished - running, finished - failure);
        stats.push(format!(
            r#"{{"node_name":"{name}","node_type":"{kind}","node_subtype":"{subtype}","ready":{ready},"in_progress":{running},"success":{success},"failure":{failure}}}"#
        ));
        waiting = success;
    }
    let message = match end {
        "SUCCESS" => "null",
        _ if status == "IN_PROGRESS" => "null",
        "STOPPED" => r#""stopped by a user""#,
        _ => r#""some documents could not be processed""#,
    };
    let stats = stats.join(",");
    format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[{stats}],"message":{message}}}"#)
}

fn failed_files(id: &str) -> String {
    let lost = if id.contains("errors") || id.contains("fail") { 2 } else { 0 };
    let files: Vec<String> =
        (1..=lost).map(|n| format!(r#"{{"document":"scan-{n:04}.pdf","error":"the file is encrypted"}}"#)).collect();
    format!(r#"{{"failed_files":[{}]}}"#, files.join(","))
}
