//! What the benchmarks share: a TLS server with realistic responses, an allocator that counts, and clients.

#![allow(dead_code, reason = "no benchmark uses all of it")]

pub(crate) mod c_abi;
#[path = "../../tests/support/certificates.rs"]
mod certificates;
pub(crate) mod counting;
#[path = "../../tests/support/server.rs"]
mod http;
pub(crate) mod process;
pub(crate) mod server;

use server::Server;
use unstructured_jobs::Client;

/// An API key of the usual length.
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A client that trusts the server, and no proxy of the environment's in between.
pub(crate) fn client(server: &Server) -> Client {
    let builder = Client::builder().api_key(KEY).base_url(&server.url).proxy("none");
    builder.ca_pem(server.ca_pem.as_bytes()).build().unwrap()
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
