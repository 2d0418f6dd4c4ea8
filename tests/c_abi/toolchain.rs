//! Compilers, the library to link, and programs run to their end.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What `rustc --print native-static-libs` names for a C program that links the archive.
pub(crate) const STATIC_LIBS: [&str; 7] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];

pub(crate) const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A folder of this run, emptied.
#[track_caller]
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c_abi").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where the archive and the shared library are: beside this program, since cargo built them together with the crate
/// that it links. A cargo that keeps them elsewhere is asked to build them.
pub(crate) fn libraries() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let program = env::current_exe().unwrap();
        let deps = program.parent().unwrap().to_owned();
        if deps.join("libunstructured_jobs.a").exists() && deps.join("libunstructured_jobs.so").exists() {
            return deps;
        }
        let profile = deps.parent().unwrap().to_owned();
        let name = profile.file_name().unwrap().to_str().unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--lib", "--profile", if name == "debug" { "dev" } else { name }]);
        cargo.arg("--target-dir").arg(profile.parent().unwrap()).current_dir(root());
        finish(&mut cargo);
        profile
    })
}

pub(crate) fn archive() -> PathBuf {
    libraries().join("libunstructured_jobs.a")
}

/// A folder with the shared library under the name that the linker looks for and under its soname.
#[track_caller]
pub(crate) fn shared_library(folder: &Path) {
    for name in ["libunstructured_jobs.so", "libunstructured_jobs.so.0"] {
        symlink(libraries().join("libunstructured_jobs.so"), folder.join(name)).unwrap();
    }
}

/// `cc` or `c++`, or what the variables CC and CXX say, with strict warnings as errors.
pub(crate) fn compiler(variable: &str, standard: &str) -> Command {
    let usual = if variable == "CXX" { "c++" } else { "cc" };
    let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| usual.into()));
    command.arg(format!("-std={standard}")).args(STRICT).arg("-I").arg(root().join("include"));
    command
}

/// A program with an environment that says nothing of proxies or of the service.
pub(crate) fn program(path: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(path);
    for (name, _) in env::vars_os() {
        let lower = name.to_string_lossy().to_lowercase();
        if lower.ends_with("_proxy") || lower.starts_with("unstructured_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it; anything but success is a failed test that shows what the program said.
#[track_caller]
pub(crate) fn finish(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, said(&output));
    output
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
