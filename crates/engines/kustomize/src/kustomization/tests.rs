use super::Kustomization;

fn error_of(text: &str) -> String {
    Kustomization::parse(text.as_bytes(), "/root").expect_err("refused").to_string()
}

/// kustomize-engine.md 1.3 and scenario 47: unknown fields, also nested ones
#[test]
fn a_field_that_nothing_knows_is_refused() {
    assert_eq!(error_of("resourcess: []\n"), "invalid Kustomization: json: unknown field \"resourcess\"");
    assert!(error_of("images: [{name: a, nope: b}]\n").contains("json: unknown field \"nope\""));
}

/// kustomize-engine.md 1.3: a wrong type names the field
#[test]
fn a_value_of_the_wrong_type_is_refused_by_name() {
    assert!(error_of("replicas: [{name: a, count: x}]\n").contains("Replica.replicas.count"));
    assert!(error_of("images: [{newTag: 1}]\n").contains("Image.images.newTag"));
    assert!(error_of("- a\n").contains("cannot unmarshal array into Go value of type types.Kustomization"));
}

/// kustomize-engine.md 1.3 and scenario 48: what counts as empty
#[test]
fn a_file_that_says_nothing_is_empty() {
    for text in ["", "kind: Kustomization\n", "resources:\n", "namespace: \"\"\n"] {
        assert_eq!(error_of(text), "kustomization.yaml is empty", "{text:?}");
    }
    for text in ["resources: []\n", "metadata: {name: x}\n"] {
        assert!(Kustomization::parse(text.as_bytes(), "/").is_ok(), "{text:?}");
    }
}

/// kustomize-engine.md 1.3: names match without regard to case, the last of two equal keys counts
#[test]
fn field_names_match_in_any_case_and_the_last_duplicate_counts() {
    let file = Kustomization::parse(b"NameSpace: a\nnamePrefix: x-\nnamePrefix: y-\n", "/").expect("valid");
    assert_eq!((file.namespace.as_str(), file.name_prefix.as_str()), ("a", "y-"));
}

/// kustomize-engine.md 1.3: the file is YAML 1.1, also in keys
#[test]
fn words_of_yaml_1_1_are_booleans_in_keys_too() {
    let file = Kustomization::parse(b"commonLabels: {on: x}\n", "/").expect("valid");
    assert!(file.common_labels.expect("labels").contains_key("true"));
}

/// kustomize-engine.md 1.3: old fields are appended to new ones and named in warnings
#[test]
fn old_fields_move_to_their_successors() {
    let text =
        b"bases: [b]\nresources: [a]\nimageTags: [{name: x}]\nconfigMapGenerator: [{name: c, env: e}]\n";
    let file = Kustomization::parse(text, "/").expect("valid");
    assert_eq!(file.resources, ["a", "b"]);
    assert_eq!(file.images.len(), 1);
    assert_eq!(file.config_maps[0].envs, ["e"]);
    assert_eq!(file.deprecated, [("bases", "resources"), ("imageTags", "images")]);
}

/// kustomize-engine.md 1.3: kind and apiVersion are checked
#[test]
fn another_kind_or_version_is_refused() {
    assert!(error_of("kind: Foo\nnamespace: x\n").contains("kind should be Kustomization or Component"));
    let text = error_of("apiVersion: v1\nnamespace: x\n");
    assert!(text.starts_with("Failed to read kustomization file under /root:\n"), "{text}");
    assert!(text.contains("apiVersion for Kustomization should be kustomize.config.k8s.io/v1beta1"));
}
