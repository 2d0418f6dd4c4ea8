//! The command as its users run it, against servers that this process owns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../support"]
mod support {
    #[allow(dead_code, reason = "shared with tests that use more of it")]
    pub(crate) mod certificates;
    #[allow(dead_code, reason = "shared with tests that use more of it")]
    pub(crate) mod documents;
    pub(crate) mod hostile;
    #[allow(dead_code, reason = "shared with tests that use more of it")]
    pub(crate) mod server;
}

mod configuration;
mod documents;
mod exits;
mod hostile;
mod pages;
mod pipes;
mod pty;
mod results;
mod run;
mod server;
mod signals;
mod statuses;
mod terminal;
mod wait_options;
mod waits;
