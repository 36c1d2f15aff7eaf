//! The main path against a real API server: sources, conditions, apply, prune, drift, deletion.

mod world;

use std::time::Duration;

use anyhow::{Context as _, Result};
use kube::ResourceExt as _;
use serde_json::{Value, json};

use world::artifacts::{Entry, pack};
use world::{GIT, KUSTOMIZATION, World, condition, config_map, inventory};

/// kustomize.md 18: scenarios 1, 2, 4
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_manifests_is_applied_and_reported() -> Result<()> {
    let world = World::new("apply").await?;
    let (a, b) = (config_map("a", "blue"), config_map("b", "red"));
    world
        .push("app", "main@sha1:1", &[("deploy/a.yaml", &a), ("deploy/x/b.yml", &b), ("deploy/c.json", "{}")])
        .await?;
    world.kustomization("apps", "app", json!({"path": "./deploy"})).await?;
    let object = world.ready("apps", "main@sha1:1").await?;
    assert_eq!(world.color("a").await?.as_deref(), Some("blue"));
    assert_eq!(world.color("b").await?.as_deref(), Some("red"));
    let status = &object.data["status"];
    assert_eq!(condition(status, "Ready")["reason"], "ReconciliationSucceeded");
    assert_eq!(condition(status, "Reconciling"), Value::Null);
    assert_eq!(condition(status, "Healthy"), Value::Null);
    assert_eq!(status["observedGeneration"], object.metadata.generation.context("a generation")?);
    assert_eq!(status["lastAppliedRevision"], "main@sha1:1");
    assert_eq!(status["lastAttemptedRevision"], "main@sha1:1");
    assert_eq!(status["history"][0]["totalReconciliations"], 1);
    assert_eq!(inventory(&object), ["_a__ConfigMap", "_b__ConfigMap"]);
    assert_eq!(object.finalizers(), ["finalizers.fluxcd.io"]);
    let live = world.objects.get("v1/ConfigMap", "a").await?;
    assert_eq!(live.labels()["kustomize.toolkit.fluxcd.io/name"], "apps");
    assert_eq!(live.labels()["kustomize.toolkit.fluxcd.io/namespace"], world.namespace());
    world.wait_for_event("apps", "created").await?;
    world.wait_for_event("apps", "Reconciliation finished in ").await
}

/// kustomize.md 18: scenarios 5, 56
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_without_building_or_applying_again() -> Result<()> {
    let world = World::new("request").await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "blue"))]).await?;
    world.kustomization("apps", "app", json!({})).await?;
    world.ready("apps", "main@sha1:1").await?;
    world.request("apps", "first").await?;
    world
        .wait("apps", "the request is handled", |status| status["lastHandledReconcileAt"] == "first")
        .await?;
    let builds = world.metric("ferroflux_kustomize_builds_total").await?;
    world.request("apps", "second").await?;
    let object = world
        .wait("apps", "the request is handled", |status| status["lastHandledReconcileAt"] == "second")
        .await?;
    assert_eq!(condition(&object.data["status"], "Ready")["status"], "True");
    assert_eq!(object.data["status"]["history"][0]["totalReconciliations"], 3);
    assert_eq!(world.metric("ferroflux_kustomize_builds_total").await?, builds);
    Ok(())
}

/// kustomize.md 18: scenarios 6, 7
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_artifact_is_waited_for_and_its_arrival_wakes_the_object() -> Result<()> {
    let world = World::new("missing").await?;
    world.kustomization("apps", "app", json!({})).await?;
    let message = world.failed("apps", "ArtifactFailed").await?;
    assert_eq!(message, "GitRepository.source.toolkit.fluxcd.io \"app\" not found");
    world.source("app").await?;
    world.request("apps", "1").await?;
    world
        .wait("apps", "it waits", |status| {
            condition(status, "Ready")["message"] == "Source artifact not found, retrying in 30s"
        })
        .await?;
    let mut artifact = world.artifacts.add("main@sha1:1", &[("a.yaml", &config_map("a", "blue"))])?;
    let good = artifact.clone();
    artifact["url"] = json!(format!("{}.gone", artifact["url"].as_str().context("a URL")?));
    world.objects.merge_status(GIT, "app", &json!({"status": {"artifact": artifact}})).await?;
    let gone = "Source is not ready, artifact not found, retrying in 30s";
    world.wait("apps", "it waits", move |status| condition(status, "Ready")["message"] == gone).await?;
    assert_eq!(world.artifacts.requests(), 1);
    assert!(world.events("apps").await?.is_empty());
    let mut good = good;
    good["revision"] = json!("main@sha1:2");
    world.objects.merge_status(GIT, "app", &json!({"status": {"artifact": good}})).await?;
    world.ready("apps", "main@sha1:2").await?;
    Ok(())
}

