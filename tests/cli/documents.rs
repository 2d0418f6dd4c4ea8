//! The commands that documents show: each block that names the command is run as it stands there.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{KEY, binary};
use crate::server::{Reply, Server, job_of};
use crate::support::documents::{Runner, blocks};

/// Ends jobs as the simulator does: what its id contains decides.
fn service() -> Server {
    Server::new(|path, _| {
        let id = job_of(path);
        if path.ends_with("/failed-files") {
            return Reply::Json(r#"{"failed_files":[{"document":"scan-0001.pdf","error":"it is encrypted"}]}"#.into());
        }
        if path.ends_with("/file-status") {
            let file = r#"{"document":"scan-0001.pdf","status":"IN_PROGRESS"}"#;
            return Reply::Json(format!(r#"{{"id":"{id}","files":[{file}]}}"#));
        }
        let end = match id {
            id if id.contains("fail") => "FAILED",
            id if id.contains("errors") => "COMPLETED_WITH_ERRORS",
            id if id.contains("stop") => "STOPPED",
            _ => "SUCCESS",
        };
        Reply::Json(crate::server::details(id, end))
    })
}

#[test]
fn every_block_of_commands_runs_as_pasted() {
    let server = service();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    let _ = fs::remove_dir_all(&folder);
    let programs = folder.join("bin");
    fs::create_dir_all(&programs).unwrap();
    symlink(binary(), programs.join("unstructured-jobs")).unwrap();
    let path = env::join_paths([programs].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap()))).unwrap();

    let mut blocks = blocks();
    blocks.retain(|block| block.language == "sh" && block.runner == Runner::Tests);
    assert!(!blocks.is_empty(), "no document shows how to use the command");
    for (at, block) in blocks.iter().enumerate() {
        let place = block.place();
        assert!(block.text.contains("unstructured-jobs "), "{place}: who runs this? see tests/support/documents.rs");
        let home = folder.join(at.to_string());
        fs::create_dir(&home).unwrap();
        fs::write(home.join("key"), KEY).unwrap();
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", &block.text]).current_dir(&home).stdin(Stdio::null());
        shell.env_clear().env("PATH", &path).env("HOME", &home).env("LANG", "C.UTF-8");
        shell.env("UNSTRUCTURED_API_KEY", KEY).env("UNSTRUCTURED_API_URL", server.url());
        let output = shell.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{place}: {}:\n{said}", output.status);
        assert!(!said.contains(KEY), "{place}: the key is in the output:\n{said}");
    }
}
