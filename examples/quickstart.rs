//! Follows a job to its end: `cargo run --example quickstart` a simulated one, and with UNSTRUCTURED_API_KEY set,
//! `cargo run --example quickstart -- JOB_ID` a real one.

mod simulation;

use std::error::Error;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Duration;

use unstructured_jobs::{Client, JobDetails, NodeTotals, WaitOptions};

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1) {
        Some(option) if option.starts_with('-') => {
            eprintln!("usage: quickstart [JOB_ID]");
            return ExitCode::FAILURE;
        }
        Some(job_id) => real(&job_id),
        None => simulated(),
    };
    match outcome {
        Ok(details) if details.processing_status.is_success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn real(job_id: &str) -> Result<JobDetails, Box<dyn Error>> {
    follow(&Client::from_env()?, job_id, WaitOptions::default())
}

/// A job of the simulated service, which runs in this process.
fn simulated() -> Result<JobDetails, Box<dyn Error>> {
    let simulation = simulation::Simulation::start(0, simulation::Script { length: Duration::from_secs(4) })?;
    println!("no job id given: following a simulated job at {}\n", simulation.url());
    let client = Client::builder().api_key("any").base_url(simulation.url()).proxy("none").build()?;
    let often =
        WaitOptions::default().initial_interval(Duration::from_millis(250)).max_interval(Duration::from_millis(500));
    follow(&client, "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e", often)
}

fn follow(client: &Client, job_id: &str, options: WaitOptions) -> Result<JobDetails, Box<dyn Error>> {
    let end = client.wait(job_id, &options, |event| {
        match (&event.error, &event.details) {
            (Some(error), _) => eprintln!("{error:#}"),
            (None, Some(details)) => println!("{}", progress_line(details)),
            (None, None) => {}
        }
        ControlFlow::Continue(())
    })?;

    println!("\njob {} ended: {}", end.id, end.processing_status);
    if let Some(message) = &end.message {
        println!("the service says: {message}");
    }
    println!("{:<14}{:>8}{:>13}{:>9}{:>9}", "node", "ready", "in progress", "success", "failure");
    for node in &end.node_stats {
        let name = node.node_name.as_deref().unwrap_or("(unnamed)");
        println!("{name:<14}{:>8}{:>13}{:>9}{:>9}", node.ready, node.in_progress, node.success, node.failure);
    }
    if !end.processing_status.is_success() {
        for file in client.failed_files(job_id)? {
            println!("failed: {}: {}", file.document, file.error);
        }
    }
    Ok(end)
}

/// The status, and a bar of how much of what all nodes know of is through.
fn progress_line(details: &JobDetails) -> String {
    const WIDTH: usize = 30;
    let totals = details.totals();
    let filled = totals.fraction_done().map_or(0, |done| (done * WIDTH as f64) as usize);
    let bar = "#".repeat(filled) + &".".repeat(WIDTH - filled);
    let NodeTotals { ready, in_progress, success, failure, .. } = totals;
    let status = details.processing_status.as_str();
    format!("{status:<12} [{bar}] {ready} ready, {in_progress} in progress, {success} done, {failure} failed")
}
