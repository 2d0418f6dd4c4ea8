//! The header: fresh, complete, and good for the C and C++ standards it promises.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::toolchain::{compiler, finish, libraries, read, root, scratch};

#[path = "../../build/header.rs"]
mod generator;

#[test]
fn the_committed_header_is_what_the_sources_say() {
    let fresh = generator::generate(root()).unwrap();
    assert!(
        fresh == read("include/unstructured_jobs.h"),
        "include/unstructured_jobs.h is stale: `cargo build --features header` writes it anew"
    );
}

/// The functions that the header declares.
pub(crate) fn declared() -> BTreeSet<String> {
    let header = read("include/unstructured_jobs.h");
    let names = header.lines().filter_map(|line| {
        let (before, _) = line.strip_prefix("UNS_API ")?.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        name.starts_with("uns_").then(|| name.to_owned())
    });
    names.collect()
}

#[test]
fn the_header_declares_exactly_what_the_library_exports() {
    let output =
        finish(Command::new("nm").args(["-D", "--defined-only"]).arg(libraries().join("libunstructured_jobs.so")));
    let exported: BTreeSet<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .map(str::to_owned)
        .collect();
    assert!(exported.contains("uns_client_new"), "nm found {exported:?}");
    assert_eq!(declared(), exported);
}

#[test]
fn the_shared_library_has_its_soname_and_stays_loaded() {
    let library = libraries().join("libunstructured_jobs.so");
    let output = finish(Command::new("readelf").args(["-d", "-W"]).arg(library));
    let dynamic = String::from_utf8(output.stdout).unwrap();
    assert!(dynamic.contains("Library soname: [libunstructured_jobs.so.0]"), "{dynamic}");
    assert!(dynamic.contains("NODELETE"), "{dynamic}");
}

#[test]
fn the_version_macros_agree_with_cargo_toml() {
    let header = read("include/unstructured_jobs.h");
    let value = |name: &str| {
        let start = format!("#define UNS_VERSION_{name} ");
        header.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("no {start}")).to_owned()
    };
    let macros = ["MAJOR", "MINOR", "PATCH"].map(value).join(".");
    assert_eq!(macros, env!("CARGO_PKG_VERSION"));
}

/// A code that a later library adds must be no undefined behaviour in a program of today.
#[test]
fn a_code_has_32_bits_and_can_be_any_number() {
    let folder = scratch("codes");
    let c =
        "#include \"unstructured_jobs.h\"\nint32_t of(uns_result result) { int32_t *same = &result; return *same; }\n";
    let cpp = "#include <type_traits>\n#include \"unstructured_jobs.h\"\n\
               static_assert(std::is_same<std::underlying_type<uns_result>::type, int32_t>::value, \"\");\n\
               static_assert(static_cast<int32_t>(static_cast<uns_result>(INT32_MAX)) == INT32_MAX, \"\");\n\
               static_assert(std::is_same<std::underlying_type<uns_processing_status>::type, int32_t>::value, \"\");\n";
    for (variable, standard, extension, text) in [("CC", "c99", "c", c), ("CXX", "c++11", "cpp", cpp)] {
        let source = folder.join("codes").with_extension(extension);
        fs::write(&source, text).unwrap();
        finish(compiler(variable, standard).arg("-fsyntax-only").arg(&source));
    }
}

#[test]
fn the_headers_compile_alone() {
    let folder = scratch("headers");
    let cases = [
        ("CC", "c99", "unstructured_jobs.h", "c"),
        ("CC", "c11", "unstructured_jobs.h", "c"),
        ("CC", "c17", "unstructured_jobs.h", "c"),
        ("CXX", "c++11", "unstructured_jobs.h", "cpp"),
        ("CXX", "c++17", "unstructured_jobs.h", "cpp"),
        ("CXX", "c++17", "unstructured_jobs.hpp", "cpp"),
        ("CXX", "c++20", "unstructured_jobs.hpp", "cpp"),
        ("CXX", "c++23", "unstructured_jobs.hpp", "cpp"),
    ];
    for (variable, standard, header, extension) in cases {
        let source = folder.join("alone").with_extension(extension);
        // twice: the guard works
        fs::write(&source, format!("#include \"{header}\"\n#include \"{header}\"\nint main(void) {{ return 0; }}\n"))
            .unwrap();
        finish(compiler(variable, standard).arg("-fsyntax-only").arg(&source));
    }
}
