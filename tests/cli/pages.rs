//! Help, the manual page, completions.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::run::{bare, run};

const CODES: [&str; 17] =
    ["0", "1", "2", "3", "4", "5", "10", "11", "12", "13", "14", "15", "124", "129", "130", "141", "143"];

#[test]
fn help_shows_the_exit_codes() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["wait", "--help"],
        &["wait", "-h"],
        &["help", "wait"],
        &["details", "-h"],
        &["details", "--help"],
        &["failed-files", "-h"],
        &["files", "--help"],
    ] {
        let done = run(bare(args));
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{args:?}");
        let (_, codes) = done.stdout.split_once("Exit codes:\n").unwrap_or_else(|| panic!("{done:?}"));
        // what is broken goes on below its beginning
        let shown: Vec<&str> = codes.lines().filter_map(|line| line.get(..5).map(str::trim)).collect();
        assert_eq!(shown.into_iter().filter(|code| !code.is_empty()).collect::<Vec<_>>(), CODES, "{args:?}");
    }
}

#[test]
fn version() {
    let done = run(bare(&["--version"]));
    assert_eq!((done.code, done.stdout), (0, format!("unstructured-jobs {}\n", env!("CARGO_PKG_VERSION"))));
}

/// To make it anew: `cargo run --features cli -- man > docs/unstructured-jobs.1`
#[test]
fn the_manual_page_is_the_one_that_is_committed() {
    let committed = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/unstructured-jobs.1")).unwrap();
    let done = run(bare(&["man"]));
    assert_eq!(done.code, 0);
    assert!(done.stdout == committed, "docs/unstructured-jobs.1 is stale: cargo run --features cli -- man > it");
    for word in ["EXIT STATUS", "UNSTRUCTURED_API_KEY", "failed\\-files", "\\-\\-max\\-outage", ".TP\n\\fB124\\fR"] {
        assert!(committed.contains(word), "{word}");
    }
}

#[test]
fn completions_name_every_command_and_parse() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = run(bare(&["completions", shell]));
        assert_eq!((done.code, done.stderr.as_str()), (0, ""));
        for command in ["details", "wait", "failed-files", "files", "completions", "man", "api-key-file"] {
            assert!(done.stdout.contains(command), "{shell} does not know {command}");
        }
        if shell == "bash" {
            let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
            bash.stdin.take().unwrap().write_all(done.stdout.as_bytes()).unwrap();
            assert!(bash.wait().unwrap().success());
        }
    }
}
