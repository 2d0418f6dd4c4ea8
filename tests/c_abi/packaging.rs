//! What packagers read: the metadata for cargo-c, and that no version or link line is written down twice and differs.

use std::process::Command;

use serde_json::Value;

use super::toolchain::{STATIC_LIBS, finish, read, root};

fn capi() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--no-deps", "--format-version", "1"]).current_dir(root());
    let metadata: Value = serde_json::from_slice(&finish(&mut cargo).stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "unstructured-jobs").unwrap();
    package["metadata"]["capi"].clone()
}

#[test]
fn cargo_c_is_told_the_names_that_make_installs() {
    let capi = capi();
    for table in ["header", "library", "pkg_config"] {
        assert_eq!(capi[table]["name"], "unstructured_jobs", "{table}");
    }
    assert_eq!(capi["pkg_config"]["filename"], "unstructured_jobs");
    // both headers, the committed ones, straight under include
    assert_eq!(capi["header"]["generation"], false);
    assert_eq!(capi["header"]["subdirectory"], false);
    let assets = capi["install"]["include"]["asset"].as_array().unwrap();
    let headers: Vec<&str> = assets.iter().map(|asset| asset["from"].as_str().unwrap()).collect();
    assert_eq!(headers, ["include/unstructured_jobs.h", "include/unstructured_jobs.hpp"]);
    headers.iter().for_each(|header| assert!(root().join(header).is_file(), "{header}"));
    // libunstructured_jobs.so.0, as build.rs says
    assert_eq!(capi["library"]["version_suffix_components"], 1);
    assert!(read("build.rs").contains(&format!("const ABI_MAJOR: u32 = {};", env!("CARGO_PKG_VERSION_MAJOR"))));
}

#[test]
fn the_makefile_links_what_rustc_names() {
    assert!(read("Makefile").contains(&format!("\nNATIVE_LIBS = {}\n", STATIC_LIBS.join(" "))));
}

#[test]
fn the_templates_have_no_placeholder_that_the_makefile_does_not_fill() {
    let makefile = read("Makefile");
    for template in
        ["unstructured_jobs.pc.in", "unstructured_jobs-config.cmake.in", "unstructured_jobs-config-version.cmake.in"]
    {
        let text = read(&format!("packaging/{template}"));
        let placeholders: Vec<&str> = text.split('@').skip(1).step_by(2).collect();
        assert!(!placeholders.is_empty(), "{template}");
        for placeholder in placeholders {
            assert!(makefile.contains(&format!("s|@{placeholder}@|")), "{template}: @{placeholder}@");
        }
    }
}
