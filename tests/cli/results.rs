//! What stands on standard output.

use crate::run::{asking, run};
use crate::server::{Reply, Server, details};

const CONTRACT: &str = concat!(
    r#"{"id":"b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e","processing_status":"SUCCESS","node_stats":[{"node_name":"#,
    r#""partition","node_type":"partition","node_subtype":"auto","ready":0,"in_progress":0,"success":42,"failure":0}],"#,
    r#""message":null}"#
);
const ID: &str = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e";

#[test]
fn json_has_the_shape_of_the_contract_to_the_byte() {
    let server = Server::json(CONTRACT);
    for args in [&["details", ID][..], &["details", ID, "-o", "json"], &["wait", "-q", ID]] {
        let done = run(asking(&server, args));
        assert_eq!((done.code, done.stdout), (0, format!("{CONTRACT}\n")));
    }
    let request = &server.requests()[0];
    assert!(request.starts_with(&format!("GET /api/v1/jobs/{ID}/details HTTP/1.1\r\n")), "{request}");
}

#[test]
fn json_keeps_every_value_and_leaves_out_what_the_contract_does_not_know() {
    let sent = r#"{"later":[1],"node_stats":[{"failure":18446744073709551615,"success":0,"in_progress":0,"ready":9007199254740993,"color":"red"}],"id":"J","processing_status":"DREAMING"}"#;
    let done = run(asking(&Server::json(sent), &["details", "j"]));
    assert_eq!(
        done.stdout,
        "{\"id\":\"J\",\"processing_status\":\"DREAMING\",\"node_stats\":[{\"node_name\":null,\"node_type\":null,\
         \"node_subtype\":null,\"ready\":9007199254740993,\"in_progress\":0,\"success\":0,\
         \"failure\":18446744073709551615}],\"message\":null}\n"
    );
}

#[test]
fn control_characters_are_escaped_for_people_and_kept_for_programs() {
    let message = r#"\u001b[2J\u0000\u202e\n<b>"#;
    let sent = format!(
        r#"{{"id":"j","processing_status":"\u001b[31mRED","node_stats":[{{"node_name":"a\u001b]0;title\u0007","ready":0,"in_progress":0,"success":0,"failure":0}}],"message":"{message}"}}"#
    );
    let server = Server::json(&sent);
    let json = run(asking(&server, &["details", "j"]));
    assert!(json.stdout.contains("\\u001b[2J\\u0000\u{202e}\\n<b>"), "{json:?}");

    let mut command = asking(&server, &["details", "j", "-o", "table"]);
    command.env("NO_COLOR", "1");
    let table = run(command).stdout;
    assert_eq!(
        table,
        "job      j\n\
         status   \\u{1b}[31mRED\n\
         message  \\u{1b}[2J\\u{0}\\u{202e}\\n<b>\n\
         \n\
         NODE                  TYPE  SUBTYPE  READY  IN_PROGRESS  SUCCESS  FAILURE\n\
         a\\u{1b}]0;title\\u{7}  -     -            0            0        0        0\n"
    );

    let wait = run(asking(&server, &["wait", "j", "--timeout", "0s"]));
    assert!(!wait.stderr.contains('\x1b') && wait.stderr.contains("\\u{1b}[31mRED"), "{wait:?}");
}

