//! What a scalar means: the tables and number forms of `go.yaml.in/yaml` v2 and v3.

mod number;
mod timestamp;

use crate::{Dialect, Error};

pub(crate) use number::looks_like_base_60;

/// The meaning of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, and in [`Dialect::V2`] also `yes`, `on`, `y`…
    Bool(bool),
    /// An integer that fits 64 bits with a sign.
    Int(i64),
    /// A larger one that fits 64 bits without.
    Uint(u64),
    /// Any other number, with the infinities and NaN.
    Float(f64),
    /// A date or time; the text is RFC 3339 with nanoseconds where needed.
    Timestamp(String),
    /// Anything else.
    String,
}

impl Scalar {
    /// The short tag of this meaning.
    pub fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp(_) => "!!timestamp",
            Self::String => "!!str",
        }
    }
}

/// What the plain scalar `text` means in `dialect`.
pub fn resolve_plain(text: &str, dialect: Dialect) -> Scalar {
    resolve_hinted(text, dialect, true)
}

/// Whether the first byte allows anything but a string; most texts of a manifest stop here.
#[inline]
fn may_be_special(first: u8) -> bool {
    matches!(
        first,
        b'+' | b'-' | b'.' | b'0'
            ..=b'9' | b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O'
    )
}

fn resolve_hinted(text: &str, dialect: Dialect, timestamps: bool) -> Scalar {
    let Some(&first) = text.as_bytes().first() else { return Scalar::Null };
    if !may_be_special(first) {
        return Scalar::String;
    }
    if let Some(found) = word(text, dialect) {
        return found;
    }
    match first {
        b'.' => number::fraction(text).map_or(Scalar::String, Scalar::Float),
        b'+' | b'-' | b'0'..=b'9' => {
            if timestamps && let Some(time) = timestamp::parse(text) {
                return Scalar::Timestamp(time);
            }
            number::resolve(text, dialect).unwrap_or(Scalar::String)
        }
        _ => Scalar::String,
    }
}

fn word(text: &str, dialect: Dialect) -> Option<Scalar> {
    // No word is longer than `false`.
    if text.len() > 5 {
        return None;
    }
    let found = match text {
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if dialect == Dialect::V2 => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if dialect == Dialect::V2 => {
            Scalar::Bool(false)
        }
        _ => return None,
    };
    Some(found)
}

/// What `text` means under the explicit tag `tag` (short form). The second part of the answer says whether the
/// meaning is plainly the text, as it is under tags that YAML does not define.
pub(crate) fn resolve_tagged(tag: &str, text: &str, dialect: Dialect) -> Result<Scalar, Error> {
    let wanted = match tag {
        "!!str" | "!!binary" => return Ok(Scalar::String),
        "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp" => tag,
        _ => return Ok(Scalar::String),
    };
    let found = resolve_hinted(text, dialect, wanted == "!!timestamp");
    match found {
        Scalar::Int(number) if wanted == "!!float" => Ok(Scalar::Float(number as f64)),
        found if found.tag() == wanted => Ok(found),
        found => Err(Error::Invalid(format!("cannot decode {} `{text}` as a {wanted}", found.tag()))),
    }
}
