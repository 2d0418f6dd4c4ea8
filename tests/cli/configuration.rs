//! What is wrong with the command line, the environment or a file is exit 2, and a sentence that names it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::run::{KEY, asking, bare, judge, run};
use crate::server::{Reply, Server, details};

/// A file of this test's own.
#[track_caller]
fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

#[track_caller]
fn refused(command: Command, names: &str) {
    let done = run(command);
    assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{done:?}");
    assert!(done.stderr.starts_with("unstructured-jobs: "), "{done:?}");
    assert!(done.stderr.contains(names), "{names:?} is not named: {done:?}");
}

#[test]
fn the_key_comes_from_a_file_with_white_space_around_it() {
    let server = Server::json(&details("j", "SUCCESS"));
    let path = file("key-good", b" from-a-file\r\n\n");
    let mut command = asking(&server, &["details", "j", "-o", "json", "--api-key-file", path.to_str().unwrap()]);
    command.env("UNSTRUCTURED_API_KEY", "bad key, not looked at");
    assert_eq!(run(command).code, 0);
    assert!(server.requests()[0].to_lowercase().contains("\r\nunstructured-api-key: from-a-file\r\n"));
}

#[test]
fn a_mark_of_the_encoding_is_no_part_of_the_key() {
    let server = Server::json(&details("j", "SUCCESS"));
    let utf16 = |unit: fn(u16) -> [u8; 2]| "\u{feff}from-a-file\r\n".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    for (name, content) in [
        ("key-utf8", "\u{feff}from-a-file\r\n".as_bytes()),
        ("key-utf16le", &utf16(u16::to_le_bytes)),
        ("key-utf16be", &utf16(u16::to_be_bytes)),
    ] {
        let path = file(name, content);
        assert_eq!(run(asking(&server, &["details", "j", "--api-key-file", path.to_str().unwrap()])).code, 0, "{name}");
    }
    for request in server.requests() {
        assert!(request.to_lowercase().contains("\r\nunstructured-api-key: from-a-file\r\n"), "{request}");
    }
    for (name, content) in [("key-bom", &b"\xef\xbb\xbf \n"[..]), ("key-bom16", b"\xff\xfe\n\0")] {
        let path = file(name, content);
        refused(bare(&["details", "j", "--api-key-file", path.to_str().unwrap()]), "is empty");
    }
    let odd = file("key-odd", b"\xff\xfek\0e");
    refused(bare(&["details", "j", "--api-key-file", odd.to_str().unwrap()]), "is not text");
}

#[test]
fn a_key_in_quotes_that_is_refused_is_told_so() {
    let server = Server::new(|_, _| Reply::Status(401, "", ""));
    let hint = "\nhint: the key begins with a quotation mark, which is taken for part of it\n";
    let path = file("key-quoted", b"'from-a-file'\n");
    let path = path.to_str().unwrap();
    for args in [&["details", "j", "--api-key-file", path][..], &["wait", "-q", "j", "--api-key-file", path]] {
        let done = run(asking(&server, args));
        assert!(done.code == 10 && done.stderr.ends_with(hint), "{done:?}");
    }
    for key in ["\"abc\"", "'abc'", "`abc`"] {
        let mut command = asking(&server, &["failed-files", "j"]);
        command.env("UNSTRUCTURED_API_KEY", key);
        let done = run(command);
        assert!(done.code == 10 && done.stderr.ends_with(hint), "{done:?}");
    }
    let done = run(asking(&server, &["details", "j"]));
    assert!(done.code == 10 && !done.stderr.contains("quotation"), "{done:?}");
}

#[test]
fn the_key_comes_from_standard_input() {
    let server = Server::json(&details("j", "SUCCESS"));
    let mut command = asking(&server, &["details", "j", "--api-key-file", "-"]);
    let mut child = command
        .env_remove("UNSTRUCTURED_API_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{KEY}").unwrap();
    assert_eq!(judge(child.wait_with_output().unwrap()).code, 0);
    assert!(server.requests()[0].contains(&format!(": {KEY}\r\n")));
}

