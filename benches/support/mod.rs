//! What the benchmarks share: a TLS server with realistic answers, and an allocator that counts.

#![allow(dead_code, reason = "no benchmark uses all of it")]

pub(crate) mod counting;
pub(crate) mod server;

/// The peak resident memory of this process (Linux).
pub(crate) fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
