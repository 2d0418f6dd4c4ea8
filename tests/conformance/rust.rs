//! The cases through the Rust API.

use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::{Value, json};
use unstructured_jobs::{
    Client, CurrentNode, Error, ErrorKind, EventKind, FailedFile, FileStatus, FileStatuses, JobDetails,
    ProcessingStatus, WaitOptions,
};

use super::server::Server;

#[test]
fn every_case_as_expected() {
    let server = Server::start(0);
    let cases = server.cases.as_object().expect("cases by name");
    assert!(cases.len() >= 100, "only {} cases", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(|(name, case)| complaint(name, case)).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn the_cases_provoke_every_error_that_a_response_or_a_fault_can() {
    let server = Server::start(0);
    let provoked = |kind: ErrorKind| {
        let name = result_name(kind);
        server.cases.as_object().expect("cases by name").values().any(|case| case["expect"]["result"] == name)
    };
    for kind in KINDS {
        // a defect of the library cannot be provoked by a server
        assert_eq!(provoked(kind), kind != ErrorKind::Internal, "{kind:?}");
    }
}

/// What is wrong with the outcome of a case, if anything is.
fn complaint(name: &str, case: &Value) -> Option<String> {
    let mut observed = Vec::new();
    let calls = case.get("calls").map_or(1, |calls| calls.as_u64().expect("a number"));
    let client = client(&case["config"]);
    (0..calls).find_map(|_| {
        let outcome = client.clone().and_then(|client| call(&client, case, &mut observed));
        let expect = &case["expect"];
        let expected_observed = expect.get("observed").cloned();
        let wrong = match &outcome {
            Ok(value) => (expect["result"] != "UNS_OK" || !agrees(value, expect)).then(|| value.to_string()),
            Err(error) => (!error_agrees(error, expect)).then(|| format!("{error:?}")),
        };
        let wrong = wrong
            .or_else(|| expected_observed.filter(|e| *e != json!(observed)).map(|_| format!("observed {observed:?}")));
        wrong.map(|found| format!("{name}: expected {expect}, found {found}"))
    })
}

fn client(config: &Value) -> Result<Client, Error> {
    let text = |name: &str| config.get(name).map(|value| value.as_str().expect("a text"));
    let number = |name: &str| config.get(name).map(|value| value.as_u64().expect("a number"));
    let mut builder = Client::builder()
        .api_key(text("api_key").expect("a key"))
        .base_url(text("base_url").expect("a URL"))
        .proxy(text("proxy").expect("a proxy"))
        .timeout(Duration::from_millis(number("timeout_ms").expect("a timeout")))
        .connect_timeout(Duration::from_millis(number("connect_timeout_ms").expect("a timeout")))
        .max_retries(u32::try_from(number("max_retries").expect("retries")).expect("few"));
    if let Some(bytes) = number("max_response_bytes") {
        builder = builder.max_response_bytes(bytes);
    }
    if let Some(pem) = text("ca_pem") {
        builder = builder.ca_pem(pem);
    }
    builder.build()
}

/// The outcome in the words of `expect`.
fn call(client: &Client, case: &Value, observed: &mut Vec<String>) -> Result<Value, Error> {
    let job_id = case["job_id"].as_str().expect("a text");
    match case["call"].as_str() {
        Some("job_details") => client.job_details(job_id).map(|details| in_words(&details)),
        Some("failed_files") => {
            let files = client.failed_files(job_id)?;
            let as_json = |file: &FailedFile| json!({ "document": file.document, "error": file.error });
            Ok(json!({ "failed_files": files.iter().map(as_json).collect::<Vec<_>>() }))
        }
        Some("file_statuses") => client.file_statuses(job_id).map(|list| json!({ "file_statuses": listed(&list) })),
        Some("wait") => {
            let wait = &case["wait"];
            let ms = |name: &str| wait.get(name).map(|ms| Duration::from_millis(ms.as_u64().expect("a number")));
            let mut options = WaitOptions::new()
                .initial_interval(ms("initial_interval_ms").expect("an interval"))
                .max_interval(ms("max_interval_ms").expect("an interval"));
            if let Some(timeout) = ms("timeout_ms") {
                options = options.timeout(timeout);
            }
            if let Some(outage) = ms("max_outage_ms") {
                options = options.max_outage(outage);
            }
            let stop_after = wait.get("stop_after").and_then(Value::as_u64);
            let details = client.wait(job_id, &options, |event| {
                if let (EventKind::Responded | EventKind::Ended, Some(details)) = (event.kind, &event.details) {
                    observed.push(details.processing_status.to_string());
                }
                if Some(observed.len() as u64) == stop_after {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
            Ok(in_words(&details))
        }
        other => panic!("no such call: {other:?}"),
    }
}

fn listed(list: &FileStatuses) -> Value {
    let node = |node: &CurrentNode| json!({ "id": node.id, "status": node.status, "tries": node.tries, "time_elapsed": node.time_elapsed });
    let file = |file: &FileStatus| {
        json!({
            "record_id": file.record_id, "document": file.document, "status": file.status.as_str(),
            "error": file.error, "time_elapsed": file.time_elapsed,
            "current_node": file.current_node.as_ref().map(node), "discovered_by_node_id": file.discovered_by_node_id,
        })
    };
    json!({
        "id": list.id, "files": list.files.iter().map(file).collect::<Vec<_>>(), "truncated": list.truncated,
        "index_finished": list.index_finished, "generated_at": list.generated_at,
    })
}

fn in_words(details: &JobDetails) -> Value {
    let status = match &details.processing_status {
        ProcessingStatus::Unknown(_) => "UNKNOWN",
        known => known.as_str(),
    };
    let node = |node: &unstructured_jobs::NodeStats| {
        json!({
            "node_name": node.node_name.as_deref(), "node_type": node.node_type.as_deref(),
            "node_subtype": node.node_subtype.as_deref(),
            "ready": node.ready, "in_progress": node.in_progress, "success": node.success, "failure": node.failure,
        })
    };
    let shown = json!({
        "id": details.id, "processing_status": details.processing_status.as_str(), "message": details.message,
        "node_stats": details.node_stats.iter().map(node).collect::<Vec<_>>(),
    });
    let mut words = json!({ "details": shown, "status": status });
    without_nul(&mut words);
    words
}

/// A NUL in the service's text is U+FFFD in C, and so in what the cases expect.
fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(fields) => fields.values_mut().for_each(without_nul),
        _ => {}
    }
}

fn agrees(found: &Value, expect: &Value) -> bool {
    found.as_object().expect("an object").iter().all(|(name, value)| expect[name] == *value)
}

fn error_agrees(error: &Error, expect: &Value) -> bool {
    let retry_after_ms = error.retry_after().map_or(0, |pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
    let found = json!({
        "result": result_name(error.kind()),
        "http_status": error.http_status().unwrap_or(0),
        "retryable": error.is_retryable(),
        "retry_after_ms": retry_after_ms,
        "attempts": error.attempts(),
    });
    let texts = |name: &str| expect.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let message = error.to_string();
    let has = |text: &Value| message.contains(text.as_str().expect("a text"));
    agrees(&found, expect) && texts("message").iter().all(has) && !texts("message_lacks").iter().any(has)
}

const KINDS: [ErrorKind; 16] = [
    ErrorKind::InvalidArgument,
    ErrorKind::Unauthorized,
    ErrorKind::Forbidden,
    ErrorKind::NotFound,
    ErrorKind::Unprocessable,
    ErrorKind::RateLimited,
    ErrorKind::HttpStatus,
    ErrorKind::Dns,
    ErrorKind::Connect,
    ErrorKind::Tls,
    ErrorKind::Timeout,
    ErrorKind::Io,
    ErrorKind::Protocol,
    ErrorKind::Decode,
    ErrorKind::Cancelled,
    ErrorKind::Internal,
];

/// `InvalidArgument` is `UNS_ERROR_INVALID_ARGUMENT`.
fn result_name(kind: ErrorKind) -> String {
    let mut name = "UNS_ERROR".to_owned();
    for c in format!("{kind:?}").chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}
