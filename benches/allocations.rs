//! How many allocations a warm call takes: exact, so one run tells.
//!
//! `cargo bench --bench allocations`

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::counting::{Counting, allocations};
use support::server::{JOB, Server};
use unstructured_jobs::Client;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let server = Server::start();
    let client =
        Client::builder().api_key("bench-key").base_url(&server.url).ca_pem(server.ca_pem.as_bytes()).build().unwrap();
    let (first, details) = allocations(|| client.job_details(JOB).unwrap());
    println!("first call (name, TCP, TLS): {first:?}");
    for _ in 0..20 {
        let (warm, details) = allocations(|| client.job_details(JOB).unwrap());
        println!("warm: {warm:?}");
        assert_eq!(details.node_stats.len(), 5);
    }
    let (clone, _) = allocations(|| details.clone());
    println!("the answer itself: {clone:?}");
}
