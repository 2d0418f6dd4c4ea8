//! What is this Unstructured job doing, and how did it end? A small blocking client.
//!
//! **The C API in 30 seconds:**
//!
//! ```c
//! uns_client *client = NULL;
//! uns_job_details *details = NULL;
//! uns_error *error = NULL;
//! if (uns_client_new(NULL, &client, &error) == UNS_OK
//!     && uns_client_job_details(client, "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e", &details, &error) == UNS_OK)
//!     printf("%s is %s\n", details->id, details->processing_status_text);
//! else
//!     fprintf(stderr, "%s\n", error->message);
//! uns_error_free(error);
//! uns_job_details_free(details);
//! uns_client_free(client);
//! ```
//!
//! - uns_config: the settings. API key, service, timeouts, retries, proxy, certificates. In its place NULL means those
//!   of the environment.
//! - uns_client: made of settings, and used by any number of threads.
//! - uns_client_job_details: asks once where a job stands, and what each node of its workflow has done.
//! - uns_client_wait, uns_client_wait_all: poll until one job has ended, or many (uns_job_outcomes). uns_wait_options
//!   say how often and how long, and an observer sees each poll (uns_event).
//! - uns_client_failed_files: which documents failed, and why. uns_client_file_statuses: where each document is.
//! - uns_cancel_token, uns_client_shutdown: end calls before their time, from any thread.
//! - uns_result, uns_error: how a call ended, as a code; why it failed, in a sentence.
//! - uns_set_log_callback: shows what the library is doing.
//!
//! **Rules**, which hold for every function and are not said again at each:
//!
//! - Strings are UTF-8 and NUL-terminated, those handed in as well as those handed out. A NUL inside a JSON string
//!   becomes U+FFFD.
//! - What a function hands out is yours: free it once, with the function named for it. Freeing NULL does nothing;
//!   freeing a thing twice, or using it afterwards, is as undefined as with free(). What lies inside it (strings, nodes)
//!   is part of it: it lives as long, and is never freed alone.
//! - What is handed in is only read during the call: strings may be freed as soon as it returns.
//! - A pointer may be NULL only where the function says so; elsewhere NULL is UNS_ERROR_INVALID_ARGUMENT, and nothing is
//!   sent. Pointers that are not NULL must be what they claim to be: that cannot be checked.
//! - Outputs are all or nothing: an out parameter is set to NULL first, and to what is handed out only with UNS_OK.
//!   `error` may always be NULL; otherwise it is set to NULL first, and to an error with every code but UNS_OK.
//! - A client, a cancel token, and everything a call has handed out may be used from many threads at once. Settings and
//!   wait options may be read from many, but changed only while nobody else uses them. Unless its function says
//!   otherwise, free a thing only when no call that was given it is still running; to end such calls, see
//!   uns_client_shutdown and uns_client_with_cancel_token.
//! - No function panics or unwinds into the caller. A defect of the library is UNS_ERROR_INTERNAL; the panic that it was
//!   is also written to standard error. Only when memory runs out does the process end, by abort().
//! - The library keeps no global state but the log callback, installs no signal handler, and raises no SIGPIPE. It may
//!   be used from any thread, in any order, and on a small stack: 64 KiB do for a TLS call of a release build.
//! - Durations are milliseconds.
//!
//! **What stays as it is.** Before 1.0 the ABI's major version is 0, and is part of the shared library's soname. Within
//! one, functions, enumerators, and fields at the end of a struct that the library hands out may be added, and nothing
//! else changes. So keep such structs behind the pointer that was handed out: do not copy them, or depend on their size.
//! The structs that stand in arrays (uns_node_stats, uns_failed_file, uns_file_status, uns_job_outcome) and uns_node_totals
//! do not grow.

// The lines above open include/unstructured_jobs.h, and each module below is a section of it, under its first line and
// in this order (build/header.rs). Each function has four beats: the guard; its arguments, borrowed or refused; one call
// into the crate; its outputs, written. Their documentation is the header's, so it speaks C.
#![allow(
    unreachable_pub,
    non_camel_case_types,
    reason = "cbindgen sees only what is `pub`, and names things as they are named here"
)]

mod version;

mod result;

mod error;

mod logging;

mod config;

mod cancel_token;

mod client;

mod job_details;

mod failed_files;
mod file_statuses;

mod wait_options;

mod event;

mod wait;

// what the header does not show
mod blocks;
mod catch;
mod failure;
mod guard;
mod memory;
