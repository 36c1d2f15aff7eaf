//! Applying and pruning against a real API server.

mod world;

use anyhow::{Context as _, Result};
use ferroflux_cluster::Cluster;
use ferroflux_kube_apply::{Prune, prune};
use ferroflux_objects::{IgnoreRule, IgnoreRules, Inventory, Owner};
use kube::api::PatchParams;
use serde_json::json;

use world::{World, eventually, text};

const TWO: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: blue}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

/// kustomize.md 16: an unchanged object costs at most a read and a dry-run; covered by a watch it costs nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_object_under_watch_costs_no_request() -> Result<()> {
    let mut world = World::new("settled").await?;
    let first = world.apply(TWO).await?;
    assert_eq!(world.lines(&first), "ConfigMap/settings created\nService/web created");
    world.watching().await?;
    let second = world.apply(TWO).await?;
    assert_eq!(world.lines(&second), "ConfigMap/settings unchanged\nService/web unchanged");
    assert_eq!(second.settled, 2);
    assert!(world.drifted.lock().expect("not poisoned").is_empty(), "our own writes are no drift");
    Ok(())
}

/// kustomize.md 18: scenario 34
#[tokio::test(flavor = "multi_thread")]
async fn a_manual_edit_is_noticed_by_watch_and_reverted() -> Result<()> {
    let mut world = World::new("drift").await?;
    world.apply(TWO).await?;
    world.watching().await?;
    world.objects.merge("v1/ConfigMap", "settings", &json!({"data": {"color": "red"}})).await?;
    let drifted = std::sync::Arc::clone(&world.drifted);
    eventually("the edit is noticed", || !drifted.lock().expect("not poisoned").is_empty()).await?;
    let result = world.apply(TWO).await?;
    assert_eq!(world.lines(&result), "ConfigMap/settings configured\nService/web unchanged");
    assert_eq!(result.settled, 1);
    let settings = world.objects.get("v1/ConfigMap", "settings").await?;
    assert_eq!(text(&settings, "/data/color")?, "blue");

    drifted.lock().expect("not poisoned").clear();
    world.objects.delete("v1/ConfigMap", "settings").await?;
    eventually("the deletion is noticed", || !drifted.lock().expect("not poisoned").is_empty()).await?;
    let result = world.apply(TWO).await?;
    assert_eq!(world.lines(&result), "ConfigMap/settings created\nService/web unchanged");
    Ok(())
}

/// kustomize.md 18: scenario 33
#[tokio::test(flavor = "multi_thread")]
async fn one_invalid_object_keeps_its_whole_stage_from_being_applied() -> Result<()> {
    let mut world = World::new("invalid").await?;
    let broken = TWO.replace("port: 80", "port: 99999");
    let (result, done) = world.try_apply(&broken).await?;
    let message = done.expect_err("the port is out of range").to_string();
    let start = format!("Service/{}/web dry-run failed (Invalid): ", world.objects.namespace());
    assert!(message.starts_with(&start), "{message}");
    assert!(result.changes.changes.is_empty());
    assert!(world.objects.find("v1/ConfigMap", "settings").await?.is_none());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_kind_and_a_missing_namespace_are_named() -> Result<()> {
    let mut world = World::new("unknown").await?;
    let widget = "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}}";
    let message = world.try_apply(widget).await?.1.expect_err("there is no such kind").to_string();
    assert_eq!(
        message,
        format!(
            "Widget/{}/w dry-run failed: no matches for kind \"Widget\" in version \"example.com/v1\"",
            world.objects.namespace()
        )
    );
    let elsewhere = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: not-there}}";
    let message = world.try_apply(elsewhere).await?.1.expect_err("there is no such namespace").to_string();
    assert_eq!(message, "ConfigMap/not-there/c not found: namespaces \"not-there\" not found");
    Ok(())
}

/// kustomize.md 18: scenario 35
#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_kubectl_goes_and_with_merge_it_stays() -> Result<()> {
    let mut world = World::new("takeover").await?;
    let by_kubectl = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": world.objects.namespace()},
        "data": {"color": "blue", "extra": "x"}});
    world.objects.apply_object(&by_kubectl, &PatchParams::apply("kubectl").force()).await?;
    let merge = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {kustomize.toolkit.fluxcd.io/ssa: Merge}}
data: {color: green}
";
    world.apply(merge).await?;
    let settings = world.objects.get("v1/ConfigMap", "settings").await?;
    assert_eq!((text(&settings, "/data/color")?, text(&settings, "/data/extra")?), ("green", "x"));
    let result = world.apply(&merge.replace("kustomize.toolkit.fluxcd.io/ssa: Merge", "a: b")).await?;
    assert_eq!(world.lines(&result), "ConfigMap/settings configured");
    let settings = world.objects.get("v1/ConfigMap", "settings").await?;
    assert!(settings.data.pointer("/data/extra").is_none());
    Ok(())
}

