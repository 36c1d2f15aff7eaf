//! Writing TOML: simple keys first, then tables, indented two blanks a level, sorted.

use std::fmt::Write as _;

use ferroflux_go::float;
use ferroflux_template::{Text, Value};

use crate::{json::MAXIMUM_DEPTH, objects::Time};

/// The value as TOML; the error is Go's.
pub(crate) fn write(value: &Value) -> Result<String, String> {
    let mut writer = Writer { out: String::new() };
    match value {
        Value::Map(map) => writer.table(&[], &map.entries())?,
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        value if is_table_list(value)? => {
            return Err("toml: top-level values must be Go maps or structs".into());
        }
        value => writer.element(value, 0)?,
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
}

fn is_table(value: &Value) -> bool {
    matches!(value, Value::Map(_))
}

/// Whether the value is a list of tables only, which is not written on one line.
fn is_table_list(value: &Value) -> Result<bool, String> {
    let Value::List(list) = value else {
        return Ok(false);
    };
    if list.items().iter().any(|item| matches!(item, Value::Nil)) {
        return Err("toml: cannot encode array with nil element".into());
    }
    Ok(!list.is_empty() && list.items().iter().all(is_table))
}

impl Writer {
    fn table(&mut self, path: &[Text], entries: &[(Text, Value)]) -> Result<(), String> {
        if path.len() > MAXIMUM_DEPTH {
            return Err("toml: nested too deeply".into());
        }
        let mut tables = Vec::new();
        for (key, value) in entries {
            if matches!(value, Value::Nil) {
                continue;
            }
            if is_table(value) || is_table_list(value)? {
                tables.push((key, value));
                continue;
            }
            self.indent(path.len());
            self.key(key);
            self.out.push_str(" = ");
            self.element(value, path.len())?;
            self.out.push('\n');
        }
        for (key, value) in tables {
            let mut path = path.to_vec();
            path.push(key.clone());
            match value {
                Value::Map(map) => {
                    if path.len() == 1 {
                        self.blank_line();
                    }
                    self.header(&path, "[", "]");
                    self.table(&path, &map.entries())?;
                }
                Value::List(list) => {
                    for item in list.items().iter().filter_map(Value::as_map) {
                        self.blank_line();
                        self.header(&path, "[[", "]]");
                        self.table(&path, &item.entries())?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn blank_line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.out.push_str("  ");
        }
    }

    fn header(&mut self, path: &[Text], open: &str, close: &str) {
        self.indent(path.len().saturating_sub(1));
        self.out.push_str(open);
        for (index, key) in path.iter().enumerate() {
            if index > 0 {
                self.out.push('.');
            }
            self.key(key);
        }
        self.out.push_str(close);
        self.out.push('\n');
    }

    fn key(&mut self, key: &Text) {
        let bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !key.is_empty() && key.iter().all(bare) {
            self.out.push_str(&key.to_str());
        } else {
            self.quoted(&key.to_str());
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '\t' => self.out.push_str("\\t"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                character if character < ' ' || character == '\u{7f}' => {
                    let _ = write!(self.out, "\\u{:04x}", character as u32);
                }
                character => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    /// A value on one line.
    fn element(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > MAXIMUM_DEPTH {
            return Err("toml: nested too deeply".into());
        }
        match value {
            Value::Nil => return Err("toml: cannot encode array with nil element".into()),
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.number(*number),
            Value::Int32(number) => self.number(*number),
            Value::Uint64(number) => self.number(*number),
            Value::Uint8(number) => self.number(*number),
            Value::Float(number) => self.float(*number),
            Value::String(text) => self.quoted(&text.to_str()),
            Value::Bytes(_) | Value::List(_) => {
                self.out.push('[');
                for (index, item) in value.elements().unwrap_or_default().iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.out.push(']');
            }
            Value::Map(map) => {
                self.out.push('{');
                let entries = map.entries();
                let entries = entries.iter().filter(|(_, item)| !matches!(item, Value::Nil));
                for (index, (key, item)) in entries.enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.key(key);
                    self.out.push_str(" = ");
                    self.element(item, depth + 1)?;
                }
                self.out.push('}');
            }
            Value::Object(object) => match object.as_any().downcast_ref::<Time>() {
                Some(time) => self.out.push_str(&time.rfc3339()),
                None => match object.display() {
                    Some(text) => self.quoted(&text),
                    None => return Err(format!("toml: unsupported type: {}", object.type_name())),
                },
            },
            Value::Function(_) => return Err(format!("unsupported type for key: {}", value.type_name())),
        }
        Ok(())
    }

    fn number(&mut self, number: impl std::fmt::Display) {
        let _ = write!(self.out, "{number}");
    }

    fn float(&mut self, number: f64) {
        if number.is_nan() {
            self.out.push_str("nan");
        } else if number.is_infinite() {
            self.out.push_str(if number > 0.0 { "inf" } else { "-inf" });
        } else {
            let text = float::format_g(number);
            let whole = !text.contains(['e', '.']);
            self.out.push_str(&text);
            if whole {
                self.out.push_str(".0");
            }
        }
    }
}
