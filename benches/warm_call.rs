//! A warm call side by side with libcurl + cJSON: CPU, wall time, peak memory.
//!
//! `cargo bench --bench warm_call` (Linux; needs a C compiler, libcurl4-openssl-dev and libcjson-dev)
//!
//! One server process serves three client processes in turns: the Rust API, the C ABI through the static library
//! (`c_client.c`), and the peer (`peer_libcurl.c`). Each makes 5,000 calls over one kept TLS connection and reports on
//! itself; the figures are medians of all turns, so a noisy moment hits all three and counts for none. On a machine
//! that is never quiet, the turn of each that was disturbed least says more.
//!
//! `cargo bench --bench warm_call -- syscalls` (needs strace) shows the system calls of one warm call instead.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use support::process::{BUILD, ServerProcess, cpu_us, peak_kib, serve};
use support::server::{JOB, Server};
use support::{KEY, median};
use unstructured_jobs::Client;

const CALLS: u32 = 5_000;
const ROUNDS: usize = 15;
const WARM_UP: u32 = 20;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(),
        ["syscalls"] => syscalls(),
        ["serve"] => serve(&Server::start()),
        ["client", url, ca_file, key, job_id, calls] => client(url, ca_file, key, job_id, calls.parse().unwrap()),
        _ => panic!("arguments: none, or syscalls; not {arguments:?}"),
    }
}

/// One of the programs compared: makes the number of calls given as its last argument.
struct Contender {
    name: &'static str,
    command: Vec<String>,
}

/// What a contender says of itself: per call, except the peak.
#[derive(Clone, Copy)]
struct Figures {
    cpu_us: f64,
    wall_us: f64,
    peak_kib: f64,
}

fn compare() {
    let server = ServerProcess::start(&[]);
    let contenders = contenders(&server);
    let mut figures: Vec<Vec<Figures>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (contender, figures) in contenders.iter().zip(&mut figures) {
            figures.push(contender.run());
        }
    }
    println!("medians of {ROUNDS} turns of {CALLS} warm calls each, five-node response over kept TLS 1.3");
    println!("{:<18} {:>14} {:>14} {:>14} {:>10}", "", "CPU us/call", "least CPU us", "wall us/call", "peak KiB");
    let cpu = |figures: &[Figures]| figures.iter().map(|f| f.cpu_us).collect::<Vec<_>>();
    let least = |figures: &[Figures]| cpu(figures).into_iter().fold(f64::INFINITY, f64::min);
    for (contender, figures) in contenders.iter().zip(&figures) {
        println!(
            "{:<18} {:>14.1} {:>14.1} {:>14.1} {:>10.0}",
            contender.name,
            median(cpu(figures)),
            least(figures),
            median(figures.iter().map(|f| f.wall_us).collect()),
            median(figures.iter().map(|f| f.peak_kib).collect()),
        );
    }
    let (peer, ours) = figures.split_last().unwrap();
    for (contender, ours) in contenders.iter().zip(ours) {
        // turn by turn: each is compared with the peer's turn right beside it
        let ratios: Vec<f64> = ours.iter().zip(peer).map(|(ours, peer)| ours.cpu_us / peer.cpu_us).collect();
        println!(
            "{}: {:.2} times the peer's CPU in the median turn, {:.2} times where each was disturbed least",
            contender.name,
            median(ratios),
            least(ours) / least(peer)
        );
    }
    server.stop();
}

/// The system calls of `2 n` warm calls less those of `n`: what is left belongs to `n` warm calls exactly.
fn syscalls() {
    let server = ServerProcess::start(&[]);
    for contender in contenders(&server) {
        let (once, twice) = (contender.traced(1_000), contender.traced(2_000));
        println!("{}: system calls of 1,000 warm calls", contender.name);
        for (name, count) in &twice {
            let count = count - once.get(name).unwrap_or(&0);
            if count != 0 {
                println!("  {count:>6} {name}");
            }
        }
        let started = |calls: &BTreeMap<String, u64>| calls.get("clone3").copied().unwrap_or(0);
        println!(
            "  {:>6} threads started by them, after {} that the first call, which looks the name up, may start",
            started(&twice) - started(&once),
            started(&once)
        );
    }
    server.stop();
}

