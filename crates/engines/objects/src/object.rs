//! A Kubernetes object as it left the build: a JSON map that has an apiVersion, a kind and a name.

use serde_json::{Map, Value};

use crate::id::ObjectId;

/// A built object: its map always has a non-empty `apiVersion`, `kind` and `metadata.name`.
#[derive(Debug, Clone, PartialEq)]
pub struct Object(Map<String, Value>);

/// Why a value is not a Kubernetes object. Names the object as far as it is known, never its content.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ObjectError {
    /// The value is a scalar or a list.
    #[error("a Kubernetes object must be a map")]
    NotAMap,
    /// One of the three identifying fields is missing, empty or not a string.
    #[error(
        "failed to decode Kubernetes apiVersion, kind and name from: apiVersion: `{api_version}`, kind: `{kind}`, name: `{name}`"
    )]
    Unidentified {
        /// What was found as apiVersion.
        api_version: String,
        /// What was found as kind.
        kind: String,
        /// What was found as name.
        name: String,
    },
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Object {
    /// Takes a built value; refuses what has no identity.
    pub fn from_value(value: Value) -> Result<Self, ObjectError> {
        let Value::Object(map) = value else { return Err(ObjectError::NotAMap) };
        let object = Self(map);
        if object.api_version().is_empty() || object.kind().is_empty() || object.name().is_empty() {
            return Err(ObjectError::Unidentified {
                api_version: object.api_version().to_owned(),
                kind: object.kind().to_owned(),
                name: object.name().to_owned(),
            });
        }
        Ok(object)
    }

    /// The whole map, to read.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The whole map, to change; the caller keeps the identity in place.
    pub(crate) fn fields_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    /// The object as a JSON value.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// `apiVersion`.
    pub fn api_version(&self) -> &str {
        text(&self.0, "apiVersion")
    }

    /// API group, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// API version without the group.
    pub fn version(&self) -> &str {
        let api_version = self.api_version();
        api_version.rsplit_once('/').map_or(api_version, |(_, version)| version)
    }

    /// `kind`.
    pub fn kind(&self) -> &str {
        text(&self.0, "kind")
    }

    fn metadata(&self) -> Option<&Map<String, Value>> {
        self.0.get("metadata").and_then(Value::as_object)
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.metadata().map_or("", |metadata| text(metadata, "name"))
    }

    /// `metadata.namespace`, empty when not set.
    pub fn namespace(&self) -> &str {
        self.metadata().map_or("", |metadata| text(metadata, "namespace"))
    }

    /// Sets the namespace, or removes it when empty (a cluster-scoped object has none).
    pub fn set_namespace(&mut self, namespace: &str) {
        if let Some(metadata) = self.0.get_mut("metadata").and_then(Value::as_object_mut) {
            if namespace.is_empty() {
                metadata.shift_remove("namespace");
            } else {
                metadata.insert("namespace".to_owned(), Value::String(namespace.to_owned()));
            }
        }
    }

    /// One label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.metadata()?.get("labels")?.get(key)?.as_str()
    }

    /// One annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata()?.get("annotations")?.get(key)?.as_str()
    }

    /// Sets a label on the object's own metadata, never on templates.
    pub fn set_label(&mut self, key: &str, value: &str) {
        self.set_metadata("labels", key, value);
    }

    /// Sets an annotation on the object's own metadata, never on templates.
    pub fn set_annotation(&mut self, key: &str, value: &str) {
        self.set_metadata("annotations", key, value);
    }

    fn set_metadata(&mut self, field: &str, key: &str, value: &str) {
        let Some(metadata) = self.0.get_mut("metadata").and_then(Value::as_object_mut) else { return };
        let entry = metadata.entry(field).or_insert_with(|| Value::Object(Map::new()));
        if !entry.is_object() {
            *entry = Value::Object(Map::new());
        }
        if let Some(map) = entry.as_object_mut() {
            map.insert(key.to_owned(), Value::String(value.to_owned()));
        }
    }

    /// Identity of the object.
    pub fn id(&self) -> ObjectId {
        ObjectId {
            namespace: self.namespace().to_owned(),
            name: self.name().to_owned(),
            group: self.group().to_owned(),
            kind: self.kind().to_owned(),
        }
    }
}
