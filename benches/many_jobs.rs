//! 100, 1,000 and 10,000 jobs waited for by one thread: what a look costs, and how the looks are spread.
//!
//! `cargo bench --bench many_jobs` (Linux; takes about half a minute)
//!
//! Each number of jobs is a process of its own, asking a server process. Every job ends at its fifth look. The cost of a
//! look is set beside that of a plain warm call by the same client.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, fs};

use support::process::{ServerProcess, cpu_us, peak_kib, serve};
use support::server::{Server, details};
use support::{KEY, median};
use unstructured_jobs::{Client, WaitOptions};

/// How often a job is looked at before it has ended.
const LOOKS: usize = 5;
const SLICE: Duration = Duration::from_millis(100);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(),
        ["serve", nodes] => serve(&jobs_that_end(nodes.parse().unwrap())),
        ["wait", url, ca_file, jobs] => wait(url, ca_file, jobs.parse().unwrap()),
        _ => panic!("no arguments, please; not {arguments:?}"),
    }
}

fn compare() {
    // most of what is held are the results: their size is the nodes' doing
    for (jobs, nodes) in [(100, 3), (1_000, 3), (10_000, 3), (10_000, 5)] {
        println!("jobs of {nodes} nodes");
        let server = ServerProcess::start(&[&nodes.to_string()]);
        let status = Command::new(env::current_exe().unwrap())
            .args(["wait", &server.url, &server.ca_file, &jobs.to_string()])
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

fn wait(url: &str, ca_file: &str, jobs: usize) {
    let client = Client::builder().api_key(KEY).base_url(url).proxy("none").ca_file(ca_file).build().unwrap();
    client.job_details("first").unwrap();

    let ids: Vec<String> = (0..jobs).map(|job| format!("0f8fad5b-d9cb-469f-a165-{job:012}")).collect();
    let mut seen = vec![0_u8; jobs];
    // for each look of a job, the first, the second, and so on: how many happened in which slice of time
    let mut slices = vec![Vec::<u32>::new(); LOOKS];
    let mut most_threads = 0;
    let (cpu_before, start) = (cpu_us(), Instant::now());
    let outcomes = client
        .wait_all(&ids, &WaitOptions::default(), |job, _| {
            let slices = &mut slices[usize::from(seen[job])];
            let slice = (start.elapsed().as_nanos() / SLICE.as_nanos()) as usize;
            if slices.len() <= slice {
                slices.resize(slice + 1, 0);
            }
            slices[slice] += 1;
            seen[job] += 1;
            // now and then: reading it costs more than a look
            if job % 997 == 0 {
                most_threads = most_threads.max(fs::read_dir("/proc/self/task").unwrap().count());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    let (cpu, wall) = (cpu_us() - cpu_before, start.elapsed());
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().unwrap().processing_status.is_success()));
    let looks = jobs * LOOKS;
    let peak = peak_kib();

    let warm: Vec<f64> = (0..5)
        .map(|_| {
            let before = cpu_us();
            for id in ids.iter().cycle().take(2_000) {
                client.job_details(id).unwrap();
            }
            (cpu_us() - before) / 2_000.0
        })
        .collect();
    let (look, warm) = (cpu / looks as f64, median(warm));

    println!("{jobs} jobs, {looks} looks in {:.1} s", wall.as_secs_f64());
    println!("  CPU         {look:>6.1} us/look, {:.2} times a warm call ({warm:.1} us)", look / warm);
    println!("  peak        {peak:>6} KiB");
    println!("  threads     {:>6} besides the caller's", most_threads - 1);
    for (number, slices) in slices.iter().enumerate() {
        let first = slices.iter().position(|count| *count > 0).unwrap();
        println!(
            "  look {}      {:>6} between {:.1} s and {:.1} s, at most {} in {SLICE:?}",
            number + 1,
            slices.iter().sum::<u32>(),
            (SLICE * first as u32).as_secs_f64(),
            (SLICE * slices.len() as u32).as_secs_f64(),
            slices.iter().max().unwrap(),
        );
    }
}
