//! The cases of `tests/data/conformance.json`, with their defaults filled in and their addresses known.

use std::collections::HashMap;
use std::fmt::Write;
use std::net::SocketAddr;

use serde_json::Value;

use super::response::{self, Then};

const FILE: &str = include_str!("../../tests/data/conformance.json");

/// What stands for `{plain}` and the like.
pub(super) struct Addresses {
    pub(super) plain: SocketAddr,
    pub(super) tls: SocketAddr,
    pub(super) refused: SocketAddr,
    pub(super) ca_pem: String,
}

/// What the server does for a case, and which request it expects.
pub(super) struct Case {
    pub(super) path: String,
    pub(super) key: String,
    pub(super) responses: Vec<(Vec<u8>, Then)>,
}

/// The cases as clients see them (an object, by name), and as the server does.
pub(super) fn load(addresses: &Addresses) -> (Value, HashMap<String, Case>) {
    let mut file: Value = serde_json::from_str(FILE).expect("JSON");
    let defaults = file["defaults"].take();
    let mut served = HashMap::new();
    let mut document = file["cases"].take();
    for (name, case) in document.as_object_mut().expect("cases by name") {
        let mut whole = defaults.clone();
        let responses = case.as_object_mut().and_then(|case| case.remove("answers"));
        merge(&mut whole, case.take());
        resolve(&mut whole["config"], name, addresses);
        if let Some(responses) = responses {
            let resource = match whole["call"].as_str() {
                Some("failed_files") => "failed-files",
                Some("file_statuses") => "file-status",
                _ => "details",
            };
            let job_id = whole["job_id"].as_str().expect("a text");
            served.insert(
                name.clone(),
                Case {
                    path: format!("/{name}/api/v1/jobs/{job_id}/{resource}"),
                    key: whole["config"]["api_key"].as_str().expect("a text").to_owned(),
                    responses: responses.as_array().expect("a list").iter().map(response::parse).collect(),
                },
            );
        }
        *case = whole;
    }
    (document, served)
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn resolve(config: &mut Value, name: &str, addresses: &Addresses) {
    let Addresses { plain, tls, refused, ca_pem } = addresses;
    for value in config.as_object_mut().expect("settings by name").values_mut() {
        if let Value::String(text) = value {
            *text = text
                .replace("{plain}", &format!("http://{plain}"))
                .replace("{plain_address}", &plain.to_string())
                .replace("{tls}", &tls.to_string())
                .replace("{tls_by_name}", &format!("localhost:{}", tls.port()))
                .replace("{refused}", &refused.to_string())
                .replace("{case}", name)
                .replace("{ca_pem}", ca_pem);
        }
    }
}

/// A line for each leaf: case, path, value.
pub(super) fn as_tsv(cases: &Value) -> String {
    let mut lines = String::new();
    for (name, case) in cases.as_object().expect("cases by name") {
        flatten(&mut lines, name, "", case);
    }
    lines
}

fn flatten(lines: &mut String, case: &str, path: &str, value: &Value) {
    let below =
        |step: &dyn std::fmt::Display| if path.is_empty() { step.to_string() } else { format!("{path}.{step}") };
    let text = match value {
        Value::Object(fields) => {
            return fields.iter().for_each(|(name, value)| flatten(lines, case, &below(name), value));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| flatten(lines, case, &below(&at), item));
            let _ = writeln!(lines, "{case}\t{}\t{}", below(&"len"), items.len());
            return;
        }
        Value::Null => "\\N".to_owned(),
        Value::String(text) => {
            text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
        }
        other => other.to_string(),
    };
    let _ = writeln!(lines, "{case}\t{path}\t{text}");
}
