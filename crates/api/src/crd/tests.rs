//! Tests of the generated definitions' form; what they say is compared by `cargo xtask check-crds`.

use serde_json::{Value, json};

use super::{all, file_name};

#[test]
fn there_is_one_definition_a_kind() {
    let names: Vec<String> = all().iter().map(file_name).collect();
    assert_eq!(names.len(), 15);
    assert!(names.is_sorted());
    assert!(names.contains(&"source.toolkit.fluxcd.io_gitrepositories.yaml".to_owned()));
}

/// install-and-cli.md 1.1
#[test]
fn definitions_are_marked_as_parts_of_flux_and_not_substituted() {
    for definition in all() {
        let metadata = &definition["metadata"];
        assert_eq!(metadata["labels"]["app.kubernetes.io/part-of"], "flux");
        assert!(metadata["labels"]["app.kubernetes.io/component"].is_string());
        assert_eq!(metadata["annotations"], json!({ "kustomize.toolkit.fluxcd.io/substitute": "disabled" }));
    }
}

#[test]
fn schemas_are_structural_and_every_field_is_described() {
    fn check(path: &str, schema: &Value) {
        for forbidden in
            ["$ref", "anyOf", "oneOf", "allOf", "nullable", "title", "$schema", "x-default", "definitions"]
        {
            assert_eq!(schema.get(forbidden), None, "{path}");
        }
        assert!(
            schema["type"].is_string() || schema["x-kubernetes-preserve-unknown-fields"] == true,
            "{path} has one type: {schema}"
        );
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            assert!(inner["description"].is_string() || name == "metadata", "{path} has a description");
            check(&path, inner);
        }
        for inner in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(inner) {
                check(&format!("{path}[]"), inner);
            }
        }
    }
    for definition in all() {
        let schema =
            definition.pointer("/spec/versions/0/schema/openAPIV3Schema").expect("there is a schema");
        check(&file_name(&definition), schema);
    }
}
