//! Writes the CustomResourceDefinitions from the types (feature `schema`).
//!
//! The derived JSON schemas are brought into the form that the API server asks for: no references, no `null`, defaults
//! only where a type names one on purpose, and free-form values marked as such.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    CustomResource, Definition, PrinterColumn, StatusSchema, helm, image, kustomize, names, notification,
    source, source_extensions,
};

/// What the macro that defines kinds tells about their schema.
pub(crate) trait Described: CustomResource {
    /// The kind's documentation.
    const DESCRIPTION: &'static str;
    /// The status, or `()` for kinds that have none.
    type Status: JsonSchema;
}

/// The CustomResourceDefinitions of all kinds, by group and name.
pub fn all() -> Vec<Value> {
    let mut definitions = vec![
        definition::<helm::v2::HelmRelease>(),
        definition::<image::v1::ImagePolicy>(),
        definition::<image::v1::ImageRepository>(),
        definition::<image::v1::ImageUpdateAutomation>(),
        definition::<kustomize::v1::Kustomization>(),
        definition::<notification::v1::Receiver>(),
        definition::<notification::v1beta3::Alert>(),
        definition::<notification::v1beta3::Provider>(),
        definition::<source::v1::Bucket>(),
        definition::<source::v1::ExternalArtifact>(),
        definition::<source::v1::GitRepository>(),
        definition::<source::v1::HelmChart>(),
        definition::<source::v1::HelmRepository>(),
        definition::<source::v1::OCIRepository>(),
        definition::<source_extensions::v1beta1::ArtifactGenerator>(),
    ];
    definitions.sort_by_key(file_name);
    definitions
}

/// Name of the file that holds a definition: `GROUP_PLURAL.yaml`.
pub fn file_name(definition: &Value) -> String {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{}_{}.yaml", text("/spec/group"), text("/spec/names/plural"))
}

/// The CustomResourceDefinition of one kind.
fn definition<K>() -> Value
where
    K: Described,
    K::Spec: JsonSchema,
{
    let definition = K::DEFINITION;
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": definition.name(),
            // Descriptions and patterns may hold `${…}`, which is no variable of the user's.
            "annotations": { names::annotations::SUBSTITUTE: names::DISABLED },
            "labels": {
                names::labels::COMPONENT: definition.controller,
                names::labels::PART_OF: names::PART_OF_FLUX,
            },
        },
        "spec": {
            "group": definition.group,
            "names": resource_names(definition),
            "scope": "Namespaced",
            "versions": [version::<K>()],
        },
    })
}

fn resource_names(definition: &Definition) -> Value {
    let mut resource_names = json!({
        "kind": definition.kind,
        "listKind": format!("{}List", definition.kind),
        "plural": definition.plural,
        "singular": definition.singular,
        "categories": definition.categories,
    });
    if !definition.short_names.is_empty() {
        resource_names["shortNames"] = json!(definition.short_names);
    }
    resource_names
}

fn version<K>() -> Value
where
    K: Described,
    K::Spec: JsonSchema,
{
    let definition = K::DEFINITION;
    let subresources = match definition.status {
        StatusSchema::None => json!({}),
        StatusSchema::Plain | StatusSchema::ObservedGeneration => json!({ "status": {} }),
    };
    let columns: Vec<Value> = definition.printer_columns.iter().map(printer_column).collect();
    json!({
        "name": definition.version,
        "served": true,
        "storage": true,
        "additionalPrinterColumns": columns,
        "subresources": subresources,
        "schema": { "openAPIV3Schema": object_schema::<K>() },
    })
}

fn printer_column(column: &PrinterColumn) -> Value {
    let mut value = json!({ "name": column.name, "type": column.kind, "jsonPath": column.json_path });
    if column.priority != 0 {
        value["priority"] = json!(column.priority);
    }
    value
}

fn object_schema<K>() -> Value
where
    K: Described,
    K::Spec: JsonSchema,
{
    let mut properties = json!({
        "apiVersion": {
            "description": "Group and version of the schema in which the object is written.",
            "type": "string",
        },
        "kind": { "description": "Kind of the object.", "type": "string" },
        "metadata": { "type": "object" },
        "spec": structural::<K::Spec>(),
    });
    if K::DEFINITION.status != StatusSchema::None {
        let mut status = structural::<K::Status>();
        if K::DEFINITION.status == StatusSchema::ObservedGeneration {
            status["default"] = json!({ "observedGeneration": -1 });
        }
        properties["status"] = status;
    }
    json!({ "description": one_line(K::DESCRIPTION), "type": "object", "properties": properties })
}

/// The schema of a type as the API server wants it.
fn structural<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    normalise(&mut schema);
    schema
}

/// Rewrites one schema and those inside it into structural form.
fn normalise(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("title");
    object.remove("default");
    object.remove("$schema");
    if let Some(default) = object.remove("x-default") {
        object.insert("default".to_owned(), default);
    }
    remove_null(object);
    // Only these formats mean anything to the API server here.
    if object
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| !["int64", "date-time"].contains(&format))
    {
        object.remove("format");
    }
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = one_line(description);
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(normalise);
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(inner) {
            normalise(inner);
        }
    }
    if let Some(Value::Array(required)) = object.get_mut("required") {
        required.sort_by(|left, right| left.as_str().cmp(&right.as_str()));
    }
}

/// Takes out what says that a value may be null: optional fields are left out instead.
fn remove_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get("type") {
        let kept: Vec<&Value> = types.iter().filter(|kind| *kind != "null").collect();
        if let [only] = kept.as_slice() {
            let only = (*only).clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    if choices.len() == 1
        && let Some(Value::Array(mut choices)) = object.remove("anyOf")
        && let Some(Value::Object(only)) = choices.pop()
    {
        // What stands at the field, such as its description, wins over what its type says.
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

/// Joins the lines of a documentation comment.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
