//! The command line: what may be said, and what is said about it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::duration;

/// Asks the Unstructured Platform what a job is doing, and how it ended.
///
/// The API key comes from UNSTRUCTURED_API_KEY or from a file, never from an argument, which `ps` would show. Results go
/// to standard output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "unstructured-jobs", version, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) service: Service,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print what a job is doing now
    Details {
        /// The job's identifier
        job_id: String,
    },
    /// Wait until every job has ended, and print the last details
    ///
    /// On a terminal a bar for each node of the job, or a line for each of several jobs, is redrawn in place; off a
    /// terminal every change is a line, and so is every minute without one. A node counts documents; the steps of a job
    /// are those of all its nodes, so that a document counts once in each node. Standard output gets the last details of
    /// each job that there are any of, in the order given: as JSON, one line for each; for people a table for each of up
    /// to four jobs, and one table for all of more.
    Wait {
        /// The jobs' identifiers
        #[arg(required = true, value_name = "JOB_ID")]
        job_ids: Vec<String>,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Print which documents of a job failed, and why
    FailedFiles {
        /// The job's identifier
        job_id: String,
    },
    /// Print where each document of a job is: its status, the node that has it, how often that has tried, for how long
    ///
    /// It shows which document a job is stuck on. The service allows 12 such requests a minute for each job.
    Files {
        /// The job's identifier
        job_id: String,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, in roff
    Man,
}

/// What `wait` waits for, and what it tells.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Waiting")]
pub(crate) struct Waiting {
    #[command(flatten)]
    pub(crate) pace: Pace,
    /// End when the first job has ended, with its details and its exit code
    #[arg(long)]
    pub(crate) any: bool,
    /// Of jobs that did not end well, print which documents failed, and why: in JSON as one more field, failed_files
    #[arg(long)]
    pub(crate) failed_files: bool,
    /// For every poll add a line of JSON to this file, `-` for standard output, which gets nothing else then
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
}

/// How often `wait` polls, and for how long.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Waiting")]
pub(crate) struct Pace {
    /// Give up after this long [default: never]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) timeout: Option<Duration>,
    /// The first pause between two polls; later ones grow by half each. Longer than 15s, it is the longest pause too
    /// [default: 1s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) interval: Option<Duration>,
    /// The longest pause between two polls; shorter than 1s, it is the first pause too [default: 15s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) max_interval: Option<Duration>,
    /// How long failures in a row are borne before the last one ends the wait [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) max_outage: Option<Duration>,
    /// How long after the start a job may be unknown to the service, if it was started just now [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) until_exists: Option<Duration>,
}

/// How the service is reached.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Service")]
pub(crate) struct Service {
    /// The base URL [default: UNSTRUCTURED_API_URL, else https://platform.unstructuredapp.io]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// Read the API key from this file, `-` for standard input [default: UNSTRUCTURED_API_KEY]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// How long one request may take, retries included (90s, 30m, 2h) [default: 30s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse_positive, allow_hyphen_values = true)]
    pub(crate) request_timeout: Option<Duration>,
    /// How long connecting may take, name look-up and TLS included [default: 10s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse_positive, allow_hyphen_values = true)]
    pub(crate) connect_timeout: Option<Duration>,
    /// How many times a failed request is tried again [default: 3]
    #[arg(long, global = true, value_name = "COUNT", value_parser = count, allow_negative_numbers = true)]
    pub(crate) retries: Option<u32>,
    /// Trust the certificates in this PEM file instead of Mozilla's
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Go through this proxy, or through `none` [default: https_proxy and its kin, as with curl]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Allow http:// to other hosts than this one: the key crosses the network unencrypted
    #[arg(long, global = true)]
    pub(crate) allow_plain_http: bool,
}

/// What is said, and how.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Manner {
    /// How results are printed [default: table on a terminal, else json]
    #[arg(short, long, global = true, value_name = "FORMAT")]
    pub(crate) output: Option<Format>,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say what is tried, and why it is tried again
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The service's own shape, one line for each result
    Json,
    /// For people
    Table,
}

fn count(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("not a whole number from 0 to {}", u32::MAX))
}
