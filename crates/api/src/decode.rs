//! Decodes objects one at a time, so that one with a broken spec fails alone.
//!
//! Objects written through an older definition may hold values of another type than today's. The API server still
//! serves them, and a list that is decoded as a whole would fail on the first of them: every object of the kind would
//! stop being reconciled (CVE-2022-39272). Watch [`Tolerant<K>`] instead of `K`.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube_core::{DynamicObject, Resource};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use crate::CustomResource;

/// Says which field of which object cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} `{name}` cannot be read: field `{field}`: {problem}", name = self.full_name())]
pub struct DecodeError {
    /// Kind that was expected.
    pub kind: String,
    /// Namespace of the object; empty when it has none.
    pub namespace: String,
    /// Name of the object; empty when it has none.
    pub name: String,
    /// Path to the field, such as `spec.ref.tag`; `.` for the object itself.
    pub field: String,
    /// What is wrong with the field.
    pub problem: String,
}

impl DecodeError {
    fn full_name(&self) -> String {
        if self.namespace.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }
}

/// Decodes an object from JSON; the error names the field.
pub fn from_value<K: CustomResource>(value: &Value) -> Result<K, DecodeError> {
    check_kind::<K>(value)?;
    // The path to the field costs time, so that it is only looked for when there is an error.
    K::deserialize(value).or_else(|_| {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let field = error.path().to_string();
            failure::<K>(value, &field, error.into_inner().to_string())
        })
    })
}

/// Decodes an object that was read without knowing its type.
pub fn from_dynamic<K: CustomResource>(object: DynamicObject) -> Result<K, DecodeError> {
    // Whatever could be read can be written; the null of the other case is refused by the next line.
    let value = serde_json::to_value(object).unwrap_or_default();
    from_value(&value)
}

/// Refuses an object that says that it is of another kind; lists may leave both fields out.
fn check_kind<K: CustomResource>(value: &Value) -> Result<(), DecodeError> {
    let expected = [("apiVersion", K::DEFINITION.api_version()), ("kind", K::DEFINITION.kind.to_owned())];
    for (field, expected) in expected {
        match value.get(field) {
            Some(Value::String(found)) if *found != expected => {
                return Err(failure::<K>(value, field, format!("expected `{expected}`, found `{found}`")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn failure<K: CustomResource>(value: &Value, field: &str, problem: String) -> DecodeError {
    let metadata = |key: &str| {
        value
            .get("metadata")
            .and_then(|metadata| metadata.get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    DecodeError {
        kind: K::DEFINITION.kind.to_owned(),
        namespace: metadata("namespace").to_owned(),
        name: metadata("name").to_owned(),
        field: field.to_owned(),
        problem,
    }
}

/// An object of a kind, or what is known of it when it cannot be decoded.
///
/// Decoding fails only if the metadata cannot be read, which the API server itself rules out; it can therefore be
/// listed and watched in place of the kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Tolerant<K> {
    /// The object.
    Valid(K),
    /// An object of which only the metadata could be read.
    Invalid(InvalidObject),
}

/// An object of which only the metadata could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidObject {
    /// Its metadata.
    pub metadata: ObjectMeta,
    /// Why the rest cannot be read.
    pub error: DecodeError,
}

impl<K> Tolerant<K> {
    /// The object, or why it cannot be decoded.
    pub fn as_result(&self) -> Result<&K, &InvalidObject> {
        match self {
            Self::Valid(object) => Ok(object),
            Self::Invalid(invalid) => Err(invalid),
        }
    }

    /// The object, or why it cannot be decoded.
    pub fn into_result(self) -> Result<K, InvalidObject> {
        match self {
            Self::Valid(object) => Ok(object),
            Self::Invalid(invalid) => Err(invalid),
        }
    }
}

impl<'de, K: CustomResource> Deserialize<'de> for Tolerant<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match from_value(&value) {
            Ok(object) => Ok(Self::Valid(object)),
            Err(error) => {
                let metadata = value.get("metadata").unwrap_or(&Value::Null);
                let metadata = ObjectMeta::deserialize(metadata).map_err(D::Error::custom)?;
                Ok(Self::Invalid(InvalidObject { metadata, error }))
            }
        }
    }
}

impl<K: CustomResource> Resource for Tolerant<K> {
    type DynamicType = ();
    type Scope = K::Scope;

    fn kind((): &()) -> Cow<'_, str> {
        K::DEFINITION.kind.into()
    }

    fn group((): &()) -> Cow<'_, str> {
        K::DEFINITION.group.into()
    }

    fn version((): &()) -> Cow<'_, str> {
        K::DEFINITION.version.into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        K::DEFINITION.plural.into()
    }

    fn meta(&self) -> &ObjectMeta {
        match self {
            Self::Valid(object) => object.meta(),
            Self::Invalid(invalid) => &invalid.metadata,
        }
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::Valid(object) => object.meta_mut(),
            Self::Invalid(invalid) => &mut invalid.metadata,
        }
    }
}

#[cfg(test)]
mod tests;
