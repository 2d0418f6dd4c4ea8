//! Version: which one this is, when compiling and when running.

use std::ffi::CStr;

use libc::c_char;

use super::guard;

/// The version of this header, for the preprocessor.
pub const UNS_VERSION_MAJOR: u32 = 0;
/// See UNS_VERSION_MAJOR.
pub const UNS_VERSION_MINOR: u32 = 1;
/// See UNS_VERSION_MAJOR.
pub const UNS_VERSION_PATCH: u32 = 0;
/// The same as one number: 10203 is 1.2.3. It is uns_version_number() unless another library was loaded.
pub const UNS_VERSION: u32 = 10000 * UNS_VERSION_MAJOR + 100 * UNS_VERSION_MINOR + UNS_VERSION_PATCH;

// a version raised in one place only does not compile
const _: () = assert!(
    agree(UNS_VERSION_MAJOR, env!("CARGO_PKG_VERSION_MAJOR"))
        && agree(UNS_VERSION_MINOR, env!("CARGO_PKG_VERSION_MINOR"))
        && agree(UNS_VERSION_PATCH, env!("CARGO_PKG_VERSION_PATCH")),
    "UNS_VERSION_* and Cargo.toml differ"
);

const fn agree(number: u32, text: &str) -> bool {
    matches!(u32::from_str_radix(text, 10), Ok(parsed) if parsed == number)
}

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// The version of the library that is running: "1.2.3".
///
/// @return never NULL. It is not freed, and lives as long as the library is loaded.
#[unsafe(no_mangle)]
pub extern "C" fn uns_version() -> *const c_char {
    guard::value(VERSION.as_ptr(), || VERSION.as_ptr())
}

/// The version of the library that is running, as a number to compare with UNS_VERSION: 10203 is 1.2.3.
#[unsafe(no_mangle)]
pub extern "C" fn uns_version_number() -> u32 {
    guard::value(UNS_VERSION, || UNS_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_macros_agree_with_cargo_toml() {
        let macros = format!("{UNS_VERSION_MAJOR}.{UNS_VERSION_MINOR}.{UNS_VERSION_PATCH}");
        assert_eq!(macros, env!("CARGO_PKG_VERSION"));
        assert_eq!(VERSION.to_str(), Ok(env!("CARGO_PKG_VERSION")));
    }
}
