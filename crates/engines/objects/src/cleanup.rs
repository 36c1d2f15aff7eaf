//! Taking an object over from the tools that managed it before (contract/kustomize.md 9.6).

use serde_json::{Map, Value, json};

use crate::keys;

/// The operation of a managedFields entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManagerOperation {
    /// Server-side apply.
    Apply,
    /// Create, update and patch.
    Update,
}

/// Field managers whose fields are taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerMatch {
    /// What the manager's name starts with.
    pub prefix: String,
    /// The operations that match; empty means both.
    pub operations: Vec<ManagerOperation>,
}

impl ManagerMatch {
    /// The managers that every apply takes over, and the names given by `--override-manager`.
    pub fn defaults(own_manager: &str, override_managers: &[String]) -> Vec<Self> {
        let update = vec![ManagerOperation::Update];
        let mut matches = vec![
            Self { prefix: "kubectl".to_owned(), operations: Vec::new() },
            Self { prefix: "before-first-apply".to_owned(), operations: update.clone() },
            Self { prefix: own_manager.to_owned(), operations: update },
        ];
        matches.extend(
            override_managers
                .iter()
                .filter(|name| !name.is_empty())
                .map(|name| Self { prefix: name.clone(), operations: Vec::new() }),
        );
        matches
    }

    fn hits(&self, manager: &str, operation: &str) -> bool {
        manager.starts_with(&self.prefix)
            && (self.operations.is_empty()
                || self.operations.iter().any(|wanted| match wanted {
                    ManagerOperation::Apply => operation == "Apply",
                    ManagerOperation::Update => operation == "Update",
                }))
    }
}

/// A JSON patch that removes the traces of other tools; it carries the resource version that it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanUp {
    /// RFC 6902 operations.
    pub operations: Value,
}

fn text<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Plans the clean-up of a live object, or `None` when there is nothing to do.
pub fn plan_clean_up(live: &Value, own_manager: &str, matches: &[ManagerMatch]) -> Option<CleanUp> {
    let metadata = live.get("metadata")?;
    let mut operations = Vec::new();
    for (field, stale) in [("annotations", &keys::STALE_ANNOTATIONS[..]), ("labels", &keys::STALE_LABELS[..])]
    {
        for key in stale.iter().filter(|key| metadata.get(field).is_some_and(|map| map.get(key).is_some())) {
            let pointer = key.replace('~', "~0").replace('/', "~1");
            operations.push(json!({"op": "remove", "path": format!("/metadata/{field}/{pointer}")}));
        }
    }
    let api_version = text(live, "apiVersion");
    if let Some(managers) = metadata.get("managedFields").and_then(Value::as_array)
        && let Some(merged) = merge_managers(managers, own_manager, api_version, matches)
    {
        operations.push(json!({"op": "replace", "path": "/metadata/managedFields", "value": merged}));
    }
    with_lock(operations, metadata)
}

/// Plans the rewrite of every managedFields entry to the API version being applied, for definitions that drop old
/// versions (gate `MigrateAPIVersion`); `None` when all entries have it.
pub fn plan_version_migration(live: &Value, api_version: &str) -> Option<CleanUp> {
    let metadata = live.get("metadata")?;
    let managers = metadata.get("managedFields")?.as_array()?;
    if managers.iter().all(|entry| text(entry, "apiVersion") == api_version) {
        return None;
    }
    let migrated: Vec<Value> = managers
        .iter()
        .map(|entry| {
            let mut entry = entry.clone();
            if let Some(map) = entry.as_object_mut() {
                map.insert("apiVersion".to_owned(), Value::String(api_version.to_owned()));
            }
            entry
        })
        .collect();
    with_lock(vec![json!({"op": "replace", "path": "/metadata/managedFields", "value": migrated})], metadata)
}

/// Another writer in between must not lose its entry: the patch is refused when the object has moved on.
fn with_lock(mut operations: Vec<Value>, metadata: &Value) -> Option<CleanUp> {
    if operations.is_empty() {
        return None;
    }
    if let Some(version) = metadata.get("resourceVersion") {
        operations.push(json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}));
    }
    Some(CleanUp { operations: Value::Array(operations) })
}

fn merge_managers(
    managers: &[Value],
    own_manager: &str,
    api_version: &str,
    matches: &[ManagerMatch],
) -> Option<Vec<Value>> {
    let is_own = |entry: &Value| {
        text(entry, "manager") == own_manager
            && text(entry, "operation") == "Apply"
            && text(entry, "subresource").is_empty()
    };
    let is_foreign = |entry: &Value| {
        !is_own(entry)
            && text(entry, "subresource").is_empty()
            && matches.iter().any(|rule| rule.hits(text(entry, "manager"), text(entry, "operation")))
    };
    if !managers.iter().any(is_foreign) {
        return None;
    }
    let mut united = Value::Object(Map::new());
    for entry in managers.iter().filter(|entry| is_own(entry) || is_foreign(entry)) {
        if let Some(fields) = entry.get("fieldsV1") {
            unite(&mut united, fields);
        }
    }
    // The own entry keeps its place; without one, the first match is renamed into it.
    let target = managers.iter().position(is_own).or_else(|| managers.iter().position(is_foreign))?;
    let merged = managers.iter().enumerate().filter_map(|(index, entry)| {
        if index == target {
            let mut entry = entry.clone();
            let map = entry.as_object_mut()?;
            map.insert("manager".to_owned(), Value::String(own_manager.to_owned()));
            map.insert("operation".to_owned(), Value::String("Apply".to_owned()));
            if text(&Value::Object(map.clone()), "apiVersion").is_empty() {
                map.insert("apiVersion".to_owned(), Value::String(api_version.to_owned()));
            }
            map.insert("fieldsV1".to_owned(), united.clone());
            return Some(entry);
        }
        (!is_foreign(entry)).then(|| entry.clone())
    });
    Some(merged.collect())
}

/// Union of two field sets in their JSON form: maps are united key by key.
fn unite(into: &mut Value, from: &Value) {
    let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) else { return };
    for (key, value) in from {
        match into.get_mut(key) {
            Some(existing) => unite(existing, value),
            None => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}
