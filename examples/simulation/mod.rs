//! The service, simulated: every job starts when it is first asked about and ends after [`Script::length`]. What its id
//! contains decides how it ends, and what goes wrong before that: [`WORDS`].

mod http;
mod job;

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use self::http::{Request, Response, Server};
#[allow(unused_imports, reason = "one of the two programs that share this prints them")]
pub(crate) use self::job::WORDS;

/// How long a simulated job takes.
pub(crate) struct Script {
    pub(crate) length: Duration,
}

/// A running simulation; it ends when this is dropped.
pub(crate) struct Simulation(Server);

impl Simulation {
    /// On `port` of 127.0.0.1; 0 is any free port.
    pub(crate) fn start(port: u16, script: Script) -> io::Result<Self> {
        // when each job was first asked about, and how often
        let jobs: Mutex<HashMap<String, (Instant, u64)>> = Mutex::default();
        let respond = move |request: &Request| {
            let refusal = |status, detail: &str| Response {
                status,
                body: format!(r#"{{"detail":"{detail}"}}"#),
                retry_after: None,
                pause: Duration::ZERO,
                breaks_off: false,
            };
            if !request.has_key {
                return refusal(401, "the unstructured-api-key header is missing");
            }
            let about = request.path.strip_prefix("/api/v1/jobs/").and_then(|rest| rest.split_once('/'));
            let Some((id, resource)) = about else { return refusal(404, "Not Found") };
            let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let (started, requests) = jobs.entry(id.to_owned()).or_insert_with(|| (Instant::now(), 0));
            let progress = started.elapsed().as_secs_f64() / script.length.as_secs_f64();
            *requests += 1;
            job::respond(id, resource, progress, *requests - 1)
        };
        Server::start(port, respond).map(Self)
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }
}