#[test]
fn a_key_file_that_holds_no_key() {
    let directory = env!("CARGO_TARGET_TMPDIR");
    let long = file("key-long", &[b'k'; 20_000]);
    for (path, says) in [
        ("/nowhere/key", "\"/nowhere/key\" cannot be read: No such file or directory\n"),
        (directory, "cannot be read: Is a directory\n"),
        (file("key-empty", b"").to_str().unwrap(), "is empty"),
        (file("key-blank", b" \n\t\r\n").to_str().unwrap(), "is empty"),
        (file("key-binary", b"\x7fELF\x02\x01\xff\xfe").to_str().unwrap(), "is not text"),
        (file("key-nul", b"abc\0def").to_str().unwrap(), "something other than visible ASCII at byte 3"),
        (file("key-lines", b"one\ntwo\n").to_str().unwrap(), "something other than visible ASCII at byte 3"),
        (file("key-accent", "clé".as_bytes()).to_str().unwrap(), "something other than visible ASCII"),
        (long.to_str().unwrap(), "is longer than 16384 bytes"),
        ("/dev/zero", "is longer than 16384 bytes"),
        ("-", "standard input is empty"),
    ] {
        let command = || bare(&["details", "j", "--api-key-file", path]);
        refused(command(), "--api-key-file: ");
        refused(command(), says);
    }
}

#[test]
fn a_key_in_the_environment_that_is_none() {
    for (key, says) in [
        (None, "UNSTRUCTURED_API_KEY is not set"),
        (None, "\nhint: a file that holds the key is named with --api-key-file\n"),
        (Some(""), "(from UNSTRUCTURED_API_KEY)"),
        (Some("two words"), "at byte 3 (from UNSTRUCTURED_API_KEY)"),
    ] {
        let mut command = bare(&["details", "j"]);
        match key {
            Some(key) => command.env("UNSTRUCTURED_API_KEY", key),
            None => command.env_remove("UNSTRUCTURED_API_KEY"),
        };
        refused(command, says);
    }
}

#[test]
fn an_option_that_cannot_be_used_is_named() {
    let no_certificate = file("ca-none", b"hello");
    for (args, says) in [
        (&["--api-url", ""][..], "--api-url: the base URL is not acceptable: it is empty"),
        (&["--api-url", "ftp://x"], "--api-url: "),
        (&["--api-url", "https://x\x1b[31m/"], "--api-url: "),
        (&["--api-url", "http://example.com"], "unencrypted"),
        (&["--api-url", "http://example.com"], "\nhint: --allow-plain-http allows it\n"),
        (&["--api-url", "http://127.0.0.1", "--proxy", "http://p.example:1"], "\nhint: --allow-plain-http allows it\n"),
        (&["--ca-file", "/nowhere"], "--ca-file: the CA file \"/nowhere\" cannot be read"),
        (&["--ca-file", no_certificate.to_str().unwrap()], "--ca-file: "),
        (&["--proxy", "socks5://x"], "--proxy: "),
        (&["--proxy", "http://user:secret@x:port"], "--proxy: "),
        (&["--retries", "-1"], "'-1' for '--retries <COUNT>': not a whole number from 0 to 4294967295"),
        (&["--retries", "many"], "'many' for '--retries <COUNT>': not a whole number from 0 to 4294967295"),
        (&["--retries", "4294967296"], "not a whole number from 0 to 4294967295"),
        (&["--request-timeout", "-1s"], "'--request-timeout <DURATION>': not a duration such as 90s"),
        (
            &["--request-timeout", "90"],
            "'--request-timeout <DURATION>': the unit is missing: 90ms, 90s, 90m, 90h or 90d?",
        ),
        (&["--request-timeout", "0s"], "--request-timeout"),
        (&["--connect-timeout", "soon"], "'--connect-timeout <DURATION>': not a duration such as 90s"),
        (&["-o", "yaml"], "--output"),
        (&["-q", "-v"], "--quiet"),
        (&["--api-key", "k"], "--api-key"),
    ] {
        refused(bare(&[&["details", "j"], args].concat()), says);
    }
    for (args, says) in [
        (&["--interval", "5ms"][..], "--interval: the initial interval is 5ms; the least is 10ms"),
        (&["--max-interval", "1ms"], "--max-interval: "),
        (&["--interval", "1s", "--max-interval", "0s"], "--interval and --max-interval: "),
        (&["--interval", "5ms", "--max-interval", "1s"], "--interval: the initial interval is 5ms"),
        (&["--interval", "20s", "--max-interval", "10s"], "--interval and --max-interval: the initial interval (20s)"),
        (&["--timeout", "1.5h"], "--timeout"),
        (&["--timeout", "-1s"], "-1"),
        (&["--max-outage", "99999999999999999999s"], "'--max-outage <DURATION>': longer than any clock runs"),
    ] {
        refused(bare(&[&["wait", "j"], args].concat()), says);
    }
}

