//! Drift-ignore rules, `spec.ignore` (contract/kustomize.md 9.7).

use regex::Regex;
use serde_json::Value;

use crate::object::Object;
use crate::selector::{Selector, SelectorError};

/// Which objects a rule is for; every field given must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IgnoreTarget {
    /// Regular expression over the API group.
    pub group: Option<String>,
    /// Regular expression over the API version.
    pub version: Option<String>,
    /// Regular expression over the kind.
    pub kind: Option<String>,
    /// Regular expression over the namespace.
    pub namespace: Option<String>,
    /// Regular expression over the name.
    pub name: Option<String>,
    /// Selector over labels.
    pub label_selector: Option<String>,
    /// Selector over annotations.
    pub annotation_selector: Option<String>,
}

/// Paths whose drift is ignored, and the objects this is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IgnoreRule {
    /// JSON pointers (RFC 6901).
    pub paths: Vec<String>,
    /// The objects; all without a target.
    pub target: Option<IgnoreTarget>,
}

/// A rule that cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum IgnoreRuleError {
    /// A target field is no regular expression.
    #[error("failed to create ignore rule selector: invalid {field} regex: {cause}")]
    Regex {
        /// The target's field.
        field: &'static str,
        /// What is wrong with it.
        cause: Box<regex::Error>,
    },
    /// A target selector is malformed.
    #[error("failed to create ignore rule selector: invalid {field}: {cause}")]
    Selector {
        /// The target's field.
        field: &'static str,
        /// What is wrong with it.
        cause: SelectorError,
    },
}

#[derive(Debug, Clone, Default)]
struct CompiledTarget {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    namespace: Option<Regex>,
    name: Option<Regex>,
    labels: Option<Selector>,
    annotations: Option<Selector>,
}

/// Compiled rules.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRules(Vec<(CompiledTarget, Vec<String>)>);

fn anchored(field: &'static str, pattern: Option<&String>) -> Result<Option<Regex>, IgnoreRuleError> {
    pattern
        .filter(|pattern| !pattern.is_empty())
        .map(|pattern| {
            Regex::new(&format!("^(?:{pattern})$"))
                .map_err(|cause| IgnoreRuleError::Regex { field, cause: Box::new(cause) })
        })
        .transpose()
}

fn selector(field: &'static str, text: Option<&String>) -> Result<Option<Selector>, IgnoreRuleError> {
    text.filter(|text| !text.is_empty())
        .map(|text| Selector::parse(text).map_err(|cause| IgnoreRuleError::Selector { field, cause }))
        .transpose()
}

impl CompiledTarget {
    fn compile(target: &IgnoreTarget) -> Result<Self, IgnoreRuleError> {
        Ok(Self {
            group: anchored("group", target.group.as_ref())?,
            version: anchored("version", target.version.as_ref())?,
            kind: anchored("kind", target.kind.as_ref())?,
            namespace: anchored("namespace", target.namespace.as_ref())?,
            name: anchored("name", target.name.as_ref())?,
            labels: selector("label selector", target.label_selector.as_ref())?,
            annotations: selector("annotation selector", target.annotation_selector.as_ref())?,
        })
    }

    fn matches(&self, object: &Object) -> bool {
        let hit = |regex: &Option<Regex>, text: &str| regex.as_ref().is_none_or(|regex| regex.is_match(text));
        let map = |field: &str| {
            object.fields().get("metadata").and_then(|metadata| metadata.get(field)).unwrap_or(&Value::Null)
        };
        hit(&self.group, object.group())
            && hit(&self.version, object.version())
            && hit(&self.kind, object.kind())
            && hit(&self.namespace, object.namespace())
            && hit(&self.name, object.name())
            && self.labels.as_ref().is_none_or(|selector| selector.matches(map("labels")))
            && self.annotations.as_ref().is_none_or(|selector| selector.matches(map("annotations")))
    }
}

