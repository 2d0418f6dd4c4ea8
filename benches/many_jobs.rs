//! 100, 1,000 and 10,000 jobs waited for by one thread: what a look costs, and how the looks are spread.
//!
//! `cargo bench --bench many_jobs` (Linux; takes about half a minute)
//!
//! Each number of jobs is a process of its own, asking a server process; 10,000 once more through the C ABI. Every job ends
//! at its fifth look. The cost of a look is set beside that of plain warm calls by the same client, made in between: what
//! else the machine does meanwhile costs both alike.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::HashMap;
use std::ffi::CString;
use std::ops::ControlFlow;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, fs};

use support::KEY;
use support::c_abi;
use support::process::{ServerProcess, cpu_us, peak_kib, serve};
use support::server::{Server, details};
use unstructured_jobs::{Event, WaitOptions};

/// How often a job is looked at before it has ended.
const LOOKS: usize = 5;
/// So many looks for one warm call.
const WARM_CALL_EVERY: usize = 10;
const SLICE: Duration = Duration::from_millis(100);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(),
        ["serve", nodes] => serve(&jobs_that_end(nodes.parse().unwrap())),
        ["wait", language, url, ca_file, jobs] => wait(&Client::new(language, url, ca_file), jobs.parse().unwrap()),
        _ => panic!("no arguments, please; not {arguments:?}"),
    }
}

fn compare() {
    // most of what is held are the results: their size is the nodes' doing
    let rust = [(100, 3), (1_000, 3), (10_000, 3), (10_000, 5)].map(|(jobs, nodes)| ("Rust", jobs, nodes));
    for (language, jobs, nodes) in rust.into_iter().chain([("C", 10_000, 3), ("C", 10_000, 5)]) {
        println!("jobs of {nodes} nodes, asked from {language}");
        let server = ServerProcess::start(&[&nodes.to_string()]);
        let status = Command::new(env::current_exe().unwrap())
            .args(["wait", language, &server.url, &server.ca_file, &jobs.to_string()])
            .status()
            .unwrap();
        assert!(status.success(), "{jobs} jobs: {status}");
        println!("  connections {:>6}\n", server.stop());
    }
}

fn jobs_that_end(nodes: usize) -> Server {
    let looks: Mutex<HashMap<String, usize>> = Mutex::default();
    Server::start_with(move |id| {
        let mut looks = looks.lock().unwrap();
        let looks = looks.entry(id.to_owned()).or_default();
        *looks += 1;
        details(id, if *looks < LOOKS { "IN_PROGRESS" } else { "SUCCESS" }, nodes)
    })
}

/// The same calls through either interface.
enum Client {
    Rust(unstructured_jobs::Client),
    C(c_abi::Client),
}

impl Client {
    fn new(language: &str, url: &str, ca_file: &str) -> Self {
        match language {
            "Rust" => {
                let builder = unstructured_jobs::Client::builder().api_key(KEY).base_url(url);
                Self::Rust(builder.proxy("none").ca_file(ca_file).build().unwrap())
            }
            "C" => Self::C(c_abi::Client::new(url, &fs::read_to_string(ca_file).unwrap())),
            _ => panic!("Rust or C, please; not {language}"),
        }
    }

    fn job_details(&self, id: &str) {
        match self {
            Self::Rust(client) => assert_eq!(client.job_details(id).unwrap().id, id),
            Self::C(client) => assert_ne!(client.job_details(id), 0),
        }
    }

    /// How many have ended.
    fn wait_all(&self, ids: &[CString], mut observer: impl FnMut(usize)) -> usize {
        match self {
            Self::Rust(client) => {
                let observer = |event: &Event| {
                    observer(event.index);
                    ControlFlow::Continue(())
                };
                let ids: Vec<&str> = ids.iter().map(|id| id.to_str().unwrap()).collect();
                let outcomes = client.wait_all(&ids, &WaitOptions::default(), observer).unwrap();
                outcomes.iter().filter(|outcome| outcome.error.is_none()).count()
            }
            Self::C(client) => client.wait_all(ids, observer),
        }
    }
}

fn wait(client: &Client, jobs: usize) {
    client.job_details("first");

    let id = |job| CString::new(format!("0f8fad5b-d9cb-469f-a165-{job:012}")).unwrap();
    let ids: Vec<CString> = (0..jobs).map(id).collect();
    let mut seen = vec![0_u8; jobs];
    // for each poll of a job, the first, the second, and so on: how many happened in which slice of time
    let mut slices = vec![Vec::<u32>::new(); LOOKS];
    let mut most_threads = 0;
    let mut looks = 0;
    let (mut warm_calls, mut warm_cpu) = (0, 0.0);
    let (cpu_before, start) = (cpu_us(), Instant::now());
    let ended = client.wait_all(&ids, |job| {
        let slices = &mut slices[usize::from(seen[job])];
        let slice = (start.elapsed().as_nanos() / SLICE.as_nanos()) as usize;
        if slices.len() <= slice {
            slices.resize(slice + 1, 0);
        }
        slices[slice] += 1;
        seen[job] += 1;
        looks += 1;
        if looks % WARM_CALL_EVERY == 0 {
            let before = cpu_us();
            client.job_details("warm");
            warm_cpu += cpu_us() - before;
            warm_calls += 1;
        }
        // now and then: reading it costs more than a look
        if job % 997 == 0 {
            most_threads = most_threads.max(fs::read_dir("/proc/self/task").unwrap().count());
        }
    });
    let (cpu, wall) = (cpu_us() - cpu_before, start.elapsed());
    assert_eq!(ended, jobs);
    assert_eq!(looks, jobs * LOOKS);
    let peak = peak_kib();

    let (look, warm) = ((cpu - warm_cpu) / looks as f64, warm_cpu / f64::from(warm_calls));

    println!("{jobs} jobs, {looks} looks in {:.1} s", wall.as_secs_f64());
    println!("  CPU         {look:>6.1} us/poll, {:.2} times a warm call ({warm:.1} us)", look / warm);
    println!("  peak        {peak:>6} KiB");
    println!("  threads     {:>6} besides the caller's", most_threads - 1);
    for (number, slices) in slices.iter().enumerate() {
        let first = slices.iter().position(|count| *count > 0).unwrap();
        println!(
            "  poll {}      {:>6} between {:.1} s and {:.1} s, at most {} in {SLICE:?}",
            number + 1,
            slices.iter().sum::<u32>(),
            (SLICE * first as u32).as_secs_f64(),
            (SLICE * slices.len() as u32).as_secs_f64(),
            slices.iter().max().unwrap(),
        );
    }
}
