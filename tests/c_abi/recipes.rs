//! The recipes for C: each program in docs/recipes.md is compiled and run as it stands there.

use std::fs;

use super::server::Server;
use super::toolchain::{STATIC_LIBS, archive, compiler, finish, program, read, said, scratch};

/// Headings, and the program below each.
fn recipes() -> Vec<(String, String)> {
    let text = read("docs/recipes.md");
    let blocks = text.match_indices("```c\n").map(|(at, fence)| {
        let heading = text[..at].rsplit("\n## ").next().unwrap().lines().next().unwrap();
        let program = text[at + fence.len()..].split("```\n").next().unwrap();
        (heading.to_owned(), program.to_owned())
    });
    blocks.collect()
}

#[test]
fn each_program_runs_and_reports_what_is_wrong() {
    let recipes = recipes();
    let headings = read("docs/recipes.md").matches("\n## ").count();
    assert_eq!(recipes.len(), headings, "each recipe has its program");
    let server = Server::start();
    for (at, (heading, text)) in recipes.iter().enumerate() {
        let folder = scratch(&format!("recipe_{at}"));
        let (source, out) = (folder.join("program.c"), folder.join("program"));
        fs::write(&source, text).unwrap();
        finish(compiler("CC", "c11").arg("-o").arg(&out).arg(&source).arg(archive()).args(STATIC_LIBS));
        let run = |job_id: &str| {
            let mut command = program(&out);
            command.env("UNSTRUCTURED_API_KEY", "key").env("UNSTRUCTURED_API_URL", &server.base_url).arg(job_id);
            command.output().unwrap()
        };
        let output = run("ok");
        assert!(output.status.success(), "{heading}: {}", said(&output));
        assert!(said(&output).contains("COMPLETED_WITH_ERRORS\n"), "{heading}: {}", said(&output));
        let output = run("missing");
        assert_eq!(output.status.code(), Some(1), "{heading}: {}", said(&output));
        assert!(said(&output).contains("HTTP 404"), "{heading}: {}", said(&output));
    }
}
