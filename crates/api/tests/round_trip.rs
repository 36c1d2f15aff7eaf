//! Objects survive being read into their types and written again.

mod samples;

use std::collections::BTreeSet;

use serde_json::{Value, json};

#[test]
fn the_samples_set_every_field_of_every_kind() {
    let samples = samples::all();
    for definition in ferroflux_api::crd::all() {
        let kind =
            definition.pointer("/spec/names/kind").and_then(Value::as_str).expect("definitions name kinds");
        let schema =
            definition.pointer("/spec/versions/0/schema/openAPIV3Schema").expect("definitions have schemas");
        let mut expected = BTreeSet::new();
        for part in ["spec", "status"] {
            if let Some(schema) = schema["properties"].get(part) {
                schema_paths(&format!(".{part}"), schema, &mut expected);
            }
        }
        let mut found = BTreeSet::new();
        for sample in samples.iter().filter(|sample| samples::kind(sample) == kind) {
            value_paths("", sample, schema, &mut found);
        }
        let missing: Vec<_> = expected.difference(&found).collect();
        assert_eq!(missing, Vec::<&String>::new(), "fields of {kind} that no sample sets");
    }
}

#[test]
fn every_field_of_every_kind_survives_reading_and_writing() {
    for sample in samples::all() {
        let written = samples::through_type(&sample);
        for part in ["apiVersion", "kind", "metadata", "spec", "status"] {
            assert_contains(&format!("{} {part}", samples::kind(&sample)), &sample[part], &written[part]);
        }
    }
}

#[test]
fn what_is_left_out_stays_left_out() {
    let object = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": { "name": "small" },
        "spec": { "interval": "10m", "prune": false, "sourceRef": { "kind": "GitRepository", "name": "repo" } },
    });
    let written = samples::through_type(&object);
    let mut expected = object;
    // A field with a default in the schema is written as what it stands for.
    expected["spec"]["force"] = json!(false);
    assert_eq!(written, expected);
}

#[test]
fn empty_optional_strings_are_the_same_as_none() {
    let object = json!({
        "metadata": { "name": "empty" },
        "spec": {
            "interval": "10m", "prune": true, "path": "", "serviceAccountName": "", "targetNamespace": null,
            "sourceRef": { "kind": "GitRepository", "name": "repo", "namespace": "" },
        },
    });
    let read: ferroflux_api::kustomize::v1::Kustomization =
        ferroflux_api::decode::from_value(&object).expect("the object can be read");
    assert_eq!(read.spec.path, None);
    assert_eq!(read.spec.service_account_name, None);
    assert_eq!(read.spec.target_namespace, None);
    assert_eq!(read.spec.source_ref.namespace, None);
}

#[test]
fn an_empty_ignore_list_counts_as_given() {
    let object = json!({
        "metadata": { "name": "empty" },
        "spec": { "interval": "10m", "url": "https://example.org", "ignore": "" },
    });
    let read: ferroflux_api::source::v1::GitRepository =
        ferroflux_api::decode::from_value(&object).expect("the object can be read");
    assert_eq!(read.spec.ignore.as_deref(), Some(""));
    assert_eq!(serde_json::to_value(&read).expect("it can be written")["spec"]["ignore"], "");
}

/// The paths of all fields that a schema describes.
fn schema_paths(path: &str, schema: &Value, paths: &mut BTreeSet<String>) {
    paths.insert(path.to_owned());
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        schema_paths(&format!("{path}.{name}"), schema, paths);
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(schema) = schema.get(inner).filter(|schema| schema.is_object()) {
            schema_paths(&format!("{path}[]"), schema, paths);
        }
    }
}

/// The paths of all fields that a value sets; map entries are written like list elements.
fn value_paths(path: &str, value: &Value, schema: &Value, paths: &mut BTreeSet<String>) {
    paths.insert(path.to_owned());
    match value {
        Value::Object(fields) if schema.get("properties").is_some() => {
            for (name, value) in fields {
                value_paths(&format!("{path}.{name}"), value, &schema["properties"][name], paths);
            }
        }
        Value::Object(fields) => {
            for value in fields.values() {
                value_paths(&format!("{path}[]"), value, &schema["additionalProperties"], paths);
            }
        }
        Value::Array(values) => {
            for value in values {
                value_paths(&format!("{path}[]"), value, &schema["items"], paths);
            }
        }
        _ => {}
    }
}

/// Asserts that everything of one value stands in another, which may hold more.
fn assert_contains(path: &str, wanted: &Value, found: &Value) {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (name, wanted) in wanted {
                assert_contains(&format!("{path}.{name}"), wanted, found.get(name).unwrap_or(&Value::Null));
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                assert_contains(&format!("{path}[{index}]"), wanted, found);
            }
        }
        _ => assert_eq!(found, wanted, "{path}"),
    }
}
