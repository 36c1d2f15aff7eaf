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

/// Says why the text of a [`Duration`] is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid duration `{text}`: {problem}")]
pub struct InvalidDuration {
    /// The text as written.
    pub text: String,
    /// What is wrong with it.
    pub problem: DurationProblem,
}

/// What can be wrong with the text of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationProblem {
    /// There is no text.
    #[error("it is empty")]
    Empty,
    /// A term does not begin with a number.
    #[error("expected a number")]
    Number,
    /// A number has no unit behind it.
    #[error("a number lacks its unit")]
    MissingUnit,
    /// A unit is not one of ns, us, ms, s, m, h.
    #[error("unknown unit")]
    UnknownUnit,
    /// It is below zero.
    #[error("it is negative")]
    Negative,
    /// It is above 292 years, the longest that Go can hold.
    #[error("it is too long")]
    TooLong,
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
        parse(&self.0).map_err(|problem| InvalidDuration { text: self.0.clone(), problem })
    }
}

/// Reads a sum of terms, each a decimal number with a unit, into nanoseconds.
fn parse(text: &str) -> Result<std::time::Duration, DurationProblem> {
    let (negative, mut rest) = match text.as_bytes().first() {
        None => return Err(DurationProblem::Empty),
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        Some(_) => (false, text),
    };
    if rest == "0" {
        return Ok(std::time::Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(DurationProblem::Number);
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (term, behind) = parse_term(rest)?;
        total = total.checked_add(term).filter(|sum| *sum <= LONGEST).ok_or(DurationProblem::TooLong)?;
        rest = behind;
    }
    if negative && total > 0 {
        Err(DurationProblem::Negative)
    } else {
        Ok(std::time::Duration::from_nanos(total))
    }
}

/// Nanoseconds of the longest duration: Go counts them in 64 bits with a sign.
const LONGEST: u64 = i64::MAX as u64;

/// Reads one number with its unit; returns its nanoseconds and the text behind it.
fn parse_term(text: &str) -> Result<(u64, &str), DurationProblem> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, mut rest) = text.split_at(digits_end);
    let mut fraction = "";
    if let Some(behind) = rest.strip_prefix('.') {
        let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        (fraction, rest) = behind.split_at(end);
    }
    if whole.is_empty() && fraction.is_empty() {
        return Err(DurationProblem::Number);
    }
    let unit_end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, behind) = rest.split_at(unit_end);
    let scale: u64 = match unit {
        "" => return Err(DurationProblem::MissingUnit),
        "ns" => 1,
        // The micro sign and the Greek letter mu look alike; Go accepts both.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(DurationProblem::UnknownUnit),
    };
    let whole: u64 =
        if whole.is_empty() { 0 } else { whole.parse().map_err(|_| DurationProblem::TooLong)? };
    let nanoseconds = whole
        .checked_mul(scale)
        .and_then(|nanoseconds| nanoseconds.checked_add(fraction_of(fraction, scale)))
        .ok_or(DurationProblem::TooLong)?;
    Ok((nanoseconds, behind))
}

/// Nanoseconds of a decimal fraction of a unit, rounded as Go rounds: in floating point, and without the digits that no
/// longer fit into 63 bits.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let mut value: u64 = 0;
    let mut scale = 1.0;
    for digit in digits.bytes() {
        let next = value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0')));
        match next {
            Some(next) if next <= LONGEST => value = next,
            _ => break,
        }
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
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
