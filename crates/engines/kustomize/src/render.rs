//! Printing: objects as kustomize prints them, and the few texts that go into annotations and fields.

use ferroflux_yaml as yaml;
use serde_json::Value;

use crate::{
    error::Error,
    node::{Scalar, Tag},
    resource::Resource,
    value,
};

/// One object as YAML with sorted keys.
pub(crate) fn object_to_yaml(resource: &Resource) -> Result<(Value, String), Error> {
    let value = value::to_json(resource.node())
        .map_err(|error| error.context(crate::field_spec::short_id(resource.node())))?;
    let text = yaml::write_value(&value).map_err(|error| {
        Error::yaml(error.to_string()).context(crate::field_spec::short_id(resource.node()))
    })?;
    Ok((value, text))
}

/// YAML with keys as they come, as Go writes structs.
pub(crate) fn write_in_field_order(value: &Value) -> Result<String, Error> {
    let options = yaml::WriteOptions::pretty().compact_sequences(true).key_order(yaml::KeyOrder::AsGiven);
    yaml::write_value_with(value, &options).map_err(|error| Error::yaml(error.to_string()))
}

/// A scalar as it stands in a YAML text.
pub(crate) fn scalar_source(scalar: &Scalar) -> String {
    let ambiguous = scalar.tag == Tag::String
        && yaml::resolve_plain(&scalar.text, yaml::Dialect::V3) != yaml::Scalar::String;
    if scalar.is_quoted() || ambiguous { crate::error::quote(&scalar.text) } else { scalar.text.to_string() }
}
