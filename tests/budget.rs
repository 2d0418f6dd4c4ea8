//! The allocations of a warm call over kept TLS, and what a wait for many jobs holds, counted: the same in every build and
//! on every run.
//!
//! A program of its own, because it has an allocator of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::ffi::CString;
use std::ops::ControlFlow::Continue;

#[path = "../benches/support/mod.rs"]
mod support;

use support::counting::{Counting, allocations};
use support::server::{JOB, Server, details};
use unstructured_jobs::{CancelToken, WaitOptions};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What docs/figures.md says for a response of five nodes.
const BUDGET: u64 = 53;

/// How many bytes a wait may hold for each of many jobs of five nodes, the outcomes included: 10,000 of them fit into 16 MB
/// with what a process needs besides.
const HELD_FOR_A_JOB: u64 = 720;
/// The same from C, where the outcomes are copied into one block at the end.
const HELD_FOR_A_JOB_FROM_C: u64 = 1080;
/// Enough for what a wait needs once to count little.
const JOBS: usize = 2000;

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
    let client = support::c_abi::Client::new(&server.url, &server.ca_pem);
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

#[test]
fn a_wait_for_many_jobs_holds_little_for_each() {
    let server = Server::start_with(|id| details(id, "SUCCESS", 5));
    let client = support::client(&server);
    client.job_details(JOB).unwrap();
    let ids = ids();
    let (wait, outcomes) = allocations(|| client.wait_all(&ids, &WaitOptions::default(), |_| Continue(())).unwrap());
    assert_eq!(outcomes.iter().filter(|outcome| outcome.error.is_none()).count(), JOBS);
    let held = wait.peak / JOBS as u64;
    assert!((200..=HELD_FOR_A_JOB).contains(&held), "{held} bytes for each job: {wait:?}");
}

#[test]
fn a_wait_for_many_jobs_through_the_c_abi_holds_little_for_each() {
    let server = Server::start_with(|id| details(id, "SUCCESS", 5));
    let client = support::c_abi::Client::new(&server.url, &server.ca_pem);
    client.job_details(JOB);
    let ids: Vec<CString> = ids().into_iter().map(|id| CString::new(id).unwrap()).collect();
    let (wait, ended) = allocations(|| client.wait_all(&ids, |_| ()));
    assert_eq!(ended, JOBS);
    let held = wait.peak / JOBS as u64;
    assert!((200..=HELD_FOR_A_JOB_FROM_C).contains(&held), "{held} bytes for each job: {wait:?}");
}

fn ids() -> Vec<String> {
    (0..JOBS).map(|job| format!("0f8fad5b-d9cb-469f-a165-{job:012}")).collect()
}