/// kustomize.md 18: scenarios 8, 9; security class: archive traversal
#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_or_hostile_artifact_applies_nothing() -> Result<()> {
    let world = World::new("tampered").await?;
    let mut artifact = world.artifacts.add("main@sha1:1", &[("a.yaml", &config_map("a", "blue"))])?;
    let digest = format!("sha256:{}", "0".repeat(64));
    artifact["digest"] = json!(digest);
    world.source("app").await?;
    world.objects.merge_status(GIT, "app", &json!({"status": {"artifact": artifact}})).await?;
    world.kustomization("apps", "app", json!({"retryInterval": "1h"})).await?;
    let message = world.failed("apps", "ArtifactFailed").await?;
    let expected = format!("failed to verify archive: computed digest doesn't match provided '{digest}'");
    assert!(message.starts_with(&expected), "{message}");

    let settings = config_map("a", "blue");
    let hostile = pack(&[("a.yaml", Entry::File(&settings)), ("../../etc/x", Entry::File("x"))])?;
    let artifact = world.artifacts.publish("main@sha1:2", hostile)?;
    world.objects.merge_status(GIT, "app", &json!({"status": {"artifact": artifact}})).await?;
    world
        .wait("apps", "the name is refused", |status| {
            let message = condition(status, "Ready")["message"].as_str().unwrap_or_default().to_owned();
            message.contains("tar contained invalid name error")
        })
        .await?;
    assert_eq!(world.color("a").await?, None);

    let linked = pack(&[("a.yaml", Entry::File(&settings)), ("b.yaml", Entry::Symlink("/etc/passwd"))])?;
    let artifact = world.artifacts.publish("main@sha1:3", linked)?;
    world.objects.merge_status(GIT, "app", &json!({"status": {"artifact": artifact}})).await?;
    world.ready("apps", "main@sha1:3").await?;
    assert_eq!(world.color("a").await?.as_deref(), Some("blue"));
    Ok(())
}

/// kustomize.md 18: scenarios 10, 30
#[tokio::test(flavor = "multi_thread")]
async fn a_path_outside_and_a_remote_component_are_refused() -> Result<()> {
    let world = World::new("outside").await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "blue"))]).await?;
    world.kustomization("outside", "app", json!({"path": "../../../etc"})).await?;
    let message = world.failed("outside", "ArtifactFailed").await?;
    assert!(message.starts_with("kustomization path not found: stat /"), "{message}");
    assert!(message.ends_with("/etc: no such file or directory"), "{message}");
    world.kustomization("remote", "app", json!({"components": ["https://example.com/c"]})).await?;
    let message = world.failed("remote", "BuildFailed").await?;
    assert_eq!(message, "component path 'https://example.com/c' must be local and relative");
    world.kustomization("field", "app", json!({"decryption": {"provider": "sops"}})).await?;
    let message = world.failed("field", "NotSupported").await?;
    assert!(message.contains("'spec.decryption'"), "{message}");
    Ok(())
}

/// kustomize.md 18: scenario 11; security class: cross-namespace references
#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_another_namespace_is_refused_under_the_flag() -> Result<()> {
    let world = World::with_flags("foreign", &["--no-cross-namespace-refs=true"]).await?;
    let source = json!({"kind": "GitRepository", "name": "app", "namespace": "elsewhere"});
    world.kustomization("apps", "app", json!({"sourceRef": source})).await?;
    let message = world.failed("apps", "AccessDenied").await?;
    assert_eq!(
        message,
        "can't access 'GitRepository/elsewhere/app', cross-namespace references have been blocked"
    );
    world.wait("apps", "it is stalled", |status| condition(status, "Stalled")["status"] == "True").await?;
    Ok(())
}

