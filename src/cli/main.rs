//! `unstructured-jobs`: asks the Unstructured Platform what a job is doing, waits for its end, and turns the end into
//! an exit code. A customer of the library's public interface, nothing more.

mod args;
mod commands;
mod connect;
mod duration;
mod exit;
mod key;
mod logging;
mod man;
mod output;
mod progress;
mod signals;
mod table;

use std::process;

use clap::Parser;

use crate::args::Args;

fn main() {
    exit::install_panic_hook();
    let signals = signals::watch();
    let code = match Args::try_parse() {
        Ok(args) => commands::run(args, &signals),
        Err(error) => args::explain(&error),
    };
    process::exit(code);
}
