//! The blocks of every document in the tree, each with who runs it.
//!
//! A page that is followed from its beginning to its end is run as a whole, by the script that calls `.ci/page FILE`. In
//! the others, a block of commands without a mark is run by `cargo test`; above one that is not stands a comment:
//! `<!-- NAME: run by .ci/SCRIPT -->`, and then that script runs what `.ci/block FILE NAME` prints; or
//! `<!-- not run: WHY -->`.

use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Runner {
    Tests,
    Page,
    Script { name: String, script: String },
    Nobody { why: String },
}

#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// From the root of the tree.
    pub(crate) file: String,
    pub(crate) line: usize,
    /// What stands after the fence: `sh`, `c`, `rust,no_run`.
    pub(crate) language: String,
    pub(crate) text: String,
    pub(crate) runner: Runner,
}

impl Block {
    /// `README.md:12`, for a message.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All blocks of all documents, in a fixed order.
pub(crate) fn blocks() -> Vec<Block> {
    let mut files = Vec::new();
    collect(root(), &mut files);
    files.sort();
    assert!(files.len() > 3, "{files:?}");
    let pages = pages();
    let mut blocks: Vec<Block> = files.iter().flat_map(|file| blocks_of(file)).collect();
    for block in &mut blocks {
        if pages.contains(&block.file) {
            block.runner = Runner::Page;
        }
    }
    blocks
}

/// The files that a script in `.ci` runs as a whole.
fn pages() -> Vec<String> {
    let scripts = fs::read_dir(root().join(".ci")).expect("the folder of the scripts");
    let scripts = scripts.map(|script| fs::read_to_string(script.expect("its entry").path()).expect("a script"));
    let calls = |script: String| -> Vec<String> {
        let after = script.split(".ci/page ").skip(1).filter_map(|call| call.split(['\n', ' ', ';', ')']).next());
        after.map(str::to_owned).collect()
    };
    scripts.flat_map(calls).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the tree") {
        let path = entry.expect("its entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, files);
        } else if name.ends_with(".md") {
            files.push(path);
        }
    }
}

fn blocks_of(path: &Path) -> Vec<Block> {
    let text = fs::read_to_string(path).expect("a document");
    let file = path.strip_prefix(root()).expect("a path in the tree").to_str().expect("a name").to_owned();
    let mut blocks = Vec::<Block>::new();
    let (mut inside, mut runner) = (false, Runner::Tests);
    for (line, text) in (1..).zip(text.lines()) {
        match text.trim_start().strip_prefix("```") {
            Some(language) if !inside => {
                inside = true;
                let runner = std::mem::replace(&mut runner, Runner::Tests);
                blocks.push(Block {
                    file: file.clone(),
                    line,
                    language: language.to_owned(),
                    text: String::new(),
                    runner,
                });
            }
            Some(_) => inside = false,
            None if inside => {
                let block = blocks.last_mut().expect("the block that was begun");
                block.text.push_str(text);
                block.text.push('\n');
            }
            None if text.is_empty() => {}
            // anything else in between parts a mark from its block
            None => runner = mark(text).unwrap_or(Runner::Tests),
        }
    }
    assert!(!inside, "{file} has a block without an end");
    blocks
}

fn mark(line: &str) -> Option<Runner> {
    let comment = line.trim().strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    if let Some(why) = comment.strip_prefix("not run: ") {
        return Some(Runner::Nobody { why: why.to_owned() });
    }
    let (name, script) = comment.split_once(": run by ")?;
    Some(Runner::Script { name: name.to_owned(), script: script.to_owned() })
}
