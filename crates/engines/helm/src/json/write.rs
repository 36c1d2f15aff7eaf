//! Writing JSON.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ferroflux_go::float;
use ferroflux_template::{Object, Value};

use super::MAXIMUM_DEPTH;

/// How JSON is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `json.Marshal`
    Compact,
    /// `json.MarshalIndent` with two blanks
    Pretty,
    /// An encoder that leaves `<`, `>` and `&` alone
    Raw,
}

/// A value as JSON, keys sorted; the error is Go's.
pub(crate) fn write(value: &Value, layout: Layout) -> Result<String, String> {
    let mut writer = Writer { out: String::new(), layout };
    writer.value(value, 0)?;
    Ok(writer.out)
}

/// What JSON has of an object of Go: its fields, or one value in its place.
enum Shape {
    Elements(Vec<Value>),
    Fields(Vec<(&'static str, Value)>),
    Text(String),
    Number(i64),
}

fn shape(object: &dyn Object) -> Shape {
    if let Some(number) = object.as_any().downcast_ref::<crate::objects::Duration>() {
        return Shape::Number(number.0);
    }
    if let Some(time) = object.as_any().downcast_ref::<crate::objects::Time>() {
        return Shape::Text(time.rfc3339());
    }
    if let Some(elements) = object.elements() {
        return Shape::Elements(elements);
    }
    if let Some(fields) = object.json_fields() {
        return Shape::Fields(fields);
    }
    match object.display() {
        Some(text) => Shape::Text(text),
        None => Shape::Fields(
            object
                .fields()
                .into_iter()
                .filter(|(name, _)| name.starts_with(|first: char| first.is_uppercase()))
                .collect(),
        ),
    }
}

fn too_deep() -> String {
    "json: unsupported value: encountered a cycle or too deep a value".into()
}

struct Writer {
    out: String,
    layout: Layout,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > MAXIMUM_DEPTH {
            return Err(too_deep());
        }
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.number(*number),
            Value::Int32(number) => self.number(*number),
            Value::Uint64(number) => self.number(*number),
            Value::Uint8(number) => self.number(*number),
            Value::Float(number) => match float::format_json(*number) {
                Some(text) => self.out.push_str(&text),
                None => return Err(format!("json: unsupported value: {}", float::format_g(*number))),
            },
            Value::String(text) => self.string(text),
            Value::Bytes(bytes) => {
                self.out.push('"');
                self.out.push_str(&BASE64_STANDARD.encode(bytes));
                self.out.push('"');
            }
            Value::List(list) if list.is_nil() => self.out.push_str("null"),
            Value::List(list) => {
                self.sequence(('[', ']'), list.items(), depth, |writer, item| writer.value(item, depth + 1))?;
            }
            Value::Map(map) if map.is_nil() => self.out.push_str("null"),
            Value::Map(map) => {
                self.sequence(('{', '}'), &map.entries(), depth, |writer, (key, item)| {
                    writer.string(key);
                    writer.out.push_str(if writer.layout == Layout::Pretty { ": " } else { ":" });
                    writer.value(item, depth + 1)
                })?;
            }
            Value::Object(object) => match shape(object.as_ref()) {
                Shape::Text(text) => self.string(text.as_bytes()),
                Shape::Number(number) => self.number(number),
                Shape::Elements(items) => {
                    self.sequence(('[', ']'), &items, depth, |writer, item| writer.value(item, depth + 1))?;
                }
                Shape::Fields(fields) => {
                    self.sequence(('{', '}'), &fields, depth, |writer, (name, item)| {
                        writer.string(name.as_bytes());
                        writer.out.push_str(if writer.layout == Layout::Pretty { ": " } else { ":" });
                        writer.value(item, depth + 1)
                    })?;
                }
            },
            Value::Function(_) => return Err(format!("json: unsupported type: {}", value.type_name())),
        }
        Ok(())
    }

