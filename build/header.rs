// Makes the C header from src/ffi. Used by build.rs under the feature `header`, and by the test that compares the result
// with the committed file.

/// The text of include/unstructured_jobs.h.
///
/// cbindgen is given the files of src/ffi one by one, in the order of the `mod` lines: that is the header's order too,
/// and cbindgen needs no `cargo metadata` for it. The manual on top is the comment that opens src/ffi/mod.rs.
pub(crate) fn generate(root: &std::path::Path) -> Result<String, Box<dyn std::error::Error>> {
    let folder = root.join("src/ffi");
    let module = std::fs::read_to_string(folder.join("mod.rs"))?;

    let mut manual = String::from("/**\n * @file unstructured_jobs.h\n *\n");
    for line in module.lines().map_while(|line| line.strip_prefix("//!")) {
        manual.push_str(" *");
        manual.push_str(line);
        manual.push('\n');
    }
    manual.push_str(" */\n\n/* Generated from src/ffi by cbindgen: not to be edited by hand. */");

    let mut config = cbindgen::Config::from_root_or_default(root);
    config.header = Some(manual);
    let mut builder = cbindgen::Builder::new().with_config(config);
    for name in module.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
        builder = builder.with_src(folder.join(name).with_extension("rs"));
    }
    let mut text = Vec::new();
    builder.generate()?.write(&mut text);
    Ok(String::from_utf8(text)?)
}
