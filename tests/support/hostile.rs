//! Words that would do harm, in every place that a server, a proxy or a certificate has for words.

use rcgen::{DnType, ExtendedKeyUsagePurpose, SanType};

use super::certificates::{Authority, Identity};

/// The key, and what would set a terminal's title, ring its bell and begin a line of its own.
pub(crate) fn words(key: &str) -> [String; 3] {
    [key.to_owned(), format!("{key}\x1b]0;x\x07"), format!("a\x1b]0;x\x07\r\n{key}: b")]
}

/// What stands in a response's head, up to the end of the response.
const HEADS: [&str; 14] = [
    "503 WORDS\r\nContent-Length: 0",
    "200 WORDS\r\nContent-Length: 2",
    "302 Found\r\nLocation: https://a.example/WORDS",
    "302 Found\r\nLocation: WORDS",
    "200 OK\r\nContent-Encoding: WORDS",
    "200 OK\r\nTransfer-Encoding: WORDS",
    "200 OK\r\nContent-Length: WORDS",
    "200 OK\r\nContent-Type: WORDS",
    "429 Slow\r\nDate: WORDS\r\nRetry-After: WORDS",
    "401 No\r\nWORDS: a",
    "401 No\r\nWWW-Authenticate: WORDS",
    "100 WORDS\r\n\r\nHTTP/1.1 500 WORDS",
    "WORDS",
    "200 OK\r\nTransfer-Encoding: chunked\r\n\r\nWORDS",
];

/// What stands in its body; JOB is the job that was asked for.
const BODIES: [&str; 15] = [
    r#"{"detail":"WORDS"}"#,
    r#"{"detail":[{"loc":["WORDS",1],"msg":"WORDS","type":"WORDS"}]}"#,
    r#"{"message":"WORDS","error":"WORDS"}"#,
    r#"{"error":{"WORDS":"WORDS"}}"#,
    r#""WORDS""#,
    "<h1>WORDS</h1>",
    "WORDS",
    r#"{"id":"WORDS","processing_status":"SUCCESS","node_stats":[],"message":null}"#,
    r#"{"id":"JOB","processing_status":"SUCCESS","node_stats":"WORDS","message":null}"#,
    r#"{"id":"JOB","processing_status":"SUCCESS","node_stats":[{"node_name":"WORDS","WORDS":1}],"message":null}"#,
    r#"{"id":"JOB","processing_status":{"WORDS":"WORDS"},"node_stats":[],"message":null}"#,
    r#"{"id":"JOB","processing_status":"SUCCESS","node_stats":[],"message":["WORDS"]}"#,
    r#"{"id":"JOB","processing_status":"SUCCESS","node_stats":[],"id":"WORDS","WORDS":null}"#,
    r#"{"failed_files":"WORDS"}"#,
    r#"{"failed_files":[{"document":{"WORDS":"WORDS"},"error":"WORDS"}]}"#,
];

/// Responses with these words in them, in every place.
pub(crate) fn responses(words: &str, job: &str) -> Vec<Vec<u8>> {
    let mut responses = vec![words.as_bytes().to_vec()];
    for head in HEADS {
        responses.push(format!("HTTP/1.1 {head}\r\n\r\n{{}}").replace("WORDS", words).into_bytes());
    }
    let in_json = words.replace('\x1b', "\\u001b").replace('\x07', "\\u0007").replace("\r\n", "\\r\\n");
    for body in BODIES {
        for status in ["200 OK", "400 No", "401 No", "403 No", "404 No", "422 No", "500 No"] {
            for words in [&in_json, words] {
                let body = body.replace("JOB", job).replace("WORDS", words);
                responses
                    .push(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
            }
        }
    }
    responses
}

/// Replies of a proxy to CONNECT.
pub(crate) const PROXY_REPLIES: [&str; 7] = [
    "WORDS\r\n\r\n",
    "HTTP/1.1 WORDS\r\n\r\n",
    "HTTP/1.1 502 WORDS\r\nVia: WORDS\r\n\r\nWORDS",
    "HTTP/1.1 302 No\r\nLocation: WORDS\r\n\r\n",
    "HTTP/1.1 407 No\r\nProxy-Authenticate: WORDS\r\n\r\n",
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"WORDS\", WORDS\r\n\r\n",
    "HTTP/1.1 503 No\r\nDate: WORDS\r\nRetry-After: WORDS\r\n\r\n",
];

/// A certificate with these words in its names, as far as their alphabet goes.
pub(crate) fn naming(authority: &Authority, words: &str) -> Identity {
    authority.identity_with(&[], |params| {
        params.subject_alt_names = vec![
            SanType::DnsName(words.try_into().expect("ASCII")),
            SanType::URI(words.try_into().expect("ASCII")),
            SanType::Rfc822Name(words.try_into().expect("ASCII")),
        ];
        params.distinguished_name.push(DnType::CommonName, words);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    })
}
