//! Which way the arrows go between the modules: down, and never in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::uses::Sources;

/// The modules of the library from the top to the bottom: each uses only those below it.
const ORDER: [&str; 19] = [
    "ffi",
    "fuzzing",
    "client",
    "wait",
    "service",
    "response",
    "http",
    "config",
    "proxy",
    "cancel",
    "decode",
    "text",
    "key",
    "endpoint",
    "job_id",
    "error",
    "retry",
    "error_kind",
    "types",
];

/// What does input or output, or whose result is not the same each time.
const IMPURE: [&str; 11] = [
    "std::fs",
    "std::env",
    "std::net::Tcp",
    "std::thread",
    "std::process",
    "Instant::now",
    "SystemTime::now",
    "rustix::",
    "ureq::",
    "log::",
    "RandomState",
];

#[test]
fn each_module_uses_only_those_below_it() {
    let sources = Sources::read();
    let known: BTreeSet<&str> =
        sources.modules.keys().filter_map(|module| module.first()).map(String::as_str).collect();
    let listed: BTreeSet<&str> = ORDER.into_iter().chain(["cli"]).collect();
    assert_eq!(known, listed, "ORDER names each module of the library once");
    let place = |name: &str| ORDER.iter().position(|listed| *listed == name);
    for (from, uses) in sources.neighbours().remove(&Vec::new()).expect("the modules of the library") {
        for (to, found) in uses {
            assert!(place(&from) < place(&to), "{from} is below {to}, and uses it: {found:?}");
        }
    }
}

#[test]
fn no_modules_of_one_folder_use_each_other() {
    for (folder, uses) in Sources::read().neighbours() {
        let arrows: BTreeMap<&str, BTreeSet<&str>> =
            uses.iter().map(|(from, uses)| (from.as_str(), uses.iter().map(|(to, _)| to.as_str()).collect())).collect();
        // what uses nothing that is left is no part of a circle; what is left in the end is one, or leads to one
        let mut left = arrows.clone();
        loop {
            let before = left.len();
            let names: BTreeSet<&str> = left.keys().copied().collect();
            left.retain(|_, to| to.iter().any(|name| names.contains(name)));
            if left.len() == before {
                break;
            }
        }
        assert!(left.is_empty(), "a circle in src/{}: {left:?}", folder.join("/"));
    }
}

#[test]
fn the_c_layer_uses_only_what_every_program_can() {
    for found in Sources::read().uses() {
        let [first, ..] = &found.to[..] else { continue };
        let is_public = first.starts_with(char::is_uppercase) || first == "printable" || first == "ffi";
        assert!(found.from.first().is_none_or(|name| name != "ffi") || is_public, "{found:?}");
    }
}

#[test]
fn what_is_pure_does_no_input_or_output() {
    for (module, text) in Sources::read().modules {
        let pure = ["decode", "retry", "types", "endpoint", "job_id", "text", "error_kind"];
        let is_schedule = module.starts_with(&["wait".to_owned(), "schedule".to_owned()]);
        if is_schedule || module.first().is_some_and(|name| pure.contains(&name.as_str())) {
            let found: Vec<&str> = IMPURE.into_iter().filter(|name| text.contains(name)).collect();
            assert!(found.is_empty(), "{module:?} is pure, and names {found:?}");
        }
    }
}

#[test]
fn one_folder_names_ureq_and_one_names_raw_pointers() {
    for (module, text) in Sources::read().modules {
        let folder = module.first().map_or("", String::as_str);
        assert!(folder == "http" || !text.contains("ureq::"), "{module:?} names ureq");
        let pointers = ["*const ", "*mut ", "unsafe {"];
        assert!(folder == "ffi" || !pointers.iter().any(|word| text.contains(word)), "{module:?} names a raw pointer");
    }
}
