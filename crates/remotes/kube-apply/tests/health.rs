//! Health by watch against a real API server.

mod world;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::Result;
use ferroflux_kube_apply::{HealthFailure, HealthMode, HealthRequest, HealthWaits, check_health};
use ferroflux_objects::Object;
use serde_json::json;
use tokio::sync::oneshot;

use world::World;

fn request(world: &World, objects: &[Object], timeout: Duration) -> HealthRequest {
    HealthRequest {
        target: world.target.clone(),
        objects: objects.iter().map(|object| (object.id(), object.version().to_owned())).collect(),
        may_be_gone: HashSet::new(),
        known: HashSet::new(),
        mode: HealthMode::FailFast,
        timeout,
        owned: true,
    }
}

fn start(
    world: &World,
    request: HealthRequest,
) -> (HealthWaits, oneshot::Receiver<Result<(), HealthFailure>>) {
    let (sender, receiver) = oneshot::channel();
    let waits = HealthWaits::start(&world.hub, request, move |result| {
        // The test may have ended.
        let _ = sender.send(result);
    });
    (waits, receiver)
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1'}]}
";

const WIDGETS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: GROUP}
spec:
  group: NAME.example.com
  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_waited_for_until_its_pods_are_ready() -> Result<()> {
    let mut world = World::new("ready").await?;
    let built = world.built(DEPLOYMENT)?;
    let applied = world.apply(DEPLOYMENT).await?;
    let request = request(&world, &built, Duration::from_secs(90));
    assert_eq!(check_health(&request, &applied.live).await, None, "pods take a moment");
    let (_waits, result) = start(&world, request.clone());
    assert_eq!(result.await?, Ok(()));
    assert_eq!(check_health(&request, &HashMap::new()).await, Some(Ok(())));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_resource_ends_the_wait_and_a_late_one_runs_into_the_timeout() -> Result<()> {
    let mut world = World::new("stalled").await?;
    let group = format!("{}.example.com", world.objects.namespace());
    let definition =
        WIDGETS.replace("GROUP", &format!("widgets.{group}")).replace("NAME", world.objects.namespace());
    let definitions = world.built(&definition)?;
    let applied = world.apply(&definition).await;
    // A namespace on a cluster-scoped object is not this test's business.
    assert!(applied.is_ok(), "{:?}", applied.err());
    let (_waits, established) = start(&world, request(&world, &definitions, Duration::from_mins(1)));
    assert_eq!(established.await?, Ok(()));

    let widget = format!("{{apiVersion: {group}/v1, kind: Widget, metadata: {{name: w}}}}");
    let widgets = world.built(&widget)?;
    // The kind is served a moment after its definition is established.
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while world.try_apply(&widget).await?.1.is_err() {
        anyhow::ensure!(std::time::Instant::now() < deadline, "the kind is never served");
    }
    let kind = format!("{group}/v1/Widget");
    let status = |kind: &str, message: &str| json!({"status": {"conditions": [{"type": kind, "status": "True", "message": message}]}});
    world.objects.merge_status(&kind, "w", &status("Reconciling", "working")).await?;
    let (_late, late) = start(&world, request(&world, &widgets, Duration::from_secs(1)));
    let subject = format!("Widget/{}/w", world.objects.namespace());
    let failure = late.await?.expect_err("nobody works on it");
    assert_eq!(failure.to_string(), format!("timeout waiting for: [{subject} status: 'InProgress']"));

    let (_waits, stalled) = start(&world, request(&world, &widgets, Duration::from_mins(1)));
    world.objects.merge_status(&kind, "w", &status("Stalled", "broken")).await?;
    let failure = stalled.await?.expect_err("it is stalled");
    assert_eq!(
        failure.to_string(),
        format!("failed early due to stalled resources: [{subject} status: 'Failed']")
    );
    Ok(())
}
