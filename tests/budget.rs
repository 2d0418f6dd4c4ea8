//! The allocations of a warm call over kept TLS, counted: the same in every build and on every run.
//!
//! A program of its own, because it has an allocator of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../benches/support/mod.rs"]
mod support;

use support::counting::{Counting, allocations};
use support::server::{JOB, Server};
use unstructured_jobs::CancelToken;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What README promises for an answer of five nodes.
const BUDGET: u64 = 55;

#[test]
fn a_warm_call_through_the_rust_api_keeps_to_its_budget() {
    let server = Server::start();
    let client = support::client(&server);
    // the first makes the connection, the second may still meet what TLS sends after its handshake
    for _ in 0..2 {
        client.job_details(JOB).unwrap();
    }
    for call in 0..10 {
        let (warm, details) = allocations(|| client.job_details(JOB).unwrap());
        assert_eq!(details.node_stats.len(), 5);
        assert!(warm.count <= BUDGET, "call {call}: {warm:?}");
    }
    assert_eq!(server.connections(), 1, "the connection was not kept");
}

#[test]
fn a_token_allocates_nothing_in_a_warm_call() {
    let server = Server::start();
    let client = support::client(&server);
    let cancellable = client.with_cancel_token(&CancelToken::new());
    for _ in 0..2 {
        cancellable.job_details(JOB).unwrap();
    }
    let (plain, _) = allocations(|| client.job_details(JOB).unwrap());
    let (with_token, _) = allocations(|| cancellable.job_details(JOB).unwrap());
    assert_eq!(with_token.count, plain.count);
    assert_eq!(server.connections(), 1, "the connection was not kept");
}

#[test]
fn a_warm_call_through_the_c_abi_keeps_to_its_budget() {
    let server = Server::start();
    let client = support::c_abi::Client::new(&server);
    for _ in 0..2 {
        client.job_details(JOB);
    }
    for call in 0..10 {
        let (warm, nodes) = allocations(|| client.job_details(JOB));
        assert_eq!(nodes, 5);
        assert!(warm.count <= BUDGET, "call {call}: {warm:?}");
    }
    assert_eq!(server.connections(), 1, "the connection was not kept");
}
