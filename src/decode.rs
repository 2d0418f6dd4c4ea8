//! Bytes to types. Pure.
//!
//! An answer is decoded once, borrowing its strings from the body until the result is built. Only when that fails is
//! it decoded again with the path tracked, so that naming the field costs nothing on the way that matters.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::error::{Error, ErrorKind};
use crate::types::{FailedFile, JobDetails, NodeStats, ProcessingStatus};

/// Why a body is not the answer expected.
#[derive(Debug)]
pub(crate) enum Malformed {
    /// It ends before its JSON does.
    Truncated,
    /// It is about another job, of this id.
    OtherJob(String),
    /// The error to return.
    Wrong(Error),
}

/// The details of `job_id` out of a response body.
pub(crate) fn job_details(body: &[u8], job_id: &str) -> Result<JobDetails, Malformed> {
    let Object(wire): Object<WireDetails<'_>> = parse(body)?;
    if !same_id(&wire.id, job_id) {
        return Err(Malformed::OtherJob(wire.id.into_owned()));
    }
    Ok(JobDetails {
        id: wire.id.into_owned(),
        processing_status: ProcessingStatus::from(&*wire.processing_status),
        node_stats: wire.node_stats.into_iter().map(NodeStats::from).collect(),
        message: wire.message.map(Cow::into_owned),
    })
}

/// The failed files out of a response body.
pub(crate) fn failed_files(body: &[u8]) -> Result<Vec<FailedFile>, Malformed> {
    let Object(wire): Object<WireFailedFiles<'_>> = parse(body)?;
    Ok(wire
        .failed_files
        .into_iter()
        .map(|file| FailedFile { document: file.document.into_owned(), error: file.error.into_owned() })
        .collect())
}

/// Identifiers are UUIDs, which have several spellings: ASCII case and hyphens do not count.
fn same_id(a: &str, b: &str) -> bool {
    significant(a).eq(significant(b))
}

/// One spelling for all spellings of an identifier.
pub(crate) fn canonical_id(id: &str) -> String {
    significant(id).map(char::from).collect()
}

fn significant(id: &str) -> impl Iterator<Item = u8> {
    id.bytes().filter(|&byte| byte != b'-').map(|byte| byte.to_ascii_lowercase())
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Malformed> {
    // RFC 8259 section 8.1 lets a parser ignore a byte order mark
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let parsed = match str::from_utf8(json) {
        // checked as a whole, which costs a fraction of checking string by string
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(json),
    };
    parsed.map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => Malformed::Truncated,
        _ => Malformed::Wrong(locate::<T>(json, error)),
    })
}

/// Decodes once more to learn which field was wrong.
fn locate<'a, T: Deserialize<'a>>(json: &'a [u8], error: serde_json::Error) -> Error {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let (path, error) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(located) => (known_part(located.path()), located.into_inner()),
        // the value was fine: what follows it was not
        Ok(_) => (String::new(), error),
    };
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = excerpt(text.strip_suffix(&place).unwrap_or(&text), 256);
    let message = if error.is_data() {
        if path.is_empty() { what } else { format!("{path}: {what}") }
    } else if json.trim_ascii_start().first() == Some(&b'<') {
        "the answer is an HTML page, not JSON; is the base URL right, or does a login page or proxy stand in between?"
            .to_owned()
    } else if path.is_empty() {
        format!("the answer is not JSON: {what}{place}")
    } else {
        format!("{path}: the answer is not JSON: {what}{place}")
    };
    Error::new(ErrorKind::Decode, message).with_source(error)
}

/// `node_stats[3].ready`: as far as the contract knows the way. The name of any other field is the server's word.
fn known_part(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } if FIELDS.contains(&key.as_str()) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            _ => break,
        }
    }
    text
}

/// Every field that is read.
const FIELDS: [&str; 14] = [
    "id",
    "processing_status",
    "message",
    "node_stats",
    "node_name",
    "node_type",
    "node_subtype",
    "ready",
    "in_progress",
    "success",
    "failure",
    "failed_files",
    "document",
    "error",
];

/// The server's words in an error body: FastAPI's `detail`, text or list, else the text itself.
pub(crate) fn server_words(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Problem<'a> {
        #[serde(borrow)]
        detail: Detail<'a>,
    }
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Detail<'a> {
        Text(#[serde(borrow)] Cow<'a, str>),
        List(#[serde(borrow)] Vec<Item<'a>>),
    }
    #[derive(serde::Deserialize)]
    struct Item<'a> {
        #[serde(default)]
        loc: Vec<Step<'a>>,
        #[serde(borrow)]
        msg: Cow<'a, str>,
    }
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Step<'a> {
        Name(#[serde(borrow)] Cow<'a, str>),
        Index(i64),
    }

    match serde_json::from_slice(body) {
        Ok(Problem { detail: Detail::Text(text) }) => text.into_owned(),
        Ok(Problem { detail: Detail::List(items) }) => {
            let mut text = String::new();
            for item in items {
                if !text.is_empty() {
                    text.push_str("; ");
                }
                for (at, step) in item.loc.iter().enumerate() {
                    let dot = if at == 0 { "" } else { "." };
                    let _ = match step {
                        Step::Name(name) => fmt::Write::write_fmt(&mut text, format_args!("{dot}{name}")),
                        Step::Index(index) => fmt::Write::write_fmt(&mut text, format_args!("{dot}{index}")),
                    };
                }
                if !item.loc.is_empty() {
                    text.push_str(": ");
                }
                text.push_str(&item.msg);
            }
            text
        }
        Err(_) => html_title(body).unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned()),
    }
}

