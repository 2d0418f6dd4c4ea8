//! The library as its users see it, against servers that this process owns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

mod answers;
mod configuration;
mod connections;
mod framing;
mod leftovers;
mod requests;
mod small_stack;
mod statuses;
mod tls;
