//! The responses and faults of `tests/data/conformance.json` on a port, for the tests of any language:
//!
//! ```sh
//! cargo run --example conformance_server [PORT]    # prints http://127.0.0.1:PORT when it is ready; 0: any free port
//! curl http://127.0.0.1:PORT/cases.json            # the cases, ready to run
//! curl http://127.0.0.1:PORT/cases.tsv             # the same for languages without a JSON parser
//! ```
//!
//! In both, every default is filled in and every address is that of this server. For each case, in any order, make a
//! client with exactly the `config` given (`api_key`, `base_url`, `proxy`, `timeout_ms`, `connect_timeout_ms`,
//! `max_retries`, perhaps `max_response_bytes` and `ca_pem`), then `calls` times the `call` (`job_details`,
//! `failed_files` or `wait`, the last with the options in `wait`, its observer stopping at response number `stop_after`)
//! for `job_id`, and compare with `expect`. A client that cannot be made is an outcome like any other.
//!
//! `cases.tsv` has a line for each leaf of the JSON: case, TAB, path (`expect.details.node_stats.0.ready`), TAB, value. An
//! array has its length at `PATH.len`. In values `\t`, `\n`, `\r` and `\\` stand for those characters, `\N` for null.
//!
//! One run at a time: a case's responses are given in turn. The server ends when its standard input does, or by a signal.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a program of the tests: a case that does not parse is a defect"
)]

mod conformance;
#[path = "../tests/support"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod support {
    pub(crate) mod certificates;
    pub(crate) mod server;
}

use std::io::Read;

fn main() {
    let port = match std::env::args().nth(1).map(|port| port.parse::<u16>()) {
        None => 0,
        Some(Ok(port)) => port,
        Some(Err(_)) => {
            eprintln!("usage: conformance_server [PORT]");
            std::process::exit(2);
        }
    };
    let server = conformance::Server::start(port);
    println!("{}", server.url());
    // whoever started this ends it by going away
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
