//! JSON as Go's `encoding/json` reads and writes it, over template values.
//!
//! Reading gives Go's error texts; every number is a `float64`, as in Go when nothing else is asked for.

mod read;
mod write;

pub(crate) use read::{expect_list, expect_map, read};
pub(crate) use write::{Layout, to_json_value, write};

use ferroflux_template::Value;

/// Nesting that is read and written. Go's limit for reading is 10,000; charts need no hundredth of that, and deeper
/// values could not be walked on a small stack.
pub(crate) const MAXIMUM_DEPTH: usize = 1_000;

/// A value that was decoded elsewhere, with every number a `float64`.
pub(crate) fn from_json_value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(from_json_value).collect()),
        serde_json::Value::Object(entries) => {
            Value::map(entries.iter().map(|(key, item)| (key.as_str().into(), from_json_value(item))))
        }
    }
}

/// The Go name of a JSON value's kind, as type errors give it.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "object",
        Value::List(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    }
}