/// The peer last.
fn contenders(server: &ServerProcess) -> Vec<Contender> {
    let contender = |name, program: &[&str]| Contender {
        name,
        command: program.iter().chain(&[&*server.url, &*server.ca_file, KEY, JOB]).map(|s| s.to_string()).collect(),
    };
    let this = env::current_exe().unwrap();
    // what cargo built for this benchmark stands beside it
    let library = this.with_file_name("libunstructured_jobs.a");
    let mut libraries = vec![library.to_str().unwrap()];
    libraries.extend(["-Wl,--gc-sections", "-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"]);
    let c_client = compile("c_client.c", &libraries);
    let peer = compile("peer_libcurl.c", &["-lcurl", "-lcjson"]);
    vec![
        contender("Rust API", &[this.to_str().unwrap(), "client"]),
        contender("C ABI", &[c_client.to_str().unwrap()]),
        contender("libcurl + cJSON", &[peer.to_str().unwrap()]),
    ]
}

/// Builds one of the C programs beside this file.
fn compile(source: &str, libraries: &[&str]) -> PathBuf {
    let compiler = || Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    for header in ["curl/curl.h", "cjson/cJSON.h"] {
        let status = compiler().args(["-include", header, "-E", "-x", "c", "/dev/null"]).output().map(|run| run.status);
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("{header} is missing: this needs a C compiler, libcurl4-openssl-dev and libcjson-dev");
            std::process::exit(1);
        }
    }
    let program = Path::new(BUILD).join(source.trim_end_matches(".c"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(source);
    let status = compiler()
        .args(["-std=gnu99", "-O2", "-Wall", "-Wextra", concat!("-I", env!("CARGO_MANIFEST_DIR"), "/include"), "-o"])
        .arg(&program)
        .arg(&source)
        .args(libraries)
        .status()
        .unwrap();
    assert!(status.success(), "{} does not build", source.display());
    program
}

impl Contender {
    fn run(&self) -> Figures {
        let output = output(Command::new(&self.command[0]).args(&self.command[1..]).arg(CALLS.to_string()));
        let figures: Vec<f64> = output.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
        Figures { cpu_us: figures[0], wall_us: figures[1], peak_kib: figures[2] }
    }

    fn traced(&self, calls: u32) -> BTreeMap<String, u64> {
        let summary = Path::new(BUILD).join("strace.txt");
        output(
            Command::new("strace")
                .args(["-f", "-c", "-U", "calls,name", "-o"])
                .arg(&summary)
                .args(&self.command)
                .arg(calls.to_string()),
        );
        let text = fs::read_to_string(&summary).unwrap();
        text.lines()
            .filter_map(|line| {
                let (count, name) = line.trim().split_once(char::is_whitespace)?;
                Some((name.trim().to_owned(), count.parse().ok()?))
            })
            .filter(|(name, _)| name != "total")
            .collect()
    }
}

/// What a program prints, with no proxy and no key of the caller's in the way.
fn output(command: &mut Command) -> String {
    for variable in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(variable);
    }
    let program = command.get_program().to_owned();
    let output = command.stderr(Stdio::inherit()).output().unwrap_or_else(|error| panic!("{program:?}: {error}"));
    assert!(output.status.success(), "{program:?} failed: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn client(url: &str, ca_file: &str, key: &str, job_id: &str, calls: u32) {
    let client = Client::builder().api_key(key).base_url(url).ca_file(ca_file).build().unwrap();
    let ask = |times| {
        for _ in 0..times {
            assert_eq!(client.job_details(job_id).unwrap().node_stats.len(), 5);
        }
    };
    ask(WARM_UP);
    let (cpu_before, start) = (cpu_us(), Instant::now());
    ask(calls);
    let (cpu, wall) = (cpu_us() - cpu_before, start.elapsed().as_secs_f64() * 1e6);
    println!("{:.3} {:.3} {}", cpu / f64::from(calls), wall / f64::from(calls), peak_kib());
}
