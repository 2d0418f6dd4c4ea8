//! The responses' JSON, field by field: what is required, what may be null, and what each field refuses.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::types::{FailedFile, NodeStats};

#[derive(serde::Deserialize)]
pub(super) struct WireDetails<'a> {
    #[serde(borrow, deserialize_with = "text")]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "text")]
    pub(super) processing_status: Cow<'a, str>,
    #[serde(deserialize_with = "list::<_, WireNode<'_>, _>")]
    pub(super) node_stats: Vec<NodeStats>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    pub(super) message: Option<Cow<'a, str>>,
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
pub(super) struct WireFailedFiles {
    #[serde(deserialize_with = "list::<_, WireFailedFile<'_>, _>")]
    pub(super) failed_files: Vec<FailedFile>,
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
            node_name: node.node_name.map(Arc::from),
            node_type: node.node_type.map(Arc::from),
            node_subtype: node.node_subtype.map(Arc::from),
            ready: node.ready,
            in_progress: node.in_progress,
            success: node.success,
            failure: node.failure,
        }
    }
}

impl From<WireFailedFile<'_>> for FailedFile {
    fn from(file: WireFailedFile<'_>) -> Self {
        Self { document: file.document.into_owned(), error: file.error.into_owned() }
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

/// Each item becomes a `U` as soon as it is read, so that they are not held twice.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>, U: From<T>>(deserializer: D) -> Result<Vec<U>, D::Error> {
    deserializer.deserialize_any(List::<T, U>(PhantomData))
}

/// A JSON object, and nothing else: what serde derives would take an array of the fields' values as well.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectOf(PhantomData)).map(Self)
    }
}

/// What stood where something else was expected. Strings are not quoted: a server may echo the key.
fn found<T, E: de::Error>(expected: &str, found: impl fmt::Display) -> Result<T, E> {
    Err(E::custom(format_args!("expected {expected}, found {found}")))
}

/// How every visitor here refuses values of the wrong type.
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

/// What a count that is too large is told. serde_json reads a number with a point or an exponent, or beyond `u64`, as
/// floating point.
const COUNT_IN_RANGE: &str =
    "a whole number up to 18446744073709551615 (up to 2^53 if written with a point or an exponent)";

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
        // `1.0`, `1e2` and `-0` are whole numbers as well; up to 2^53 it is certain which one
        const LARGEST: f64 = (1_u64 << 53) as f64;
        match value {
            0.0..=LARGEST if value.fract() == 0.0 => Ok(value as u64),
            LARGEST.. => found(COUNT_IN_RANGE, format_args!("{value:?}")),
            _ => found("a whole number", format_args!("{value:?}")),
        }
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

struct List<T, U>(PhantomData<(T, U)>);

impl<'de, T: Deserialize<'de>, U: From<T>> Visitor<'de> for List<T, U> {
    type Value = Vec<U>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Vec<U>, A::Error> {
        // room for as many nodes as workflows have: growing to it would cost another allocation
        let mut list = Vec::with_capacity(8);
        while let Some(Object(item)) = items.next_element::<Object<T>>()? {
            list.push(item.into());
        }
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

mod file_status;
pub(super) use self::file_status::WireFileStatuses;