/// kustomize.md 18: scenarios 33, 59
#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_object_is_named_and_nothing_of_its_stage_is_applied() -> Result<()> {
    let world = World::new("invalid").await?;
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 99999}]}\n";
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "blue")), ("s.yaml", service)]).await?;
    world.kustomization("apps", "app", json!({"retryInterval": "1h"})).await?;
    let message = world.failed("apps", "ReconciliationFailed").await?;
    let start = format!("Service/{}/s dry-run failed (Invalid): ", world.namespace());
    assert!(message.starts_with(&start), "{message}");
    assert_eq!(world.color("a").await?, None);
    let foreign = json!({"type": "Custom", "status": "True", "reason": "Mine", "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let object = world.objects.get(KUSTOMIZATION, "apps").await?;
    let mut conditions = object.data["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.push(foreign);
    world.objects.merge_status(KUSTOMIZATION, "apps", &json!({"status": {"conditions": conditions}})).await?;
    world.push("app", "main@sha1:2", &[("a.yaml", &config_map("a", "blue"))]).await?;
    let object = world.ready("apps", "main@sha1:2").await?;
    assert_eq!(condition(&object.data["status"], "Custom")["reason"], "Mine");
    Ok(())
}

/// kustomize.md 18: scenarios 41, 43, 62
#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_source_is_pruned() -> Result<()> {
    let world = World::new("prune").await?;
    let maps = ["a", "b", "c"].map(|name| config_map(name, "blue"));
    let [a, b, c] = &maps;
    world.push("app", "main@sha1:1", &[("d/a.yaml", a), ("d/b.yaml", b), ("d/c.yaml", c)]).await?;
    world.kustomization("apps", "app", json!({"path": "d"})).await?;
    world.ready("apps", "main@sha1:1").await?;
    let keep = json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/prune": "disabled"}}});
    world.objects.merge("v1/ConfigMap", "c", &keep).await?;
    world.push("app", "main@sha1:2", &[("d/a.yaml", a)]).await?;
    let object = world.ready("apps", "main@sha1:2").await?;
    assert_eq!(inventory(&object), ["_a__ConfigMap"]);
    assert_eq!(world.color("b").await?, None);
    assert_eq!(world.color("c").await?.as_deref(), Some("blue"));
    let lines = format!("ConfigMap/{0}/c skipped\nConfigMap/{0}/b deleted", world.namespace());
    world.wait_for_event("apps", &lines).await?;
    world.push("app", "main@sha1:3", &[("d/README.md", "nothing")]).await?;
    let object = world.ready("apps", "main@sha1:3").await?;
    assert_eq!(world.color("a").await?, None);
    assert_eq!(object.data["status"]["inventory"], json!({"entries": []}));
    Ok(())
}

/// kustomize.md 18: scenario 34, ahead of the interval
#[tokio::test(flavor = "multi_thread")]
async fn a_manual_change_is_reverted_long_before_the_interval() -> Result<()> {
    let world = World::new("drift").await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "blue"))]).await?;
    world.kustomization("apps", "app", json!({"interval": "1h"})).await?;
    world.ready("apps", "main@sha1:1").await?;
    world.objects.merge("v1/ConfigMap", "a", &json!({"data": {"color": "red"}})).await?;
    let blue = |map: &kube::api::DynamicObject| map.data["data"]["color"] == "blue";
    world.objects.wait_for("v1/ConfigMap", "a", "it is blue again", blue).await?;
    world.wait_for_event("apps", "configured").await?;
    world.objects.delete("v1/ConfigMap", "a").await?;
    world.objects.wait_for("v1/ConfigMap", "a", "it is there again", blue).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_only_told_or_not_seen_where_the_annotation_says_so() -> Result<()> {
    let world = World::new("warn").await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "blue"))]).await?;
    world.kustomization("apps", "app", json!({"interval": "1h"})).await?;
    world.ready("apps", "main@sha1:1").await?;
    let warn = json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/drift-detection": "warn"}}});
    world.objects.merge(KUSTOMIZATION, "apps", &warn).await?;
    world.request("apps", "1").await?;
    world.wait("apps", "it is handled", |status| status["lastHandledReconcileAt"] == "1").await?;
    world.objects.merge("v1/ConfigMap", "a", &json!({"data": {"color": "red"}})).await?;
    world.wait_for_event("apps", "a drifted").await?;
    assert_eq!(world.color("a").await?.as_deref(), Some("red"));
    Ok(())
}

