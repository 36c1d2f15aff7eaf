//! Behaviour of ids, order, inventory, policies, normalisation, take-over and ignore rules.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::*;

fn object(value: Value) -> Object {
    Object::from_value(value).expect("a test object has an identity")
}

fn plain(api_version: &str, kind: &str, namespace: &str, name: &str) -> Object {
    let mut built = object(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}));
    built.set_namespace(namespace);
    built
}

#[test]
fn inventory_ids_survive_a_round_trip() {
    for (id, text) in [
        (plain("v1", "Service", "default", "web").id(), "default_web__Service"),
        (plain("v1", "Namespace", "", "flux-system").id(), "_flux-system__Namespace"),
        (
            plain("rbac.authorization.k8s.io/v1", "ClusterRole", "", "system:view_x").id(),
            "_system__view_x_rbac.authorization.k8s.io_ClusterRole",
        ),
    ] {
        assert_eq!(id.to_inventory_id(), text);
        assert_eq!(ObjectId::parse_inventory_id(text), Ok(id));
    }
    assert!(ObjectId::parse_inventory_id("a_b").is_err());
    assert!(ObjectId::parse_inventory_id("a__b_").is_err());
}

#[test]
fn an_object_without_identity_is_refused() {
    for value in
        [json!([]), json!({}), json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": 3}})]
    {
        assert!(Object::from_value(value).is_err());
    }
}

#[test]
fn definitions_come_first_and_webhooks_last() {
    let plan = StagePlan::new(
        vec![
            plain("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "", "w"),
            plain("example.com/v1", "Widget", "a", "x"),
            plain("apps/v1", "Deployment", "a", "x"),
            plain("v1", "ConfigMap", "b", "x"),
            plain("v1", "ConfigMap", "a", "y"),
            plain("storage.k8s.io/v1", "StorageClass", "", "fast"),
            plain("v1", "Namespace", "", "a"),
            plain("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "widgets.example.com"),
        ],
        &BTreeSet::from([GroupKind { group: "example.com".into(), kind: "Widget".into() }]),
    );
    let stages: Vec<ApplyStage> = plan.stages.iter().map(|(stage, _)| *stage).collect();
    assert_eq!(stages, [ApplyStage::Definitions, ApplyStage::Classes, ApplyStage::Custom, ApplyStage::Rest]);
    let subjects: Vec<String> = plan.objects().map(|object| object.id().to_string()).collect();
    assert_eq!(
        subjects,
        [
            "CustomResourceDefinition/widgets.example.com",
            "Namespace/a",
            "StorageClass/fast",
            "Widget/a/x",
            "ConfigMap/a/y",
            "ConfigMap/b/x",
            "Deployment/a/x",
            "ValidatingWebhookConfiguration/w",
        ]
    );
}

#[test]
fn an_inventory_union_keeps_what_may_still_exist() {
    let old = Inventory::parse([("a_x__ConfigMap", "v1"), ("a_y__ConfigMap", "v1")]).expect("valid ids");
    let new = Inventory::parse([("a_z__ConfigMap", "v1"), ("a_x__ConfigMap", "v1")]).expect("valid ids");
    let union = new.union(&old);
    let ids: Vec<String> = union.entries.iter().map(|entry| entry.id.to_inventory_id()).collect();
    assert_eq!(ids, ["a_z__ConfigMap", "a_x__ConfigMap", "a_y__ConfigMap"]);
    assert_eq!(union.stale(&new), old.stale(&new));
    assert!(!union.same_entries(&new));
}

#[test]
fn a_version_change_alone_makes_nothing_stale() {
    let old = Inventory::parse([("a_x_example.com_Widget", "v1beta1")]).expect("valid ids");
    let new = Inventory::parse([("a_x_example.com_Widget", "v1")]).expect("valid ids");
    assert!(old.stale(&new).is_empty());
}

#[test]
fn policies_are_read_from_labels_and_annotations_without_case() {
    let desired = json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/ssa": "merge"}}});
    let live = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/prune": "Disabled"}}});
    let policies = Policies::of([&desired, &live]);
    assert_eq!(policies.ssa, SsaMode::Merge);
    assert!(policies.skips_prune() && !policies.skips_apply(true));
    let once = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}}});
    assert!(Policies::of([&once]).skips_apply(true));
    assert!(!Policies::of([&once]).skips_apply(false));
    assert!(!Policies::of([&once]).skips_prune());
}

