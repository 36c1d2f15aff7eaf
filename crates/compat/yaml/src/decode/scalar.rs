//! What one scalar node means as a key or a value, tag and quotes considered.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Number, Value};

use crate::{
    Dialect, Error, Kind, Node, Scalar, Style,
    resolve::{resolve_plain, resolve_tagged},
};

use super::Decoder;

impl<'a> Decoder<'a> {
    /// A mapping key as the string that it becomes.
    pub(super) fn key(&mut self, key: &'a Node, value: &'a Node) -> Result<String, Error> {
        self.count()?;
        match key.kind {
            Kind::Alias => self.through_alias(key, |decoder, target| decoder.key(target, value)),
            Kind::Scalar => self.scalar_key(key, value),
            Kind::Sequence | Kind::Mapping => {
                self.inner(key)?;
                let mut text = String::from("invalid map key: ");
                self.push_go_syntax(&mut text, key, false)?;
                Err(Error::Invalid(text))
            }
        }
    }

    fn scalar_key(&mut self, key: &'a Node, value: &'a Node) -> Result<String, Error> {
        let scalar = meaning(key, self.options.dialect)?;
        Ok(match scalar {
            Scalar::String if key.tag.as_deref() == Some("!!binary") => binary(&key.value)?,
            // In V3 such a mapping is refused as a whole, unless it is merged into one that has string keys only.
            _ if self.options.dialect == Dialect::V3 => key.value.clone(),
            Scalar::String | Scalar::Timestamp(_) => key.value.clone(),
            Scalar::Bool(truth) => if truth { "true" } else { "false" }.into(),
            Scalar::Int(number) => number.to_string(),
            Scalar::Float(number) => match ferroflux_go::float::format_g32(number).as_str() {
                "+Inf" => ".inf".into(),
                "-Inf" => "-.inf".into(),
                "NaN" => ".nan".into(),
                text => text.into(),
            },
            Scalar::Null => self.unsupported_key("%!s(<nil>)", "<nil>".into(), key, value)?,
            Scalar::Uint(number) => self.unsupported_key("uint64", format!("{number:#x}"), key, value)?,
        })
    }

    fn unsupported_key(
        &mut self,
        kind: &str,
        shown: String,
        key: &Node,
        value: &Node,
    ) -> Result<String, Error> {
        if self.bad_key.is_none() {
            let mut text = String::new();
            self.push_go_syntax(&mut text, value, false)?;
            self.bad_key = Some(Error::UnsupportedKey { kind: kind.into(), key: shown, value: text });
        }
        Ok(key.value.clone())
    }

    pub(super) fn scalar_value(&mut self, node: &Node) -> Result<Value, Error> {
        Ok(match meaning(node, self.options.dialect)? {
            Scalar::Null => Value::Null,
            Scalar::Bool(truth) => Value::Bool(truth),
            Scalar::Int(number) => Value::Number(number.into()),
            Scalar::Uint(number) => Value::Number(number.into()),
            Scalar::Float(number) => match Number::from_f64(number) {
                Some(number) => Value::Number(number),
                None => {
                    let error = Error::NotJson(format!("value: {}", ferroflux_go::float::format_g(number)));
                    self.bad_value.get_or_insert(error);
                    Value::Null
                }
            },
            Scalar::Timestamp(_) if self.v2() => Value::String(node.value.clone()),
            Scalar::Timestamp(time) => Value::String(time),
            Scalar::String if node.tag.as_deref() == Some("!!binary") => Value::String(binary(&node.value)?),
            Scalar::String => Value::String(node.value.clone()),
        })
    }
}

/// The meaning of a scalar node.
pub(super) fn meaning(node: &Node, dialect: Dialect) -> Result<Scalar, Error> {
    match node.tag.as_deref() {
        Some(tag) => resolve_tagged(tag, &node.value, dialect),
        None if node.style != Style::Plain => Ok(Scalar::String),
        None => Ok(resolve_plain(&node.value, dialect)),
    }
}

/// `!!binary` text: standard base64, line feeds ignored; bytes that are no UTF-8 each become U+FFFD, as in Go's
/// JSON.
pub(super) fn binary(text: &str) -> Result<String, Error> {
    let packed: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = BASE64_STANDARD
        .decode(packed)
        .map_err(|_| Error::Invalid("!!binary value contains invalid base64 data".into()))?;
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                out.push_str(valid);
                break;
            }
            Err(error) => {
                let (valid, after) = rest.split_at(error.valid_up_to());
                out.push_str(&String::from_utf8_lossy(valid));
                out.push('\u{FFFD}');
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    Ok(out)
}
