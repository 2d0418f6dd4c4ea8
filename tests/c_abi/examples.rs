//! The C and C++ examples, built by their Makefiles and run against a local service.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::server::Server;
use super::toolchain::{STATIC_LIBS, STRICT, archive, compiler, finish, program, read, root, said, scratch};

/// Builds the examples of a language in a copy of their folder, with the library that is already there.
#[track_caller]
fn build(language: &str) -> PathBuf {
    let folder = scratch(&format!("examples_{language}"));
    for entry in fs::read_dir(root().join("examples").join(language)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if name == "Makefile" || path.extension().is_some_and(|extension| extension == language) {
            fs::copy(&path, folder.join(name)).unwrap();
        }
    }
    let mut make = Command::new("make");
    make.current_dir(&folder)
        .arg(format!("INCLUDE={}", root().join("include").display()))
        .arg(format!("LIBRARY={}", archive().display()))
        .env("CFLAGS", STRICT.join(" "))
        .env("CXXFLAGS", STRICT.join(" "));
    finish(&mut make);
    folder
}

fn example(folder: &Path, name: &str, server: &Server) -> Command {
    let mut command = program(folder.join(name));
    command.env("UNSTRUCTURED_API_KEY", "key").env("UNSTRUCTURED_API_URL", &server.base_url);
    command
}

#[track_caller]
fn run(folder: &Path, name: &str, server: &Server, job_ids: &[&str]) -> (i32, Output) {
    let output = example(folder, name, server).args(job_ids).output().unwrap();
    let code = output.status.code().unwrap_or_else(|| panic!("{}: {}", output.status, said(&output)));
    (code, output)
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What the examples of both languages do alike.
#[track_caller]
fn check(language: &str) {
    let folder = build(language);
    let server = Server::start();

    let (code, output) = run(&folder, "job_details", &server, &["ok"]);
    assert_eq!(
        (code, out(&output).as_str()),
        (
            0,
            "ok is COMPLETED_WITH_ERRORS\n  Partitioner: 1 ready, 2 in progress, 3 done, 4 failed\n  \
             (no name): 0 ready, 0 in progress, 18446744073709551615 done, 0 failed\ntwo failed\n"
        )
    );

    let (code, output) = run(&folder, "job_details", &server, &["missing"]);
    assert_eq!(code, 1);
    assert!(err(&output).starts_with("UNS_ERROR_NOT_FOUND: HTTP 404: "), "{}", said(&output));
    let output =
        example(&folder, "job_details", &server).env_remove("UNSTRUCTURED_API_KEY").arg("ok").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).starts_with("UNS_ERROR_INVALID_ARGUMENT: there is no API key"), "{}", said(&output));

    let (code, output) = run(&folder, "wait", &server, &["steps_example"]);
    assert_eq!(
        (code, out(&output).as_str()),
        (0, "SCHEDULED\nIN_PROGRESS\nSUCCESS\nsteps_example ended SUCCESS\n"),
        "{}",
        err(&output)
    );

    let (code, output) = run(&folder, "wait", &server, &["ok"]);
    assert_eq!(code, 1);
    assert_eq!(err(&output), "a.pdf: too large\nü.pdf: \n");
    assert!(out(&output).ends_with(" % done\nok ended COMPLETED_WITH_ERRORS\n"), "{}", said(&output));

    for name in ["job_details", "wait"] {
        let (code, output) = run(&folder, name, &server, &[]);
        assert_eq!(code, 1);
        assert!(err(&output).starts_with("usage: "), "{}", said(&output));
    }
}

#[test]
fn the_c_examples_run() {
    check("c");
}

#[test]
fn the_cpp_examples_run() {
    check("cpp");
}

#[test]
fn the_makefiles_link_what_rustc_names() {
    let folder = scratch("native_libs");
    let empty = folder.join("empty.rs");
    fs::write(&empty, "").unwrap();
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let output = finish(
        rustc
            .args(["--crate-type", "staticlib", "--print", "native-static-libs", "--out-dir"])
            .arg(&folder)
            .arg(&empty),
    );
    let words = said(&output);
    let (_, named) = words.split_once("native-static-libs: ").unwrap_or_else(|| panic!("{words}"));
    let named = named.lines().next().unwrap().trim();
    assert_eq!(named, STATIC_LIBS.join(" "));
    for language in ["c", "cpp"] {
        let makefile = read(&format!("examples/{language}/Makefile"));
        assert!(makefile.contains(&format!("LDLIBS += {named}\n")), "examples/{language}/Makefile");
    }
}

#[test]
fn the_c_example_waits_for_many() {
    let folder = build_again("wait_many");
    let server = Server::start();
    let (code, output) = run(&folder, "wait_many", &server, &["failed", "missing", "steps_many"]);
    assert_eq!(code, 1);
    assert!(out(&output).ends_with("failed ended FAILED\nsteps_many ended SUCCESS\n"), "{}", said(&output));
    assert!(err(&output).starts_with("missing: HTTP 404: "), "{}", said(&output));
    assert_eq!(run(&folder, "wait_many", &server, &["steps_1", "steps_2"]).0, 0);
    assert_eq!(run(&folder, "wait_many", &server, &[]).0, 0);
}

#[test]
fn ctrl_c_ends_the_c_example_at_once() {
    let folder = build_again("wait");
    let server = Server::start();
    let mut child =
        example(&folder, "wait", &server).arg("forever").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // its first poll has had its response, so the handler is there, and the wait pauses or is about to
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "IN_PROGRESS");
    finish(Command::new("kill").args(["-INT", &child.id().to_string()]));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(err(&output).starts_with("UNS_ERROR_CANCELLED: "), "{}", said(&output));
}

/// One C example alone, in a folder of its own: tests run side by side.
#[track_caller]
fn build_again(name: &str) -> PathBuf {
    let folder = scratch(&format!("example_{name}"));
    let mut compiler = compiler("CC", "c99");
    compiler.arg("-o").arg(folder.join(name)).arg(root().join("examples/c").join(name).with_extension("c"));
    finish(compiler.arg(archive()).args(STATIC_LIBS));
    folder
}
