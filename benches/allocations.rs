//! How many allocations a warm call takes, exactly, through the Rust API and through the C ABI.
//!
//! `cargo bench --bench allocations`

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use support::counting::{Counting, allocations};
use support::server::{JOB, Server};
use support::{c_abi, client};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let server = Server::start();
    let client = client(&server);
    let (cold, details) = allocations(|| client.job_details(JOB).unwrap());
    client.job_details(JOB).unwrap();
    let (warm, _) = allocations(|| client.job_details(JOB).unwrap());

    let c_client = c_abi::Client::new(&server.url, &server.ca_pem);
    c_client.job_details(JOB);
    c_client.job_details(JOB);
    let (through_c, nodes) = allocations(|| c_client.job_details(JOB));
    assert_eq!((details.node_stats.len(), nodes), (5, 5));

    println!("allocations for a five-node response over TLS (six response headers)");
    for (what, figures) in [
        ("first call: name, TCP, TLS, response", cold),
        ("warm call, Rust API", warm),
        ("warm call, C ABI, result freed", through_c),
    ] {
        println!("{what:<36} {:>4} ({} bytes)", figures.count, figures.bytes);
    }
}
