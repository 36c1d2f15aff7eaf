//! Which values count as left out: the same ones that Go's `omitempty` leaves out.

use std::marker::PhantomData;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor, value::StrDeserializer},
};

/// Whether a flag has the value that it has when left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}

/// Whether a number has the value that it has when left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
pub(crate) fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// Decodes a string-like value, taking null and the empty string for an absent one.
pub(crate) fn if_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_option(EmptyIsAbsent(PhantomData))
}

struct EmptyIsAbsent<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EmptyIsAbsent<T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        if value.is_empty() { Ok(None) } else { T::deserialize(StrDeserializer::new(value)).map(Some) }
    }
}
