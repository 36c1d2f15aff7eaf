//! Tests of the comparison.

use serde_json::json;

use super::{compare, flatten};

fn described() -> serde_json::Value {
    flatten::definition(&json!({
        "spec": {
            "group": "example.org",
            "scope": "Namespaced",
            "names": { "kind": "Thing", "plural": "things", "singular": "thing" },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "additionalPrinterColumns": [{ "name": "Age", "type": "date", "jsonPath": ".metadata" }],
                "schema": { "openAPIV3Schema": {
                    "description": "not compared",
                    "type": "object",
                    "properties": {
                        "metadata": { "type": "object" },
                        "spec": {
                            "type": "object",
                            "x-kubernetes-validations": [{ "rule": "has(self.list)", "message": "not compared" }],
                            "properties": {
                                "list": { "type": "array", "items": { "type": "string", "pattern": "^a$" } },
                                "map": { "type": "object", "additionalProperties": { "type": "integer" } },
                            },
                        },
                    },
                } },
            }],
        },
    }))
    .expect("the definition is complete")
}

#[test]
fn fields_are_described_by_their_paths() {
    let described = described();
    assert_eq!(
        described["versions"][0]["fields"],
        json!({
            ".": { "type": "object" },
            ".spec": { "type": "object", "rules": ["has(self.list)"] },
            ".spec.list": { "type": "array" },
            ".spec.list[]": { "type": "string", "pattern": "^a$" },
            ".spec.map": { "type": "object" },
            ".spec.map{}": { "type": "integer" },
        })
    );
    assert_eq!(described["shortNames"], json!([]));
}

#[test]
fn equal_definitions_have_no_differences() {
    assert_eq!(compare(&[described()], &[described()]), Vec::<String>::new());
}

#[test]
fn each_difference_is_named_with_its_path() {
    let mut other = described();
    let version = &mut other["versions"][0];
    version["fields"][".spec.list[]"]["pattern"] = json!("^b$");
    version["fields"][".spec.more"] = json!({});
    version["printerColumns"][0]["type"] = json!("string");
    version["fields"].as_object_mut().expect("fields are an object").remove(".spec.map{}");
    assert_eq!(
        compare(&[described()], &[other]),
        [
            r#"things.example.org: versions[v1] fields .spec.list[] pattern: expected "^a$", found "^b$""#,
            r#"things.example.org: versions[v1] fields .spec.map{}: is missing, expected {"type":"integer"}"#,
            r"things.example.org: versions[v1] fields .spec.more: is not expected, found {}",
            r#"things.example.org: versions[v1] printerColumns[Age] type: expected "date", found "string""#,
        ]
    );
}

#[test]
fn a_missing_and_an_unknown_definition_are_named() {
    let mut other = described();
    other["plural"] = json!("others");
    assert_eq!(
        compare(&[described()], &[other]),
        ["others.example.org: is not expected", "things.example.org: is missing"]
    );
}
