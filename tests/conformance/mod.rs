//! `tests/data/conformance.json` through every language that is built here.

#[path = "../../examples/conformance/mod.rs"]
mod server;

#[cfg(feature = "capi")]
mod native;
mod rust;