#[test]
fn failed_files_in_both_forms() {
    let sent =
        r#"{"failed_files":[{"document":"a.pdf","error":"no text\nin it"},{"document":"b/c.docx","error":"locked"}]}"#;
    let server = Server::json(sent);
    assert_eq!(run(asking(&server, &["failed-files", "j"])).stdout, format!("{sent}\n"));
    assert_eq!(
        run(asking(&server, &["failed-files", "j", "-o", "table"])).stdout,
        "DOCUMENT  ERROR\na.pdf     no text\\nin it\nb/c.docx  locked\n"
    );
    assert!(server.requests()[0].starts_with("GET /api/v1/jobs/j/failed-files HTTP/1.1\r\n"));

    let none = Server::json(r#"{"failed_files":[]}"#);
    assert_eq!(run(asking(&none, &["failed-files", "j"])).stdout, "{\"failed_files\":[]}\n");
    assert_eq!(run(asking(&none, &["failed-files", "j", "-o", "table"])).stdout, "no failed files\n");
}

#[test]
fn colours_are_had_off_a_terminal_only_by_force() {
    let server = Server::json(&details("j", "FAILED"));
    for (variables, coloured) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "0")], false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true),
    ] {
        let mut command = asking(&server, &["details", "j", "-o", "table"]);
        command.envs(variables.iter().copied());
        let done = run(command);
        let status = if coloured { "status   \x1b[31mFAILED\x1b[0m\n" } else { "status   FAILED\n" };
        assert!(done.stdout.contains(status), "{variables:?}: {done:?}");
    }
    // JSON never
    let mut command = asking(&server, &["details", "j", "-o", "json"]);
    command.env("CLICOLOR_FORCE", "1");
    assert_eq!(run(command).stdout, details("j", "FAILED") + "\n");
}

#[test]
fn files_in_both_forms() {
    let sent = concat!(
        r#"{"id":"j","files":[{"record_id":"r-1","document":"s3://b/a.pdf","status":"SUCCESS","error":null,"#,
        r#""time_elapsed":0.44,"current_node":null,"discovered_by_node_id":"n-0"},{"record_id":null,"#,
        r#""document":"s3://b/stuck.pdf","status":"IN_PROGRESS","error":null,"time_elapsed":754.5,"current_node":"#,
        r#"{"id":"n-1","status":"RETRYING","tries":3,"time_elapsed":700.0},"discovered_by_node_id":null},"#,
        r#"{"record_id":null,"document":"b\u001b[2J","status":"FAILURE","error":"it is\nencrypted","#,
        r#""time_elapsed":1e+300,"current_node":null,"discovered_by_node_id":null}],"truncated":false,"#,
        r#""index_finished":true,"generated_at":"2026-11-25T10:00:00Z"}"#
    );
    let server = Server::json(sent);
    assert_eq!(run(asking(&server, &["files", "j"])).stdout, format!("{sent}\n"));
    assert_eq!(
        run(asking(&server, &["files", "j", "-o", "table"])).stdout,
        "DOCUMENT          STATUS       NODE  TRIES     TIME  ERROR\n\
         s3://b/a.pdf      SUCCESS      -         -     0.4s\n\
         s3://b/stuck.pdf  IN_PROGRESS  n-1       3  12m 34s\n\
         b\\u{1b}[2J        FAILURE      -         -   1e300s  it is\\nencrypted\n\
         \n\
         3 documents: 1 SUCCESS, 1 IN_PROGRESS, 1 FAILURE\n"
    );
    assert!(server.requests()[0].starts_with("GET /api/v1/jobs/j/file-status HTTP/1.1\r\n"));

    for (rest, says) in [
        (r#""truncated":true,"index_finished":true"#, "0 documents; there are more, which the service does not list\n"),
        (r#""truncated":false,"index_finished":false"#, "0 documents; more may be found yet\n"),
        (r#""index_finished":true"#, "0 documents\n"),
    ] {
        let server = Server::json(&format!(r#"{{"id":"j","files":[],{rest}}}"#));
        assert_eq!(run(asking(&server, &["files", "j", "-o", "table"])).stdout, says);
    }
    let bare = Server::json(r#"{"id":"j","files":[{"time_elapsed":-0.0},{"status":""}],"index_finished":true}"#);
    assert_eq!(
        run(asking(&bare, &["files", "j", "-o", "table"])).stdout,
        "DOCUMENT  STATUS  NODE  TRIES  TIME  ERROR\n\
         -         -       -         -  0.0s\n\
         -         -       -         -     -\n\n\
         2 documents: 2 without a status\n"
    );
    let missing = Server::new(|_, _| Reply::Status(404, "", ""));
    assert_eq!(run(asking(&missing, &["files", "j"])).code, 11);
}
