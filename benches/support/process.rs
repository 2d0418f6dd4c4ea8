//! The server in a process of its own: what it costs is in nobody's figures.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::server::Server;

/// Where benchmarks build and write.
pub(crate) const BUILD: &str = env!("CARGO_TARGET_TMPDIR");

/// A benchmark that was started again with the argument `serve`.
pub(crate) struct ServerProcess {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    pub(crate) url: String,
    pub(crate) ca_file: String,
}

impl ServerProcess {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let (url, ca_file) = (line(), line());
        Self { process, lines, url, ca_file }
    }

    /// Ends it; how many connections were made to it.
    pub(crate) fn stop(mut self) -> usize {
        // the end of its standard input ends it
        drop(self.process.stdin.take());
        let connections = self.lines.next().unwrap().unwrap().parse().unwrap();
        self.process.wait().unwrap();
        connections
    }
}

/// The other side: serves until standard input ends.
pub(crate) fn serve(server: &Server) {
    let ca_file = Path::new(BUILD).join(format!("ca-{}.pem", std::process::id()));
    fs::write(&ca_file, &server.ca_pem).unwrap();
    println!("{}\n{}", server.url, ca_file.display());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    fs::remove_file(ca_file).unwrap();
    println!("{}", server.connections());
}

/// Microseconds of CPU that this process has used.
pub(crate) fn cpu_us() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as f64 * 1e6 + used.tv_nsec as f64 / 1e3
}

/// The peak resident memory of this process (Linux).
pub(crate) fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
