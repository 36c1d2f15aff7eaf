//! Pods do what they are asked to, and the real controllers draw their conclusions.

use ferroflux_cluster::{Cluster, Objects, pods::POD};
use kube::api::DynamicObject;
use serde_json::json;

type Outcome = anyhow::Result<()>;

fn pod(name: &str, asked: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, annotations: {{{POD}: {asked}}}}}\n\
         spec: {{containers: [{{name: main, image: example/app:1}}]}}\n"
    )
}

fn workload(api_version: &str, kind: &str, name: &str, annotations: &str, more: &str) -> String {
    format!(
        "apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  {more}\n  template:\n    \
         metadata: {{labels: {{app: {name}}}, annotations: {{{annotations}}}}}\n    \
         spec: {{restartPolicy: RESTART, containers: [{{name: main, image: example/app:1}}]}}\n"
    )
}

fn phase(object: &DynamicObject) -> Option<&str> {
    object.data.pointer("/status/phase")?.as_str()
}

async fn phase_becomes(objects: &Objects, name: &str, wanted: &str) -> Outcome {
    objects
        .wait_for("v1/Pod", name, &format!("its phase is {wanted}"), |pod| phase(pod) == Some(wanted))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_pod_becomes_ready_and_follows_its_annotation_afterwards() -> Outcome {
    let objects = Cluster::shared_with_pods().await?.namespace("ready").await?;
    objects
        .apply(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: plain}\nspec: {containers: [{name: a, image: b}]}\n",
        )
        .await?;
    let pod = objects.wait_for_condition("v1/Pod", "plain", "Ready", "True").await?;
    assert_eq!(pod.data.pointer("/spec/nodeName"), Some(&json!("node-1")));
    let ask = |what: &str| json!({"metadata": {"annotations": {POD: what}}});
    objects.merge("v1/Pod", "plain", &ask("unready")).await?;
    objects.wait_for_condition("v1/Pod", "plain", "Ready", "False").await?;
    objects.merge("v1/Pod", "plain", &ask("crash")).await?;
    let reason = "/status/containerStatuses/0/state/waiting/reason";
    objects
        .wait_for("v1/Pod", "plain", "it crashes", |pod| {
            pod.data.pointer(reason) == Some(&json!("CrashLoopBackOff"))
        })
        .await?;
    objects.merge("v1/Pod", "plain", &ask("ready")).await?;
    objects.wait_for_condition("v1/Pod", "plain", "Ready", "True").await?;
    objects.merge("v1/Pod", "plain", &ask("complete")).await?;
    phase_becomes(&objects, "plain", "Succeeded").await?;
    objects.delete("v1/Pod", "plain").await?;
    objects.wait_until_gone("v1/Pod", "plain").await?;
    Ok(())
}

#[tokio::test]
async fn pods_stay_unready_fail_or_complete_as_asked() -> Outcome {
    let objects = Cluster::shared_with_pods().await?.namespace("asked").await?;
    for asked in ["unready", "fail", "complete"] {
        objects.apply(&pod(asked, asked)).await?;
    }
    phase_becomes(&objects, "fail", "Failed").await?;
    phase_becomes(&objects, "complete", "Succeeded").await?;
    phase_becomes(&objects, "unready", "Running").await?;
    objects.wait_for_condition("v1/Pod", "unready", "Ready", "False").await?;
    Ok(())
}

#[tokio::test]
async fn workloads_become_available_and_a_job_completes_or_fails() -> Outcome {
    let objects = Cluster::shared_with_pods().await?.namespace("workloads").await?;
    let selector = |name: &str| format!("selector: {{matchLabels: {{app: {name}}}}}");
    let replicas = format!("replicas: 2\n  {}", selector("web"));
    objects
        .apply(&workload("apps/v1", "Deployment", "web", "", &replicas).replace("RESTART", "Always"))
        .await?;
    let service = "serviceName: data\n  replicas: 2\n  selector: {matchLabels: {app: data}}";
    objects
        .apply(&workload("apps/v1", "StatefulSet", "data", "", service).replace("RESTART", "Always"))
        .await?;
    objects
        .apply(&workload("apps/v1", "DaemonSet", "all", "", &selector("all")).replace("RESTART", "Always"))
        .await?;
    let bad = format!("progressDeadlineSeconds: 2\n  {}", selector("bad"));
    let crash = format!("{POD}: crash");
    objects
        .apply(&workload("apps/v1", "Deployment", "bad", &crash, &bad).replace("RESTART", "Always"))
        .await?;
    objects
        .apply(&workload("batch/v1", "Job", "good", "", "completions: 2").replace("RESTART", "Never"))
        .await?;
    let fail = format!("{POD}: fail");
    objects
        .apply(&workload("batch/v1", "Job", "bad", &fail, "backoffLimit: 0").replace("RESTART", "Never"))
        .await?;

    objects.wait_for_condition("apps/v1/Deployment", "web", "Available", "True").await?;
    objects.wait_for_condition("batch/v1/Job", "good", "Complete", "True").await?;
    objects.wait_for_condition("batch/v1/Job", "bad", "Failed", "True").await?;
    objects.wait_for_condition("apps/v1/Deployment", "bad", "Progressing", "False").await?;
    for (kind, name, field) in [
        ("apps/v1/StatefulSet", "data", "/status/readyReplicas"),
        ("apps/v1/DaemonSet", "all", "/status/numberReady"),
    ] {
        objects
            .wait_for(kind, name, "its pods are ready", |object| {
                object.data.pointer(field).and_then(serde_json::Value::as_i64).is_some_and(|ready| ready > 0)
            })
            .await?;
    }
    Ok(())
}
