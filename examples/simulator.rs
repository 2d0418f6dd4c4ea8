//! The simulated service on a port, for developing without a key: `cargo run --example simulator [PORT]`.

mod simulation;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use simulation::{Script, Simulation, WORDS};

/// How long a job takes.
const LENGTH: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    let port = match argument.as_deref().map(str::parse::<u16>) {
        None => 8080,
        Some(Ok(port)) => port,
        Some(Err(_)) if matches!(argument.as_deref(), Some("-h" | "--help")) => {
            println!(
                "usage: simulator [PORT]\n\nServes on 127.0.0.1, port 8080 or, if that is taken, any free one.\n\n{}",
                words()
            );
            return ExitCode::SUCCESS;
        }
        Some(Err(_)) => {
            eprintln!("usage: simulator [PORT]");
            return ExitCode::from(2);
        }
    };
    let start = |port| Simulation::start(port, Script { length: LENGTH });
    let simulation = match start(port) {
        // the usual port is taken
        Err(_) if argument.is_none() => start(0),
        started => started,
    };
    let simulation = match simulation {
        Ok(simulation) => simulation,
        Err(error) => {
            eprintln!("simulator: port {port}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut text = format!("export UNSTRUCTURED_API_URL={} UNSTRUCTURED_API_KEY=any\n", simulation.url());
    words().lines().for_each(|line| text.push_str(&format!("# {line}\n")));
    text.push_str("# Ctrl-C ends the simulation.\n");
    // whoever read the first line may have gone
    let _ = io::stdout().write_all(text.as_bytes());
    loop {
        std::thread::park();
    }
}

fn words() -> String {
    let mut text = format!("Every job id works, and ends SUCCESS after {} s unless it contains", LENGTH.as_secs());
    for (word, meaning) in WORDS {
        text.push_str(&format!("\n  {word:<10} {meaning}"));
    }
    text
}
