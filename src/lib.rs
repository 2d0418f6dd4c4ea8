//! What is this Unstructured job doing, and how did it end?
//!
//! A small blocking client for that one question, and a C ABI over it (`include/unstructured_jobs.h`). No async runtime,
//! no thread on a warm call, no OpenSSL, no files needed at run time.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use unstructured_jobs::{Client, WaitOptions};
//!
//! // UNSTRUCTURED_API_KEY, and UNSTRUCTURED_API_URL if it is set
//! let client = Client::from_env()?;
//! let job_id = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e";
//!
//! let now = client.job_details(job_id)?;
//! println!("{} is {}", now.id, now.processing_status);
//!
//! let end = client.wait(job_id, &WaitOptions::default(), |_| ControlFlow::Continue(()))?;
//! if !end.processing_status.is_success() {
//!     for file in client.failed_files(job_id)? {
//!         eprintln!("{}: {}", file.document, file.error);
//!     }
//! }
//! # Ok::<(), unstructured_jobs::Error>(())
//! ```
//!
//! # Features
//!
//! - `capi` (default) is the C ABI: functions named `uns_…`, which make up the C libraries that `make` builds. A Rust
//!   program has no use for them, and a shared library made of it would export them too: leave them out with
//!   `default-features = false`. This is the only part of the crate with `unsafe` code.
//! - `serde` gives [`JobDetails`] and all else that the service says, and [`JobId`], `Serialize` and `Deserialize`.
//! - `cli` is for the command `unstructured-jobs`, and `header` for the authors of this crate: it rewrites the C header.
//!
//! The crate is for Unix systems, and tested on Linux. On others the build ends with a sentence that says so.
//!
//! # Logging
//!
//! The library logs through the [`log`] facade under the target `unstructured_jobs`, at debug level: attempts, pauses
//! and their reasons; under `unstructured_jobs::wait` the polls of a wait that failed and will be repeated. The API key is
//! in no log line of this crate, and no crate below it logs the key as it is sent. But ureq logs what it receives
//! (`Location` at debug level, every byte at trace level), and a server may repeat the key in that.

#![deny(unsafe_code)]

#[cfg(not(unix))]
compile_error!(
    "unstructured-jobs supports Unix systems only: it waits for the network with poll(2). \
     On Windows, build it for Linux and run it in WSL or a container"
);

mod cancel;
mod client;
mod config;
mod decode;
mod endpoint;
mod error;
mod error_kind;
#[cfg(feature = "capi")]
#[allow(unsafe_code, reason = "a C ABI takes and hands out raw pointers; nothing else in this crate does")]
mod ffi;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod job_id;
mod key;
mod proxy;
mod response;
mod retry;
mod service;
mod text;
mod types;
mod wait;

pub use cancel::CancelToken;
pub use client::Client;
pub use config::Builder;
pub use error::Error;
pub use error_kind::ErrorKind;
pub use job_id::JobId;
pub use text::printable;
pub use types::{
    CurrentNode, FailedFile, FileState, FileStatus, FileStatuses, JobDetails, NodeStats, NodeTotals, ProcessingStatus,
};
pub use wait::{Event, EventKind, Outcome, WaitOptions};

/// The Rust programs in the documents, compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/rust.md")]
struct Documents;
