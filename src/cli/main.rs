//! `unstructured-jobs`: asks the Unstructured Platform what a job is doing, waits for its end, and turns the end into
//! an exit code. A customer of the library's public interface, nothing more.

mod args;
mod commands;
mod connect;
mod defect;
mod duration;
mod events;
mod exit;
mod failure;
mod key;
mod logging;
mod man;
mod output;
mod progress;
mod report;
mod signals;
mod table;
mod usage;
mod wait;

use std::process;

fn main() {
    defect::install_panic_hook();
    let signals = signals::watch();
    let code = match usage::parse() {
        Ok(args) => commands::run(args, &signals),
        Err(error) => usage::explain(error),
    };
    process::exit(code);
}
