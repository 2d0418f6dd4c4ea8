//! However much a server sends, no more is held than the response size and a little.

use std::fs;
use std::time::Duration;

use unstructured_jobs::ErrorKind;

use crate::support::assertions::fails_saying;
use crate::support::child::in_own_process;
use crate::support::server::{Connection, Server};
use crate::support::{JOB, builder};

const MIB: usize = 1024 * 1024;

/// A figure of this process, in bytes.
#[track_caller]
fn status(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("the status of this process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the line");
    let kib: usize = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().expect("a number of KiB");
    kib * 1024
}

/// Sends `head`, and then `chunk` for as long as anyone reads it.
fn endless(head: &'static str, chunk: &'static [u8]) -> Server {
    Server::start(move |connection: &mut Connection| {
        connection.read_request();
        if connection.send(head) {
            while connection.send(chunk) {}
        }
    })
}

#[test]
fn no_response_makes_us_hold_more_than_the_response_size_and_two_mebibytes() {
    in_own_process("memory::no_response_makes_us_hold_more_than_the_response_size_and_two_mebibytes", &[], || {
        static BODY: [u8; 65536] = [b' '; 65536];
        static CHUNK: [u8; 6 + 0x1000 + 2] = {
            let mut chunk = [b' '; 6 + 0x1000 + 2];
            (chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5]) = (b'1', b'0', b'0', b'0', b'\r', b'\n');
            (chunk[6 + 0x1000], chunk[6 + 0x1000 + 1]) = (b'\r', b'\n');
            chunk
        };
        let too_large = "larger than the limit of";
        let cases: [(&str, &'static [u8], ErrorKind, &str); 6] = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", &BODY, ErrorKind::Protocol, too_large),
            ("HTTP/1.1 200 OK\r\n\r\n", &BODY, ErrorKind::Protocol, too_large),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &CHUNK, ErrorKind::Protocol, too_large),
            ("HTTP/1.1 403 No\r\n\r\n", &BODY, ErrorKind::Forbidden, "HTTP 403"),
            ("HTTP/1.1 200 OK\r\nX-Filler: ", &BODY, ErrorKind::Protocol, too_large),
            ("", b"HTTP/1.1 102 Processing\r\n\r\n", ErrorKind::Protocol, "more than 16 interim responses"),
        ];
        for (head, chunk, kind, message) in cases {
            let server = endless(head, chunk);
            let settings = builder(server.url()).max_retries(0).timeout(Duration::from_secs(60));
            // once with a small limit, so that what every call needs, the program's own pages too, is there
            let small = settings.clone().max_response_bytes(64 * 1024).build().expect("a client");
            fails_saying(small.job_details(JOB), kind, message);
            let client = settings.build().expect("a client");
            // the peak from here on
            fs::write("/proc/self/clear_refs", "5").expect("the peak is reset");
            let before = status("VmRSS");
            let error = fails_saying(client.job_details(JOB), kind, message);
            let held = status("VmHWM").saturating_sub(before);
            assert!(held < 18 * MIB, "{held} bytes were held for {head:?}: {error}");
            if message == too_large && !head.contains("X-Filler") {
                assert!(held > 8 * MIB, "{held} bytes for {head:?}: was there a response at all?");
            }
        }
    });
}
