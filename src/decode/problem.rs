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
/// More words than this are not collected: fewer will be quoted.
const ENOUGH: usize = 4096;

/// The words in the body of a response: what [`said`] finds, the title of an HTML page, else the text as it is.
pub(crate) fn words(body: &[u8]) -> String {
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
    Saying { depth: MAX_DEPTH }.deserialize(&mut serde_json::Deserializer::from_slice(body)).ok().flatten()
}

/// The title of an HTML page, which is all that a gateway's error page has to say.
pub(super) fn html_title(body: &[u8]) -> Option<String> {
    if body.trim_ascii_start().first() != Some(&b'<') {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower.get(start..)?.find("</title>")?;
    Some(text.get(start..end)?.trim().to_owned())
}

/// Looks for words in a JSON value: a string is one, a list is all that its items say, of an object counts the best of
/// [`PLACES`], with FastAPI's `loc` in front.
#[derive(Clone, Copy)]
struct Saying {
    depth: u8,
}

impl<'de> DeserializeSeed<'de> for Saying {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.depth.checked_sub(1) {
            Some(depth) => deserializer.deserialize_any(Self { depth }),
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
        let mut all = String::new();
        while let Some(item) = items.next_element_seed(self)? {
            if let Some(words) = item.filter(|_| all.len() < ENOUGH) {
                join(&mut all, "; ", &words);
            }
        }
        Ok((!all.is_empty()).then_some(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut best: Option<(usize, String)> = None;
        let mut place = String::new();
        while let Some(name) = fields.next_key::<Cow<'_, str>>()? {
            let rank = PLACES.iter().position(|place| *place == name);
            if name == "loc" {
                place = fields.next_value_seed(Location)?;
            } else if let Some(rank) = rank.filter(|rank| best.as_ref().is_none_or(|(found, _)| rank < found)) {
                if let Some(words) = fields.next_value_seed(self)? {
                    best = Some((rank, words));
                }
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(best.map(|(_, words)| if place.is_empty() { words } else { format!("{place}: {words}") }))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Where FastAPI found the problem: `["body","nodes",3]` is `body.nodes.3`.
struct Location;

impl<'de> DeserializeSeed<'de> for Location {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Location {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names and numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut steps: A) -> Result<String, A::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Step<'a> {
            Name(#[serde(borrow)] Cow<'a, str>),
            Index(i64),
        }
        let mut place = String::new();
        while let Some(step) = steps.next_element::<Step<'_>>()? {
            match step {
                Step::Name(name) => join(&mut place, ".", &name),
                Step::Index(index) => join(&mut place, ".", &index.to_string()),
            }
        }
        Ok(place)
    }
}

fn join(text: &mut String, between: &str, more: &str) {
    if !text.is_empty() {
        text.push_str(between);
    }
    text.push_str(more);
}
