//! Bodies: the three answers, and what is quoted of a refusal. What is understood is what another reader of JSON finds
//! there; what is not understood is told in words that are short, printable, and without the API key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use unstructured_jobs::fuzzing::answers;
use unstructured_jobs::{Error, FileStatuses, JobDetails, printable};

const KEY: &str = "k-3fQ+7/zA&9<";
const JOB_ID: &str = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e";
const STATUSES: [u16; 8] = [200, 200, 200, 302, 401, 403, 404, 503];

fn check(error: &Error) {
    let text = format!("{error} {error:?}");
    assert!(!text.contains(KEY), "{text}");
    let text = error.to_string();
    assert_eq!(printable(&text), text);
    assert!(text.len() < 4096, "{text}");
}

/// The same id, as the client sees it.
fn plain(id: &str) -> String {
    id.to_ascii_lowercase().replace('-', "")
}

fn check_details(details: &JobDetails, other: &Value) {
    assert_eq!(plain(&details.id), plain(JOB_ID));
    assert_eq!(details.id, other["id"]);
    assert_eq!(details.processing_status.as_str(), other["processing_status"]);
    assert_eq!(details.message.as_deref(), other.get("message").and_then(Value::as_str));
    let nodes = other["node_stats"].as_array().expect("a list");
    assert_eq!(details.node_stats.len(), nodes.len());
    for (ours, other) in details.node_stats.iter().zip(nodes) {
        let counts = ["ready", "in_progress", "success", "failure"].map(|name| other[name].as_u64().expect("a count"));
        assert_eq!([ours.ready, ours.in_progress, ours.success, ours.failure], counts);
        assert_eq!(ours.node_name.as_deref(), other.get("node_name").and_then(Value::as_str));
    }
    let _ = details.totals();
    assert!(details.fraction_done().is_none_or(|done| (0.0..=1.0).contains(&done)));
    let written = serde_json::to_string(details).expect("JSON");
    let read = answers(200, written.as_bytes(), JOB_ID, KEY).expect("a key").details;
    assert_eq!(&read.expect("what we wrote ourselves"), details);
}

fn check_files(files: &FileStatuses, other: &Value) {
    assert_eq!(plain(&files.id), plain(JOB_ID));
    let list = other["files"].as_array().expect("a list");
    assert_eq!(files.files.len(), list.len());
    for (ours, other) in files.files.iter().zip(list) {
        assert_eq!(ours.document, other.get("document").and_then(Value::as_str).unwrap_or_default());
        assert!(ours.time_elapsed.is_none_or(|seconds| seconds.is_finite()), "{ours:?}");
    }
    let written = serde_json::to_string(files).expect("JSON");
    let read = answers(200, written.as_bytes(), JOB_ID, KEY).expect("a key").files;
    assert_eq!(&read.expect("what we wrote ourselves"), files);
}

fuzz_target!(|data: &[u8]| {
    let Some((status, body)) = data.split_first() else { return };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let answers = answers(status, body, JOB_ID, KEY).expect("a key");
    // another reader refuses some of what is skipped here: deep nesting, for one
    let other: Option<Value> = serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok();
    match &answers.details {
        Ok(details) => other.iter().for_each(|other| check_details(details, other)),
        Err(error) => check(error),
    }
    match &answers.files {
        Ok(files) => other.iter().for_each(|other| check_files(files, other)),
        Err(error) => check(error),
    }
    match &answers.failed {
        Ok(files) => {
            if let Some(other) = &other {
                assert_eq!(Some(files.len()), other["failed_files"].as_array().map(Vec::len));
            }
        }
        Err(error) => check(error),
    }
    assert!(status == 200 || answers.details.is_err() && answers.failed.is_err() && answers.files.is_err());
});
