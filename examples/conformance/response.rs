//! From a response in the file to the bytes on the wire.

use serde_json::Value;

/// What follows a response on its connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Then {
    /// The next request.
    Continue,
    Close,
    Reset,
    /// Nothing, until the client goes away.
    Silence,
}

/// The bytes of one response in the file, and what follows them.
pub(super) fn parse(response: &Value) -> (Vec<u8>, Then) {
    let then = match response.get("fault").or(response.get("then")).map(|then| then.as_str().expect("a text")) {
        None => Then::Continue,
        Some("close") => Then::Close,
        Some("reset") => Then::Reset,
        Some("silence") => Then::Silence,
        Some(other) => panic!("no such fault: {other}"),
    };
    if response.get("fault").is_some() {
        return (Vec::new(), then);
    }
    if let Some(raw) = response.get("raw") {
        return (raw.as_str().expect("a text").as_bytes().to_vec(), then);
    }
    let status = response.get("status").map_or(200, |status| status.as_u64().expect("a status"));
    let headers: Vec<(&str, &str)> = response
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("a text")))
        .collect();
    let body = match (response.get("json"), response.get("body")) {
        (Some(json), None) => json.to_string(),
        (None, Some(text)) => text.as_str().expect("a text").to_owned(),
        _ => panic!("a response has either a body or json: {response}"),
    };
    (whole(status, &headers, &body), then)
}

/// A complete response.
pub(super) fn whole(status: u64, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text =
        format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}