#[test]
fn common_metadata_cannot_take_ownership_away() {
    let mut configured = plain("v1", "ConfigMap", "a", "x");
    let common = CommonMetadata {
        labels: [(keys::OWNER_NAME.to_owned(), "other".to_owned()), ("team".to_owned(), "a".to_owned())]
            .into(),
        ..CommonMetadata::default()
    };
    let owner = Owner { name: "apps".into(), namespace: "flux-system".into() };
    common.set_on(&mut configured);
    owner.set_on(&mut configured);
    assert_eq!(configured.label("team"), Some("a"));
    assert!(owner.owns(&configured.into_value()));
}

#[test]
fn normalisation_defaults_protocols_and_encodes_string_data() {
    let mut service = object(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "creationTimestamp": null},
        "spec": {"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}, "status": {}
    }));
    normalise(&mut service);
    assert_eq!(
        service.into_value(),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
               "spec": {"ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}})
    );
    let mut secret = object(json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
        "data": {"a": "eA=="}, "stringData": {"a": "b", "c": "d"}
    }));
    normalise(&mut secret);
    assert_eq!(secret.fields().get("data"), Some(&json!({"a": "Yg==", "c": "ZA=="})));
    assert!(!secret.fields().contains_key("stringData"));
}

#[test]
fn a_placeholder_ca_bundle_is_dropped_and_the_status_of_a_definition_kept() {
    let mut definition = object(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"},
        "spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": "Cg==", "url": "u"}}}}, "status": {"a": 1}
    }));
    normalise(&mut definition);
    assert_eq!(
        definition.fields().get("spec"),
        Some(&json!({"conversion": {"webhook": {"clientConfig": {"url": "u"}}}}))
    );
    assert!(definition.fields().contains_key("status"));
}

#[test]
fn drift_ignores_status_and_other_metadata() {
    let live =
        json!({"metadata": {"labels": {"a": "b"}, "finalizers": ["x"]}, "data": {"k": "v"}, "status": 1});
    let same =
        json!({"metadata": {"labels": {"a": "b"}, "annotations": {}}, "data": {"k": "v"}, "spec": null});
    assert!(!differs(&live, &same));
    assert!(differs(&live, &json!({"metadata": {"labels": {"a": "b"}}, "data": {"k": "w"}})));
    assert!(differs(&live, &json!({"metadata": {}, "data": {"k": "v"}})));
}

