//! What the service says of a problem, in the body of a response.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Where a JSON object says what is the matter, the best place first: FastAPI's `detail`, and what gateways, proxies and
/// OAuth write in its place.
const PLACES: [&str; 7] = ["detail", "message", "msg", "error_description", "error", "title", "errors"];
/// How deep the words may lie: `{"errors":[{"detail":{"message":"…"}}]}`. Deeper ones are not looked for, so that hostile
/// nesting needs no stack.
const MAX_DEPTH: u8 = 4;
/// No more words than this are collected: an error quotes fewer.
const ENOUGH: usize = 4096;

/// The words in the body of a response: what [`said`] finds, the title of an HTML page, else the text as it is.
pub(crate) fn words(body: &[u8]) -> String {
    let body = without_mark(body);
    if let Some(text) = said(body) {
        return text;
    }
    match html_title(body) {
        Some(title) => format!("(HTML page) {title}"),
        None => String::from_utf8_lossy(body).trim().to_owned(),
    }
}

/// What a JSON body says where problems are described, if it says something there.
pub(crate) fn said(body: &[u8]) -> Option<String> {
    // words in another encoding are still words
    let text = String::from_utf8_lossy(without_mark(body));
    let saying = Saying { depth: MAX_DEPTH, is_place: false };
    saying.deserialize(&mut serde_json::Deserializer::from_str(&text)).ok().flatten()
}

/// The title of an HTML page, which is all that a gateway's error page has to say.
pub(super) fn html_title(body: &[u8]) -> Option<String> {
    if body.trim_ascii_start().first() != Some(&b'<') {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let lower = text.to_ascii_lowercase();
    let is_name_whole = |end: &usize| lower.as_bytes().get(*end).is_some_and(|c| *c == b'>' || c.is_ascii_whitespace());
    let name = lower.match_indices("<title").map(|(at, name)| at + name.len()).find(is_name_whole)?;
    let start = name + lower.get(name..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title>")?;
    let title = text.get(start..end)?.trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// Without the byte order mark that a server may have put before its text.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Looks for words in a JSON value: a string is one, a list is all that its items say, of an object counts the best of
/// [`PLACES`], with FastAPI's `loc` in front.
#[derive(Clone, Copy)]
struct Saying {
    depth: u8,
    /// It is a `loc`: `["body","nodes",3]` is `body.nodes.3`.
    is_place: bool,
}

impl<'de> DeserializeSeed<'de> for Saying {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.depth.checked_sub(1) {
            Some(depth) => deserializer.deserialize_any(Self { depth, ..self }),
            None => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| None),
        }
    }
}

impl<'de> Visitor<'de> for Saying {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let between = if self.is_place { "." } else { "; " };
        let mut all = String::new();
        while let Some(item) = items.next_element_seed(self)? {
            if let Some(words) = item.filter(|_| all.len() < ENOUGH) {
                if !all.is_empty() {
                    all.push_str(between);
                }
                all.push_str(&words);
            }
        }
        Ok((!all.is_empty()).then_some(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut best: Option<(usize, String)> = None;
        let mut place = None;
        while let Some(name) = fields.next_key::<Cow<'_, str>>()? {
            let rank = PLACES.iter().position(|place| *place == name);
            if name == "loc" {
                place = fields.next_value_seed(Self { depth: 2, is_place: true })?;
            } else if let Some(rank) = rank.filter(|rank| best.as_ref().is_none_or(|(found, _)| rank < found)) {
                if let Some(words) = fields.next_value_seed(self)? {
                    best = Some((rank, words));
                }
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(best.map(|(_, words)| match place {
            Some(place) => format!("{place}: {words}"),
            None => words,
        }))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.is_place.then(|| number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.is_place.then(|| number.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
}