/// kustomize.md 18: scenarios 2, 53
#[tokio::test(flavor = "multi_thread")]
async fn deletion_prunes_unless_suspended_or_orphaned() -> Result<()> {
    let world = World::new("delete").await?;
    for name in ["mirror", "orphan", "suspend"] {
        world.push(name, "main@sha1:1", &[("a.yaml", &config_map(name, "blue"))]).await?;
    }
    world.kustomization("mirror", "mirror", json!({})).await?;
    world.kustomization("orphan", "orphan", json!({"deletionPolicy": "Orphan"})).await?;
    world.kustomization("suspend", "suspend", json!({})).await?;
    for name in ["mirror", "orphan", "suspend"] {
        world.ready(name, "main@sha1:1").await?;
    }
    world.objects.merge(KUSTOMIZATION, "suspend", &json!({"spec": {"suspend": true}})).await?;
    for name in ["mirror", "orphan", "suspend"] {
        world.objects.delete(KUSTOMIZATION, name).await?;
        world.objects.wait_until_gone(KUSTOMIZATION, name).await?;
    }
    assert_eq!(world.color("mirror").await?, None);
    assert_eq!(world.color("orphan").await?.as_deref(), Some("blue"));
    assert_eq!(world.color("suspend").await?.as_deref(), Some("blue"));
    world.kustomization("new", "mirror", json!({"suspend": true})).await?;
    let finalizer = |object: &kube::api::DynamicObject| object.finalizers() == ["finalizers.fluxcd.io"];
    let object = world.objects.wait_for(KUSTOMIZATION, "new", "it has the finalizer", finalizer).await?;
    assert_eq!(object.data["status"]["observedGeneration"], -1);
    Ok(())
}

/// kustomize.md 18: scenarios 12, 13, 15, 16
#[tokio::test(flavor = "multi_thread")]
async fn dependencies_are_applied_first_and_wake_their_dependents() -> Result<()> {
    let world = World::with_flags("depends", &["--requeue-dependency=5m"]).await?;
    let files = |color: &str| (config_map("one", color), config_map("two", color));
    let (one, two) = files("blue");
    world.push("app", "main@sha1:1", &[("one/a.yaml", &one), ("two/a.yaml", &two)]).await?;
    world.kustomization("two", "app", json!({"path": "two", "dependsOn": [{"name": "one"}]})).await?;
    let message = world.failed("two", "DependencyNotReady").await?;
    let missing = "kustomizations.kustomize.toolkit.fluxcd.io \"one\" not found";
    assert_eq!(message, format!("dependency '{}/one' not found: {missing}", world.namespace()));
    world.wait_for_event("two", "Dependencies do not meet ready condition, retrying in 5m0s").await?;
    world.kustomization("one", "app", json!({"path": "one"})).await?;
    world.ready("two", "main@sha1:1").await?;
    let (one, two) = files("red");
    world.push("app", "main@sha1:2", &[("one/a.yaml", &one), ("two/a.yaml", &two)]).await?;
    world.ready("two", "main@sha1:2").await?;
    assert_eq!(world.color("one").await?.as_deref(), Some("red"));

    for (name, on) in [("x", "y"), ("y", "x")] {
        world.kustomization(name, "app", json!({"path": "one", "dependsOn": [{"name": on}]})).await?;
    }
    world.failed("x", "DependencyNotReady").await?;
    world.failed("y", "DependencyNotReady").await?;
    Ok(())
}

