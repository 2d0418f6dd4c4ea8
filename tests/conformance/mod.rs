//! `tests/data/conformance.json` through every language that is built here.

#[path = "../../examples/conformance/mod.rs"]
mod conformance;

mod rust;
