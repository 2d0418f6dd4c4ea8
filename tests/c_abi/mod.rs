//! The C ABI: that the header says what the library does, and that C and C++ programs get it.

mod examples;
mod header;
mod programs;
mod readme;
mod server;
mod sources;
pub(crate) mod toolchain;
