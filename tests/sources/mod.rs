//! What can be read off the sources: that every public item shows how it is used, and which module uses which.

mod arrows;
mod uses;

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file below a folder of the tree, in a fixed order.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the tree") {
        let path = entry.expect("its entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Where `unreachable_pub` is denied, what is `pub` is part of the public surface: everywhere but in the C layer, whose
/// examples are C programs, in the command, and in what is compiled for the fuzz targets alone.
#[test]
fn every_public_item_has_an_example() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut items = 0;
    for file in rust_files(&src) {
        if ["ffi", "cli", "fuzzing.rs"].iter().any(|other| file.starts_with(src.join(other))) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source");
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        for (at, line) in lines.iter().enumerate() {
            let kinds = ["fn ", "const fn ", "struct ", "enum ", "trait ", "type "];
            if !line.strip_prefix("pub ").is_some_and(|item| kinds.iter().any(|kind| item.starts_with(kind))) {
                continue;
            }
            items += 1;
            let above = lines[..at].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
            let has_example = above.clone().any(|line| line.starts_with("/// ```"));
            assert!(has_example, "{}:{}: no example in the documentation of `{line}`", file.display(), at + 1);
        }
    }
    assert!(items > 60, "only {items} public items were found");
}
