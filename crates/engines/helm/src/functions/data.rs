//! JSON, YAML and TOML from and to values.

use ferroflux_template::{CallError, Functions, Type, Value};
use ferroflux_yaml::{ReadOptions, WriteOptions, read_value, write_value_with};

use super::{
    Returned,
    signature::{fixed, produced},
};
use crate::{
    json::{self, Layout},
    toml,
};

const ONE: &[Type] = &[Type::String];

pub(super) fn add(functions: &mut Functions) {
    to_text(functions, "toJson", "mustToJson", |value| json::write(value, Layout::Compact));
    to_text(functions, "toPrettyJson", "mustToPrettyJson", |value| json::write(value, Layout::Pretty));
    produced(functions, "toRawJson", &[Type::Any], |arguments| raw_json(arguments.value(0)));
    produced(functions, "mustToRawJson", &[Type::Any], |arguments| raw_json(arguments.value(0)));
    to_text(functions, "toYaml", "mustToYaml", to_yaml);
    produced(functions, "toYamlPretty", &[Type::Any], |arguments| {
        Ok(Value::from(to_yaml_pretty(arguments.value(0)).unwrap_or_default()))
    });
    // Here an error is the result, in the place of the text.
    produced(functions, "toToml", &[Type::Any], |arguments| {
        if matches!(arguments.value(0), Value::Nil) {
            return Err("reflect: call of reflect.Value.Type on zero Value".into());
        }
        Ok(Value::from(toml::write(arguments.value(0)).unwrap_or_else(|error| error)))
    });
    produced(functions, "mustToToml", &[Type::Any], |arguments| {
        Ok(Value::from(toml::write(arguments.value(0)).map_err(CallError::from)?))
    });
    fixed(functions, "fromJson", ONE, |arguments| {
        Ok(or_error_map(json::read(&arguments.text(0)).and_then(json::expect_map)))
    });
    fixed(functions, "fromJsonArray", ONE, |arguments| {
        Ok(or_error_list(json::read(&arguments.text(0)).and_then(json::expect_list)))
    });
    fixed(functions, "mustFromJson", ONE, |arguments| Ok(json::read(&arguments.text(0))?));
    fixed(functions, "fromYaml", ONE, |arguments| {
        Ok(or_error_map(from_yaml(&arguments.text(0)).and_then(|value| match value {
            Value::Nil => Ok(Value::map([])),
            value => decoded(json::expect_map(value)),
        })))
    });
    fixed(functions, "fromYamlArray", ONE, |arguments| {
        Ok(or_error_list(from_yaml(&arguments.text(0)).and_then(|value| match value {
            Value::Nil => Ok(Value::list(Vec::new())),
            value => decoded(json::expect_list(value)),
        })))
    });
    fixed(functions, "fromToml", ONE, |arguments| Ok(or_error_map(toml::read(&arguments.string(0)))));
}

/// Adds a function that gives nothing for what it cannot write, and its `must` form, which fails.
fn to_text(
    functions: &mut Functions,
    name: &'static str,
    must: &'static str,
    write: fn(&Value) -> Result<String, String>,
) {
    produced(functions, name, &[Type::Any], move |arguments| {
        Ok(Value::from(write(arguments.value(0)).unwrap_or_default()))
    });
    produced(functions, must, &[Type::Any], move |arguments| {
        Ok(Value::from(write(arguments.value(0)).map_err(CallError::from)?))
    });
}

fn raw_json(value: &Value) -> Returned {
    Ok(Value::from(json::write(value, Layout::Raw)?))
}

/// A value as sigs.k8s.io/yaml writes it, without the last line feed.
pub(crate) fn to_yaml(value: &Value) -> Result<String, String> {
    written(value, &WriteOptions::sigs())
}

fn to_yaml_pretty(value: &Value) -> Result<String, String> {
    written(value, &WriteOptions::pretty())
}

fn written(value: &Value, options: &WriteOptions) -> Result<String, String> {
    let json = json::to_json_value(value).map_err(|error| format!("error marshaling into JSON: {error}"))?;
    let mut text = write_value_with(&json, options).map_err(|error| error.to_string())?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

fn from_yaml(text: &[u8]) -> Result<Value, String> {
    let value = read_value(text, &ReadOptions::sigs())
        .map_err(|error| format!("error converting YAML to JSON: {error}"))?;
    Ok(json::from_json_value(&value))
}

/// Type errors carry what sigs.k8s.io/yaml puts before them.
fn decoded(result: Result<Value, String>) -> Result<Value, String> {
    result.map_err(|error| format!("error unmarshaling JSON: while decoding JSON: {error}"))
}

fn or_error_map(result: Result<Value, String>) -> Value {
    result.unwrap_or_else(|error| Value::map([("Error".into(), Value::from(error))]))
}

fn or_error_list(result: Result<Value, String>) -> Value {
    result.unwrap_or_else(|error| Value::list(vec![Value::from(error)]))
}
