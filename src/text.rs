//! Words from the other side (a server, a proxy, a certificate), made safe to print: the only place.

use std::borrow::Cow;

use crate::endpoint::QUOTATION_MARKS;
use crate::key::ApiKey;

/// A shorter key is not hidden: it may be part of any word, and no real key is so short.
const SHORTEST_HIDDEN_KEY: usize = 8;
/// Where words were cut off in the middle of the key, this much of it is hidden.
const SHORTEST_HIDDEN_PART: usize = 4;
/// No spelling of one character that is looked for is longer: `&#x00002B;`.
const LONGEST_ESCAPE: usize = 10;
/// What stands in the key's place.
const HIDDEN: &str = "[API key]";

/// `text` with every character made visible that could move a terminal's cursor, colour it, forge a line of a log, turn
/// the writing direction or hide: control characters (C0, C1, DEL, line ends among them), line and paragraph separators,
/// directional marks, and those that have no width.
///
/// What the service says (a job's message, the names of documents) is handed out as it was sent. Use this where it is
/// shown to people. Messages of [`Error`](crate::Error) have been through it.
///
/// ```
/// use unstructured_jobs::printable;
///
/// assert_eq!(printable("page \x1b[2J 1\n\u{202e}fdp"), "page \\u{1b}[2J 1\\n\\u{202e}fdp");
/// assert_eq!(printable("naïve 文書 🚀"), "naïve 文書 🚀");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_printable(&mut out, c);
    }
    Cow::Owned(out)
}

fn push_printable(out: &mut String, c: char) {
    if is_unsafe(c) {
        out.extend(c.escape_default());
    } else {
        out.push(c);
    }
}

/// Control characters, and the invisible ones: those that Unicode calls format characters (but for the visible Arabic and
/// Indic signs among them) or lets a renderer ignore (but for variation selectors, which emoji have). Combining marks are
/// fine: they change how the character before them looks, and nothing else.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Quotes the other side's words, without the API key if they repeat it.
#[derive(Debug, Clone)]
pub(crate) struct Quote(ApiKey);

impl Quote {
    pub(crate) fn new(key: ApiKey) -> Self {
        Self(key)
    }

    /// Whether the key looks as if someone's quotation marks had been taken for a part of it.
    pub(crate) fn key_begins_with_quotation_mark(&self) -> bool {
        self.0.expose().starts_with(QUOTATION_MARKS)
    }

    /// Whether `text` has to be quoted, since the key is in it.
    pub(crate) fn hides(&self, text: &str) -> bool {
        text.char_indices().any(|(at, _)| text.get(at..).is_some_and(|rest| self.key_at(rest, false).is_some()))
    }

    /// `words` as they may stand in a message: without the key, [printable], and at most `limit` bytes long.
    pub(crate) fn excerpt(&self, words: &str, limit: usize) -> String {
        self.quote(words, limit, false)
    }

    /// As [`excerpt`](Self::excerpt), of words that may have been cut off anywhere, in the middle of the key as well.
    pub(crate) fn excerpt_of_cut(&self, words: &str, limit: usize) -> String {
        self.quote(words, limit, true)
    }