#[test]
fn a_password_in_a_proxy_is_not_repeated() {
    for url in ["http://user:s3cret@x:port", "http://user:s3cret@127.0.0.1:1"] {
        let done = run(bare(&["details", "j", "-v", "--retries", "0", "--proxy", url]));
        assert!(!done.stderr.contains("s3cret"), "{done:?}");
    }
}

#[test]
fn a_variable_that_cannot_be_used_is_named() {
    for (name, value) in
        [("UNSTRUCTURED_API_URL", "nonsense"), ("https_proxy", "http://:::"), ("ALL_PROXY", "socks5://x")]
    {
        let mut command = bare(&["details", "j"]);
        command.env(name, value);
        refused(command, name);
    }
}

#[test]
fn a_job_id_that_cannot_be_one_is_named_before_anything_is_sent() {
    let server = Server::json("{}");
    for (id, says) in [
        ("", "JOB_ID \"\": the job id is empty"),
        ("a b", "JOB_ID \"a b\": the job id has ' ' at byte 1"),
        ("..", "JOB_ID \"..\": the job id has '.' at byte 0"),
        ("../admin", "JOB_ID"),
        ("a/b", "JOB_ID"),
        ("a\x1b[31mb", "JOB_ID \"a\\u{1b}[31mb\": the job id has '\\u{1b}'"),
        ("é", "JOB_ID"),
    ] {
        refused(asking(&server, &["details", id]), says);
        refused(asking(&server, &["failed-files", id]), says);
        refused(asking(&server, &["files", id]), says);
        refused(asking(&server, &["wait", "-q", "good", id, "good-too"]), says);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_command_line_that_makes_no_sense() {
    for (args, says) in [
        (&[][..], "a command is missing"),
        (&["look"], "unrecognized subcommand 'look'"),
        (&["details"], "<JOB_ID>"),
        (&["details", "a", "b"], "unexpected argument 'b'"),
        (&["wait"], "<JOB_ID>"),
        (&["completions", "ksh"], "possible values"),
    ] {
        refused(bare(args), says);
    }
}

#[test]
fn a_word_in_the_wrong_place_is_told_where_it_belongs() {
    for (args, hint) in [
        (&["details", "--timeout", "3s", "x"][..], "--request-timeout is how long a request may take; --timeout"),
        (
            &["--timeout=3s", "wait", "x"],
            "--request-timeout is how long a request may take; --timeout is how long a wait may take",
        ),
        (&["failed-files", "x", "--interval", "3s"], "--interval is an option of wait, and follows that word"),
        (&["--max-outage", "3s", "wait", "x"], "--max-outage is an option of wait, and follows that word"),
        (&["b2c3d4e5-6f7a"], "a job's id follows a command: details b2c3d4e5-6f7a, or wait b2c3d4e5-6f7a"),
        (&["details", "x", "--api-key", "k"], "a key is no argument, as `ps` shows those"),
    ] {
        refused(bare(args), &format!("\nhint: {hint}"));
        let done = run(bare(args));
        assert!(!done.stderr.contains("tip: "), "one hint is enough: {done:?}");
    }
    let done = run(bare(&["detail", "x"]));
    assert!(done.stderr.contains("'details'") && !done.stderr.contains("hint: "), "a slip of the pen: {done:?}");
}

#[test]
fn service_options_may_stand_before_the_command_too() {
    let server = Server::json(&details("j", "SUCCESS"));
    assert_eq!(run(bare(&["--api-url", &server.url(), "-o", "table", "details", "j"])).code, 0);
}

#[test]
fn verbose_says_what_is_tried_and_never_the_key() {
    let server = Server::new(|_, before| match before {
        0 => Reply::Status(503, "Retry-After: 0\r\n", "k3y-that-nobody-must-see is not a key"),
        _ => Reply::Json(details("j", "SUCCESS")),
    });
    let done = run(asking(&server, &["details", "j", "-v"]));
    assert_eq!(done.code, 0);
    assert!(done.stderr.contains("unstructured-jobs: connected to 127.0.0.1:"), "{done:?}");
    assert!(done.stderr.contains("unstructured-jobs: attempt 1 failed, next one in "), "{done:?}");
    assert!(done.stderr.contains("HTTP 503"), "{done:?}");
    assert!(done.stderr.contains("[API key] is not a key"), "{done:?}");
}