    fn number(&mut self, number: impl std::fmt::Display) {
        let _ = write!(self.out, "{number}");
    }

    fn new_line(&mut self, depth: usize) {
        if self.layout == Layout::Pretty {
            self.out.push('\n');
            for _ in 0..depth {
                self.out.push_str("  ");
            }
        }
    }

    fn sequence<T>(
        &mut self,
        (open, close): (char, char),
        items: &[T],
        depth: usize,
        mut each: impl FnMut(&mut Self, &T) -> Result<(), String>,
    ) -> Result<(), String> {
        self.out.push(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.new_line(depth + 1);
            each(self, item)?;
        }
        if !items.is_empty() {
            self.new_line(depth);
        }
        self.out.push(close);
        Ok(())
    }

    fn string(&mut self, text: &[u8]) {
        self.out.push('"');
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                self.character(character);
            }
            for _ in chunk.invalid() {
                self.out.push_str("\\ufffd");
            }
        }
        self.out.push('"');
    }

    fn character(&mut self, character: char) {
        match character {
            '"' => self.out.push_str("\\\""),
            '\\' => self.out.push_str("\\\\"),
            '\n' => self.out.push_str("\\n"),
            '\r' => self.out.push_str("\\r"),
            '\t' => self.out.push_str("\\t"),
            '\u{8}' => self.out.push_str("\\b"),
            '\u{c}' => self.out.push_str("\\f"),
            '<' | '>' | '&' if self.layout != Layout::Raw => self.escape(character),
            '\u{2028}' | '\u{2029}' => self.escape(character),
            character if character < ' ' => self.escape(character),
            character => self.out.push(character),
        }
    }

    fn escape(&mut self, character: char) {
        let _ = write!(self.out, "\\u{:04x}", character as u32);
    }
}

/// The value as it is after a way through JSON, for the YAML writer; the error is Go's.
pub(crate) fn to_json_value(value: &Value) -> Result<serde_json::Value, String> {
    convert(value, 0)
}

fn convert(value: &Value, depth: usize) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    if depth > MAXIMUM_DEPTH {
        return Err(too_deep());
    }
    let replaced = |text: &[u8]| {
        let mut out = String::with_capacity(text.len());
        for chunk in text.utf8_chunks() {
            out.push_str(chunk.valid());
            out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        out
    };
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) | Value::Int64(number) => Json::from(*number),
        Value::Int32(number) => Json::from(*number),
        Value::Uint64(number) => Json::from(*number),
        Value::Uint8(number) => Json::from(*number),
        Value::Float(number) => match serde_json::Number::from_f64(*number) {
            Some(number) => Json::Number(number),
            None => return Err(format!("json: unsupported value: {}", float::format_g(*number))),
        },
        Value::String(text) => Json::String(replaced(text)),
        Value::Bytes(bytes) => Json::String(BASE64_STANDARD.encode(bytes)),
        Value::List(list) if list.is_nil() => Json::Null,
        Value::List(list) => {
            Json::Array(list.items().iter().map(|item| convert(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        Value::Map(map) if map.is_nil() => Json::Null,
        Value::Map(map) => {
            let mut entries = serde_json::Map::with_capacity(map.len());
            for (key, item) in map.borrow().iter() {
                entries.insert(replaced(key), convert(item, depth + 1)?);
            }
            Json::Object(entries)
        }
        Value::Object(object) => match shape(object.as_ref()) {
            Shape::Text(text) => Json::String(text),
            Shape::Number(number) => Json::from(number),
            Shape::Elements(items) => {
                Json::Array(items.iter().map(|item| convert(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Shape::Fields(fields) => {
                let mut entries = serde_json::Map::with_capacity(fields.len());
                for (name, item) in fields {
                    entries.insert(name.to_owned(), convert(&item, depth + 1)?);
                }
                Json::Object(entries)
            }
        },
        Value::Function(_) => return Err(format!("json: unsupported type: {}", value.type_name())),
    })
}
