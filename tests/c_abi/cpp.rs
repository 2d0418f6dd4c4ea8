//! The C++ header: under each standard and compiler, what it is good for, and what must not compile.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::programs::against;
use super::server::Server;
use super::toolchain::{compiler, finish, program, root, said, scratch, shared_library};

/// A C++ program, linked with the shared library.
#[track_caller]
fn built(name: &str, standard: &str) -> PathBuf {
    let folder = scratch(&format!("{name}_{standard}"));
    shared_library(&folder);
    let out = folder.join(name);
    finish(
        compiler("CXX", standard)
            .args(["-g", "-O1", "-o"])
            .arg(&out)
            .arg(root().join("tests/cpp").join(name).with_extension("cpp"))
            .arg("-L")
            .arg(&folder)
            .args(["-lunstructured_jobs", "-lpthread"])
            .arg(format!("-Wl,-rpath,{}", folder.display())),
    );
    out
}

#[test]
fn programs_get_what_the_wrapper_promises() {
    for standard in ["c++17", "c++20"] {
        let server = Server::start();
        let output = finish(against(&mut program(built("wrapper", standard)), &server));
        assert!(said(&output).contains("all passed"), "{standard}: {}", said(&output));
    }
}

#[test]
fn an_exception_that_leaves_an_observer_ends_the_process() {
    let server = Server::start();
    let output = against(&mut program(built("throws", "c++17")), &server).output().unwrap();
    assert_eq!(output.status.code(), Some(86), "{}: {}", output.status, said(&output));
}

#[test]
fn keys_and_passwords_are_wiped() {
    let output = finish(&mut program(built("secrets", "c++17")));
    assert!(said(&output).contains("all passed"), "{}", said(&output));
}

/// Calls of the compilers that are here: the usual one, and clang if it is installed.
fn compilers(standard: &str) -> Vec<Command> {
    let mut compilers = vec![compiler("CXX", standard)];
    if Command::new("clang++").arg("--version").output().is_ok() {
        let mut clang = Command::new("clang++");
        clang.args(compilers[0].get_args());
        compilers.push(clang);
    } else {
        eprintln!("clang++ is not installed: the C++ header was NOT compiled with it");
    }
    compilers
}

/// Warnings that programs which include the header may turn into errors, beside the usual ones.
const WARY: [&str; 6] =
    ["-Wshadow", "-Wconversion", "-Wsign-conversion", "-Wold-style-cast", "-Wnon-virtual-dtor", "-Woverloaded-virtual"];

#[test]
fn the_test_programs_compile_under_every_standard_without_a_warning() {
    for mut compiler in ["c++17", "c++20", "c++2b"].into_iter().flat_map(compilers) {
        finish(compiler.args(WARY).arg("-fsyntax-only").arg(root().join("tests/cpp/wrapper.cpp")));
    }
}

/// Each a statement with a `const unstructured::client client` in reach.
const VIEWS_INTO_TEMPORARIES: [&str; 18] = [
    r#"unstructured::job_view view = client.job_details("a"); (void)view;"#,
    r#"[](unstructured::job_view) {}(client.job_details("a"));"#,
    r#"client.job_details("a").view();"#,
    r#"client.job_details("a").id();"#,
    r#"client.job_details("a").processing_status_text();"#,
    r#"client.wait("a").message();"#,
    r#"for (auto node : client.wait("a").node_stats()) (void)node;"#,
    r#"std::move(details).node_stats();"#,
    r#"std::move(moving).id();"#,
    r#"client.failed_files("a").begin();"#,
    r#"client.failed_files("a")[0];"#,
    r#"client.file_statuses("a")[0];"#,
    r#"client.file_statuses("a").id();"#,
    r#"client.file_statuses("a").generated_at();"#,
    r#"client.wait_all({"a"})[0];"#,
    r#"client.wait_all({"a"}).end();"#,
    r#"auto copy = client;"#,
    r#"auto copy = details;"#,
];

/// What the statements above are to be written like.
const SOUND: &str = r#"#include "unstructured_jobs.hpp"
void sound(const unstructured::client &client) {
    const auto details = client.wait("a");
    for (auto node : details.node_stats()) (void)node;
    for (auto file : client.failed_files("a")) (void)file;
    for (auto outcome : client.wait_all({"a"})) (void)outcome;
    const unstructured::job_view view = details;
    (void)view;
    client.wait("a").is_success();
}
"#;

#[test]
fn a_view_into_a_temporary_does_not_compile() {
    let source = scratch("temporaries").join("temporaries.cpp");
    // each on a line of its own, which the compiler names
    let mut text = String::from(SOUND);
    let first = text.lines().count() + 1;
    for (at, statement) in VIEWS_INTO_TEMPORARIES.iter().enumerate() {
        let parameters = "const unstructured::client &client, const unstructured::job_details &details, \
                          unstructured::job_details moving";
        text.push_str(&format!(
            "void f{at}({parameters}) {{ (void)client, (void)details, (void)moving; {statement} }}\n"
        ));
    }
    for mut compiler in ["c++17", "c++20"].into_iter().flat_map(compilers) {
        compiler.arg("-fsyntax-only").arg(&source);
        fs::write(&source, SOUND).unwrap();
        finish(&mut compiler);
        fs::write(&source, &text).unwrap();
        let words = said(&compiler.output().unwrap());
        for (at, statement) in VIEWS_INTO_TEMPORARIES.iter().enumerate() {
            let line = format!("temporaries.cpp:{}:", first + at);
            let refused = |text: &str| text.contains(&line) && text.contains("error:") && text.contains("deleted");
            assert!(words.lines().any(refused), "{compiler:?}: this compiles: {statement}\n{words}");
        }
    }
}
