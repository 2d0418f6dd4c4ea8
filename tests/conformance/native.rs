//! The cases through the C API and the C++ wrapper, by programs that read them as a list of lines.

use std::fs;
use std::path::{Path, PathBuf};

use super::server::Server;
use crate::c_abi::toolchain::{STATIC_LIBS, archive, compiler, finish, program, root, said, scratch};

/// Compiles a runner, runs it on every case, and wants to hear that all of them were as expected.
#[track_caller]
fn check(variable: &str, standard: &str, source: &str) {
    let folder = scratch(&format!("conformance_{standard}"));
    let runner = folder.join("conformance");
    finish(
        compiler(variable, standard)
            .args(["-g", "-O1", "-o"])
            .arg(&runner)
            .arg(root().join(source))
            .arg(archive())
            .args(STATIC_LIBS),
    );
    let server = Server::start(0);
    let cases = cases(&folder, &server);
    let output = finish(program(runner).arg(cases));
    let all = server.cases.as_object().expect("cases by name").len();
    assert!(said(&output).ends_with(&format!("{all} cases, 0 failures\n")), "{}", said(&output));
}

fn cases(folder: &Path, server: &Server) -> PathBuf {
    let path = folder.join("cases.tsv");
    fs::write(&path, server.cases_as_tsv()).expect("a file");
    path
}

#[test]
fn every_case_as_expected_in_c() {
    check("CC", "c99", "tests/c/conformance.c");
}

#[test]
fn every_case_as_expected_in_cpp() {
    check("CXX", "c++17", "tests/cpp/conformance.cpp");
}
