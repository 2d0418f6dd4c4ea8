//! Bytes to types. Pure.
//!
//! A response is decoded once, borrowing its strings from the body until the result is built. Only when that fails is
//! it decoded again with the path tracked, so that naming the field costs nothing on the way that matters.

mod problem;
mod surrogates;
mod wire;

use std::borrow::Cow;

use serde::Deserialize;

pub(crate) use self::problem::{said, words};
pub(crate) use self::surrogates::replace_lone as replace_lone_surrogates;
use self::wire::{Object, WireDetails, WireFailedFiles, WireFileStatuses};

use crate::types::{FailedFile, FileStatuses, JobDetails, ProcessingStatus};

/// Why a body is not what was asked for.
#[derive(Debug)]
pub(crate) enum Malformed {
    /// It ends before its JSON does.
    Truncated,
    /// It is about another job, of this id.
    OtherJob(String),
    /// It is not what the contract says; the message holds words of the service's.
    Wrong { message: String, source: serde_json::Error },
}

/// The details of `job_id` out of a response body.
pub(crate) fn job_details(body: &[u8], job_id: &str) -> Result<JobDetails, Malformed> {
    let Object(wire): Object<WireDetails<'_>> = parse(body)?;
    if !same_id(&wire.id, job_id) {
        return Err(Malformed::OtherJob(wire.id.into_owned()));
    }
    Ok(JobDetails {
        id: wire.id.into_owned(),
        processing_status: ProcessingStatus::from(&*wire.processing_status),
        node_stats: wire.node_stats,
        message: wire.message.map(Cow::into_owned),
    })
}

/// The failed files out of a response body.
pub(crate) fn failed_files(body: &[u8]) -> Result<Vec<FailedFile>, Malformed> {
    let Object(wire): Object<WireFailedFiles> = parse(body)?;
    Ok(wire.failed_files)
}

/// Where each file of `job_id` is, out of a response body.
pub(crate) fn file_statuses(body: &[u8], job_id: &str) -> Result<FileStatuses, Malformed> {
    let Object(wire): Object<WireFileStatuses<'_>> = parse(body)?;
    if !same_id(&wire.id, job_id) {
        return Err(Malformed::OtherJob(wire.id.into_owned()));
    }
    Ok(FileStatuses {
        id: wire.id.into_owned(),
        files: wire.files,
        truncated: wire.truncated,
        index_finished: wire.index_finished,
        generated_at: wire.generated_at.map(Cow::into_owned),
    })
}

/// Whether a response's identifier is the one that was asked for. They are UUIDs, which have several spellings: ASCII case
/// and hyphens do not count.
fn same_id(a: &str, b: &str) -> bool {
    significant(a).eq(significant(b))
}

fn significant(id: &str) -> impl Iterator<Item = u8> {
    id.bytes().filter(|&byte| byte != b'-').map(|byte| byte.to_ascii_lowercase())
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Malformed> {
    // RFC 8259 section 8.1 lets a parser ignore a byte order mark
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // UTF-8 is checked as a whole, which costs a fraction of checking string by string; where some is wrong, it matters
    // in the strings that are read
    let Ok(text) = str::from_utf8(json) else {
        return tracked(json).map_err(|(path, error)| malformed(json, path, error));
    };
    serde_json::from_str(text).map_err(|error| match tracked::<T>(json) {
        Err((path, error)) => malformed(json, path, error),
        Ok(_) => malformed(json, String::new(), error),
    })
}

/// Decodes with the path tracked: the value, or which field was wrong and why.
fn tracked<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, (String, serde_json::Error)> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize::<_, T>(&mut deserializer)
        .map_err(|located| (known_part(located.path()), located.into_inner()))?;
    // what follows the value is in no field
    deserializer.end().map_err(|error| (String::new(), error))?;
    Ok(value)
}

