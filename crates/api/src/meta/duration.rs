//! Durations as users write them, kept as text so that a bad one harms only the object that holds it.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

/// A duration in Go's notation (`1h30m`, `1.5s`), kept as written and read when it is used.
///
/// Decoding never fails on a scalar: objects written through an older schema may hold any text or number, and one of
/// them must not break listing all others of its kind. [`Duration::parse`] tells what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(String);

/// Says that the text of a [`Duration`] is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid duration `{text}`")]
pub struct InvalidDuration {
    /// The text as written.
    pub text: String,
    /// What is wrong with it.
    #[source]
    pub problem: DurationProblem,
}

/// What can be wrong with the text of a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationProblem {
    /// Go would refuse it, too.
    #[error(transparent)]
    Notation(#[from] ferroflux_go::duration::Error),
    /// It is below zero.
    #[error("it is negative")]
    Negative,
}

impl Duration {
    /// A duration of this text; whether it makes sense is told by [`Duration::parse`].
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The duration that the text stands for, with the notation and the limits of Go's `time.ParseDuration`; negative
    /// ones are refused because no field means anything by them.
    pub fn parse(&self) -> Result<std::time::Duration, InvalidDuration> {
        let nanoseconds = ferroflux_go::duration::parse(&self.0).map_err(DurationProblem::from);
        nanoseconds
            .and_then(|nanoseconds| u64::try_from(nanoseconds).map_err(|_| DurationProblem::Negative))
            .map(std::time::Duration::from_nanos)
            .map_err(|problem| InvalidDuration { text: self.0.clone(), problem })
    }
}

impl Default for Duration {
    fn default() -> Self {
        Self("0s".to_owned())
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<&str> for Duration {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyScalar)
    }
}

struct AnyScalar;

impl Visitor<'_> for AnyScalar {
    type Value = Duration;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a duration such as `1m30s`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        Ok(Duration::new(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Duration, E> {
        Ok(Duration(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Duration, E> {
        Ok(Duration(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Duration, E> {
        Ok(Duration(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Duration, E> {
        Ok(Duration(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Duration, E> {
        Ok(Duration(value.to_string()))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$" })
    }
}
