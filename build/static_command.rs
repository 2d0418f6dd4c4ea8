//! What the linker is told for the command as one static file with glibc, and for nothing else: it leaves out what such
//! a program carries and never reads. Together with src/cli/static_glibc.rs, which does the same for what it never calls,
//! that makes 2.47 MB of 3.26.

use std::{env, path::Path, process::Command};

/// Prints the instructions for cargo, if that is what is being built.
pub(super) fn slim(root: &Path) {
    if !wanted() {
        return;
    }
    let script = root.join("build/static_command.ld");
    println!("cargo:rerun-if-changed={}", script.display());
    let mut arguments = vec![format!("-T{}", script.display()), "-Wl,--no-eh-frame-hdr".to_owned()];
    if starts_with_packed_relocations() {
        // the relocations of a program that can be loaded anywhere, as a bitmap: 1 KB instead of 110
        arguments.push("-Wl,-z,pack-relative-relocs".to_owned());
    }
    for argument in arguments {
        println!("cargo:rustc-link-arg-bin=unstructured-jobs={argument}");
    }
}

/// Static, glibc, and built for size. Cargo names no profile here; `z` is asked for by [profile.dist] alone.
fn wanted() -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let statically =
        env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|all| all.split(',').any(|one| one == "crt-static"));
    statically && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && is("OPT_LEVEL", "z")
}

/// Whether the glibc that is linked in unpacks them when the program starts: since 2.36, and before that it would crash.
/// Only this machine's own can be asked. (A linker that does not know the option warns and goes on.)
fn starts_with_packed_relocations() -> bool {
    if env::var("HOST").ok() != env::var("TARGET").ok() {
        return false;
    }
    let Ok(asked) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() else { return false };
    // "glibc 2.36"
    let said = String::from_utf8_lossy(&asked.stdout);
    let version = said.trim().strip_prefix("glibc ").and_then(|version| version.split_once('.'));
    version.is_some_and(|(major, minor)| (major.parse().ok(), minor.parse().ok()) >= (Some(2_u32), Some(36_u32)))
}
