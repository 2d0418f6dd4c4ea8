//! The shared library's name and flags; the C header, only for those who change it.

use std::{env, error};

#[cfg(feature = "header")]
#[path = "build/header.rs"]
mod header;

/// Part of the soname. Grows when something that C programs were compiled against changes or goes.
const ABI_MAJOR: u32 = 0;

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libunstructured_jobs.so.{ABI_MAJOR}");
        // Rust's std leaves thread-local destructors behind in threads that outlive a dlclose(3)
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    #[cfg(feature = "header")]
    {
        let root = env::current_dir()?;
        for input in ["build/header.rs", "cbindgen.toml", "src/ffi"] {
            println!("cargo:rerun-if-changed={input}");
        }
        std::fs::write(root.join("include/unstructured_jobs.h"), header::generate(&root)?)?;
    }
    Ok(())
}
