//! The JSON form of a tree and back: where every scalar's meaning is decided.

mod folding;

use ferroflux_yaml::{Dialect, Scalar as Meaning, resolve_plain};
use serde_json::{Map, Number, Value};

use crate::{
    error::Error,
    node::{Node, Scalar, Style, Tag},
};

/// The object as JSON would hold it.
pub(crate) fn to_json(node: &Node) -> Result<Value, Error> {
    match node {
        Node::Scalar(scalar) => scalar_to_json(scalar),
        Node::Sequence(items) => items.iter().map(to_json).collect::<Result<_, _>>().map(Value::Array),
        Node::Mapping(entries) => {
            let mut map = Map::with_capacity(entries.len());
            for (key, value) in entries.iter() {
                check_key(key)?;
                let value = to_json(value)?;
                if map.insert(key.text.to_string(), value).is_some() {
                    return Err(Error::yaml(format!(
                        "yaml: unmarshal errors: mapping key {} already defined",
                        crate::error::quote(&key.text)
                    )));
                }
            }
            Ok(Value::Object(map))
        }
    }
}

fn check_key(key: &Scalar) -> Result<(), Error> {
    let string = key.is_quoted()
        || match key.tag {
            Tag::String | Tag::Merge => true,
            Tag::Untyped => matches!(resolve_plain(&key.text, Dialect::V3), Meaning::String),
            _ => false,
        };
    if string { Ok(()) } else { Err(Error::yaml("json: unsupported type: map[interface {}]interface {}")) }
}

/// What a scalar means when it is printed.
pub(crate) fn scalar_to_json(scalar: &Scalar) -> Result<Value, Error> {
    if scalar.style == Style::Folded {
        return Ok(Value::String(folding::round_trip(&scalar.text)));
    }
    if scalar.is_quoted() || scalar.tag == Tag::String || scalar.text.contains('\n') {
        return Ok(Value::String(scalar.text.to_string()));
    }
    let meaning = resolve_plain(&scalar.text, Dialect::V3);
    let fits = match scalar.tag {
        Tag::Untyped => true,
        Tag::Null => meaning == Meaning::Null,
        Tag::Bool => matches!(meaning, Meaning::Bool(_)),
        Tag::Int => matches!(meaning, Meaning::Int(_) | Meaning::Uint(_)),
        Tag::Float => matches!(meaning, Meaning::Float(_) | Meaning::Int(_) | Meaning::Uint(_)),
        Tag::Timestamp => matches!(meaning, Meaning::Timestamp(_)),
        Tag::String | Tag::Merge => return Ok(Value::String(scalar.text.to_string())),
    };
    if !fits {
        return Err(Error::yaml(format!(
            "yaml: cannot decode {} `{}` as a {}",
            meaning.tag(),
            scalar.text,
            tag_name(scalar.tag)
        )));
    }
    Ok(match meaning {
        Meaning::Null => Value::Null,
        Meaning::Bool(truth) => Value::Bool(truth),
        Meaning::Int(number) => Value::Number(number.into()),
        Meaning::Uint(number) => Value::Number(number.into()),
        Meaning::Float(number) => Value::Number(Number::from_f64(number).ok_or_else(|| {
            let text = if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            Error::yaml(format!("json: unsupported value: {text}"))
        })?),
        Meaning::Timestamp(time) => Value::String(time),
        Meaning::String => Value::String(scalar.text.to_string()),
    })
}

fn tag_name(tag: Tag) -> &'static str {
    match tag {
        Tag::Null => "!!null",
        Tag::Bool => "!!bool",
        Tag::Int => "!!int",
        Tag::Float => "!!float",
        Tag::Timestamp => "!!timestamp",
        Tag::Merge => "!!merge",
        Tag::String | Tag::Untyped => "!!str",
    }
}

/// A tree from JSON, with strings marked as strings.
pub(crate) fn from_json(value: &Value) -> Node {
    match value {
        Value::Null => Node::null(),
        Value::Bool(truth) => Node::Scalar(Scalar::new(if *truth { "true" } else { "false" }, Tag::Bool)),
        Value::Number(number) => Node::Scalar(number_scalar(number)),
        Value::String(text) => Node::string(text.as_str()),
        Value::Array(items) => Node::sequence(items.iter().map(from_json).collect()),
        Value::Object(map) => Node::mapping(
            map.iter().map(|(key, value)| (Scalar::string(key.as_str()), from_json(value))).collect(),
        ),
    }
}

fn number_scalar(number: &Number) -> Scalar {
    match number.as_f64() {
        Some(float) if !number.is_i64() && !number.is_u64() => {
            let text = ferroflux_go::float::format_g(float);
            let tag = if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
                Tag::Int
            } else {
                Tag::Float
            };
            Scalar::new(text, tag)
        }
        _ => Scalar::new(number.to_string(), Tag::Int),
    }
}

/// How Go names the type of a decoded value.
pub(crate) fn go_type(node: &Node) -> &'static str {
    match node {
        Node::Sequence(_) => "[]interface {}",
        Node::Mapping(_) => "map[string]interface {}",
        Node::Scalar(scalar) => match scalar_to_json(scalar) {
            Ok(Value::Bool(_)) => "bool",
            Ok(Value::Number(number)) if number.is_f64() => "float64",
            Ok(Value::Number(_)) => "int",
            Ok(Value::Null) => "<nil>",
            _ => "string",
        },
    }
}

/// JSON as Go's encoder writes it: sorted keys, `<`, `>`, `&` and line separators escaped; compact, or indented
/// by two blanks.
pub(crate) fn go_json(value: &Value, pretty: bool) -> String {
    let mut out = String::new();
    write_go_json(value, pretty.then_some(0), &mut out);
    out
}

fn write_go_json(value: &Value, indent: Option<usize>, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        if let Some(base) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", base + depth));
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => out.push_str(&ferroflux_go::float::format_json(float).unwrap_or_default()),
            None => out.push_str(&number.to_string()),
        },
        Value::String(text) => write_go_string(text, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, 1);
                write_go_json(item, indent.map(|base| base + 1), out);
            }
            line(out, 0);
            out.push(']');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, 1);
                write_go_string(key, out);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_go_json(item, indent.map(|base| base + 1), out);
            }
            line(out, 0);
            out.push('}');
        }
    }
}

fn write_go_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", character as u32));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Numbers as they are after Go has read them into an untyped map: all floats.
pub(crate) fn with_float_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64().and_then(Number::from_f64) {
                *number = float;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(with_float_numbers),
        Value::Object(map) => map.values_mut().for_each(with_float_numbers),
        _ => {}
    }
}
