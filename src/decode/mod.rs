//! Bytes to types. Pure.

mod problem;
mod reader;
mod records;
mod surrogates;

pub(crate) use self::problem::{said, words};
use self::reader::{Blank, Path, Record, read};
use self::records::FailedFiles;
pub(crate) use self::surrogates::replace_lone as replace_lone_surrogates;
use crate::types::{FailedFile, FileStatuses, JobDetails};

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
    let details = parse(body, JobDetails::blank())?;
    if same_id(&details.id, job_id) { Ok(details) } else { Err(Malformed::OtherJob(details.id)) }
}

/// The failed files out of a response body.
pub(crate) fn failed_files(body: &[u8]) -> Result<Vec<FailedFile>, Malformed> {
    parse(body, FailedFiles(Vec::new())).map(|FailedFiles(files)| files)
}

/// Where each file of `job_id` is, out of a response body.
pub(crate) fn file_statuses(body: &[u8], job_id: &str) -> Result<FileStatuses, Malformed> {
    let list = parse(body, FileStatuses::blank())?;
    if same_id(&list.id, job_id) { Ok(list) } else { Err(Malformed::OtherJob(list.id)) }
}

/// Whether a response's identifier is the one that was asked for. They are UUIDs, which have several spellings: ASCII case
/// and hyphens do not count.
fn same_id(a: &str, b: &str) -> bool {
    significant(a).eq(significant(b))
}

fn significant(id: &str) -> impl Iterator<Item = u8> {
    id.bytes().filter(|&byte| byte != b'-').map(|byte| byte.to_ascii_lowercase())
}

/// Fills `record` from a body.
fn parse<T: Record>(body: &[u8], mut record: T) -> Result<T, Malformed> {
    fill(body, &mut record)?;
    Ok(record)
}

fn fill(body: &[u8], record: &mut dyn Record) -> Result<(), Malformed> {
    // RFC 8259 section 8.1 lets a parser ignore a byte order mark
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut path = Path::default();
    let read = match str::from_utf8(json) {
        // checked as a whole, which costs a fraction of checking string by string
        Ok(text) => whole(&mut serde_json::Deserializer::from_str(text), record, &mut path),
        // what is wrong matters in the strings that are read
        Err(_) => whole(&mut serde_json::Deserializer::from_slice(json), record, &mut path),
    };
    read.map_err(|error| if error.is_eof() { Malformed::Truncated } else { malformed(json, &path, error) })
}

/// Fills `record` from the whole of what `json` reads.
fn whole<'de, R: serde_json::de::Read<'de>>(
    json: &mut serde_json::Deserializer<R>,
    record: &mut dyn Record,
    path: &mut Path,
) -> Result<(), serde_json::Error> {
    read(&mut *json, record, path)?;
    json.end()
}

/// What is wrong with a response, by the error and the way to it.
fn malformed(json: &[u8], path: &Path, error: serde_json::Error) -> Malformed {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = text.strip_suffix(&place).unwrap_or(&text);
    let path = path.to_string();
    let start = if path.is_empty() { String::new() } else { format!("{path}: ") };
    // serde_json takes a number that no f64 holds for a fault of the syntax
    let message = if error.is_data() || what == "number out of range" {
        format!("{start}{what}")
    } else if json.trim_ascii_start().first() == Some(&b'<') {
        let title = problem::html_title(json).map(|title| format!(" (\"{title}\")")).unwrap_or_default();
        format!(
            "the response is an HTML page{title}, not JSON; is the base URL right, or does a login page or proxy stand \
             in between?"
        )
    } else {
        format!("{start}the response is not JSON: {what}{place}")
    };
    Malformed::Wrong { message, source: error }
}

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
