//! The command as its users run it, against servers that this process owns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod answers;
mod configuration;
mod exits;
mod pages;
mod pipes;
mod run;
mod server;
mod signals;
mod terminal;
mod waits;