/// kustomize.md 18: scenarios 50, 54
#[tokio::test(flavor = "multi_thread")]
async fn everything_is_done_as_the_account_of_the_object() -> Result<()> {
    let world = World::new("account").await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "blue"))]).await?;
    let spec = json!({"serviceAccountName": "deployer", "retryInterval": "1s"});
    world.kustomization("apps", "app", spec).await?;
    let message = world.failed("apps", "ReconciliationFailed").await?;
    let user = format!("system:serviceaccount:{}:deployer", world.namespace());
    assert!(message.contains("dry-run failed (Forbidden): ") && message.contains(&user), "{message}");
    let namespace = world.namespace();
    world
        .objects
        .apply(&format!(
            "
apiVersion: v1
kind: ServiceAccount
metadata: {{name: deployer}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: deployer}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}}
subjects: [{{kind: ServiceAccount, name: deployer, namespace: {namespace}}}]
"
        ))
        .await?;
    world.ready("apps", "main@sha1:1").await?;
    world.objects.delete("v1/ServiceAccount", "deployer").await?;
    world.objects.wait_until_gone("v1/ServiceAccount", "deployer").await?;
    world.objects.delete(KUSTOMIZATION, "apps").await?;
    world.objects.wait_until_gone(KUSTOMIZATION, "apps").await?;
    assert_eq!(world.color("a").await?.as_deref(), Some("blue"));
    world.wait_for_event("apps", "unable to prune objects: \n").await
}

/// kustomize.md 18: scenario 52
#[tokio::test(flavor = "multi_thread")]
async fn a_kubeconfig_leads_to_another_cluster() -> Result<()> {
    let world = World::new("remote").await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "blue"))]).await?;
    let spec = json!({"kubeConfig": {"secretRef": {"name": "target"}}, "retryInterval": "1s"});
    world.kustomization("apps", "app", spec).await?;
    let message = world.failed("apps", "ReconciliationFailed").await?;
    let start = format!("unable to read KubeConfig secret '{}/target' error: ", world.namespace());
    assert!(message.starts_with(&start), "{message}");
    let kubeconfig = world.cluster.admin().kubeconfig()?;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "target", "namespace": world.namespace()},
        "stringData": {"value": kubeconfig}});
    world.objects.apply(&secret.to_string()).await?;
    world.ready("apps", "main@sha1:1").await?;
    assert_eq!(world.color("a").await?.as_deref(), Some("blue"));
    Ok(())
}

/// kustomize.md 18: scenario 57
#[tokio::test(flavor = "multi_thread")]
async fn the_origin_of_an_oci_artifact_is_reported() -> Result<()> {
    let world = World::new("origin").await?;
    let kind = "source.toolkit.fluxcd.io/v1/OCIRepository";
    let source = "
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: app}
spec: {interval: 10m, url: 'oci://example.com/app'}
";
    world.objects.apply(source).await?;
    let mut artifact = world.artifacts.add("latest@sha256:1", &[("a.yaml", &config_map("a", "blue"))])?;
    artifact["metadata"] = json!({"org.opencontainers.image.revision": "main@sha1:7"});
    world.objects.merge_status(kind, "app", &json!({"status": {"artifact": artifact}})).await?;
    let spec = json!({"sourceRef": {"kind": "OCIRepository", "name": "app"}});
    world.kustomization("apps", "app", spec).await?;
    let object = world.ready("apps", "latest@sha256:1").await?;
    assert_eq!(object.data["status"]["lastAppliedOriginRevision"], "main@sha1:7");
    assert_eq!(object.data["status"]["history"][0]["metadata"]["originRevision"], "main@sha1:7");
    Ok(())
}

/// design decision 2: a push that touches one path builds one thing
#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_changes_one_of_two_hundred_paths_builds_once() -> Result<()> {
    const PATHS: usize = 200;
    let world = World::with_flags("paths", &["--concurrent=8"]).await?;
    let files = |changed: &str| -> Vec<(String, String)> {
        let file = |index: usize| {
            let color = if index == 17 { changed } else { "blue" };
            (format!("p{index}/a.yaml"), config_map(&format!("m{index}"), color))
        };
        (0..PATHS).map(file).collect()
    };
    fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
        files.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect()
    }
    let before = files("blue");
    world.push("app", "main@sha1:1", &borrowed(&before)).await?;
    for index in 0..PATHS {
        world.kustomization(&format!("k{index}"), "app", json!({"path": format!("p{index}")})).await?;
    }
    for index in 0..PATHS {
        world.ready(&format!("k{index}"), "main@sha1:1").await?;
    }
    let builds = world.metric("ferroflux_kustomize_builds_total").await?;
    let after = files("red");
    world.push("app", "main@sha1:2", &borrowed(&after)).await?;
    for index in 0..PATHS {
        world.ready(&format!("k{index}"), "main@sha1:2").await?;
    }
    assert_eq!(world.color("m17").await?.as_deref(), Some("red"));
    assert_eq!(world.metric("ferroflux_kustomize_builds_total").await? - builds, 1);
    Ok(())
}

