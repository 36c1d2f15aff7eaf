//! One owner's view of the shared test cluster.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use ferroflux_cluster::{Cluster, Objects, documents};
use ferroflux_kube_apply::{
    ApplyError, ApplyOptions, Hub, HubOptions, Leases, Mapper, StageResult, Target, Tracker, apply_stage,
};
use ferroflux_objects::{
    CommonMetadata, IgnoreRules, ManagerMatch, Object, ObjectId, Owner, StagePlan, normalise,
};

pub(crate) const MANAGER: &str = "kustomize-controller";

pub(crate) struct World {
    pub(crate) objects: Objects,
    pub(crate) target: Target,
    pub(crate) hub: Arc<Hub>,
    pub(crate) drifted: Arc<Mutex<Vec<ObjectId>>>,
    pub(crate) leases: Leases,
    pub(crate) options: ApplyOptions,
}

impl World {
    pub(crate) async fn new(prefix: &str) -> Result<Self> {
        let objects = Cluster::shared_with_pods().await?.namespace(prefix).await?;
        let client = objects.client();
        Self::with(objects, client, "admin", true)
    }

    pub(crate) fn with(
        objects: Objects,
        client: kube::Client,
        identity: &str,
        cluster_wide: bool,
    ) -> Result<Self> {
        let drifted: Arc<Mutex<Vec<ObjectId>>> = Arc::default();
        let seen = Arc::clone(&drifted);
        let tracker = Tracker::new(Arc::new(move |_: &Owner, id: &ObjectId| {
            seen.lock().expect("no test panics while holding it").push(id.clone());
        }));
        let owner = Owner { name: "apps".into(), namespace: objects.namespace().to_owned() };
        let options = ApplyOptions {
            manager: MANAGER.into(),
            owner,
            force: false,
            recreate_timeout: Duration::from_secs(30),
            concurrency: 4,
            takeover: ManagerMatch::defaults(MANAGER, &[]),
            ignore: IgnoreRules::default(),
            migrate_api_version: false,
        };
        let target =
            Target { client, identity: identity.into(), mapper: Arc::new(Mapper::default()), cluster_wide };
        let hub = Hub::new(Arc::new(tracker), HubOptions::default());
        Ok(Self { objects, target, hub, drifted, leases: Leases::default(), options })
    }

    /// The manifests as the controller would apply them.
    pub(crate) fn built(&self, manifests: &str) -> Result<Vec<Object>> {
        documents(manifests)?
            .into_iter()
            .map(|value| {
                let mut object = Object::from_value(value)?;
                if object.namespace().is_empty() && object.kind() != "CustomResourceDefinition" {
                    object.set_namespace(self.objects.namespace());
                }
                normalise(&mut object);
                CommonMetadata::default().set_on(&mut object);
                self.options.owner.set_on(&mut object);
                Ok(object)
            })
            .collect()
    }

    pub(crate) async fn try_apply(
        &mut self,
        manifests: &str,
    ) -> Result<(StageResult, Result<(), ApplyError>)> {
        let plan = StagePlan::new(self.built(manifests)?, &BTreeSet::new());
        let mut result = StageResult::default();
        for (_, objects) in &plan.stages {
            let stop = tokio_util::sync::CancellationToken::new();
            let World { target, hub, leases, options, .. } = self;
            let done = apply_stage(target, hub, leases, options, objects, &stop, &mut result).await;
            if done.is_err() {
                return Ok((result, done));
            }
        }
        Ok((result, Ok(())))
    }

    pub(crate) async fn apply(&mut self, manifests: &str) -> Result<StageResult> {
        let (result, done) = self.try_apply(manifests).await?;
        done?;
        Ok(result)
    }

    /// Change lines without the namespace.
    pub(crate) fn lines(&self, result: &StageResult) -> String {
        let lines = result.changes.all_lines().unwrap_or_default();
        lines.replace(&format!("{}/", self.objects.namespace()), "")
    }

    /// Waits until all watches are complete.
    pub(crate) async fn watching(&self) -> Result<()> {
        eventually("all watches are live", || {
            let counts = self.hub.counts();
            counts.wanted > 0 && counts.live == counts.wanted
        })
        .await
    }
}

/// Waits for something that no API object shows.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        ensure!(Instant::now() < deadline, "{what} did not come true");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

pub(crate) fn text<'a>(object: &'a kube::api::DynamicObject, pointer: &str) -> Result<&'a str> {
    object.data.pointer(pointer).and_then(|value| value.as_str()).context("the field is a string")
}
