//! The per-file status: `id` and `files` are required, and anything else may be absent or null.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, Visitor};

use super::{Object, count, found, list, optional_text, text};
use crate::types::{CurrentNode, FileState, FileStatus};

#[derive(serde::Deserialize)]
pub(in crate::decode) struct WireFileStatuses<'a> {
    #[serde(borrow, deserialize_with = "text")]
    pub(in crate::decode) id: Cow<'a, str>,
    #[serde(deserialize_with = "list::<_, WireFileStatus<'_>, _>")]
    pub(in crate::decode) files: Vec<FileStatus>,
    #[serde(default, deserialize_with = "flag")]
    pub(in crate::decode) truncated: bool,
    #[serde(default, deserialize_with = "flag")]
    pub(in crate::decode) index_finished: bool,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    pub(in crate::decode) generated_at: Option<Cow<'a, str>>,
}

#[derive(serde::Deserialize)]
struct WireFileStatus<'a> {
    #[serde(borrow, default, deserialize_with = "optional_text")]
    record_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    document: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    status: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    error: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "seconds")]
    time_elapsed: Option<f64>,
    #[serde(borrow, default)]
    current_node: Option<Object<WireCurrentNode<'a>>>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    discovered_by_node_id: Option<Cow<'a, str>>,
}

#[derive(serde::Deserialize)]
struct WireCurrentNode<'a> {
    #[serde(borrow, default, deserialize_with = "optional_text")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "optional_text")]
    status: Option<Cow<'a, str>>,
    tries: Option<Tries>,
    #[serde(default, deserialize_with = "seconds")]
    time_elapsed: Option<f64>,
}

#[derive(serde::Deserialize)]
struct Tries(#[serde(deserialize_with = "count")] u64);

impl From<WireFileStatus<'_>> for FileStatus {
    fn from(file: WireFileStatus<'_>) -> Self {
        Self {
            record_id: file.record_id.map(Cow::into_owned),
            document: file.document.unwrap_or_default().into_owned(),
            status: FileState::from(file.status.as_deref().unwrap_or_default()),
            error: file.error.map(Cow::into_owned),
            time_elapsed: file.time_elapsed,
            current_node: file.current_node.map(|Object(node)| CurrentNode {
                id: node.id.map(Cow::into_owned),
                status: node.status.map(Cow::into_owned),
                tries: node.tries.map_or(0, |Tries(tries)| u32::try_from(tries).unwrap_or(u32::MAX)),
                time_elapsed: node.time_elapsed,
            }),
            discovered_by_node_id: file.discovered_by_node_id.map(Cow::into_owned),
        }
    }
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    deserializer.deserialize_any(Flag)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    deserializer.deserialize_any(Seconds)
}

struct Flag;

impl<'de> Visitor<'de> for Flag {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false or null")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }

    fn visit_unit<E: de::Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    refuse!("true, false or null": number string container);
}

struct Seconds;

impl<'de> Visitor<'de> for Seconds {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds or null")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Option<f64>, E> {
        Ok(Some(value as f64))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Option<f64>, E> {
        found("seconds (0 or more) or null", value)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Option<f64>, E> {
        if value >= 0.0 { Ok(Some(value)) } else { found("seconds (0 or more) or null", value) }
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<f64>, E> {
        Ok(None)
    }

    refuse!("seconds (0 or more) or null": boolean string container);
}