/// kustomize.md 18: scenario 36
#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_git_leaves_out_are_no_drift() -> Result<()> {
    let mut world = World::new("replicas").await?;
    let deployment = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1'}]}
";
    world.apply(deployment).await?;
    world.objects.merge("apps/v1/Deployment", "web", &json!({"spec": {"replicas": 3}})).await?;
    let result = world.apply(deployment).await?;
    assert_eq!(world.lines(&result), "Deployment/web unchanged");
    Ok(())
}

/// kustomize.md 18: scenario 37
#[tokio::test(flavor = "multi_thread")]
async fn an_object_applied_only_if_absent_is_left_alone_until_it_is_gone() -> Result<()> {
    let mut world = World::new("absent").await?;
    let once = "
apiVersion: v1
kind: ConfigMap
metadata: {name: seed, annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}}
data: {color: blue}
";
    let result = world.apply(once).await?;
    assert_eq!(world.lines(&result), "ConfigMap/seed created");
    let result = world.apply(&once.replace("blue", "red")).await?;
    assert_eq!(world.lines(&result), "ConfigMap/seed skipped");
    world.objects.delete("v1/ConfigMap", "seed").await?;
    let result = world.apply(once).await?;
    assert_eq!(world.lines(&result), "ConfigMap/seed created");
    Ok(())
}

/// kustomize.md 18: scenario 38
#[tokio::test(flavor = "multi_thread")]
async fn a_live_object_that_asks_to_be_left_alone_is_neither_changed_nor_pruned() -> Result<()> {
    let mut world = World::new("ignore").await?;
    let built = world.built(TWO)?;
    world.apply(TWO).await?;
    let disabled =
        json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}});
    world.objects.merge("v1/ConfigMap", "settings", &disabled).await?;
    let ignored = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/ssa": "Ignore"}}});
    world.objects.merge("v1/Service", "web", &ignored).await?;
    let result = world.apply(&TWO.replace("blue", "red").replace("port: 80", "port: 81")).await?;
    assert_eq!(world.lines(&result), "ConfigMap/settings skipped\nService/web skipped");
    let candidates = Inventory::of(&built).entries;
    let owner = world.options.owner.clone();
    let request = Prune { owner: &owner, candidates, concurrency: 4 };
    let pruned = prune(&world.target, world.hub.tracker(), request).await;
    assert!(pruned.failure.is_none());
    assert!(world.objects.find("v1/ConfigMap", "settings").await?.is_some());
    assert!(world.objects.find("v1/Service", "web").await?.is_some());
    Ok(())
}

/// kustomize.md 18: scenario 39
#[tokio::test(flavor = "multi_thread")]
async fn an_immutable_job_is_recreated_only_when_forced() -> Result<()> {
    let mut world = World::new("force").await?;
    let job = "
apiVersion: batch/v1
kind: Job
metadata: {name: task}
spec:
  suspend: true
  template:
    spec: {restartPolicy: Never, containers: [{name: task, image: 'task:1'}]}
";
    world.apply(job).await?;
    let before = world.objects.get("batch/v1/Job", "task").await?;
    let changed = job.replace("task:1", "task:2");
    let message = world.try_apply(&changed).await?.1.expect_err("the template is immutable").to_string();
    assert!(message.contains("/task dry-run failed (Invalid): "), "{message}");
    world.options.force = true;
    let invalid = changed.replace("Never", "Sometimes");
    assert!(world.try_apply(&invalid).await?.1.is_err());
    let kept = world.objects.get("batch/v1/Job", "task").await?;
    assert_eq!(kept.metadata.uid, before.metadata.uid, "an invalid object deletes nothing");
    let result = world.apply(&changed).await?;
    assert_eq!(world.lines(&result), "Job/task created");
    let after = world.objects.get("batch/v1/Job", "task").await?;
    assert_ne!(after.metadata.uid, before.metadata.uid);
    Ok(())
}

