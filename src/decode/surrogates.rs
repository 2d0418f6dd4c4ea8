//! `\ud800` and the like: halves of UTF-16 pairs that JSON can write down and no string can hold.

/// Replaces each escaped surrogate that is not half of a pair by `\ufffd`, the replacement character, which is as long.
/// Whether there was any.
///
/// serde_json refuses a text with a lone surrogate in it. This is for a second attempt, so that the usual response, which
/// has none, pays nothing.
pub(crate) fn replace_lone(json: &mut [u8]) -> bool {
    let mut replaced = false;
    let mut rest = json;
    loop {
        // only strings have backslashes in JSON, and a backslash begins an escape
        let Some(at) = rest.iter().position(|&byte| byte == b'\\') else { return replaced };
        let Some(escape) = rest.get_mut(at..) else { return replaced };
        let taken = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => {
                if let Some(digits) = escape.get_mut(2..6) {
                    digits.copy_from_slice(b"fffd");
                    replaced = true;
                }
                6
            }
            _ => 2,
        };
        let Some(after) = escape.get_mut(taken..) else { return replaced };
        rest = after;
    }
}

/// The UTF-16 unit that is escaped at the start of `json`.
fn unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
    let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_halves_are_replaced_and_nothing_else() {
        for (json, expected) in [
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\uDFFF x""#, r#""\ufffd x""#),
            (r#""\ud800\ud800\udc00""#, r#""\ufffd\ud800\udc00""#),
            (r#""\udc00\ud800""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ude00 \ud83d""#, r#""\ud83d\ude00 \ufffd""#),
            (r#""\ud800\n\ud800A\u0041""#, r#""\ufffd\n\ufffdA\u0041""#),
            (r#""\ud800\\udc00""#, r#""\ufffd\\udc00""#),
        ] {
            let mut bytes = json.as_bytes().to_vec();
            assert!(replace_lone(&mut bytes), "{json}");
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
        for json in [r#""\ud83d\ude00""#, r#""\\ud800""#, r#""\u+d80""#, r#""\ud8"#, r#""\u00e9\"""#, "\\", "{}", ""] {
            let mut bytes = json.as_bytes().to_vec();
            assert!(!replace_lone(&mut bytes), "{json}");
            assert_eq!(bytes, json.as_bytes());
        }
    }
}