impl IgnoreRules {
    /// Compiles rules; nothing may be applied when one is invalid.
    pub fn compile(rules: &[IgnoreRule]) -> Result<Self, IgnoreRuleError> {
        let compiled = rules.iter().map(|rule| {
            let target = rule
                .target
                .as_ref()
                .map_or_else(|| Ok(CompiledTarget::default()), CompiledTarget::compile)?;
            Ok((target, rule.paths.clone()))
        });
        Ok(Self(compiled.collect::<Result<_, IgnoreRuleError>>()?))
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pointers ignored on one object.
    pub fn paths_for(&self, object: &Object) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(target, _)| target.matches(object))
            .flat_map(|(_, paths)| paths.iter().map(String::as_str))
            .collect()
    }

    /// Removes the pointers from a value; a missing path or malformed pointer removes nothing.
    pub fn remove(value: &mut Value, paths: &[&str]) {
        for path in paths {
            remove_pointer(value, path);
        }
    }

    /// Adjusts the payload of an apply that happens for another reason: where an ignored path of the live object
    /// differs, either another applier owns it and the path is left out (ownership is given up), or the live value
    /// is sent.
    pub fn keep_live_values(payload: &mut Object, live: &Value, own_manager: &str, paths: &[&str]) {
        let mut value = Value::Object(std::mem::take(payload.fields_mut()));
        for path in paths {
            let Some(live_value) = live.pointer(path) else { continue };
            if value.pointer(path) == Some(live_value) {
                continue;
            }
            if another_applier_owns(live, own_manager, path) {
                remove_pointer(&mut value, path);
            } else if let Some(slot) = value.pointer_mut(path) {
                *slot = live_value.clone();
            }
        }
        if let Value::Object(map) = value {
            *payload.fields_mut() = map;
        }
    }
}

fn tokens(pointer: &str) -> Option<Vec<String>> {
    let rest = pointer.strip_prefix('/')?;
    Some(rest.split('/').map(|token| token.replace("~1", "/").replace("~0", "~")).collect())
}

fn remove_pointer(value: &mut Value, pointer: &str) {
    let Some((parent, _)) = pointer.rsplit_once('/') else { return };
    let Some(last) = tokens(pointer).and_then(|mut tokens| tokens.pop()) else { return };
    match value.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&last);
        }
        Some(Value::Array(list)) => {
            if let Ok(index) = last.parse::<usize>()
                && index < list.len()
            {
                list.remove(index);
            }
        }
        _ => {}
    }
}

fn another_applier_owns(live: &Value, own_manager: &str, pointer: &str) -> bool {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries.into_iter().flatten().any(|entry| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        text("operation") == "Apply"
            && text("manager") != own_manager
            && entry.get("fieldsV1").is_some_and(|fields| owns(fields, live, pointer))
    })
}

/// Follows a pointer through a field set; list indexes become the key of the element that stands there.
fn owns(fields: &Value, live: &Value, pointer: &str) -> bool {
    let Some(tokens) = tokens(pointer) else { return false };
    let (mut set, mut value) = (fields, live);
    for token in &tokens {
        let next = match value {
            Value::Array(list) => {
                let Some(element) = token.parse::<usize>().ok().and_then(|index| list.get(index)) else {
                    return false;
                };
                let found = set.as_object().and_then(|map| {
                    map.iter().find(|(key, _)| key_selects(key, element)).map(|(_, fields)| fields)
                });
                value = element;
                found
            }
            other => {
                value = other.get(token).unwrap_or(&Value::Null);
                set.get(format!("f:{token}"))
            }
        };
        match next {
            Some(next) => set = next,
            None => return false,
        }
    }
    true
}

fn key_selects(key: &str, element: &Value) -> bool {
    if let Some(json) = key.strip_prefix("k:") {
        let Ok(Value::Object(wanted)) = serde_json::from_str::<Value>(json) else { return false };
        return wanted.iter().all(|(name, value)| element.get(name) == Some(value));
    }
    key.strip_prefix("v:")
        .and_then(|json| serde_json::from_str::<Value>(json).ok())
        .is_some_and(|value| value == *element)
}