/// kustomize.md 18: scenario 40
#[tokio::test(flavor = "multi_thread")]
async fn the_value_of_a_scaler_survives_under_an_ignored_path() -> Result<()> {
    let mut world = World::new("scaler").await?;
    let rule = IgnoreRule { paths: vec!["/spec/replicas".into()], target: None };
    world.options.ignore = IgnoreRules::compile(&[rule])?;
    let deployment = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1'}]}
";
    world.apply(deployment).await?;
    world.objects.merge("apps/v1/Deployment", "web", &json!({"spec": {"replicas": 3}})).await?;
    let result = world.apply(deployment).await?;
    assert_eq!(world.lines(&result), "Deployment/web unchanged");
    let result = world.apply(&deployment.replace("web:1", "web:2")).await?;
    assert_eq!(world.lines(&result), "Deployment/web configured");
    let live = world.objects.get("apps/v1/Deployment", "web").await?;
    assert_eq!(live.data.pointer("/spec/replicas"), Some(&json!(3)));
    Ok(())
}

/// kustomize.md 18: scenarios 41, 42, 43
#[tokio::test(flavor = "multi_thread")]
async fn pruning_spares_adopted_and_protected_objects() -> Result<()> {
    let mut world = World::new("prune").await?;
    let config =
        |name: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}\n---\n");
    let all = ["plain", "adopted", "protected", "gone"].map(config).concat();
    world.apply(&all).await?;
    let label = |key: &str, value: &str| json!({"metadata": {"labels": {key: value}}});
    let adopted = label("kustomize.toolkit.fluxcd.io/name", "other");
    world.objects.merge("v1/ConfigMap", "adopted", &adopted).await?;
    let protected = label("kustomize.toolkit.fluxcd.io/prune", "disabled");
    world.objects.merge("v1/ConfigMap", "protected", &protected).await?;
    world.objects.delete("v1/ConfigMap", "gone").await?;
    let candidates = Inventory::of(&world.built(&all)?).entries;
    let owner: Owner = world.options.owner.clone();
    let request = Prune { owner: &owner, candidates, concurrency: 2 };
    let pruned = prune(&world.target, world.hub.tracker(), request).await;
    let lines = pruned.changes.all_lines().context("four changes")?;
    assert_eq!(
        lines.replace(&format!("{}/", world.objects.namespace()), ""),
        "ConfigMap/protected skipped\nConfigMap/plain deleted\nConfigMap/gone deleted\nConfigMap/adopted skipped"
    );
    assert!(pruned.failure.is_none() && pruned.survivors.is_empty());
    assert!(world.objects.find("v1/ConfigMap", "plain").await?.is_none());
    Ok(())
}

/// kustomize.md 18: scenarios 44, 50
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_identity_is_named_and_survivors_are_kept() -> Result<()> {
    let mut admin = World::new("tenant").await?;
    admin.apply(TWO).await?;
    let namespace = admin.objects.namespace().to_owned();
    let user = format!("system:serviceaccount:{namespace}:deployer");
    let access = Cluster::shared_with_pods().await?.admin().acting_as(&user, &[]);
    let mut tenant = World::with(admin.objects.clone(), access.client().await?, &user, false)?;
    let (_, done) = tenant.try_apply(TWO).await?;
    let message = done.expect_err("the account has no role").to_string();
    assert!(message.contains("dry-run failed (Forbidden): ") && message.contains(&user), "{message}");

    admin
        .objects
        .apply(&format!(
            "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: deployer}}
rules: [{{apiGroups: [''], resources: [configmaps, services], verbs: [get, patch, create]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: deployer}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}}
subjects: [{{kind: ServiceAccount, name: deployer, namespace: {namespace}}}]
"
        ))
        .await?;
    let mut applied = tenant.try_apply(TWO).await?;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while applied.1.is_err() && std::time::Instant::now() < deadline {
        // Roles take a moment to reach the authorizer.
        applied = tenant.try_apply(TWO).await?;
    }
    applied.1?;
    assert_eq!(applied.0.settled, 0, "without the right to watch, nothing is known without asking");

    let candidates = Inventory::of(&tenant.built(TWO)?).entries;
    let owner = tenant.options.owner.clone();
    let request = Prune { owner: &owner, candidates, concurrency: 4 };
    let pruned = prune(&tenant.target, tenant.hub.tracker(), request).await;
    assert_eq!(pruned.survivors.len(), 2);
    let message = pruned.failure.context("deleting is forbidden")?.to_string();
    assert!(message.starts_with(&format!("delete failed, errors: Service/{namespace}/web delete failed: ")));
    assert!(message.ends_with(';'));
    Ok(())
}

/// kustomize.md 9.2: unknown fields of built-in kinds are dropped
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_field_of_a_built_in_kind_is_left_out() -> Result<()> {
    let mut world = World::new("undeclared").await?;
    let deployment = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  oops: true
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1', typo: x}]}
";
    let result = world.apply(deployment).await?;
    assert_eq!(world.lines(&result), "Deployment/web created");
    let result = world.apply(deployment).await?;
    assert_eq!(world.lines(&result), "Deployment/web unchanged");
    Ok(())
}
