//! README: its C and C++ programs are compiled and run as they stand there, and its commands are those of `.ci/run`.

use super::server::Server;
use super::toolchain::{STATIC_LIBS, archive, compiler, finish, program, read, said, scratch};

/// The first block of that language.
#[track_caller]
fn block(language: &str) -> String {
    let readme = read("README.md");
    let start = format!("```{language}\n");
    let (_, rest) = readme.split_once(&start).unwrap_or_else(|| panic!("README has no {language} block"));
    rest.split_once("```\n").unwrap().0.to_owned()
}

#[track_caller]
fn runs(language: &str, variable: &str, standard: &str, (code, said_of_ok): (i32, &str)) {
    let folder = scratch(&format!("readme_{language}"));
    let (source, out) = (folder.join(format!("readme.{language}")), folder.join("readme"));
    std::fs::write(&source, block(language)).unwrap();
    let mut compiler = compiler(variable, standard);
    finish(compiler.arg("-o").arg(&out).arg(&source).arg(archive()).args(STATIC_LIBS));

    let server = Server::start();
    let with_server = || {
        let mut command = program(&out);
        command.env("UNSTRUCTURED_API_KEY", "key").env("UNSTRUCTURED_API_URL", &server.base_url);
        command
    };
    let output = with_server().arg("ok").output().unwrap();
    assert_eq!((output.status.code(), &*said(&output)), (Some(code), said_of_ok), "{language}");

    let output = with_server().arg("no job").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).starts_with("the job id has ' ' at byte 2"), "{}", said(&output));
    assert_eq!(with_server().output().unwrap().status.code(), Some(2));
}

#[test]
fn its_c_program_runs() {
    let said = "ok is COMPLETED_WITH_ERRORS\n  3 done\n  18446744073709551615 done\n";
    runs("c", "CC", "c99", (0, said));
}

#[test]
fn its_cpp_program_runs() {
    let said = "ok ended COMPLETED_WITH_ERRORS\n  Partitioner: 3 done\n  ?: 18446744073709551615 done\n";
    runs("cpp", "CXX", "c++17", (1, said));
}

#[test]
fn its_commands_are_checked() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    for command in ["cargo run --example quickstart", "cargo test"] {
        assert!(readme.contains(&format!("\n{command} ")), "README does not show {command}");
        let locked =
            command.replacen("cargo run", "cargo run --locked", 1).replacen("cargo test", "cargo test --locked", 1);
        assert!(ci.lines().any(|line| line == locked), ".ci/run does not run {locked}");
    }
}

#[test]
fn its_link_line_is_what_the_tests_link_with() {
    let libs = STATIC_LIBS.join(" ");
    assert!(read("README.md").contains(&libs), "README does not say how to link: {libs}");
}
