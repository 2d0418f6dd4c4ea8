//! Bytes behind a response must never be taken for the next one.

use unstructured_jobs::ProcessingStatus;

use crate::support::certificates::Authority;
use crate::support::server::Server;
use crate::support::{JOB, builder, job, ok};

/// The client's input buffer. A response of just this size leaves what follows it in the same record inside TLS, where
/// neither the buffer nor the socket shows it.
const BUFFER: usize = 8 * 1024;

/// Responds to the first request with `size` bytes, and a second response that nobody asked for right behind them.
fn responses_in_a_row(size: usize) {
    let authority = Authority::new();
    let server = Server::start_tls(authority.identity().config(), move |connection| {
        while connection.read_request().is_some() {
            if connection.index > 0 {
                connection.send(ok(job("SUCCESS")));
                continue;
            }
            // four digits of Content-Length either way
            let body = job("IN_PROGRESS") + &" ".repeat(4096);
            let missing = size - ok(&body).len();
            let mut bytes = ok(body + &" ".repeat(missing));
            assert_eq!(bytes.len(), size);
            bytes.extend(ok(job("FAILED")));
            connection.send(bytes);
        }
    });
    let client = builder(server.url()).ca_pem(authority.pem()).build().unwrap();
    assert_eq!(client.job_details(JOB).unwrap().processing_status, ProcessingStatus::InProgress);
    assert_eq!(client.job_details(JOB).unwrap().processing_status, ProcessingStatus::Success, "{size} bytes");
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_second_response_in_the_same_record_closes_the_connection() {
    for size in [BUFFER - 1024, BUFFER - 1, BUFFER, BUFFER + 1] {
        responses_in_a_row(size);
    }
}