/// kustomize.md 18: scenario 5, for a suspended object
#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_object_answers_requests_and_does_nothing_else() -> Result<()> {
    let world = World::new("suspended").await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "blue"))]).await?;
    world.kustomization("apps", "app", json!({"suspend": true})).await?;
    world.request("apps", "asked").await?;
    let handled = |status: &Value| status["lastHandledReconcileAt"] == "asked";
    let object = world.wait_within("apps", "it is handled", Duration::from_secs(20), handled).await?;
    assert_eq!(object.data["status"]["conditions"], Value::Null);
    assert_eq!(world.color("a").await?, None);
    Ok(())
}

/// kustomize.md 10.3: `WaitForTermination`
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_can_wait_until_everything_is_gone() -> Result<()> {
    let world = World::new("terminate").await?;
    let held = "{apiVersion: v1, kind: ConfigMap, metadata: {name: held, finalizers: [ferroflux.test/hold]}}";
    world.push("app", "main@sha1:1", &[("a.yaml", held)]).await?;
    world.kustomization("apps", "app", json!({"deletionPolicy": "WaitForTermination"})).await?;
    world.ready("apps", "main@sha1:1").await?;
    world.objects.delete(KUSTOMIZATION, "apps").await?;
    world.wait_for_event("apps", "ConfigMap/").await?;
    let deleted = |map: &kube::api::DynamicObject| map.metadata.deletion_timestamp.is_some();
    world.objects.wait_for("v1/ConfigMap", "held", "it is being deleted", deleted).await?;
    assert!(world.objects.find(KUSTOMIZATION, "apps").await?.is_some());
    world.objects.merge("v1/ConfigMap", "held", &json!({"metadata": {"finalizers": null}})).await?;
    world.objects.wait_until_gone(KUSTOMIZATION, "apps").await?;
    Ok(())
}

/// kustomize.md 18: scenario 44
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_pruned_stays_owned_and_is_tried_again() -> Result<()> {
    let world = World::new("survivor").await?;
    let namespace = world.namespace().to_owned();
    let role = |verbs: &str| {
        format!(
            "
apiVersion: v1
kind: ServiceAccount
metadata: {{name: deployer}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: deployer}}
rules: [{{apiGroups: [''], resources: [configmaps], verbs: [{verbs}]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: deployer}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}}
subjects: [{{kind: ServiceAccount, name: deployer, namespace: {namespace}}}]
"
        )
    };
    world.objects.apply(&role("get, patch, create")).await?;
    let (a, b) = (config_map("a", "blue"), config_map("b", "blue"));
    world.push("app", "main@sha1:1", &[("a.yaml", &a), ("b.yaml", &b)]).await?;
    let spec = json!({"serviceAccountName": "deployer", "retryInterval": "1s"});
    world.kustomization("apps", "app", spec).await?;
    world.ready("apps", "main@sha1:1").await?;
    world.push("app", "main@sha1:2", &[("a.yaml", &a)]).await?;
    let message = world.failed("apps", "PruneFailed").await?;
    let start = format!(
        "delete failed, errors: ConfigMap/{namespace}/b delete failed: configmaps \"b\" is forbidden"
    );
    assert!(message.starts_with(&start), "{message}");
    let object = world.objects.get(KUSTOMIZATION, "apps").await?;
    assert_eq!(inventory(&object), ["_a__ConfigMap", "_b__ConfigMap"]);
    world.objects.apply(&role("get, patch, create, delete")).await?;
    let object = world.ready("apps", "main@sha1:2").await?;
    assert_eq!(inventory(&object), ["_a__ConfigMap"]);
    assert_eq!(world.color("b").await?, None);
    Ok(())
}