/// The title of an HTML page, which is all that a gateway's error page has to say.
fn html_title(body: &[u8]) -> Option<String> {
    if body.trim_ascii_start().first() != Some(&b'<') {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower.get(start..)?.find("</title>")?;
    Some(format!("(HTML page) {}", text.get(start..end)?.trim()))
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

#[derive(serde::Deserialize)]
struct WireDetails<'a> {
    #[serde(borrow, deserialize_with = "text")]
    id: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "text")]
    processing_status: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "list")]
    node_stats: Vec<WireNode<'a>>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    message: Option<Cow<'a, str>>,
}

#[derive(serde::Deserialize)]
struct WireNode<'a> {
    #[serde(borrow, default, deserialize_with = "optional_text")]
    node_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    node_type: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    node_subtype: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "count")]
    ready: u64,
    #[serde(deserialize_with = "count")]
    in_progress: u64,
    #[serde(deserialize_with = "count")]
    success: u64,
    #[serde(deserialize_with = "count")]
    failure: u64,
}

#[derive(serde::Deserialize)]
struct WireFailedFiles<'a> {
    #[serde(borrow, deserialize_with = "list")]
    failed_files: Vec<WireFailedFile<'a>>,
}

#[derive(serde::Deserialize)]
struct WireFailedFile<'a> {
    #[serde(borrow, deserialize_with = "text")]
    document: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "text")]
    error: Cow<'a, str>,
}

impl From<WireNode<'_>> for NodeStats {
    fn from(node: WireNode<'_>) -> Self {
        Self {
            node_name: node.node_name.map(Cow::into_owned),
            node_type: node.node_type.map(Cow::into_owned),
            node_subtype: node.node_subtype.map(Cow::into_owned),
            ready: node.ready,
            in_progress: node.in_progress,
            success: node.success,
            failure: node.failure,
        }
    }
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    deserializer.deserialize_any(Count)
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    deserializer.deserialize_any(Text)
}

fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    deserializer.deserialize_any(OptionalText)
}

fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(List(PhantomData))
}

/// A JSON object, and nothing else: what serde derives would take an array of the fields' values as well.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectOf(PhantomData)).map(Self)
    }
}

/// What stood where something else was expected. Strings are not quoted: a server may echo the key.
fn found<T, E: de::Error>(expected: &str, found: impl fmt::Display) -> Result<T, E> {
    Err(E::custom(format_args!("expected {expected}, found {found}")))
}

/// The answers every visitor here gives to values of the wrong type.
macro_rules! refuse {
    ($expected:literal: $($what:ident)+) => { $(refuse!(@ $expected $what);)+ };
    (@ $expected:literal null) => {
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> { found($expected, "null") }
    };
    (@ $expected:literal boolean) => {
        fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> { found($expected, value) }
    };
    (@ $expected:literal number) => {
        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> { found($expected, value) }
        fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> { found($expected, value) }
        fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> { found($expected, value) }
    };
    (@ $expected:literal string) => {
        fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> { found($expected, "a string") }
    };
    (@ $expected:literal container) => {
        refuse!($expected: array object);
    };
    (@ $expected:literal array) => {
        fn visit_seq<A: de::SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> { found($expected, "an array") }
    };
    (@ $expected:literal object) => {
        fn visit_map<A: de::MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> { found($expected, "an object") }
    };
}

struct Count;

impl<'de> Visitor<'de> for Count {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        found("a whole number", value)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<u64, E> {
        // serde_json reads whole numbers over 2^64 - 1 as floating point, and -0 too
        found("a whole number up to 18446744073709551615", format_args!("{value:?}"))
    }

    refuse!("a whole number": null boolean string container);
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }

    refuse!("a string": null boolean number container);
}

struct OptionalText;

impl<'de> Visitor<'de> for OptionalText {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    refuse!("a string or null": boolean number container);
}

struct List<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        // room for as many nodes as workflows have: growing to it would cost another allocation
        let mut list = Vec::with_capacity(8);
        while let Some(Object(item)) = items.next_element()? {
            list.push(item);
        }
        // results may be kept, by the thousand
        list.shrink_to_fit();
        Ok(list)
    }

    refuse!("an array": null boolean number string object);
}

struct ObjectOf<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectOf<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }

    refuse!("an object": null boolean number string array);
}