#[test]
fn the_live_state_changes_with_owned_fields_and_not_with_what_controllers_add() {
    let applier = "kustomize-controller";
    let base = json!({"metadata": {"uid": "u", "resourceVersion": "1", "generation": 1, "managedFields": [
        {"manager": applier, "operation": "Apply", "fieldsV1": {"f:data": {"f:a": {}}}}]}});
    let with = |entry: Value| {
        let mut object = base.clone();
        object["metadata"]["resourceVersion"] = json!("2");
        object["metadata"]["managedFields"].as_array_mut().expect("a list").push(entry);
        LiveState::of(&object, applier)
    };
    let state = LiveState::of(&base, applier);
    let status =
        json!({"manager": "kubelet", "operation": "Update", "subresource": "status", "fieldsV1": {}});
    assert_eq!(with(status), state);
    let mut rolled_out = base.clone();
    rolled_out["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "2"});
    rolled_out["metadata"]["generation"] = json!(2);
    assert_eq!(LiveState::of(&rolled_out, applier), state);
    assert_ne!(with(json!({"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {}})), state);
    let mut lost = base.clone();
    lost["metadata"]["managedFields"][0]["fieldsV1"] = json!({"f:data": {}});
    assert_ne!(LiveState::of(&lost, applier), state);
}

/// kustomize.md 18: scenario 35
#[test]
fn fields_of_kubectl_are_united_into_the_own_entry() {
    let live = json!({"apiVersion": "v1", "metadata": {
    "resourceVersion": "7",
    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    "managedFields": [
        {"manager": "kubectl-client-side-apply", "operation": "Update", "apiVersion": "v1",
         "fieldsV1": {"f:data": {".": {}, "f:old": {}}}},
        {"manager": "kustomize-controller", "operation": "Apply", "apiVersion": "v1",
         "fieldsV1": {"f:data": {"f:new": {}}}},
        {"manager": "kubectl", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}},
        {"manager": "hpa", "operation": "Update", "fieldsV1": {"f:spec": {}}},
    ]}});
    let matches = ManagerMatch::defaults("kustomize-controller", &[]);
    let patch =
        plan_clean_up(&live, "kustomize-controller", &matches).expect("there is something to clean up");
    assert_eq!(
        patch.operations,
        json!([
            {"op": "remove", "path": "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"},
            {"op": "replace", "path": "/metadata/managedFields", "value": [
                {"manager": "kustomize-controller", "operation": "Apply", "apiVersion": "v1",
                 "fieldsV1": {"f:data": {".": {}, "f:old": {}, "f:new": {}}}},
                {"manager": "kubectl", "operation": "Update", "subresource": "status",
                 "fieldsV1": {"f:status": {}}},
                {"manager": "hpa", "operation": "Update", "fieldsV1": {"f:spec": {}}},
            ]},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
        ])
    );
}

#[test]
fn without_an_own_entry_the_first_match_is_renamed_into_it() {
    let live = json!({"apiVersion": "v1", "metadata": {"resourceVersion": "7", "managedFields": [
        {"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:data": {}}}]}});
    let matches = ManagerMatch::defaults("kustomize-controller", &[]);
    let patch =
        plan_clean_up(&live, "kustomize-controller", &matches).expect("there is something to clean up");
    assert_eq!(
        patch.operations[0]["value"],
        json!([{"manager": "kustomize-controller", "operation": "Apply", "apiVersion": "v1",
                "fieldsV1": {"f:data": {}}}])
    );
    assert!(plan_clean_up(&live, "kubectl-edit", &[]).is_none());
}

#[test]
fn version_migration_rewrites_every_entry_once() {
    let live = json!({"metadata": {"resourceVersion": "7", "managedFields": [
        {"manager": "a", "apiVersion": "x/v1beta1"}, {"manager": "b", "apiVersion": "x/v1"}]}});
    let patch = plan_version_migration(&live, "x/v1").expect("one entry is old");
    assert_eq!(patch.operations[0]["value"][0]["apiVersion"], "x/v1");
    assert!(plan_version_migration(&json!({"metadata": {"managedFields": []}}), "x/v1").is_none());
}

/// kustomize.md 18: scenario 40
#[test]
fn an_ignored_path_keeps_the_live_value_or_gives_up_ownership() {
    let rules = IgnoreRules::compile(&[IgnoreRule {
        paths: vec!["/spec/replicas".into(), "not-a-pointer".into()],
        target: Some(IgnoreTarget { kind: Some("Deploy.*".into()), ..IgnoreTarget::default() }),
    }])
    .expect("valid rules");
    let mut payload = object(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 1}}));
    let paths = rules.paths_for(&payload);
    assert_eq!(paths, ["/spec/replicas", "not-a-pointer"]);
    let mut live = json!({"metadata": {}, "spec": {"replicas": 5}});
    let mut kept = payload.clone();
    IgnoreRules::keep_live_values(&mut kept, &live, "kustomize-controller", &paths);
    assert_eq!(kept.fields()["spec"], json!({"replicas": 5}));
    live["metadata"] = json!({"managedFields": [
        {"manager": "scaler", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]});
    IgnoreRules::keep_live_values(&mut payload, &live, "kustomize-controller", &paths);
    assert_eq!(payload.fields()["spec"], json!({}));
    IgnoreRules::remove(&mut live, &paths);
    assert_eq!(live["spec"], json!({}));
}

#[test]
fn an_invalid_ignore_target_names_the_field() {
    let rule = IgnoreRule {
        paths: vec!["/a".into()],
        target: Some(IgnoreTarget { kind: Some("(".into()), ..IgnoreTarget::default() }),
    };
    let error = IgnoreRules::compile(&[rule]).expect_err("the expression is broken");
    assert!(error.to_string().starts_with("failed to create ignore rule selector: invalid kind regex: "));
}

#[test]
fn selectors_follow_the_syntax_of_kubectl() {
    let labels = json!({"app": "web", "tier": "front"});
    for (selector, hit) in [
        ("", true),
        ("app", true),
        ("!app", false),
        ("app=web,tier==front", true),
        ("app!=web", false),
        ("app in (a, web)", true),
        ("tier notin (front)", false),
        ("missing notin (x)", true),
    ] {
        let parsed = Selector::parse(selector).expect("a valid selector");
        assert_eq!(parsed.matches(&labels), hit, "{selector}");
    }
    for broken in ["a in (", "a in b)", "=b", "a b", "a=b,,"] {
        assert!(Selector::parse(broken).is_err(), "{broken}");
    }
}

#[test]
fn a_digest_does_not_depend_on_key_order() {
    assert_eq!(digest_of_value(&json!({"a": 1, "b": [2]})), digest_of_value(&json!({"b": [2], "a": 1})));
    assert_ne!(digest_of_value(&json!({"a": "1"})), digest_of_value(&json!({"a": 1})));
    assert_eq!(
        digest_of_bytes(b"").to_string(),
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn change_lines_name_what_was_applied() {
    let mut changes = ChangeSet::default();
    changes.push(plain("v1", "ConfigMap", "a", "x").id(), Action::Created);
    changes.push(plain("v1", "Namespace", "", "a").id(), Action::Unchanged);
    assert_eq!(changes.applied_lines().as_deref(), Some("ConfigMap/a/x created"));
    assert_eq!(changes.all_lines().as_deref(), Some("ConfigMap/a/x created\nNamespace/a unchanged"));
    assert_eq!(ChangeSet::default().applied_lines(), None);
}

#[test]
fn fields_that_the_api_server_does_not_know_are_dropped_by_their_path() {
    let mut deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "spec": {"oops": 1, "template": {"spec": {"containers": [
            {"name": "a", "bad": 1, "ports": [{"containerPort": 80, "protocol": "TCP", "x": 1}]}, {"name": "b"}]}}}});
    let refusal = "failed to create typed patch object (ns/web; apps/v1, Kind=Deployment): errors:\n  \
                   .spec.oops: field not declared in schema\n  \
                   .spec.template.spec.containers[name=\"a\"].bad: field not declared in schema\n  \
                   .spec.template.spec.containers[name=\"a\"].ports[containerPort=80,protocol=\"TCP\"].x: field not \
                   declared in schema";
    assert_eq!(drop_undeclared(&mut deployment, refusal).len(), 3);
    assert_eq!(
        deployment["spec"],
        json!({"template": {"spec": {"containers": [
            {"name": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}]}, {"name": "b"}]}}})
    );
    let mut widget = json!({"apiVersion": "example.com/v1", "kind": "Widget", "oops": 1});
    assert!(drop_undeclared(&mut widget, ".oops: field not declared in schema").is_empty());
    assert!(drop_undeclared(&mut deployment, "admission webhook denied the request").is_empty());
}