/// security class: impersonation missed on one code path (dry-run, apply, watch, health, prune, finalizer)
#[tokio::test(flavor = "multi_thread")]
async fn every_request_for_applied_objects_is_made_as_the_account() -> Result<()> {
    let world = World::new("tenancy").await?;
    let namespace = world.namespace().to_owned();
    world
        .objects
        .apply(&format!(
            "
apiVersion: v1
kind: ServiceAccount
metadata: {{name: deployer}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: deployer}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}}
subjects: [{{kind: ServiceAccount, name: deployer, namespace: {namespace}}}]
"
        ))
        .await?;
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n";
    world.push("app", "main@sha1:1", &[("s.yaml", service), ("a.yaml", &config_map("a", "blue"))]).await?;
    let spec = json!({"serviceAccountName": "deployer", "wait": true, "interval": "1h"});
    world.kustomization("apps", "app", spec).await?;
    world.ready("apps", "main@sha1:1").await?;
    world.push("app", "main@sha1:2", &[("s.yaml", service)]).await?;
    world.ready("apps", "main@sha1:2").await?;
    world.objects.delete(KUSTOMIZATION, "apps").await?;
    world.objects.wait_until_gone(KUSTOMIZATION, "apps").await?;
    world.objects.wait_until_gone("v1/Service", "s").await?;
    let account = format!("system:serviceaccount:{namespace}:deployer");
    let mut made = 0;
    for request in world.cluster.requests().await? {
        let object = request.object();
        let ours = request.user_agent.starts_with("kustomize-controller");
        // Secrets and ConfigMaps that wake objects are watched by the controller itself (kustomize.md 2).
        if request.uri.contains("reconcile.fluxcd.io%2Fwatch") {
            continue;
        }
        if object.namespace != namespace
            || !ours
            || !["services", "configmaps"].contains(&object.resource.as_str())
        {
            continue;
        }
        let user = request.impersonated_user.as_ref().map(|user| user.username.clone());
        assert_eq!(user.as_deref(), Some(account.as_str()), "{request:?}");
        made += 1;
    }
    assert!(made >= 8, "only {made} requests were seen");
    Ok(())
}

/// kustomize.md 18: scenario 42; 17: two Kustomizations with the same object
#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_moved_to_another_kustomization_is_not_pruned() -> Result<()> {
    let world = World::new("moved").await?;
    let a = config_map("a", "blue");
    for source in ["one", "two"] {
        world.push(source, "main@sha1:1", &[("a.yaml", &a)]).await?;
    }
    world.kustomization("one", "one", json!({"interval": "1h"})).await?;
    world.ready("one", "main@sha1:1").await?;
    world.kustomization("two", "two", json!({"interval": "1h"})).await?;
    world.ready("two", "main@sha1:1").await?;
    world.push("one", "main@sha1:2", &[("README.md", "")]).await?;
    world.ready("one", "main@sha1:2").await?;
    let live = world.objects.get("v1/ConfigMap", "a").await?;
    assert_eq!(live.labels()["kustomize.toolkit.fluxcd.io/name"], "two");
    Ok(())
}

/// kustomize.md 16; design decision 3: a reconcile in which nothing changed sends one status write and no apply
#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_which_nothing_changed_costs_one_write() -> Result<()> {
    let world = World::new("requests").await?;
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n";
    world.push("app", "main@sha1:1", &[("s.yaml", service), ("a.yaml", &config_map("a", "blue"))]).await?;
    world.kustomization("apps", "app", json!({"interval": "1h"})).await?;
    world.ready("apps", "main@sha1:1").await?;
    let mut token = 0;
    // The watches over what was applied take a moment to be complete.
    while world.metric("ferroflux_apply_watches_live").await? < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut ask = async || -> Result<()> {
        token += 1;
        let wanted = format!("token-{token}");
        world.request("apps", &wanted).await?;
        world
            .wait("apps", "it is handled", move |status| status["lastHandledReconcileAt"] == wanted.as_str())
            .await?;
        Ok(())
    };
    ask().await?;
    let count = async || -> Result<Vec<String>> {
        let ours = world.cluster.requests().await?.into_iter().filter(|request| {
            let object = request.object();
            request.user_agent.starts_with("kustomize-controller")
                && object.namespace == world.namespace()
                && object.resource != "events"
                && request.verb != "watch"
        });
        Ok(ours.map(|request| format!("{} {}", request.verb, request.uri)).collect())
    };
    let before = count().await?;
    ask().await?;
    let after = count().await?;
    let made = after.get(before.len()..).unwrap_or_default();
    assert_eq!(made.len(), 1, "{made:#?} after {before:#?}");
    assert!(made[0].starts_with("patch ") && made[0].contains("/kustomizations/apps/status"), "{made:?}");
    Ok(())
}
