//! Health checks, and what a wait must not hold up.

mod world;

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use world::{World, condition, config_map};

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  progressDeadlineSeconds: 600
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {ferroflux.test/pod: STATE}}
    spec: {containers: [{name: web, image: 'web:1'}]}
";

fn missing(world: &World) -> Value {
    json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "never", "namespace": world.namespace()}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_makes_its_kustomization_healthy() -> Result<()> {
    let world = World::new("healthy").await?;
    world.push("app", "main@sha1:1", &[("web.yaml", &WEB.replace("STATE", "ready"))]).await?;
    world.kustomization("apps", "app", json!({"wait": true})).await?;
    let object = world.ready("apps", "main@sha1:1").await?;
    let healthy = condition(&object.data["status"], "Healthy");
    assert_eq!((healthy["status"].as_str(), healthy["reason"].as_str()), (Some("True"), Some("Succeeded")));
    world.wait_for_event("apps", "Health check passed in ").await
}

/// kustomize.md 18: scenario 45
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_never_ready_runs_into_the_timeout() -> Result<()> {
    let world = World::new("unready").await?;
    world.push("app", "main@sha1:1", &[("web.yaml", &WEB.replace("STATE", "crash"))]).await?;
    world.kustomization("apps", "app", json!({"wait": true, "timeout": "5s", "retryInterval": "1h"})).await?;
    world.wait("apps", "it waits", |status| condition(status, "Healthy")["status"] == "Unknown").await?;
    let message = world.failed("apps", "HealthCheckFailed").await?;
    let listed =
        format!(": timeout waiting for: [Deployment/{}/web status: 'InProgress']", world.namespace());
    assert!(message.starts_with("health check failed after 30") && message.ends_with(&listed), "{message}");
    let object =
        world.wait("apps", "it is said", |status| condition(status, "Healthy")["status"] == "False").await?;
    let status = &object.data["status"];
    assert_eq!(status["lastAppliedRevision"], Value::Null);
    assert_eq!(status["lastAttemptedRevision"], "main@sha1:1");
    assert_eq!(status["history"][0]["lastReconciledStatus"], "HealthCheckFailed");
    assert_eq!(condition(status, "Reconciling")["reason"], "ProgressingWithRetry");
    Ok(())
}

/// kustomize.md 18: scenario 46
#[tokio::test(flavor = "multi_thread")]
async fn an_exceeded_progress_deadline_ends_the_wait_early() -> Result<()> {
    let world = World::new("deadline").await?;
    let web = WEB.replace("STATE", "unready").replace("600", "1");
    world.push("app", "main@sha1:1", &[("web.yaml", &web)]).await?;
    world
        .kustomization("apps", "app", json!({"wait": true, "timeout": "10m", "retryInterval": "1h"}))
        .await?;
    let message = world.failed("apps", "HealthCheckFailed").await?;
    let listed = format!("stalled resources: [Deployment/{}/web status: 'Failed']", world.namespace());
    assert!(message.ends_with(&listed), "{message}");
    Ok(())
}

/// kustomize.md 18: scenario 49
#[tokio::test(flavor = "multi_thread")]
async fn a_newer_revision_ends_the_wait_for_an_older_one() -> Result<()> {
    let world = World::new("cancel").await?;
    world.push("app", "main@sha1:1", &[("web.yaml", &WEB.replace("STATE", "unready"))]).await?;
    world.kustomization("apps", "app", json!({"wait": true, "timeout": "10m"})).await?;
    world.wait("apps", "it waits", |status| condition(status, "Healthy")["status"] == "Unknown").await?;
    world.push("app", "main@sha1:2", &[("web.yaml", &WEB.replace("STATE", "ready"))]).await?;
    world.ready("apps", "main@sha1:2").await?;
    let trigger = format!("GitRepository/{}/app", world.namespace());
    let message = format!("Health checks canceled due to new reconciliation triggered by {trigger}");
    world.wait_for_event("apps", &message).await
}

/// kustomize.md 18: scenario 32
#[tokio::test(flavor = "multi_thread")]
async fn a_definition_and_its_objects_need_one_run() -> Result<()> {
    let world = World::new("define").await?;
    let group = format!("{}.example.com", world.namespace());
    let definition = format!(
        "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: widgets.{group}}}
spec:
  group: {group}
  names: {{plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"
    );
    let own = world.namespace();
    let widget = format!("{{apiVersion: {group}/v1, kind: Widget, metadata: {{name: w, namespace: {own}}}}}");
    let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {}-x}}\n", world.namespace());
    let files =
        [("a-widget.yaml", widget.as_str()), ("b-crd.yaml", &definition), ("c-namespace.yaml", &namespace)];
    world.push("app", "main@sha1:1", &files).await?;
    let spec = json!({"wait": true, "targetNamespace": null});
    world.kustomization("apps", "app", spec).await?;
    let object = world.ready("apps", "main@sha1:1").await?;
    assert_eq!(object.data["status"]["history"][0]["totalReconciliations"], 1);
    assert_eq!(object.data["status"]["history"].as_array().map(Vec::len), Some(1));
    world.objects.get(&format!("{group}/v1/Widget"), "w").await?;
    Ok(())
}

/// kustomize.md 18: scenario 61; design decision 1
#[tokio::test(flavor = "multi_thread")]
async fn thirty_failing_health_checks_of_a_hundred_hold_no_slot() -> Result<()> {
    const ALL: usize = 100;
    const FAILING: usize = 30;
    let world = World::with_flags("slots", &["--concurrent=2"]).await?;
    let files: Vec<(String, String)> = (0..ALL)
        .map(|index| (format!("p{index}/a.yaml"), config_map(&format!("m{index}"), "blue")))
        .collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect();
    world.push("app", "main@sha1:1", &files).await?;
    let checks = missing(&world);
    for index in 0..FAILING {
        let spec = json!({"path": format!("p{index}"), "healthChecks": checks, "timeout": "10m"});
        world.kustomization(&format!("k{index}"), "app", spec).await?;
    }
    for index in 0..FAILING {
        let waiting = |status: &Value| condition(status, "Healthy")["status"] == "Unknown";
        world.wait(&format!("k{index}"), "it waits for health", waiting).await?;
    }
    let began = Instant::now();
    for index in FAILING..ALL {
        world.kustomization(&format!("k{index}"), "app", json!({"path": format!("p{index}")})).await?;
    }
    for index in FAILING..ALL {
        world.ready(&format!("k{index}"), "main@sha1:1").await?;
    }
    assert!(began.elapsed() < Duration::from_mins(1), "seventy healthy ones waited for thirty failing ones");
    Ok(())
}
