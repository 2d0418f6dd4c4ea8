//! What becomes of a `200 OK` and its body.

use unstructured_jobs::{Error, ErrorKind, JobDetails, NodeStats, ProcessingStatus};

use crate::support::assertions::{assert_no_key, fails};
use crate::support::server::Server;
use crate::support::time::{AT_ONCE, timed};
use crate::support::{JOB, KEY, builder, client, job, ok};

/// What a client makes of this body.
pub(crate) fn response(body: impl AsRef<[u8]>) -> Result<JobDetails, Error> {
    let server = Server::always(ok(body));
    client(server.url()).job_details(JOB)
}

/// A body with these fields besides an id.
pub(crate) fn with(fields: &str) -> String {
    format!(r#"{{"id":"{JOB}",{fields}}}"#)
}

/// A body with one node of these fields, after two good ones.
pub(crate) fn with_node(fields: &str) -> String {
    let good = r#"{"node_name":null,"ready":0,"in_progress":0,"success":0,"failure":0}"#;
    with(&format!(r#""processing_status":"IN_PROGRESS","node_stats":[{good},{good},{{{fields}}}]"#))
}

fn texts(node: &NodeStats) -> [Option<&str>; 3] {
    [node.node_name.as_deref(), node.node_type.as_deref(), node.node_subtype.as_deref()]
}

fn counts(node: &NodeStats) -> [u64; 4] {
    [node.ready, node.in_progress, node.success, node.failure]
}

/// The body is refused with this message, as a response that will be no better next time.
#[track_caller]
pub(crate) fn refused(body: impl AsRef<[u8]>, message: &str) {
    let server = Server::always(ok(body));
    let url = format!("{}/api/v1/jobs/{JOB}/details", server.url());
    let client = builder(server.url()).max_retries(3).build().expect("a client");
    let error = fails(client.job_details(JOB), ErrorKind::Decode, &format!("{message} (GET {url})"));
    assert_eq!((error.http_status(), error.attempts(), error.is_retryable()), (Some(200), 1, false));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_whole_response() {
    let body = with(
        r#""processing_status":"COMPLETED_WITH_ERRORS","message":"two failed","created_at":"2026-01-01","x":{"y":[1]},
            "node_stats":[
              {"node_name":"Partitioner","node_type":"partition","node_subtype":"auto",
               "ready":1,"in_progress":2,"success":3,"failure":4,"extra":[[]]},
              {"failure":8,"success":7,"in_progress":6,"ready":5}]"#,
    );
    let details = response(body).expect("a response");
    assert_eq!(details.id, JOB);
    assert_eq!(details.processing_status, ProcessingStatus::CompletedWithErrors);
    assert_eq!(details.message.as_deref(), Some("two failed"));
    let [first, second] = &*details.node_stats else { panic!("two nodes: {details:?}") };
    assert_eq!(texts(first), [Some("Partitioner"), Some("partition"), Some("auto")]);
    assert_eq!(counts(first), [1, 2, 3, 4]);
    assert_eq!(texts(second), [None; 3]);
    assert_eq!(counts(second), [5, 6, 7, 8]);
}

#[test]
fn nullable_fields_may_be_null_or_absent() {
    let counts = r#""ready":0,"in_progress":0,"success":0,"failure":0"#;
    for node in
        [format!(r#"{{{counts}}}"#), format!(r#"{{"node_name":null,"node_type":null,"node_subtype":null,{counts}}}"#)]
    {
        for message in ["", r#","message":null"#] {
            let body = with(&format!(r#""processing_status":"FAILED","node_stats":[{node}]{message}"#));
            let details = response(body).expect("a response");
            assert_eq!(details.message, None);
            let [node] = details.node_stats.try_into().expect("one node");
            assert_eq!((node.node_name, node.node_type, node.node_subtype), (None, None, None));
        }
    }
}

#[test]
fn every_status_and_an_unknown_one() {
    for (text, status, terminal) in [
        ("SCHEDULED", ProcessingStatus::Scheduled, false),
        ("IN_PROGRESS", ProcessingStatus::InProgress, false),
        ("SUCCESS", ProcessingStatus::Success, true),
        ("COMPLETED_WITH_ERRORS", ProcessingStatus::CompletedWithErrors, true),
        ("STOPPED", ProcessingStatus::Stopped, true),
        ("FAILED", ProcessingStatus::Failed, true),
        ("PAUSED", ProcessingStatus::Unknown("PAUSED".to_owned()), false),
        ("success", ProcessingStatus::Unknown("success".to_owned()), false),
        ("", ProcessingStatus::Unknown(String::new()), false),
    ] {
        let details = response(job(text)).expect("a response");
        assert_eq!(details.processing_status, status);
        assert_eq!(details.processing_status.as_str(), text);
        assert_eq!(details.processing_status.is_terminal(), terminal, "{text}");
        assert_eq!(details.processing_status.is_success(), text == "SUCCESS");
    }
    let long = "S".repeat(1 << 20);
    assert_eq!(response(job(&long)).expect("a response").processing_status.as_str(), long);
}

#[test]
fn contradictions_are_reported_as_they_are() {
    let body =
        with(r#""processing_status":"SUCCESS","node_stats":[{"ready":1,"in_progress":2,"success":0,"failure":9}]"#);
    let details = response(body).expect("a response");
    assert_eq!(details.processing_status, ProcessingStatus::Success);
    assert_eq!(details.node_stats[0].in_progress, 2);
}

#[test]
fn counts_reach_over_the_whole_range() {
    for count in [0, 1, (1 << 53) + 1, 1 << 63, u64::MAX - 1, u64::MAX] {
        let body = with(&format!(
            r#""processing_status":"SUCCESS",
               "node_stats":[{{"ready":{count},"in_progress":{count},"success":{count},"failure":{count}}}]"#
        ));
        let node = response(body).expect("a response").node_stats.remove(0);
        assert_eq!([node.ready, node.in_progress, node.success, node.failure], [count; 4]);
    }
}

#[test]
fn whole_numbers_may_be_written_with_a_point_or_an_exponent() {
    for (written, count) in [
        ("1.0", 1),
        ("1e2", 100),
        ("1E+2", 100),
        ("2.50e1", 25),
        ("10e-1", 1),
        ("0.0", 0),
        ("-0", 0),
        ("-0.0", 0),
        ("9007199254740992.0", 1 << 53),
    ] {
        let body = with_node(&format!(r#""ready":{written},"in_progress":0,"success":0,"failure":{written}"#));
        let node = response(body).expect("a response").node_stats.remove(2);
        assert_eq!((node.ready, node.failure), (count, count), "{written}");
    }
}

#[test]
fn counts_that_are_none_are_named() {
    let whole = "expected a whole number";
    let in_range = format!("{whole} up to 18446744073709551615 (up to 2^53 if written with a point or an exponent)");
    for (count, message) in [
        ("-1", format!("{whole}, found -1")),
        ("-9223372036854775808", format!("{whole}, found -9223372036854775808")),
        ("1.5", format!("{whole}, found 1.5")),
        ("-1.0", format!("{whole}, found -1.0")),
        ("1e-2", format!("{whole}, found 0.01")),
        ("18446744073709551616", format!("{in_range}, found 1.8446744073709552e19")),
        ("9007199254740994.0", format!("{in_range}, found 9007199254740994.0")),
        ("1e300", format!("{in_range}, found 1e300")),
        ("1e400", "number out of range".to_owned()),
        ("\"5\"", format!("{whole}, found a string")),
        ("null", format!("{whole}, found null")),
        ("true", format!("{whole}, found true")),
        ("[]", format!("{whole}, found an array")),
        ("{}", format!("{whole}, found an object")),
    ] {
        refused(
            with_node(&format!(r#""ready":{count},"in_progress":0,"success":0,"failure":0"#)),
            &format!("node_stats[2].ready: {message}"),
        );
        refused(
            with_node(&format!(r#""failure":{count},"in_progress":0,"success":0,"ready":0"#)),
            &format!("node_stats[2].failure: {message}"),
        );
    }
}

#[test]
fn missing_fields_are_named() {
    for field in ["ready", "in_progress", "success", "failure"] {
        let fields: Vec<String> = ["ready", "in_progress", "success", "failure"]
            .iter()
            .filter(|f| **f != field)
            .map(|f| format!(r#""{f}":0"#))
            .collect();
        refused(with_node(&fields.join(",")), &format!("node_stats[2].{field}: missing field"));
    }
    refused(r#"{"processing_status":"SUCCESS","node_stats":[]}"#, "id: missing field");
    refused(with(r#""node_stats":[]"#), "processing_status: missing field");
    refused(with(r#""processing_status":"SUCCESS""#), "node_stats: missing field");
}

#[test]
fn fields_of_the_wrong_type_are_named() {
    let rest = r#""processing_status":"SUCCESS","node_stats":[]"#;
    for (value, found) in [
        ("null", "null"),
        ("1", "1"),
        ("-1", "-1"),
        ("0.5", "0.5"),
        ("true", "true"),
        ("[]", "an array"),
        ("{}", "an object"),
    ] {
        refused(format!(r#"{{"id":{value},{rest}}}"#), &format!("id: expected a string, found {found}"));
        refused(
            with(&format!(r#""processing_status":{value},"node_stats":[]"#)),
            &format!("processing_status: expected a string, found {found}"),
        );
        if value != "null" {
            refused(
                with(&format!(r#"{rest},"message":{value}"#)),
                &format!("message: expected a string or null, found {found}"),
            );
            refused(
                with_node(&format!(r#""node_type":{value},"ready":0,"in_progress":0,"success":0,"failure":0"#)),
                &format!("node_stats[2].node_type: expected a string or null, found {found}"),
            );
        }
    }
    for (value, found) in [("null", "null"), ("{}", "an object"), ("\"x\"", "a string"), ("0", "0"), ("false", "false")]
    {
        refused(
            with(&format!(r#""processing_status":"SUCCESS","node_stats":{value}"#)),
            &format!("node_stats: expected an array, found {found}"),
        );
    }
    for (value, found) in [("null", "null"), ("[0,0,0,0,0,0,0]", "an array"), ("\"x\"", "a string"), ("0", "0")] {
        refused(
            with(&format!(r#""processing_status":"SUCCESS","node_stats":[{value}]"#)),
            &format!("node_stats[0]: expected an object, found {found}"),
        );
    }
}

#[test]
fn a_field_given_twice_is_no_response() {
    let rest = r#""processing_status":"SUCCESS","node_stats":[]"#;
    refused(with(&format!(r#"{rest},"id":"{JOB}""#)), "id: duplicate field");
    refused(with(&format!(r#"{rest},"processing_status":"FAILED""#)), "processing_status: duplicate field");
    refused(with(&format!(r#"{rest},"node_stats":[]"#)), "node_stats: duplicate field");
    refused(
        with_node(r#""ready":0,"ready":1,"in_progress":0,"success":0,"failure":0"#),
        "node_stats[2].ready: duplicate field",
    );
    // of an unknown field nothing is kept, so nothing contradicts
    response(with(&format!(r#"{rest},"x":1,"x":2"#))).expect("a response");
}

#[test]
fn a_response_for_another_job_is_refused() {
    let other = "00000000-0000-0000-0000-000000000000";
    let body = |id: &str| format!(r#"{{"id":"{id}","processing_status":"SUCCESS","node_stats":[]}}"#);
    refused(body(other), &format!("id: the response is for another job, \"{other}\""));
    refused(body(""), "id: the response is for another job, \"\"");
    refused(body(&JOB[1..]), &format!("id: the response is for another job, \"{}\"", &JOB[1..]));
    for spelling in [JOB.to_uppercase(), JOB.replace('-', ""), format!("{JOB}-")] {
        assert_eq!(response(body(&spelling)).expect("the same job").id, spelling);
    }
}

#[test]
fn an_id_that_would_spoil_a_terminal_is_quoted_safely() {
    let body = |id: &str| format!(r#"{{"id":"{id}","processing_status":"SUCCESS","node_stats":[]}}"#);
    refused(body(r"\u001b[2J\u0000\u202e"), r#"id: the response is for another job, "\u{1b}[2J\u{0}\u{202e}""#);
    refused(body(&"x".repeat(4000)), &format!("id: the response is for another job, \"{}…\"", "x".repeat(128)));
}

#[test]
fn the_key_as_the_responses_id_is_not_repeated() {
    let body = format!(r#"{{"id":"{KEY}","processing_status":"SUCCESS","node_stats":[]}}"#);
    refused(body, "id: the response is for another job, \"[API key]\"");
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    for body in [
        with(&format!(r#""processing_status":"{KEY}","node_stats":"{KEY}""#)),
        with_node(&format!(r#""ready":"{KEY}""#)),
        format!("{{\"{KEY}\":"),
        format!("{{\"{KEY}\":tru}}"),
        format!("{{\"{KEY}\":{{\"{KEY}\":[}}"),
        with(&format!(r#""processing_status":"SUCCESS","node_stats":["{KEY}"]"#)),
        KEY.to_owned(),
        format!("\"{KEY}\""),
        format!("<html><title>{KEY}</title>"),
    ] {
        assert_no_key(&response(body).expect_err("no response"));
    }
}

#[test]
fn strings_may_hold_anything() {
    let body = with_node(
        r#""node_name":"a\u0000b","node_type":"\u001b[31m\u202e\n","node_subtype":"\ud83d\ude00 é",
            "ready":0,"in_progress":0,"success":0,"failure":0"#,
    );
    let node = response(body).expect("a response").node_stats.remove(2);
    assert_eq!(node.node_name.as_deref(), Some("a\0b"));
    assert_eq!(node.node_type.as_deref(), Some("\u{1b}[31m\u{202e}\n"));
    assert_eq!(node.node_subtype.as_deref(), Some("\u{1f600} é"));
}

#[test]
fn half_a_surrogate_pair_becomes_a_replacement_character() {
    for (json, text) in [
        (r"\ud800", "\u{fffd}"),
        (r"\uDFFF", "\u{fffd}"),
        (r"a\ud800b", "a\u{fffd}b"),
        (r"\udc00\ud800", "\u{fffd}\u{fffd}"),
        (r"\ud83d\ud83d\ude00\ude00", "\u{fffd}\u{1f600}\u{fffd}"),
        (r"\\ud800 \ud800\n", "\\ud800 \u{fffd}\n"),
    ] {
        let fields = format!(
            r#""message":"{json}","processing_status":"{json}","node_stats":[{{"node_name":"{json}","node_type":"{json}",
                "node_subtype":"{json}","ready":0,"in_progress":0,"success":0,"failure":0,"{json}":"{json}"}}]"#
        );
        let details = response(with(&fields)).expect("a response");
        assert_eq!(details.message.as_deref(), Some(text), "{json}");
        assert_eq!(details.processing_status.as_str(), text);
        let node = &details.node_stats[0];
        for name in [&node.node_name, &node.node_type, &node.node_subtype] {
            assert_eq!(name.as_deref(), Some(text), "{json}");
        }
        let files = Server::always(ok(format!(r#"{{"failed_files":[{{"document":"{json}","error":"{json}"}}]}}"#)));
        let files = client(files.url()).failed_files(JOB).expect("a response");
        assert_eq!((files[0].document.as_str(), files[0].error.as_str()), (text, text));
    }
    refused(
        with(r#""message":"\ud800","processing_status":"SUCCESS""#),
        "node_stats: missing field; it says: \u{fffd}",
    );
}

#[test]
fn what_the_service_says_in_place_of_a_result_is_passed_on() {
    for (body, words) in [
        (r#"{"detail":"There is a running job"}"#, "There is a running job"),
        (r#"{"message":" busy\n"}"#, "busy"),
        (r#"{"error":"no\u001b[2J"}"#, r"no\u{1b}[2J"),
        (r#"{"error":{"code":7,"message":"busy"}}"#, "busy"),
        (r#"{"errors":[{"msg":"one"},{"loc":["path",0],"msg":"two"}]}"#, "one; path.0: two"),
        (r#"{"message":"less","detail":"more"}"#, "more"),
        (r#"{"detail":null,"message":"all there is"}"#, "all there is"),
        (r#"{"detail":"half \ud800"}"#, "half \u{fffd}"),
        (&format!(r#"{{"detail":"bad key {KEY}"}}"#), "bad key [API key]"),
        (&format!(r#"{{"detail":"{}"}}"#, "x".repeat(2000)), &format!("{}…", "x".repeat(1024))),
    ] {
        refused(body, &format!("id: missing field; it says: {words}"));
        let server = Server::always(ok(body));
        let url = format!("{}/api/v1/jobs/{JOB}/failed-files", server.url());
        let message = format!("failed_files: missing field; it says: {words} (GET {url})");
        fails(client(server.url()).failed_files(JOB), ErrorKind::Decode, &message);
    }
    for body in [r#"{"detail":""}"#, r#"{"detail":7}"#, r#"{"detail":[[[[["too deep"]]]]]}"#, "{}"] {
        refused(body, "id: missing field");
    }
    refused("\"There is a running job\"", "expected an object, found a string; it says: There is a running job");
}

#[test]
fn a_hundred_thousand_nodes() {
    let node = r#"{"node_name":"Partitioner","node_type":"partition","node_subtype":"auto","ready":1,"in_progress":2,"success":3,"failure":4}"#;
    let nodes = vec![node; 100_000].join(",");
    let body = with(&format!(r#""processing_status":"IN_PROGRESS","node_stats":[{nodes}]"#));
    let details = response(body).expect("a response");
    assert_eq!(details.node_stats.len(), 100_000);
    assert_eq!(details.node_stats[99_999].failure, 4);

    let last_wrong = with(&format!(r#""processing_status":"IN_PROGRESS","node_stats":[{nodes},{{"ready":-1}}]"#));
    let (result, took) = timed(|| response(last_wrong));
    let error = result.expect_err("the last is wrong");
    assert!(error.to_string().starts_with("node_stats[100000].ready: expected a whole number, found -1"), "{error}");
    assert!(took < AT_ONCE * 10, "{took:?}");
}

#[test]
fn failed_files_and_what_is_none() {
    let server = Server::responding(|n, _| {
        ok([
            r#"{"failed_files":[]}"#,
            r#"{"failed_files":[{"document":"a\u0000","error":"é","page":3},{"error":"","document":"b"}],"x":[]}"#,
            r#"{}"#,
            r#"{"failed_files":[{"document":"a"}]}"#,
            r#"{"failed_files":[{"document":null,"error":""}]}"#,
            r#"{"failed_files":[{"document":"a","error":"x"},{"document":"b","error":7}]}"#,
        ][n])
    });
    let client = client(server.url());
    assert!(client.failed_files(JOB).expect("none").is_empty());
    let files = client.failed_files(JOB).expect("two");
    assert_eq!((files[0].document.as_str(), files[0].error.as_str()), ("a\0", "é"));
    assert_eq!((files[1].document.as_str(), files[1].error.as_str()), ("b", ""));
    for message in [
        "failed_files: missing field",
        "failed_files[0].error: missing field",
        "failed_files[0].document: expected a string, found null",
        "failed_files[1].error: expected a string, found 7",
    ] {
        let url = format!("{}/api/v1/jobs/{JOB}/failed-files", server.url());
        fails(client.failed_files(JOB), ErrorKind::Decode, &format!("{message} (GET {url})"));
    }
}

#[cfg(feature = "serde")]
#[test]
fn what_is_returned_serialises_to_the_contracts_shape() {
    let body = with_node(
        r#""node_name":"n","node_type":null,"ready":0,"in_progress":1,"success":2,"failure":18446744073709551615"#,
    );
    let details = response(&body).expect("a response");
    let json = serde_json::to_string(&details).expect("JSON");
    assert_eq!(response(&json).expect("the same again"), details);
    assert_eq!(serde_json::from_str::<JobDetails>(&json).expect("the same again"), details);
    let unknown: ProcessingStatus = serde_json::from_str("\"PAUSED\"").expect("a status");
    assert_eq!(unknown, ProcessingStatus::Unknown("PAUSED".to_owned()));
    let error = serde_json::from_str::<unstructured_jobs::JobId>("\"../x\"").expect_err("no job id");
    assert!(error.to_string().starts_with("the job id has '.' at byte 0"), "{error}");
}
