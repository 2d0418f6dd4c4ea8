//! The C ABI: that the header says what the library does, and that C and C++ programs get it.

mod abi;
mod cpp;
mod documents;
mod examples;
mod header;
mod packaging;
mod programs;
mod server;
mod sources;
pub(crate) mod toolchain;
