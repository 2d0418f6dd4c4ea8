// Makes the C header from src/ffi. Used by build.rs under the feature `header`, and by the test that compares the result
// with the committed file.

use std::error::Error;
use std::fs;
use std::path::Path;

/// What stands between the manual and the first section.
const OPENING: &str = r#"/* Generated from src/ffi by cbindgen: not to be edited by hand. */

#ifndef UNSTRUCTURED_JOBS_H
#define UNSTRUCTURED_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Stands before every function. On Windows, define UNS_DLL before including this header if you link the DLL. */
#ifndef UNS_API
#if defined(_WIN32) && defined(UNS_DLL)
#define UNS_API __declspec(dllimport)
#elif defined(__GNUC__)
#define UNS_API __attribute__((visibility("default")))
#else
#define UNS_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif
"#;

const CLOSING: &str = r#"
#ifdef __cplusplus
}
#endif

#endif /* UNSTRUCTURED_JOBS_H */
"#;

/// The text of include/unstructured_jobs.h: the manual, which is the comment that opens src/ffi/mod.rs, then a section
/// for each module, in the order of its `mod` lines and under the module's own first line.
///
/// cbindgen is run once for each module, since it writes all types before all functions: this way each type stands
/// beside the functions that use it.
pub(crate) fn generate(root: &Path) -> Result<String, Box<dyn Error>> {
    let folder = root.join("src/ffi");
    let modules = fs::read_to_string(folder.join("mod.rs"))?;
    let mut text = comment(&format!("@file unstructured_jobs.h\n\n{}", opening(&modules)));
    text.push('\n');
    text.push_str(OPENING);
    for name in modules.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
        let path = folder.join(name).with_extension("rs");
        let source = fs::read_to_string(&path)?;
        let declared = declarations(root, &path, &source)?;
        if !declared.is_empty() {
            let title = opening(&source).lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
            text.push('\n');
            text.push_str(&comment(&format!("@defgroup {name} {title}\n@{{")));
            text.push_str(&format!("\n{declared}\n\n/** @}} */\n"));
        }
    }
    text.push_str(CLOSING);
    Ok(text)
}

/// The `//!` lines at the top of a file.
fn opening(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn comment(text: &str) -> String {
    let lines = text.lines().map(|line| format!(" * {line}").trim_end().to_owned() + "\n");
    format!("/**\n{} */\n", lines.collect::<String>())
}

/// What one module declares.
fn declarations(root: &Path, path: &Path, source: &str) -> Result<String, Box<dyn Error>> {
    let mut config = cbindgen::Config::from_root_or_default(root);
    // its types, whether or not it has functions that use them
    for kind in ["pub enum ", "pub struct ", "pub type "] {
        let names = source.lines().filter_map(|line| line.strip_prefix(kind)?.split([' ', '(', ';']).next());
        config.export.include.extend(names.map(str::to_owned));
    }
    let mut bytes = Vec::new();
    cbindgen::Builder::new().with_config(config).with_src(path).generate()?.write(&mut bytes);
    let text = String::from_utf8(bytes)?;
    // one such bracket around everything is enough
    let text = text.replace("#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n", "");
    let text = text.replace("#ifdef __cplusplus\n}  // extern \"C\"\n#endif  // __cplusplus\n", "");
    // Swift's compiler for C knows typed enums too, and then Swift has types for them instead of plain numbers
    let typed = "__STDC_VERSION__ >= 202311L";
    let text = text.replace(typed, &format!("{typed} || defined(__swift__)"));
    // a struct has its tag as well, so that others can declare it without this header
    let mut pieces = text.split("typedef struct {");
    let mut tagged = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let name =
            piece.split_once("\n} ").and_then(|(_, rest)| Some(rest.split_once(';')?.0)).ok_or("a struct's name")?;
        tagged.push_str(&format!("typedef struct {name} {{{piece}"));
    }
    while tagged.contains("\n\n\n") {
        tagged = tagged.replace("\n\n\n", "\n\n");
    }
    let lines: Vec<String> = short_comments_on_one_line(&tagged).lines().map(wrapped).collect();
    Ok(lines.join("\n").trim().to_owned())
}

const WIDTH: usize = 120;

fn short_comments_on_one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut shorter = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        shorter.push_str(line);
        if line.trim() == "/**"
            && let Some([sentence, end]) = lines.get(at..at + 2)
            && end.trim() == "*/"
            && let Some(sentence) = sentence.trim().strip_prefix('*')
            && line.len() + sentence.len() + " */".len() <= WIDTH
        {
            shorter.push_str(&format!("{sentence} */"));
            at += 2;
        }
        shorter.push('\n');
    }
    shorter
}

/// A declaration whose parameters do not fit in one line goes on below the first of them.
fn wrapped(line: &str) -> String {
    let Some((before, parameters)) = line.split_once('(').filter(|_| line.ends_with(");") && line.len() > WIDTH) else {
        return line.to_owned();
    };
    let indent = before.len() + 1;
    let (mut text, mut used) = (format!("{before}("), indent);
    for (index, parameter) in parameters.split(", ").enumerate() {
        if index > 0 {
            text.push(',');
            // the comma or bracket after it has to fit as well
            if used + parameter.len() + 3 > WIDTH {
                text.push_str(&format!("\n{}", " ".repeat(indent)));
                used = indent;
            } else {
                text.push(' ');
                used += 2;
            }
        }
        text.push_str(parameter);
        used += parameter.len();
    }
    text
}
