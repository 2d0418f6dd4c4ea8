//! What can be read off the sources: that every exported body is guarded, and every function tested from C.

use std::collections::BTreeSet;
use std::fs;

use super::header::declared;
use super::toolchain::root;

fn texts(folder: &str, extension: &str) -> Vec<String> {
    let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// Name and body of each exported function in src/ffi.
fn exported() -> Vec<(String, String)> {
    let mut functions = Vec::new();
    for text in texts("src/ffi", "rs") {
        for after in text.split("#[unsafe(no_mangle)]\n").skip(1) {
            let (_, signature) = after.split_once("extern \"C\" fn ").expect("an exported function");
            let (name, rest) = signature.split_once('(').expect("parameters");
            let (_, rest) = rest.split_once(" {\n").expect("a body");
            let (body, _) = rest.split_once("\n}\n").expect("the body's end");
            functions.push((name.to_owned(), body.to_owned()));
        }
    }
    functions
}

#[test]
fn every_exported_body_is_behind_the_guard() {
    let functions = exported();
    let names: BTreeSet<String> = functions.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, declared());
    for (name, body) in functions {
        // statements outside the guard: only closures that it will run
        let unguarded: Vec<&str> = body
            .lines()
            .filter(|line| line.starts_with("    ") && !line.starts_with("     "))
            .map(str::trim)
            .filter(|line| !line.starts_with("//") && !line.starts_with(['}', ')']))
            .filter(|line| !line.starts_with("let body = || "))
            .filter(|line| {
                !line.starts_with("guard::")
                    && !line.starts_with("catch::")
                    && !line.starts_with("unsafe { guard::call(error, body) }")
            })
            .collect();
        assert!(unguarded.is_empty(), "{name} does this outside the guard: {unguarded:?}");
        assert_eq!(
            body.matches("guard::").count() + body.matches("catch::").count(),
            1,
            "{name} must go through the guard, once"
        );
    }
}

/// C's types come from `libc`.
#[test]
fn the_types_of_c_come_from_one_crate() {
    for text in texts("src/ffi", "rs") {
        let uses: Vec<&str> =
            text.lines().filter(|line| line.starts_with("use std::") && line.contains("c_")).collect();
        assert!(uses.is_empty(), "{uses:?}");
    }
}

#[test]
fn every_function_is_called_by_the_c_tests() {
    let tests = texts("tests/c", "c").concat();
    let missing: Vec<String> = declared().into_iter().filter(|name| !tests.contains(&format!("{name}("))).collect();
    assert!(missing.is_empty(), "not called in tests/c: {missing:?}");
}
