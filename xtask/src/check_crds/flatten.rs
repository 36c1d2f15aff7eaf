//! Describes a CustomResourceDefinition the way that the comparison's file does: fields by path.

use anyhow::Context;
use serde_json::{Map, Value, json};

/// What of a field's schema is described under the same name.
const DESCRIBED: [&str; 13] = [
    "type",
    "format",
    "pattern",
    "enum",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "nullable",
    "required",
];

/// Describes one definition.
pub(super) fn definition(definition: &Value) -> anyhow::Result<Value> {
    let spec = definition.get("spec").context("a definition has no spec")?;
    let names = spec.get("names").context("a definition has no names")?;
    let versions = spec.get("versions").and_then(Value::as_array).context("a definition has no versions")?;
    let versions: Vec<Value> = versions.iter().map(version).collect::<anyhow::Result<_>>()?;
    Ok(json!({
        "group": spec.get("group"),
        "kind": names.get("kind"),
        "plural": names.get("plural"),
        "singular": names.get("singular"),
        "shortNames": names.get("shortNames").cloned().unwrap_or_else(|| json!([])),
        "categories": names.get("categories").cloned().unwrap_or_else(|| json!([])),
        "scope": spec.get("scope"),
        "versions": versions,
    }))
}

fn version(version: &Value) -> anyhow::Result<Value> {
    let schema = version.pointer("/schema/openAPIV3Schema").context("a version has no schema")?;
    let mut fields = Map::new();
    field(".", schema, &mut fields);
    Ok(json!({
        "name": version.get("name"),
        "served": version.get("served"),
        "storage": version.get("storage"),
        "deprecated": version.get("deprecated").is_some_and(|deprecated| deprecated == true),
        "subresources": version.get("subresources").cloned().unwrap_or_else(|| json!({})),
        "printerColumns": version.get("additionalPrinterColumns").cloned().unwrap_or_else(|| json!([])),
        "fields": fields,
    }))
}

/// Describes a field and those inside it; every object has the three standard ones, which are left out.
fn field(path: &str, schema: &Value, fields: &mut Map<String, Value>) {
    let mut described = Map::new();
    for (key, value) in schema.as_object().into_iter().flatten() {
        if DESCRIBED.contains(&key.as_str())
            || (key.starts_with("x-kubernetes-") && !key.ends_with("-validations"))
        {
            described.insert(key.clone(), value.clone());
        }
    }
    if let Some(Value::Array(rules)) = schema.get("x-kubernetes-validations") {
        let rules: Vec<Value> = rules.iter().filter_map(|rule| rule.get("rule")).cloned().collect();
        described.insert("rules".to_owned(), Value::Array(rules));
    }
    fields.insert(path.to_owned(), Value::Object(described));
    let prefix = if path == "." { "" } else { path };
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if path != "." || !["apiVersion", "kind", "metadata"].contains(&name.as_str()) {
            field(&format!("{prefix}.{name}"), schema, fields);
        }
    }
    if let Some(items) = schema.get("items") {
        field(&format!("{path}[]"), items, fields);
    }
    if let Some(values @ Value::Object(_)) = schema.get("additionalProperties") {
        field(&format!("{path}{{}}"), values, fields);
    }
}
