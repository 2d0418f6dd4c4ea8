//! Which module names which other, as the sources say it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::rust_files;

/// A module by its path from the root of the crate: `["http", "tls", "pem"]`.
pub(super) type Module = Vec<String>;

/// The sources of the library and of the command, without their tests and comments.
pub(super) struct Sources {
    pub(super) modules: BTreeMap<Module, String>,
}

/// `to` is what `from` names, as a whole path from the root of its crate.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) from: Module,
    pub(super) to: Vec<String>,
}

impl Sources {
    pub(super) fn read() -> Self {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut modules = BTreeMap::new();
        for file in rust_files(&src) {
            let relative = file.strip_prefix(&src).expect("below src").with_extension("");
            let mut module: Module = relative.iter().map(|part| part.to_str().expect("a name").to_owned()).collect();
            if module.last().is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str())) {
                module.pop();
            }
            if module.iter().any(|name| name == "tests") {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a source");
            modules.insert(module, code(&text));
        }
        Self { modules }
    }

    /// Everything of its own crate that a module names by a path.
    pub(super) fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for (module, text) in &self.modules {
            for path in paths(text) {
                let mut to = module.clone();
                let mut rest = &path[..];
                match path[0].as_str() {
                    // the command is a crate of its own
                    "crate" => to.truncate(usize::from(module[..].first().is_some_and(|name| name == "cli"))),
                    "self" => {}
                    _ => {
                        while rest.first().is_some_and(|name| name == "super") {
                            to.pop();
                            rest = &rest[1..];
                        }
                        to.extend_from_slice(rest);
                        uses.push(Use { from: module.clone(), to });
                        continue;
                    }
                }
                to.extend_from_slice(&rest[1..]);
                uses.push(Use { from: module.clone(), to });
            }
        }
        uses
    }

    /// Which neighbours each module or folder names, by the folder that they are in.
    pub(super) fn neighbours(&self) -> BTreeMap<Module, BTreeMap<String, Vec<(String, Use)>>> {
        let mut folders: BTreeMap<Module, BTreeMap<String, Vec<(String, Use)>>> = BTreeMap::new();
        for found in self.uses() {
            let mut to = &found.to[..];
            while !self.modules.contains_key(to) {
                to = &to[..to.len() - 1];
            }
            let common = found.from.iter().zip(to).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (found.from.get(common), to.get(common)) {
                let folder = folders.entry(found.from[..common].to_vec()).or_default();
                folder.entry(from.clone()).or_default().push((to.clone(), found));
            }
        }
        folders
    }
}

/// `text` without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let text = text.split("#[cfg(test)]\npub(super) mod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// Each path in the text that begins with `crate`, `self` or `super`, those in braces one by one.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for root in ["crate::", "self::", "super::"] {
        for (at, _) in text.match_indices(root) {
            let is_inner = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if !is_inner {
                expand(&text[at..], &[], &mut found);
            }
        }
    }
    found
}

/// Reads one path, or a group of paths, from the start of `text`. Returns what follows it.
fn expand<'a>(text: &'a str, before: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let after = expand(rest, before, found);
            assert!(after.len() < rest.len(), "cannot read {rest:.80}");
            rest = after;
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let path: Vec<String> = before.iter().cloned().chain([name.to_owned()]).collect();
    if let Some(rest) = rest.strip_prefix("::").filter(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '{'))
    {
        return expand(rest, &path, found);
    }
    found.push(path);
    match rest.strip_prefix(" as ") {
        Some(renamed) => renamed.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
        None => rest,
    }
}

#[test]
fn paths_are_read_with_their_groups() {
    let text = "use crate::a::{self as b, c::{D, E as F}};\nlet x = super::super::g::h(crate::i, myself::j);";
    let read: Vec<String> = paths(text).iter().map(|path| path.join("::")).collect();
    assert_eq!(read, ["crate::a::self", "crate::a::c::D", "crate::a::c::E", "crate::i", "super::super::g::h"]);
}
