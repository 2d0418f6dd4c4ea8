//! Where each document of a job is: what becomes of a response of the per-file status.

use unstructured_jobs::{ErrorKind, FileState};

use crate::support::assertions::fails;
use crate::support::server::Server;
use crate::support::{JOB, client, ok};

#[test]
fn the_state_of_each_file() {
    let body = format!(
        r#"{{"id":"{JOB}","files":[
            {{"record_id":"r-1","document":"s3://bucket/größer.pdf","status":"IN_PROGRESS","error":null,"time_elapsed":12.5,
              "current_node":{{"id":"n-1","status":"RUNNING","tries":2,"time_elapsed":3}},"discovered_by_node_id":"n-0","new":1}},
            {{"document":"b","status":"PAUSED","current_node":{{"tries":99999999999}}}},
            {{"status":"FAILURE","error":"it is \ud800 broken","current_node":null}},
            {{}}
        ],"truncated":true,"index_finished":true,"generated_at":"2026-11-25T10:00:00Z","new":[]}}"#
    );
    let server = Server::responding(move |n, _| match n {
        0 => ok(&body),
        _ => ok(format!(r#"{{"id":"{JOB}","files":[],"truncated":null,"generated_at":null}}"#)),
    });
    let client = client(server.url());
    let statuses = client.file_statuses(JOB).expect("statuses");
    assert_eq!((statuses.id.as_str(), statuses.truncated, statuses.index_finished), (JOB, true, true));
    assert_eq!(statuses.generated_at.as_deref(), Some("2026-11-25T10:00:00Z"));
    let [first, unknown, failed, empty] = &statuses.files[..] else { panic!("{statuses:?}") };
    assert_eq!(first.document, "s3://bucket/größer.pdf");
    assert_eq!((first.record_id.as_deref(), first.discovered_by_node_id.as_deref()), (Some("r-1"), Some("n-0")));
    assert_eq!((&first.status, first.time_elapsed, &first.error), (&FileState::InProgress, Some(12.5), &None));
    let node = first.current_node.as_ref().expect("a node");
    assert_eq!((node.id.as_deref(), node.status.as_deref()), (Some("n-1"), Some("RUNNING")));
    assert_eq!((node.tries, node.time_elapsed), (2, Some(3.0)));
    assert_eq!(unknown.status, FileState::Unknown("PAUSED".to_owned()));
    assert_eq!(unknown.current_node.as_ref().map(|node| node.tries), Some(u32::MAX));
    assert_eq!(failed.status, FileState::Failure);
    assert_eq!(failed.error.as_deref(), Some("it is \u{fffd} broken"));
    assert_eq!((empty.document.as_str(), empty.status.as_str(), &empty.current_node), ("", "", &None));

    let none = client.file_statuses(JOB).expect("none");
    assert!(none.files.is_empty() && !none.truncated && !none.index_finished && none.generated_at.is_none());
    let [request, _] = &server.requests()[..] else { panic!("two requests") };
    assert!(request.starts_with(&format!("GET /api/v1/jobs/{JOB}/file-status ")), "{request}");
}

#[test]
fn what_is_no_state_of_files() {
    let cases = [
        (r#""x":1"#, "files: missing field"),
        (r#""files":null"#, "files: expected an array, found null"),
        (r#""files":[7]"#, "files[0]: expected an object, found 7"),
        (r#""files":[{},{"status":1}]"#, "files[1].status: expected a string or null, found 1"),
        (r#""files":[{"time_elapsed":-1}]"#, "files[0].time_elapsed: expected seconds (0 or more) or null, found -1"),
        (
            r#""files":[{"time_elapsed":"1"}]"#,
            "files[0].time_elapsed: expected seconds (0 or more) or null, found a string",
        ),
        (r#""files":[{"current_node":[]}]"#, "files[0].current_node: expected an object, found an array"),
        (
            r#""files":[{"current_node":{"tries":1.5}}]"#,
            "files[0].current_node.tries: expected a whole number, found 1.5",
        ),
        (r#""files":[],"truncated":"no""#, "truncated: expected true, false or null, found a string"),
        (r#""files":[],"files":[]"#, "files: duplicate field"),
    ];
    let server = Server::responding(move |n, _| ok(format!(r#"{{"id":"{JOB}",{}}}"#, cases[n].0)));
    let client = client(server.url());
    let url = format!("{}/api/v1/jobs/{JOB}/file-status", server.url());
    for (_, message) in cases {
        fails(client.file_statuses(JOB), ErrorKind::Decode, &format!("{message} (GET {url})"));
    }
}

#[test]
fn the_files_of_another_job_are_no_response() {
    let server = Server::responding(|_, _| ok(r#"{"id":"another","files":[]}"#));
    let url = format!("{}/api/v1/jobs/{JOB}/file-status", server.url());
    let message = format!("id: the response is for another job, \"another\" (GET {url})");
    fails(client(server.url()).file_statuses(JOB), ErrorKind::Decode, &message);
}
