//! What `wait` waits for, and what it tells: `--any`, `--failed-files`, `--events`.

use crate::run::{asking, run};
use crate::server::{Reply, Server, details, job_of};

#[test]
fn any_ends_with_the_first_job_that_has_ended() {
    let server = Server::new(|path, before| match job_of(path) {
        "gone" => Reply::Status(404, "", ""),
        "b" if before > 5 => Reply::Json(details("b", "STOPPED")),
        id => Reply::Json(details(id, "IN_PROGRESS")),
    });
    let done = run(asking(&server, &["wait", "-q", "--any", "a", "gone", "b", "c", "--interval", "10ms"]));
    assert_eq!((done.code, done.stdout), (4, details("b", "STOPPED") + "\n"), "the others go on");
    assert_eq!(done.stderr.matches("unstructured-jobs: ").count(), 1, "{}", done.stderr);
    assert!(done.stderr.contains("/gone/details"), "{}", done.stderr);

    let done = run(asking(&server, &["wait", "-q", "--any", "gone", "gone-too", "--timeout", "50ms"]));
    assert_eq!(done.code, 11, "none has ended: {done:?}");
}

#[test]
fn failed_files_are_asked_for_after_a_bad_end_alone() {
    let files = r#"{"failed_files":[{"document":"a.pdf","error":"locked"}]}"#;
    let server = Server::new(move |path, _| match (job_of(path), path.ends_with("/failed-files")) {
        ("good", true) => Reply::Status(500, "", ""),
        ("secret", true) => Reply::Status(404, "", ""),
        (_, true) => Reply::Json(files.to_owned()),
        (id, false) => Reply::Json(details(id, if id == "good" { "SUCCESS" } else { "COMPLETED_WITH_ERRORS" })),
    });
    let done = run(asking(&server, &["wait", "-q", "--failed-files", "good", "bad"]));
    let bad = details("bad", "COMPLETED_WITH_ERRORS");
    let with_files = format!("{},{}", bad.strip_suffix('}').unwrap(), files.strip_prefix('{').unwrap());
    assert_eq!((done.code, done.stdout), (3, format!("{}\n{with_files}\n", details("good", "SUCCESS"))));
    assert_eq!(done.stderr, "");

    let done = run(asking(&server, &["wait", "-q", "--failed-files", "bad", "-o", "table"]));
    assert!(done.stdout.ends_with("\n\nDOCUMENT  ERROR\na.pdf     locked\n"), "{done:?}");
    let done = run(asking(&server, &["wait", "-q", "--failed-files", "-o", "table", "good", "1", "2", "3", "4"]));
    assert_eq!(done.stdout.matches("\nDOCUMENT  ERROR\n").count(), 4, "{done:?}");
    assert!(done.stdout.contains("\n\n1\nDOCUMENT  ERROR\n"), "{done:?}");

    // how the job ended is known, whatever else is not
    let done = run(asking(&server, &["wait", "-q", "--failed-files", "secret"]));
    assert_eq!((done.code, &done.stdout), (3, &(details("secret", "COMPLETED_WITH_ERRORS") + "\n")));
    assert!(done.stderr.starts_with("unstructured-jobs: HTTP 404"), "{done:?}");
}

#[test]
fn every_event_is_a_line_of_json() {
    let server = Server::new(|path, before| match (job_of(path), before) {
        ("gone", _) => Reply::Status(404, "", ""),
        (_, 0 | 1) => Reply::Json(details("j", "IN_PROGRESS")),
        (_, 2 | 3) => Reply::Status(503, "Retry-After: 0\r\n", r#"{"detail":"a\u0007way"}"#),
        (_, _) => Reply::Json(details("j", "SUCCESS")),
    });
    let done = run(asking(&server, &["wait", "-q", "j", "gone", "--interval", "10ms", "--events", "-"]));
    assert_eq!(done.code, 11);
    let lines: Vec<serde_json::Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let of = |id: &str| lines.iter().filter(|line| line["job_id"] == id).collect::<Vec<_>>();
    let kinds = |id: &str| of(id).iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(kinds("gone"), ["gave_up"]);
    let ours = kinds("j");
    assert_eq!((ours.first().unwrap().as_str(), ours.last().unwrap().as_str()), ("responded", "ended"), "{ours:?}");
    let fields =
        ["time", "job_id", "event", "status", "counts", "fraction_done", "error", "failures", "next_poll_in_ms"];
    for line in &lines {
        assert!(fields.iter().all(|field| line.get(field).is_some()), "every field is there: {line}");
        let time = line["time"].as_str().unwrap();
        assert!(time.len() == 24 && time.starts_with("20") && time.ends_with('Z'), "{time}");
    }
    let first = of("j")[0];
    assert_eq!(first["counts"], serde_json::json!({"ready": 12, "in_progress": 3, "success": 42, "failure": 1}));
    assert_eq!((first["status"].as_str(), first["error"].is_null()), (Some("IN_PROGRESS"), true));
    assert!((first["fraction_done"].as_f64().unwrap() - 43.0 / 58.0).abs() < 1e-9 && first["next_poll_in_ms"].is_u64());
    let failed = of("j").into_iter().find(|line| line["event"] == "failed").unwrap();
    let error = &failed["error"];
    assert_eq!((&error["code"], &error["http_status"]), (&"HTTP_STATUS".into(), &503.into()), "{failed}");
    assert_eq!((&error["retryable"], &error["exit_code"]), (&true.into(), &13.into()), "{failed}");
    assert!(error["message"].as_str().unwrap().contains("a\\u{7}way") && failed["failures"] == 1, "{failed}");
    assert_eq!(failed["status"], "IN_PROGRESS", "what was seen last");
    let gone = of("gone")[0];
    assert_eq!((&gone["error"]["code"], gone["status"].is_null()), (&"NOT_FOUND".into(), true), "{gone}");
    assert!(gone["next_poll_in_ms"].is_null() && gone["counts"].is_null() && gone["fraction_done"].is_null(), "{gone}");
}

#[test]
fn events_are_added_to_a_file_and_results_stay_what_they_are() {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("events.jsonl");
    let _ = std::fs::remove_file(&path);
    let server = Server::json(&details("j", "SUCCESS"));
    for lines in [1, 2] {
        let done = run(asking(&server, &["wait", "-q", "j", "--events", path.to_str().unwrap()]));
        assert_eq!((done.code, done.stdout), (0, details("j", "SUCCESS") + "\n"));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), lines);
    }
    let done = run(asking(&server, &["wait", "j", "--events", "/nowhere/events"]));
    assert_eq!((done.code, server.requests().len()), (2, 2), "{done:?}");
    assert!(done.stderr.starts_with("unstructured-jobs: --events: the file \"/nowhere/events\" cannot be"), "{done:?}");

    // a full disk is told of once, and the wait goes on
    let server = Server::new(|_, before| Reply::Json(details("j", if before < 3 { "IN_PROGRESS" } else { "STOPPED" })));
    let done = run(asking(&server, &["wait", "-q", "j", "--interval", "10ms", "--events", "/dev/full"]));
    assert_eq!((done.code, done.stdout), (4, details("j", "STOPPED") + "\n"));
    assert_eq!(
        done.stderr,
        "unstructured-jobs: --events: no line can be written any more: No space left on device (os error 28)\n"
    );
}
