//! A schema that a kustomization brings along: an OpenAPI v2 document with definitions.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::Error;

/// How many references are followed before a schema counts as circular.
const MAX_REFERENCES: usize = 64;

/// A parsed OpenAPI document.
pub(crate) struct CustomSchema {
    definitions: serde_json::Map<String, Value>,
    /// `apiVersion kind` → name of its definition.
    types: HashMap<String, String>,
    /// `apiVersion kind` → whether the paths show a namespace.
    namespaced: HashMap<String, bool>,
}

/// Where a reference leads.
pub(super) enum Resolved<'s> {
    Here(&'s Value),
    /// A definition that this document does not hold.
    Definition(&'s str),
}

impl CustomSchema {
    pub(super) fn parse(content: &[u8]) -> Result<Self, Error> {
        let document: Value = if content.first() == Some(&b'{') {
            serde_json::from_slice(content)
                .map_err(|error| Error::yaml(format!("invalid schema file: {error}")))?
        } else {
            ferroflux_yaml::read_value(content, &crate::limits::sigs())
                .map_err(|error| Error::yaml(format!("invalid schema file: {error}")))?
        };
        let Value::Object(mut document) = document else {
            return Err(Error::yaml("invalid schema file: not an object"));
        };
        let definitions = match document.remove("definitions") {
            Some(Value::Object(definitions)) => definitions,
            None | Some(Value::Null) => serde_json::Map::new(),
            Some(_) => return Err(Error::yaml("invalid schema file: `definitions` is not an object")),
        };
        let mut types = HashMap::new();
        for (name, definition) in &definitions {
            for entry in definition
                .get("x-kubernetes-group-version-kind")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                if let Some(key) = type_key(entry) {
                    types.insert(key, name.clone());
                }
            }
        }
        let mut namespaced = HashMap::new();
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let Some(key) = item.pointer("/get/x-kubernetes-group-version-kind").and_then(type_key) else {
                continue;
            };
            if path.contains("namespaces/{namespace}") {
                namespaced.insert(key, true);
            } else {
                namespaced.entry(key).or_insert(false);
            }
        }
        Ok(Self { definitions, types, namespaced })
    }

    pub(super) fn is_cluster_scoped(&self, api_version: &str, kind: &str) -> bool {
        self.namespaced.get(&format!("{api_version} {kind}")) == Some(&false)
    }

    pub(super) fn of_type(&self, api_version: &str, kind: &str) -> Option<&Value> {
        self.definitions.get(self.types.get(&format!("{api_version} {kind}"))?)
    }

    pub(super) fn field<'s>(node: &'s Value, name: &str) -> Option<&'s Value> {
        let property = node.get("properties").and_then(|properties| properties.get(name));
        property.or_else(|| node.get("additionalProperties").filter(|value| value.is_object()))
    }

    pub(super) fn elements(node: &Value) -> Option<&Value> {
        let array = match node.get("type") {
            Some(Value::String(name)) => name == "array",
            Some(Value::Array(names)) => {
                names.len() == 1 && names.first().is_some_and(|name| name == "array")
            }
            _ => false,
        };
        node.get("items").filter(|items| array && items.is_object())
    }

    /// Follows `$ref`; nothing if it leads nowhere.
    pub(super) fn resolve<'s>(&'s self, mut node: &'s Value) -> Option<Resolved<'s>> {
        for _ in 0..MAX_REFERENCES {
            let Some(reference) = node.get("$ref").and_then(Value::as_str) else {
                return Some(Resolved::Here(node));
            };
            let name = reference.strip_prefix("#/definitions/")?;
            match self.definitions.get(name) {
                Some(target) => node = target,
                None => return Some(Resolved::Definition(name)),
            }
        }
        None
    }
}

/// The merge keys of a list with the merge strategy.
pub(super) fn merge_keys(node: &Value) -> Option<Vec<&str>> {
    let strategy = node.get("x-kubernetes-patch-strategy").and_then(Value::as_str)?;
    if !strategy.split(',').any(|part| part == "merge") {
        return None;
    }
    if let Some(keys) = node.get("x-kubernetes-list-map-keys").and_then(Value::as_array) {
        return Some(keys.iter().filter_map(Value::as_str).collect());
    }
    Some(node.get("x-kubernetes-patch-merge-key").and_then(Value::as_str).into_iter().collect())
}

fn type_key(entry: &Value) -> Option<String> {
    let part = |name: &str| entry.get(name).and_then(Value::as_str);
    let (version, kind) = (part("version")?, part("kind")?);
    Some(match part("group") {
        Some(group) if !group.is_empty() => format!("{group}/{version} {kind}"),
        _ => format!("{version} {kind}"),
    })
}