    fn quote(&self, words: &str, limit: usize, cut: bool) -> String {
        let mut out = String::new();
        let mut rest = words;
        while let Some(c) = rest.chars().next() {
            let before = out.len();
            let taken = match self.key_at(rest, cut) {
                Some(len) => {
                    out.push_str(HIDDEN);
                    len
                }
                None => {
                    push_printable(&mut out, c);
                    c.len_utf8()
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
            if out.len() > limit {
                out.truncate(before);
                out.push('…');
                break;
            }
        }
        out
    }

    /// The length of the key at the start of `text`, if it is there, or of what `cut` has left of it.
    fn key_at(&self, text: &str, cut: bool) -> Option<usize> {
        let key = self.0.expose().as_bytes();
        if key.len() < SHORTEST_HIDDEN_KEY {
            return None;
        }
        if text.as_bytes().starts_with(key) {
            return Some(key.len());
        }
        let mut rest = text.as_bytes();
        for (matched, &byte) in key.iter().enumerate() {
            match after(rest, byte) {
                Some(after) => rest = after,
                // the text ends here, or within an escape
                None if cut && matched >= SHORTEST_HIDDEN_PART && matches!(rest, [] | [b'%' | b'\\' | b'&', ..]) => {
                    return (rest.len() < LONGEST_ESCAPE).then_some(text.len());
                }
                None => return None,
            }
        }
        Some(text.len() - rest.len())
    }
}

/// What follows `byte` at the start of `text`, where it may be spelled as in a URL (`%2B`), a JSON string (`\/`, `\u002B`)
/// or HTML (`&#43;`, `&#x2B;`, `&amp;`).
fn after(text: &[u8], byte: u8) -> Option<&[u8]> {
    let is_hex = |high: &u8, low: &u8| is_number(&[*high, *low], 16, byte);
    match text {
        [b'&', b'a', b'm', b'p', b';', rest @ ..] if byte == b'&' => Some(rest),
        [first, rest @ ..] if *first == byte => Some(rest),
        [b'\\', second, rest @ ..] if *second == byte => Some(rest),
        [b'\\', b'u', b'0', b'0', high, low, rest @ ..] | [b'%', high, low, rest @ ..] if is_hex(high, low) => {
            Some(rest)
        }
        [b'&', rest @ ..] => {
            let end = rest.iter().take(LONGEST_ESCAPE).position(|byte| *byte == b';')?;
            let is_it = match rest.get(..end)? {
                b"lt" => byte == b'<',
                b"gt" => byte == b'>',
                b"quot" => byte == b'"',
                b"apos" => byte == b'\'',
                [b'#', b'x' | b'X', digits @ ..] => is_number(digits, 16, byte),
                [b'#', digits @ ..] => is_number(digits, 10, byte),
                _ => false,
            };
            rest.get(end + 1..).filter(|_| is_it)
        }
        _ => None,
    }
}

fn is_number(digits: &[u8], radix: u32, byte: u8) -> bool {
    str::from_utf8(digits).is_ok_and(|digits| u8::from_str_radix(digits, radix) == Ok(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(key: &str) -> Quote {
        Quote::new(ApiKey::parse(key).unwrap())
    }

    #[test]
    fn what_could_fool_a_reader_becomes_visible() {
        for (text, escaped) in [
            ("a\x1b[31mb", "a\\u{1b}[31mb"),
            ("a\nb\rc\td\0e\x7f", "a\\nb\\rc\\td\\u{0}e\\u{7f}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{202e}gpj.exe\u{2069}", "\\u{202e}gpj.exe\\u{2069}"),
        ] {
            assert_eq!(printable(text), escaped, "{text:?}");
            assert_eq!(quote("a-key-that-is-not-there").excerpt(text, 1024), escaped, "{text:?}");
        }
    }

    #[test]
    fn every_invisible_character_becomes_visible_and_no_other() {
        for range in [
            0..=0x1f,
            0x7f..=0x9f,
            0xad..=0xad,
            0x61c..=0x61c,
            0x180e..=0x180e,
            0x200b..=0x200f,
            0x2028..=0x202e,
            0x2060..=0x206f,
            0xfeff..=0xfeff,
            0xfff9..=0xfffb,
            0xe0000..=0xe01ef,
        ] {
            for c in range.filter_map(char::from_u32) {
                assert_eq!(printable(&c.to_string()), c.escape_default().to_string());
            }
        }
        for text in ["partition", "naïve 文書 🚀", "e\u{301}", "❤\u{fe0f}", "\u{600}١", "a\u{a0}b\\n", "\u{e000}"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn words_are_cut_between_characters_and_escapes() {
        let quote = quote("a-key-that-is-not-there");
        assert_eq!(quote.excerpt("abcdef", 6), "abcdef");
        assert_eq!(quote.excerpt("abcdefg", 6), "abcdef…");
        assert_eq!(quote.excerpt("abcdé", 5), "abcd…");
        assert_eq!(quote.excerpt("abc\x1bdef", 6), "abc…");
    }

    #[test]
    fn the_key_is_hidden_wherever_it_stands() {
        let quote = quote("k3y+with/sign=");
        for (words, safe) in [
            ("k3y+with/sign=", "[API key]"),
            ("no k3y+with/sign=, k3y+with/sign=!", "no [API key], [API key]!"),
            ("k3y+k3y+with/sign=", "k3y+[API key]"),
            ("https://login.example/?k=k3y%2bwith%2Fsign%3D&x", "https://login.example/?k=[API key]&x"),
            (r#""k3y+with\/sign=""#, r#""[API key]""#),
            (r#""k3y\u002Bwith\u002fsign\u003d""#, r#""[API key]""#),
            ("<p>k3y&#43;with&#x2F;sign&#061;</p>", "<p>[API key]</p>"),
            ("k3y+with/sign", "k3y+with/sign"),
        ] {
            assert_eq!(quote.excerpt(words, 1024), safe, "{words}");
            assert_eq!(quote.hides(words), safe.contains(HIDDEN), "{words}");
        }
        assert_eq!(quote.excerpt("it is k3y+with/sign=", 10), "it is …", "the limit does not cut the key open");
    }

    #[test]
    fn the_key_is_hidden_where_html_has_names_for_its_characters() {
        let quote = quote("a&b<c>d\"e'f");
        assert_eq!(
            quote.excerpt("a&amp;b&lt;c&gt;d&quot;e&#39;f a&amp;b&lt;c&gt;d&quot;e&apos;f!", 1024),
            "[API key] [API key]!"
        );
        assert_eq!(quote.excerpt("a&b<c>d\"e'f", 1024), "[API key]");
        assert_eq!(quote.excerpt("a&lt;b&amp;c", 1024), "a&lt;b&amp;c");
    }

    #[test]
    fn of_words_that_were_cut_off_the_beginning_of_the_key_is_hidden_as_well() {
        let key = "k3y+with/sign=";
        for len in SHORTEST_HIDDEN_PART..=key.len() {
            let words = format!("not {}", &key[..len]);
            assert_eq!(quote(key).excerpt_of_cut(&words, 1024), "not [API key]", "{words}");
        }
        for words in ["k3y+w%", "k3y+with%2", "k3y+with\\", "k3y+with\\u002", "k3y+with&", "k3y+with&#x2"] {
            assert_eq!(quote(key).excerpt_of_cut(words, 1024), "[API key]", "{words}");
        }
        assert_eq!(quote(key).excerpt_of_cut("k3y+ and more", 1024), "k3y+ and more");
        assert_eq!(quote("test-key-1").excerpt("this is a test", 1024), "this is a test");
    }

    #[test]
    fn a_key_too_short_to_be_one_spoils_no_words() {
        for key in ["a", "any", "service"] {
            assert_eq!(quote(key).excerpt("many a service", 1024), "many a service");
            assert_eq!(quote(key).excerpt_of_cut("any service", 1024), "any service");
        }
        assert_eq!(quote("eightlet").excerpt("many eightlets", 1024), "many [API key]s");
    }
}
