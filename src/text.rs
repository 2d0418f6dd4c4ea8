//! Words from the other side, made safe to print: the only place.

use crate::key::ApiKey;

/// Quotes the other side without the API key, should it repeat that.
#[derive(Debug, Clone)]
pub(crate) struct Quote(ApiKey);

impl Quote {
    pub(crate) fn new(key: ApiKey) -> Self {
        Self(key)
    }

    /// Whether `text` has to be quoted, since the key is in it.
    pub(crate) fn hides(&self, text: &str) -> bool {
        text.contains(self.0.expose())
    }

    /// The server's words, safe to print: without the key, should they repeat it, escaped, and cut.
    pub(crate) fn excerpt(&self, words: &str, limit: usize) -> String {
        const HIDDEN: &str = "[API key]";
        let key = self.0.expose();
        let mut words = words.replace(key, HIDDEN);
        // an answer that breaks off may end in the middle of the key
        let cut = (4..key.len()).rev().filter_map(|len| key.get(..len)).find(|part| words.ends_with(part));
        if let Some(part) = cut {
            words.truncate(words.len() - part.len());
            words.push_str(HIDDEN);
        }
        excerpt(&words, limit)
    }
}

/// At most `limit` bytes of `text`, control and direction characters escaped: safe to print anywhere.
pub(crate) fn excerpt(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let escape = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        let before = out.len();
        if escape {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        if out.len() > limit {
            out.truncate(before);
            out.push('…');
            break;
        }
    }
    out
}
