//! Tests of decoding one object at a time.

use kube_core::{DynamicObject, Resource, object::ObjectList};
use serde_json::{Value, json};

use super::{Tolerant, from_dynamic, from_value};
use crate::{
    kustomize::v1::Kustomization,
    notification::v1beta3::Alert,
    source::v1::{ExternalArtifact, GitRepository},
};

fn git_repository(spec: Value) -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": { "name": "repo", "namespace": "default", "uid": "1" },
        "spec": spec,
    })
}

#[test]
fn a_field_of_another_type_is_named() {
    let object = git_repository(json!({ "url": "https://x", "interval": "1m", "ref": { "tag": ["a"] } }));
    let error = from_value::<GitRepository>(&object).expect_err("a list is no tag");
    assert_eq!(error.field, "spec.ref.tag");
    assert_eq!(
        error.to_string(),
        "GitRepository `default/repo` cannot be read: field `spec.ref.tag`: \
         invalid type: sequence, expected a string"
    );
}

#[test]
fn an_unknown_value_of_an_enumeration_is_named() {
    let object = git_repository(json!({ "url": "https://x", "interval": "1m", "provider": "forge" }));
    let error = from_value::<GitRepository>(&object).expect_err("there is no such provider");
    assert_eq!(error.field, "spec.provider");
    assert!(error.problem.contains("unknown variant `forge`"), "{}", error.problem);
}

#[test]
fn a_missing_field_is_named_even_if_the_spec_is_missing() {
    let error =
        from_value::<GitRepository>(&git_repository(json!({ "url": "x" }))).expect_err("it is required");
    assert_eq!((error.field.as_str(), error.problem.as_str()), ("spec", "missing field `interval`"));
    let object = json!({ "metadata": { "name": "repo" } });
    let error = from_value::<GitRepository>(&object).expect_err("fields are required");
    assert_eq!((error.namespace.as_str(), error.name.as_str()), ("", "repo"));
    assert!(error.problem.contains("missing field"), "{}", error.problem);
}

#[test]
fn a_spec_without_required_fields_may_be_missing() {
    let object = json!({ "metadata": { "name": "artifact" } });
    assert_eq!(from_value::<ExternalArtifact>(&object).map(|artifact| artifact.spec.source_ref), Ok(None));
}

#[test]
fn an_object_of_another_kind_or_version_is_refused() {
    let mut object = git_repository(json!({ "url": "https://x", "interval": "1m" }));
    assert!(from_value::<GitRepository>(&object).is_ok());
    assert_eq!(
        from_value::<Kustomization>(&object).map_err(|error| error.field),
        Err("apiVersion".to_owned())
    );
    object["apiVersion"] = json!("source.toolkit.fluxcd.io/v1beta2");
    assert_eq!(
        from_value::<GitRepository>(&object).map_err(|error| error.field),
        Err("apiVersion".to_owned())
    );
}

#[test]
fn a_dynamic_object_is_decoded() {
    let object = git_repository(json!({ "url": "https://x", "interval": "1m" }));
    let object: DynamicObject = serde_json::from_value(object).expect("any object is a dynamic one");
    let repository: GitRepository = from_dynamic(object).expect("it is a repository");
    assert_eq!(repository.spec.url, "https://x");
    assert_eq!(repository.metadata.uid.as_deref(), Some("1"));
}

#[test]
fn a_status_of_a_kind_without_one_is_ignored() {
    let object = json!({
        "metadata": { "name": "alert" },
        "spec": { "providerRef": { "name": "chat" }, "eventSources": [] },
        "status": { "observedGeneration": "left by an old version" },
    });
    assert!(from_value::<Alert>(&object).is_ok());
}

/// CVE-2022-39272
#[test]
fn a_broken_object_does_not_break_the_list_it_is_in() {
    let list = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepositoryList",
        "metadata": { "resourceVersion": "1" },
        "items": [
            git_repository(json!({ "url": "https://good", "interval": "1m" })),
            git_repository(json!({ "url": ["https://bad"], "interval": "1m" })),
            git_repository(json!({ "url": "https://odd", "interval": 12, "timeout": "soon" })),
        ],
    });
    let list: ObjectList<Tolerant<GitRepository>> =
        serde_json::from_value(list).expect("the list can be read although an object cannot");
    let results: Vec<_> = list.items.iter().map(Tolerant::as_result).collect();
    assert_eq!(results[0].map(|object| object.spec.url.as_str()).ok(), Some("https://good"));
    let invalid = results[1].expect_err("a list is no address");
    assert_eq!(invalid.error.field, "spec.url");
    assert_eq!(list.items[1].meta().name.as_deref(), Some("repo"), "its metadata is still known");
    let odd = results[2].expect("bad durations are told when they are used");
    assert_eq!(odd.spec.interval.as_str(), "12");
    assert!(odd.spec.interval.parse().is_err());
    assert!(odd.spec.timeout.as_ref().is_some_and(|timeout| timeout.parse().is_err()));
}
