//! What programs that are already linked rely on, against `include/abi-x86_64.txt` and, for 32 bits,
//! `include/abi-i686.txt`.
//!
//! The description is made from the header alone: every enumerator, struct, field and function in it is asked of a C
//! compiler, so that nothing can be forgotten.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use super::header::declared;
use super::toolchain::{compiler, finish, libraries, read, scratch};

// elsewhere sizes and offsets are others; the names are compared everywhere, by the tests of the header
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[test]
fn what_linked_programs_rely_on_is_what_was_committed() {
    same("abi-x86_64.txt", &describe());
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[test]
fn what_programs_of_32_bits_rely_on_is_what_was_committed() {
    let folder = scratch("abi_32");
    let empty = folder.join("empty.c");
    fs::write(&empty, "#include <stdio.h>\nint main(void) { return 0; }\n").unwrap();
    let linked = compiler("CC", "c99").arg("-m32").arg("-o").arg(folder.join("empty")).arg(&empty).output().unwrap();
    if !linked.status.success() {
        eprintln!("the C compiler makes no programs of 32 bits (Debian: gcc-multilib): their ABI was NOT looked at");
        return;
    }
    let text = "# The layouts of abi-x86_64.txt in a program of 32 bits (i686). The functions are the same.\n\n";
    same("abi-i686.txt", &format!("{text}{}", Header::read().measured("-m32")));
}

#[track_caller]
fn same(name: &str, fresh: &str) {
    let path = scratch(name).join(name);
    fs::write(&path, fresh).unwrap();
    let committed = format!("include/{name}");
    assert!(
        fresh == read(&committed),
        "the ABI has changed: read `diff {committed} {path}`; if it is meant, copy the second over the first, and say in \
         CHANGELOG.md, in a line that begins with `ABI:`, what it means for programs that are already linked",
        path = path.display()
    );
}

#[test]
fn the_newest_entry_of_the_changelog_speaks_of_the_abi() {
    let changelog = read("CHANGELOG.md");
    let newest = changelog.split("\n## ").nth(1).expect("an entry");
    assert!(newest.lines().any(|line| line.starts_with("ABI: ")), "{newest}");
    let major = read("build.rs")
        .lines()
        .find_map(|line| line.strip_prefix("const ABI_MAJOR: u32 = ")?.strip_suffix(';').map(str::to_owned))
        .expect("the ABI's major version");
    assert!(newest.contains(&format!("libunstructured_jobs.so.{major}")), "{newest}");
}

fn describe() -> String {
    let header = Header::read();
    let mut text = String::from(
        "# What programs linked with libunstructured_jobs rely on (x86-64): a test compares it with the header and the\n\
         # library. Within an ABI major only functions, enumerators, and fields at the end of structs that the library\n\
         # hands out may be added.\n\n",
    );
    text.push_str(&header.measured("-m64"));
    text.push('\n');
    for pointer in &header.pointers {
        let _ = writeln!(text, "{pointer}");
    }
    text.push('\n');
    for function in &header.functions {
        let _ = writeln!(text, "{function}");
    }
    // a function that is declared and not exported, or the other way round, is no part of any description
    let nm = finish(Command::new("nm").args(["-D", "--defined-only"]).arg(libraries().join("libunstructured_jobs.so")));
    let exported = String::from_utf8(nm.stdout).unwrap();
    assert_eq!(exported.lines().count(), header.functions.len(), "{exported}");
    assert_eq!(declared().len(), header.functions.len());
    text
}

/// The declarations, without comments.
#[derive(Default)]
struct Header {
    /// Name and enumerators.
    enums: Vec<(String, Vec<String>)>,
    /// Name and fields.
    structs: Vec<(String, Vec<String>)>,
    /// Function pointer types, as they are declared.
    pointers: Vec<String>,
    /// As they are declared, on one line.
    functions: Vec<String>,
}

impl Header {
    fn read() -> Self {
        let text = without_comments(&read("include/unstructured_jobs.h"));
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let declarations: String = lines.collect::<Vec<_>>().join(" ").replace("extern \"C\" {", "");
        let mut header = Self::default();
        for statement in statements(&declarations) {
            if let Some(rest) = statement.strip_prefix("enum ") {
                let (name, body) = named_body(rest);
                let name = name.strip_suffix(" : int32_t").expect("an enum of 32 bits").to_owned();
                let names = body.split(',').map(|item| item.split('=').next().unwrap().trim().to_owned());
                header.enums.push((name, names.filter(|name| !name.is_empty()).collect()));
            } else if statement.starts_with("typedef struct ") && statement.contains('{') {
                let (name, body) = named_body(statement.strip_prefix("typedef struct ").unwrap());
                let fields = body.split(';').filter_map(|field| field.rsplit([' ', '*']).next());
                let fields = fields.filter(|field| !field.is_empty()).map(str::to_owned).collect();
                header.structs.push((name, fields));
            } else if ["typedef struct ", "typedef enum ", "typedef int32_t "]
                .iter()
                .any(|it| statement.starts_with(it))
            {
                // opaque: no program knows more than its name; and the name of an enum, which is there already
            } else if statement.starts_with("typedef ") {
                header.pointers.push(statement);
            } else if let Some(function) = statement.strip_prefix("UNS_API ") {
                header.functions.push(function.to_owned());
            }
        }
        // their order means nothing
        header.structs.sort();
        header.functions.sort_by_key(|function| name_of(function).to_owned());
        assert!(!header.enums.is_empty() && !header.structs.is_empty() && !header.functions.is_empty());
        header
    }

    /// Enumerators, sizes and offsets, as a C compiler sees them for `machine`.
    fn measured(&self, machine: &str) -> String {
        let mut program = String::from("#include <stdio.h>\n#include \"unstructured_jobs.h\"\nint main(void) {\n");
        for (name, enumerators) in &self.enums {
            let _ = writeln!(program, "printf(\"enum {name} size %zu\\n\", sizeof({name}));");
            for enumerator in enumerators {
                let _ = writeln!(program, "printf(\"  {enumerator} = %d\\n\", (int){enumerator});");
            }
        }
        for (name, fields) in &self.structs {
            let _ = writeln!(program, "printf(\"struct {name} size %zu\\n\", sizeof(struct {name}));");
            for field in fields {
                let _ = writeln!(
                    program,
                    "printf(\"  {field} at %zu size %zu\\n\", offsetof(struct {name}, {field}), \
                     sizeof(((struct {name} *)0)->{field}));"
                );
            }
        }
        program.push_str("return 0; }\n");
        let folder = scratch(&format!("abi_program{machine}"));
        let (source, binary) = (folder.join("abi.c"), folder.join("abi"));
        fs::write(&source, program).unwrap();
        finish(compiler("CC", "c99").arg(machine).arg("-o").arg(&binary).arg(&source));
        String::from_utf8(finish(&mut Command::new(binary)).stdout).unwrap()
    }
}

fn name_of(function: &str) -> &str {
    let (before, _) = function.split_once('(').expect("parameters");
    before.rsplit([' ', '*']).next().expect("a name")
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").expect("the comment's end").1;
    }
    out.push_str(rest);
    out
}

/// The declarations, each on one line with single blanks.
fn statements(text: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c == ';' && depth == 0 {
            statements.push(String::new());
        } else {
            statements.last_mut().unwrap().push(c);
        }
    }
    statements.iter().map(|s| s.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|s| !s.is_empty()).collect()
}

/// `NAME { BODY } NAME`
fn named_body(text: &str) -> (String, String) {
    let (name, rest) = text.split_once('{').expect("a body");
    let (body, _) = rest.rsplit_once('}').expect("the body's end");
    (name.trim().to_owned(), body.to_owned())
}
