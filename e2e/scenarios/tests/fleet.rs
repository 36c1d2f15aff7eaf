//! Many Kustomizations of one repository: what a push costs, and that waiting holds nobody up.

use ferroflux_cluster::Options;
use ferroflux_scenarios::{KUSTOMIZATION, Stage, config_map, is_applied};
use kube::ResourceExt as _;

const BUILDS: &str = "ferroflux_kustomize_builds_total";

/// design decision 2: a push that touches one of 200 paths builds one thing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_changes_one_of_200_paths_triggers_exactly_one_build() -> anyhow::Result<()> {
    let mut stage = Stage::new(Options::default()).await?;
    let names: Vec<String> = (0..200).map(|index| format!("app-{index:03}")).collect();
    for name in &names {
        stage.repository.write(&format!("{name}/object.yaml"), config_map(name, "first"))?;
    }
    let head = stage.repository.commit("First")?;
    stage.add_source().await?;
    let manifests: String = names.iter().map(|name| stage.kustomization(name, name)).collect();
    stage.objects.apply(&manifests).await?;
    all_applied(&stage, &names, &head).await?;
    let before = stage.installation.controller("kustomize-controller")?.metric(BUILDS, &[]).await?;

    stage.repository.write("app-017/object.yaml", config_map("app-017", "second"))?;
    let head = stage.repository.commit("Second")?;
    stage.request_source().await?;
    all_applied(&stage, &names, &head).await?;
    let after = stage.installation.controller("kustomize-controller")?.metric(BUILDS, &[]).await?;
    assert_eq!(after - before, 1.0, "one path changed, one build");
    assert_eq!(stage.values("app-017").await?.get("app-017").map(String::as_str), Some("second"));
    Ok(())
}

/// kustomize.md 18: scenario 61; design decision 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kustomizations_that_wait_for_health_hold_no_slot() -> anyhow::Result<()> {
    let stage = Stage::new(Options::with_pods()).await?;
    let waiting: Vec<String> = (0..12).map(|index| format!("waiting-{index:02}")).collect();
    for name in &waiting {
        stage.repository.write(&format!("{name}/deployment.yaml"), unready_deployment(name))?;
    }
    stage.repository.write("good/object.yaml", config_map("good", "here"))?;
    let head = stage.repository.commit("First")?;
    stage.add_source().await?;
    let manifests: String = waiting.iter().map(|name| stage.kustomization(name, name)).collect();
    stage.objects.apply(&manifests).await?;
    // All twelve are in their health check, three times as many as there are slots.
    for name in &waiting {
        stage
            .objects
            .wait_for(KUSTOMIZATION, name, "it waits for health", |object| {
                ferroflux_cluster::condition(object, "Healthy")
                    .and_then(|healthy| healthy.get("status"))
                    .is_some_and(|status| status == "Unknown")
            })
            .await?;
    }
    stage.add_kustomization("good", "good").await?;
    stage.applied("good", &head).await?;
    Ok(())
}

async fn all_applied(stage: &Stage, names: &[String], commit: &str) -> anyhow::Result<()> {
    // One watch would do; a list now and then is simpler and the test machine's API server does not mind.
    for name in names {
        stage.applied(name, commit).await?;
    }
    let list = stage.objects.list(KUSTOMIZATION).await?;
    let behind =
        list.iter().filter(|object| names.contains(&object.name_any()) && !is_applied(object, commit));
    assert_eq!(behind.count(), 0);
    Ok(())
}

fn unready_deployment(name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: 1\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n      \
         annotations: {{ferroflux.test/pod: unready}}\n    spec:\n      containers: [{{name: app, image: none}}]\n"
    )
}
