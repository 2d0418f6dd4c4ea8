//! JSON objects, read field by field into what waits for them.
//!
//! One visitor reads every value of every response, by way of [`Slot`], so that it is compiled once, and so that the
//! fields on the way to a wrong value are known without anything being tracked while all is well.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An object of the contract, which is filled field by field.
pub(super) trait Record {
    /// The fields that are read. Any other one is ignored.
    fn fields(&self) -> &'static [Field];

    /// Where the value of a field goes, by its place among the fields.
    fn slot(&mut self, field: usize) -> Slot<'_>;
}

/// A field of a [`Record`].
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) is_required: bool,
}

pub(super) const fn required(name: &'static str) -> Field {
    Field { name, is_required: true }
}

pub(super) const fn optional(name: &'static str) -> Field {
    Field { name, is_required: false }
}

/// Where a value goes, which says what it must be.
pub(super) enum Slot<'a> {
    Object(&'a mut dyn Record),
    /// An object, or null.
    Nested(&'a mut dyn Room),
    List(&'a mut dyn Room),
    /// One item of a list: an object.
    Item(&'a mut dyn Room),
    Text(&'a mut dyn Text),
    TextOrNull(&'a mut dyn Text),
    Count(&'a mut u64),
    /// A count, or null; more than `u32` holds counts as that.
    Tries(&'a mut u32),
    Flag(&'a mut bool),
    Seconds(&'a mut Option<f64>),
}

/// What takes a text.
pub(super) trait Text {
    fn take(&mut self, text: &str);
}

impl Text for String {
    fn take(&mut self, text: &str) {
        text.clone_into(self);
    }
}

impl Text for Option<String> {
    fn take(&mut self, text: &str) {
        *self = Some(text.to_owned());
    }
}

impl Text for Option<Arc<str>> {
    fn take(&mut self, text: &str) {
        *self = Some(text.into());
    }
}

/// Room for objects: for one, or for as many as come.
pub(super) trait Room {
    /// Makes room for one more, and hands it out to be filled.
    fn another(&mut self) -> &mut dyn Record;
}

/// Something that is filled after it was made.
pub(super) trait Blank {
    fn blank() -> Self;
}

impl<T: Record + Blank> Room for Option<T> {
    fn another(&mut self) -> &mut dyn Record {
        self.insert(T::blank())
    }
}

/// Room for so many from the start, as many nodes as workflows have: growing to it would cost another allocation.
const USUAL_LENGTH: usize = 8;

impl<T: Record + Blank> Room for Vec<T> {
    fn another(&mut self) -> &mut dyn Record {
        if self.is_empty() {
            self.reserve_exact(USUAL_LENGTH);
        }
        self.push(T::blank());
        let last = self.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "it was pushed just now")]
        &mut self[last]
    }
}

/// The way to a value that was wrong, from the value up: `.ready`, `[3]`, `.node_stats`.
#[derive(Debug, Default)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug)]
enum Step {
    Field(&'static str),
    Item(usize),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().rev().enumerate() {
            match step {
                Step::Field(name) if depth == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Reads one JSON object. After an error `path` is the way to it.
pub(super) fn read<'de, D: Deserializer<'de>>(
    json: D,
    record: &mut dyn Record,
    path: &mut Path,
) -> Result<(), D::Error> {
    Value { slot: Slot::Object(record), path }.deserialize(json)
}

struct Value<'a, 'p> {
    slot: Slot<'a>,
    path: &'p mut Path,
}

impl Value<'_, '_> {
    /// What a count that is too large is told. serde_json reads a number with a point or an exponent, or beyond `u64`, as
    /// floating point.
    const COUNT_IN_RANGE: &'static str =
        "a whole number up to 18446744073709551615 (up to 2^53 if written with a point or an exponent)";

    fn expected(&self) -> &'static str {
        match self.slot {
            Slot::Object(_) | Slot::Nested(_) | Slot::Item(_) => "an object",
            Slot::List(_) => "an array",
            Slot::Text(_) => "a string",
            Slot::TextOrNull(_) => "a string or null",
            Slot::Count(_) | Slot::Tries(_) => "a whole number",
            Slot::Flag(_) => "true, false or null",
            Slot::Seconds(_) => "seconds (0 or more) or null",
        }
    }

    /// What stood where something else was expected. Strings are not quoted: a server may echo the key.
    #[cold]
    fn refuse<E: Error>(self, found: fmt::Arguments<'_>) -> Result<(), E> {
        Err(E::custom(format_args!("expected {}, found {found}", self.expected())))
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        match self.slot {
            Slot::Nested(_) | Slot::TextOrNull(_) | Slot::Tries(_) | Slot::Flag(_) | Slot::Seconds(_) => Ok(()),
            _ => self.refuse(format_args!("null")),
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        match self.slot {
            Slot::Flag(to) => *to = value,
            _ => return self.refuse(format_args!("{value}")),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match self.slot {
            Slot::Count(to) => *to = value,
            Slot::Tries(to) => *to = u32::try_from(value).unwrap_or(u32::MAX),
            Slot::Seconds(to) => *to = Some(value as f64),
            _ => return self.refuse(format_args!("{value}")),
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.refuse(format_args!("{value}"))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        // `1.0`, `1e2` and `-0` are whole numbers as well; up to 2^53 it is certain which one
        const LARGEST: f64 = (1_u64 << 53) as f64;
        match self.slot {
            Slot::Count(_) | Slot::Tries(_) if (0.0..=LARGEST).contains(&value) && value.fract() == 0.0 => {
                self.visit_u64(value as u64)
            }
            Slot::Count(_) | Slot::Tries(_) if value > LARGEST => {
                Err(E::custom(format_args!("expected {}, found {value:?}", Self::COUNT_IN_RANGE)))
            }
            Slot::Seconds(to) if value >= 0.0 => {
                // of -0.0 as well
                *to = Some(value.abs());
                Ok(())
            }
            Slot::Count(_) | Slot::Tries(_) => self.refuse(format_args!("{value:?}")),
            _ => self.refuse(format_args!("{value}")),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        match self.slot {
            Slot::Text(to) | Slot::TextOrNull(to) => to.take(value),
            _ => return self.refuse(format_args!("a string")),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Slot::List(room) = self.slot else { return self.refuse(format_args!("an array")) };
        let mut index = 0;
        loop {
            match items.next_element_seed(Value { slot: Slot::Item(&mut *room), path: &mut *self.path }) {
                Ok(Some(())) => index += 1,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.path.0.push(Step::Item(index));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let record = match self.slot {
            Slot::Object(record) => record,
            Slot::Nested(room) | Slot::Item(room) => room.another(),
            _ => return self.refuse(format_args!("an object")),
        };
        let known = record.fields();
        // a bit for each of them
        let mut seen = 0_u32;
        let mut next = 0;
        while let Some(found) = fields.next_key_seed(Name { known, next })? {
            let Some((at, field)) = found else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            next = at + 1;
            let result = if seen & 1 << at != 0 {
                Err(A::Error::custom("duplicate field"))
            } else {
                seen |= 1 << at;
                fields.next_value_seed(Value { slot: record.slot(at), path: &mut *self.path })
            };
            if let Err(error) = result {
                self.path.0.push(Step::Field(field.name));
                return Err(error);
            }
        }
        let missing = known.iter().enumerate().find(|(at, field)| field.is_required && seen & 1 << at == 0);
        match missing {
            None => Ok(()),
            Some((_, field)) => {
                self.path.0.push(Step::Field(field.name));
                Err(A::Error::custom("missing field"))
            }
        }
    }
}

/// Finds a field by its name.
struct Name {
    known: &'static [Field],
    /// Where it is looked for first: a service sends its fields in one order.
    next: usize,
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<(usize, &'static Field)>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<(usize, &'static Field)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        if let Some(field) = self.known.get(self.next).filter(|field| field.name == name) {
            return Ok(Some((self.next, field)));
        }
        Ok(self.known.iter().enumerate().find(|(_, field)| field.name == name))
    }
}
