//! Waits for a job's end, at most an hour, showing its progress; Enter ends the wait: `cargo run --example wait JOB_ID`,
//! with the key in UNSTRUCTURED_API_KEY. Exits with 0 only if the job ended well.

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Duration;
use std::{io, thread};

use unstructured_jobs::{CancelToken, Client, Error, WaitOptions};

fn main() -> ExitCode {
    let Some(job_id) = std::env::args().nth(1) else {
        eprintln!("usage: wait JOB_ID");
        return ExitCode::FAILURE;
    };
    match follow(&job_id) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{:?}: {error:#}", error.kind());
            ExitCode::FAILURE
        }
    }
}

/// Whether the job ended well.
fn follow(job_id: &str) -> Result<bool, Error> {
    let client = Client::from_env()?;
    let enter = CancelToken::new();
    let options = WaitOptions::default().timeout(Duration::from_secs(3600)).cancel_token(&enter);
    thread::spawn(move || {
        // at the end of the input nobody can press it any more
        if io::stdin().read_line(&mut String::new()).is_ok_and(|read| read > 0) {
            enter.cancel();
        }
    });

    let end = client.wait(job_id, &options, |event| {
        match (&event.error, &event.details) {
            (Some(error), _) => eprintln!("{error:#}"),
            (None, Some(job)) => match job.fraction_done() {
                Some(done) => println!("{}, {:.0} % done", job.processing_status, 100.0 * done),
                None => println!("{}", job.processing_status),
            },
            (None, None) => {}
        }
        ControlFlow::Continue(())
    })?;
    println!("{} ended {}", end.id, end.processing_status);
    if end.processing_status.is_success() {
        return Ok(true);
    }
    for file in client.failed_files(job_id)? {
        eprintln!("{}: {}", file.document, file.error);
    }
    Ok(false)
}
