//! The library as its users see it, against servers that this process owns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

mod breaking;
#[cfg(feature = "capi")]
mod c_abi;
mod ca_files;
mod cancelling;
mod certificates;
mod configuration;
mod conformance;
mod connections;
mod ending_waits;
mod environment;
mod examples;
mod file_statuses;
mod framing;
mod heads;
mod hostile;
mod leftovers;
mod malformed;
mod memory;
mod overshoot;
mod proxies;
mod proxy_variables;
mod requests;
mod resources;
mod responses;
mod retry_after;
mod secrets;
mod sources;
mod stale;
mod statuses;
mod time;
mod tls;
mod tokens;
mod wait_options;
mod waiting;
mod waiting_for_many;
