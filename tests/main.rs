//! The library as its users see it, against servers that this process owns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

mod answers;
mod breaking;
mod configuration;
mod connections;
mod framing;
mod leftovers;
mod requests;
mod small_stack;
mod proxies;
mod requests;
mod resources;
mod secrets;
mod statuses;
mod time;
mod tls;
mod waiting;
mod waiting_for_many;
