//! Words from the other side do no harm wherever they come from: nothing that the command writes moves a cursor, forges a
//! line or has the key.

use std::fs;
use std::path::PathBuf;

use crate::run::{Done, KEY, bare, run};
use crate::support::certificates::Authority;
use crate::support::hostile;
use crate::support::server::Server;

const JOB: &str = "b2c3d4e5-6f7a";

/// Asks for everything, with all that there is to say, and looks through both outputs. (`run` looks for the key.)
#[track_caller]
fn ask(url: &str, args: &[&str], of: &str) {
    for command in [&["details"][..], &["failed-files"], &["files"], &["wait", "--max-outage", "0s", "--failed-files"]]
    {
        let all = [command, &[JOB, "-v", "-o", "table", "--retries", "0", "--api-url", url], args].concat();
        assert_harmless(&run(bare(&all)), of);
    }
}

#[track_caller]
fn assert_harmless(done: &Done, of: &str) {
    for text in [&done.stdout, &done.stderr] {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{of:?}: {done:?}");
        let hexadecimal: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!text.to_lowercase().contains(&hexadecimal), "{of:?}: {done:?}");
    }
    // a line that the other side has begun would begin otherwise; results come in rows of their own
    for line in done.stderr.lines() {
        let ours = line.starts_with("unstructured-jobs: ") || line.starts_with("hint: ") || line.starts_with('[');
        assert!(ours, "{of:?}: {line:?} in {done:?}");
    }
}

#[test]
fn in_responses() {
    let [.., words] = hostile::words(KEY);
    for bytes in hostile::responses(&words, JOB) {
        let of = String::from_utf8_lossy(&bytes).into_owned();
        ask(&Server::raw(bytes).url(), &[], &of);
    }
}

#[test]
fn in_certificates_and_what_is_not_tls() {
    for words in hostile::words(KEY) {
        let authority = Authority::new();
        let ca = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile-ca.pem");
        fs::write(&ca, authority.pem()).unwrap();
        let ca = ca.to_str().unwrap();
        let server = Server::start_tls(hostile::naming(&authority, &words).config(), |connection| {
            connection.read_request();
        });
        ask(&server.url(), &["--ca-file", ca], &words);
        ask("https://service.example", &["--ca-file", ca, "--proxy", &server.url()], &words);
        let plain = Server::raw(format!("{words}\r\n\r\n"));
        ask(&plain.url().replace("http:", "https:"), &["--ca-file", ca], &words);
    }
}

#[test]
fn in_replies_of_a_proxy() {
    for words in hostile::words(KEY) {
        for reply in hostile::PROXY_REPLIES {
            let proxy = Server::raw(reply.replace("WORDS", &words));
            ask("https://service.example", &["--proxy", &proxy.url()], reply);
        }
    }
}