/// What is wrong with a response, by the error and the path to it.
fn malformed(json: &[u8], path: String, error: serde_json::Error) -> Malformed {
    if error.is_eof() {
        return Malformed::Truncated;
    }
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = text.strip_suffix(&place).unwrap_or(&text);
    // serde_json takes a number that no f64 holds for a fault of the syntax
    let message = if error.is_data() || what == "number out of range" {
        in_field(path, what)
    } else if json.trim_ascii_start().first() == Some(&b'<') {
        let title = problem::html_title(json).map(|title| format!(" (\"{title}\")")).unwrap_or_default();
        format!(
            "the response is an HTML page{title}, not JSON; is the base URL right, or does a login page or proxy stand \
             in between?"
        )
    } else if path.is_empty() {
        format!("the response is not JSON: {what}{place}")
    } else {
        format!("{path}: the response is not JSON: {what}{place}")
    };
    Malformed::Wrong { message, source: error }
}

/// The message about a field. serde blames a missing field, and one given twice, on the object; the field is named here.
fn in_field(path: String, what: &str) -> String {
    for (start, verdict) in [("missing field `", "missing field"), ("duplicate field `", "duplicate field")] {
        if let Some(field) = what.strip_prefix(start).and_then(|rest| rest.strip_suffix('`')) {
            let dot = if path.is_empty() { "" } else { "." };
            return format!("{path}{dot}{field}: {verdict}");
        }
    }
    if path.is_empty() { what.to_owned() } else { format!("{path}: {what}") }
}

/// `node_stats[3].ready`: as far as the contract knows the way. The name of any other field is the server's word.
fn known_part(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } if FIELDS.contains(&key.as_str()) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            _ => break,
        }
    }
    text
}

/// Every field that is read.
const FIELDS: [&str; 24] = [
    "id",
    "processing_status",
    "message",
    "node_stats",
    "node_name",
    "node_type",
    "node_subtype",
    "ready",
    "in_progress",
    "success",
    "failure",
    "failed_files",
    "document",
    "error",
    "files",
    "record_id",
    "status",
    "time_elapsed",
    "current_node",
    "tries",
    "discovered_by_node_id",
    "truncated",
    "index_finished",
    "generated_at",
];

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e";
    const RESPONSE: &str = r#"{"id":"b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e","processing_status":"IN_PROGRESS","node_stats":[
        {"node_name":"Partitioner","node_type":"partition","node_subtype":null,"ready":0,"in_progress":4,"success":18446744073709551615,"failure":1},
        {"ready":1,"in_progress":0,"success":2,"failure":3,"extra":{"deep":[1,[2,[3]]]}}],"message":"caf\u00e9 \u0000 \ud83d\ude00","more":[]}"#;

    /// xorshift64: the same numbers on every run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % end as u64) as usize
        }
    }

    #[test]
    fn a_damaged_response_is_never_another_jobs_nor_a_panic() {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        let (mut decoded, mut refused) = (0, 0);
        for _ in 0..20_000 {
            let mut body = RESPONSE.as_bytes().to_vec();
            for _ in 0..=numbers.below(4) {
                let at = numbers.below(body.len());
                match numbers.below(4) {
                    0 => body[at] = numbers.below(256) as u8,
                    1 => body.truncate(at.max(1)),
                    2 => body.insert(at, b"{}[],:\"\\-.0e"[numbers.below(12)]),
                    _ => {
                        let end = (at + numbers.below(40)).min(body.len());
                        let copy = body[at..end].to_vec();
                        let to = numbers.below(body.len());
                        body.splice(to..to, copy);
                    }
                }
            }
            match job_details(&body, ID) {
                Ok(details) => {
                    assert!(same_id(&details.id, ID));
                    decoded += 1;
                }
                Err(Malformed::Truncated | Malformed::OtherJob(_)) => refused += 1,
                Err(Malformed::Wrong { message, .. }) => {
                    assert!(!message.is_empty() && message.len() < 1024, "{message:?}");
                    refused += 1;
                }
            }
        }
        // both happen, or the damage is not what it is meant to be
        assert!(decoded > 500 && refused > 5_000, "{decoded} decoded, {refused} refused");
    }

    #[test]
    fn every_cut_of_a_response_is_truncated() {
        for end in 0..RESPONSE.len() {
            match job_details(&RESPONSE.as_bytes()[..end], ID) {
                Err(Malformed::Truncated) => {}
                other => panic!("cut at {end}: {other:?}"),
            }
        }
    }
}
