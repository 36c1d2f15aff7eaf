//! `spec.postBuild` against a real API server.

mod world;

use anyhow::Result;
use serde_json::json;

use world::{World, config_map};

const SETTINGS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: '${color}', escaped: '$${x}', fallback: '${missing:=d}'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: plain, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}
data: {color: '${color}'}
";

/// kustomize.md 18: scenarios 17, 18, 19, 20, 22
#[tokio::test(flavor = "multi_thread")]
async fn variables_are_put_into_the_objects() -> Result<()> {
    let world = World::new("variables").await?;
    let web = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${n}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1'}]}
";
    world
        .objects
        .apply("{apiVersion: v1, kind: Secret, metadata: {name: vars}, stringData: {color: \"blue\\n\"}}")
        .await?;
    world.push("app", "main@sha1:1", &[("a.yaml", SETTINGS), ("web.yaml", web)]).await?;
    let post_build =
        json!({"substitute": {"n": "3"}, "substituteFrom": [{"kind": "Secret", "name": "vars"}]});
    world.kustomization("apps", "app", json!({"postBuild": post_build})).await?;
    world.ready("apps", "main@sha1:1").await?;
    let settings = world.objects.get("v1/ConfigMap", "settings").await?;
    assert_eq!(settings.data["data"], json!({"color": "blue", "escaped": "${x}", "fallback": "d"}));
    assert_eq!(world.color("plain").await?.as_deref(), Some("${color}"));
    let web = world.objects.get("apps/v1/Deployment", "web").await?;
    assert_eq!(web.data["spec"]["replicas"], 3);
    Ok(())
}

/// kustomize.md 18: scenarios 18, 21, 23
#[tokio::test(flavor = "multi_thread")]
async fn an_undefined_variable_applies_nothing() -> Result<()> {
    let world = World::new("undefined").await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "'${x}'"))]).await?;
    let strict = json!({"postBuild": {"substitute": {"y": "1"}}, "retryInterval": "1h"});
    world.kustomization("apps", "app", strict).await?;
    let message = world.failed("apps", "BuildFailed").await?;
    let expected = "post build failed for 'ConfigMap.v1.[noGrp]/a': envsubst error: variable substitution failed: \
                    variable not set (strict mode): \"x\"";
    assert_eq!(message, expected);
    assert_eq!(world.color("a").await?, None);
    let reference = |optional: bool| {
        let from = json!([{"kind": "ConfigMap", "name": "none", "optional": optional}]);
        json!({"postBuild": {"substitute": {"x": "red"}, "substituteFrom": from}, "retryInterval": "1h"})
    };
    world.kustomization("mandatory", "app", reference(false)).await?;
    let message = world.failed("mandatory", "BuildFailed").await?;
    assert_eq!(message, "substitute from 'ConfigMap/none' error: configmaps \"none\" not found");
    world.kustomization("optional", "app", reference(true)).await?;
    world.ready("optional", "main@sha1:1").await?;
    assert_eq!(world.color("a").await?.as_deref(), Some("red"));
    Ok(())
}

/// kustomize.md 18: scenario 55
#[tokio::test(flavor = "multi_thread")]
async fn a_watched_config_map_wakes_who_uses_it() -> Result<()> {
    let world = World::new("watched").await?;
    let vars = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "vars", "labels": {"reconcile.fluxcd.io/watch": "Enabled"}},
        "data": {"color": "blue"}});
    world.objects.apply(&vars.to_string()).await?;
    world.push("app", "main@sha1:1", &[("a.yaml", &config_map("a", "'${color}'"))]).await?;
    let from = json!([{"kind": "ConfigMap", "name": "vars"}]);
    let spec = json!({"postBuild": {"substituteFrom": from}, "interval": "1h"});
    world.kustomization("apps", "app", spec).await?;
    world.ready("apps", "main@sha1:1").await?;
    world.objects.merge("v1/ConfigMap", "vars", &json!({"data": {"color": "red"}})).await?;
    let red = |map: &kube::api::DynamicObject| map.data["data"]["color"] == "red";
    world.objects.wait_for("v1/ConfigMap", "a", "it is red", red).await?;
    Ok(())
}
