//! The blocks of all documents: each is run as it stands there, by these tests, by those of the command, by the tests of
//! the documentation, or by a script in `.ci`.

use super::server::Server;
use super::toolchain::{STATIC_LIBS, archive, compiler, finish, program, read, said, scratch};
use crate::support::documents::{Block, Runner, blocks};

/// Text, data and pieces of files, which nobody runs.
const NOT_COMMANDS: [&str; 9] = ["text", "json", "yaml", "toml", "cmake", "dockerfile", "go", "swift", "make"];

/// How many blocks no test machine can run. One more needs a reason as good as theirs.
const NOT_RUN: usize = 1;

#[test]
fn every_block_is_run_by_somebody() {
    let blocks = blocks();
    for block in &blocks {
        let place = block.place();
        match (&block.runner, &*block.language) {
            (Runner::Script { name, script }, _) => {
                let call = format!(".ci/block {} {name}", block.file);
                let runs = read(script).lines().any(|line| line.contains(&call));
                assert!(runs, "{place}: {script} does not run `{call}`");
                let same = blocks.iter().filter(|other| (&other.file, &other.runner) == (&block.file, &block.runner));
                assert_eq!(same.count(), 1, "{place}: two blocks are named {name}");
            }
            (Runner::Page, _) => {}
            (Runner::Nobody { why }, _) => assert!(!why.is_empty(), "{place}: not run, and no word why"),
            (Runner::Tests, "c" | "cpp" | "sh") => {}
            (Runner::Tests, "rust" | "rust,no_run") => {
                let included = format!("#[doc = include_str!(\"../{}\")]", block.file);
                assert!(read("src/lib.rs").contains(&included), "{place}: src/lib.rs does not say {included}");
            }
            (Runner::Tests, language) => assert!(
                NOT_COMMANDS.contains(&language),
                "{place}: nobody knows how to run {language:?}: see tests/support/documents.rs"
            ),
        }
    }
    let not_run: Vec<String> =
        blocks.iter().filter(|block| matches!(block.runner, Runner::Nobody { .. })).map(Block::place).collect();
    assert_eq!(not_run.len(), NOT_RUN, "{not_run:?}");
}

/// The blocks of a language that these tests run.
fn programs(language: &str) -> Vec<Block> {
    let mut programs = blocks();
    programs.retain(|block| block.language == language && block.runner == Runner::Tests);
    programs
}

/// Builds each program, runs it for a job that ended with errors, for one that does not exist, and for none. What is not
/// a whole program is compiled as the body of a function that has a client, its configuration and a job's id.
#[track_caller]
fn run_all(language: &str, variable: &str, standard: &str) {
    let server = Server::start();
    for block in programs(language) {
        let place = block.place();
        let folder = scratch(&format!("document_{}", place.replace(['/', ':', '.'], "_")));
        let (source, out) = (folder.join(format!("program.{language}")), folder.join("program"));
        if !block.text.contains("int main(") {
            std::fs::write(&source, as_function(language, &block.text)).unwrap();
            let mut compiler = compiler(variable, standard);
            finish(compiler.args(["-Wno-unused", "-Wno-unused-parameter", "-c", "-o"]).arg(&out).arg(&source));
            continue;
        }
        std::fs::write(&source, &block.text).unwrap();
        finish(compiler(variable, standard).arg("-o").arg(&out).arg(&source).arg(archive()).args(STATIC_LIBS));
        let run = |job_ids: &[&str]| {
            let mut command = program(&out);
            command.env("UNSTRUCTURED_API_KEY", "key").env("UNSTRUCTURED_API_URL", &server.base_url).args(job_ids);
            let output = command.output().unwrap();
            (output.status.code().unwrap_or(-1), said(&output))
        };
        let (code, said) = run(&["ok"]);
        assert!(matches!(code, 0 | 1) && said.contains("COMPLETED_WITH_ERRORS\n"), "{place}: exit {code}: {said}");
        let (code, said) = run(&["missing"]);
        assert!(code == 1 && said.contains("HTTP 404"), "{place}: exit {code}: {said}");
        let (code, said) = run(&["no job"]);
        assert!(code == 1 && said.contains("the job id has ' ' at byte 2"), "{place}: exit {code}: {said}");
        let (code, said) = run(&[]);
        assert_eq!(code, 2, "{place}: {said}");
    }
}

fn as_function(language: &str, body: &str) -> String {
    let (includes, rest): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| line.starts_with("#include"));
    let (header, arguments) = match language {
        "c" => ("unstructured_jobs.h", "uns_client *client, uns_config *config, const char *job_id"),
        _ => (
            "unstructured_jobs.hpp",
            "unstructured::client &client, unstructured::config &config, const std::string &job_id",
        ),
    };
    format!(
        "#include <{header}>\n{}\nvoid function({arguments});\nvoid function({arguments}) {{\n{}\n}}\n",
        includes.join("\n"),
        rest.join("\n")
    )
}

#[test]
fn the_c_programs_run() {
    run_all("c", "CC", "c11");
}

#[test]
fn the_cpp_programs_run() {
    run_all("cpp", "CXX", "c++17");
}

#[test]
fn the_link_line_is_what_the_tests_link_with() {
    let libs = STATIC_LIBS.join(" ");
    assert!(read("docs/static.md").contains(&libs), "docs/static.md does not say how to link: {libs}");
}
