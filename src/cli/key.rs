//! The API key from a file: never from an argument, which every user of the machine can read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::output;

/// More than any key: a longer file is some other file.
const MAX_BYTES: u64 = 16 * 1024;

/// The text of the file, or of standard input if the path is `-`. The library judges whether it is a key.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let from_stdin = path.as_os_str() == "-";
    let place = if from_stdin { "standard input".to_owned() } else { format!("the file {path:?}") };
    let unreadable = |error: io::Error| format!("{place} cannot be read: {}", output::words(&error));
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    if from_stdin {
        io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        File::open(path).map_err(unreadable)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("{place} is longer than {MAX_BYTES} bytes, so it holds something other than a key"));
    }
    let text = match decode(&bytes) {
        Some(text) => text,
        None => return Err(format!("{place} is not text, so it holds something other than a key")),
    };
    if text.trim_ascii().is_empty() {
        return Err(format!("{place} is empty"));
    }
    Ok(text)
}

/// Text in UTF-8, or in UTF-16 if it begins with the mark of that, as PowerShell's `>` writes it. The mark itself goes.
fn decode(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let units = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let mut text = Zeroizing::new(String::with_capacity(2 * rest.len()));
        for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
            text.push(c.ok()?);
        }
        odd.is_empty().then_some(text)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => {
            std::str::from_utf8(rest).ok().map(|text| Zeroizing::new(text.to_owned()))
        }
    }
}
