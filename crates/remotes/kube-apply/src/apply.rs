//! Applying one stage: everything is checked before anything is changed (contract/kustomize.md 9.4).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ferroflux_objects::{
    Action, ChangeSet, Digest, IgnoreRules, ManagerMatch, Object, ObjectId, Owner, StagePlan, digest_of_value,
};
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::api::{self, Mode};
use crate::check::{Check, Decision, mapping_of};
use crate::error::{ApiFailure, ApplyError};
use crate::mapper::Mapping;
use crate::target::Target;
use crate::watch::{Hub, Lease};

/// How objects are applied.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// Field manager of every apply.
    pub manager: Arc<str>,
    /// Whose objects these are.
    pub owner: Owner,
    /// Recreate objects whose immutable fields change.
    pub force: bool,
    /// How long a recreation waits for the old object to go.
    pub recreate_timeout: Duration,
    /// Requests of one stage at the same time (`--concurrent-ssa`).
    pub concurrency: usize,
    /// Field managers whose fields are taken over.
    pub takeover: Vec<ManagerMatch>,
    /// Drift-ignore rules.
    pub ignore: IgnoreRules,
    /// Rewrite the API version of managed fields before applying (gate `MigrateAPIVersion`).
    pub migrate_api_version: bool,
}

/// What a stage did. After an error it holds what was done before.
#[derive(Default)]
pub struct StageResult {
    /// Every object and what was done to it, in apply order.
    pub changes: ChangeSet,
    /// Live forms of the objects that were read or written; what was known to be settled is missing.
    pub live: HashMap<ObjectId, Value>,
    /// Requests were saved for this many objects.
    pub settled: usize,
}

/// Drops namespaces from cluster-scoped objects, as far as the cluster knows their kinds already.
///
/// A kind that a stage of the same apply defines is looked at again before its stage.
pub async fn resolve_scopes(target: &Target, objects: &mut [Object]) {
    for object in objects.iter_mut().filter(|object| !object.namespace().is_empty()) {
        if mapping_of(target, object).await.is_ok_and(|mapping| !mapping.namespaced) {
            object.set_namespace("");
        }
    }
}

/// Applies the objects of one stage. `leases` keeps the watches of the owner's kinds; it grows here.
///
/// The first error of the check phase ends the stage before any of its objects was applied. `result` says what
/// happened also then.
pub async fn apply_stage(
    target: &Target,
    hub: &Arc<Hub>,
    leases: &mut Leases,
    options: &ApplyOptions,
    objects: &[Object],
    stop: &CancellationToken,
    result: &mut StageResult,
) -> Result<(), ApplyError> {
    let mut work = Vec::with_capacity(objects.len());
    for object in objects {
        let mapping = mapping_of(target, object).await?;
        let id = object.id();
        let covered = leases.cover(hub, target, &mapping, object.namespace());
        let desired = desired_digest(object, &options.ignore);
        let settled = covered && hub.tracker().is_settled(&target.identity, &id, &options.owner, desired);
        work.push(Item { object, mapping, id, desired, settled });
    }
    let decisions = decide(target, options, &work).await?;
    for (item, decision) in work.iter().zip(decisions) {
        let action = match decision {
            None => {
                result.settled += 1;
                Action::Unchanged
            }
            Some(Decision::Skip) => {
                hub.tracker().forget(&target.identity, &item.id);
                Action::Skipped
            }
            Some(Decision::Unchanged(live)) => {
                remember(hub, target, options, item, &live);
                result.live.insert(item.id.clone(), live);
                Action::Unchanged
            }
            Some(Decision::Apply { payload, exists }) => {
                if stop.is_cancelled() {
                    return Err(stopped(item.id.clone()));
                }
                let live = send(target, options, item, &payload).await?;
                remember(hub, target, options, item, &live);
                result.live.insert(item.id.clone(), live);
                if exists { Action::Configured } else { Action::Created }
            }
        };
        result.changes.push(item.id.clone(), action);
    }
    Ok(())
}

/// Digest of what is wanted of an object: its content, and which paths of it do not matter. The memory of what was
/// applied is asked with it.
pub fn desired_digest(object: &Object, ignore: &IgnoreRules) -> Digest {
    let content = Value::Object(object.fields().clone());
    let paths = ignore.paths_for(object);
    if paths.is_empty() { digest_of_value(&content) } else { digest_of_value(&json!([content, paths])) }
}

struct Item<'a> {
    object: &'a Object,
    mapping: Mapping,
    id: ObjectId,
    desired: Digest,
    settled: bool,
}

async fn decide(
    target: &Target,
    options: &ApplyOptions,
    work: &[Item<'_>],
) -> Result<Vec<Option<Decision>>, ApplyError> {
    let checks: Vec<_> = work.iter().map(|item| decide_one(target, options, item)).collect();
    futures::stream::iter(checks).buffered(options.concurrency.max(1)).try_collect().await
}

async fn decide_one(
    target: &Target,
    options: &ApplyOptions,
    item: &Item<'_>,
) -> Result<Option<Decision>, ApplyError> {
    if item.settled {
        return Ok(None);
    }
    Check::new(target, options, item.object, &item.mapping).decide().await.map(Some)
}

async fn send(
    target: &Target,
    options: &ApplyOptions,
    item: &Item<'_>,
    payload: &Value,
) -> Result<Value, ApplyError> {
    let path = item.mapping.object(item.object.namespace(), item.object.name());
    let sent = api::apply(target, &path, &options.manager, Mode::Real, payload).await;
    sent.map_err(|cause| ApplyError::Apply { subject: item.id.clone(), cause })
}

fn remember(hub: &Hub, target: &Target, options: &ApplyOptions, item: &Item<'_>, live: &Value) {
    let owner = (&options.owner, &options.manager);
    hub.tracker().remember(&target.identity, &item.id, owner, item.desired, live);
}

fn stopped(subject: ObjectId) -> ApplyError {
    let message = "the process is ending".to_owned();
    ApplyError::Apply { subject, cause: ApiFailure { code: 0, reason: String::new(), message } }
}

/// The watches that keep an owner's memory true.
#[derive(Default)]
pub struct Leases(HashMap<(Mapping, String), Option<Lease>>);

impl Leases {
    /// Whether an object is known, without any request, to be as its owner wants it: it was left in that state, and
    /// a complete watch has seen no change since.
    pub fn is_settled(
        &self,
        hub: &Hub,
        target: &Target,
        id: &ObjectId,
        owner: &Owner,
        desired: Digest,
    ) -> bool {
        let covered =
            self.0.values().flatten().any(|lease| lease.is_live() && lease.covers(&target.identity, id));
        covered && hub.tracker().is_settled(&target.identity, id, owner, desired)
    }

    /// Makes sure that a kind is watched; says whether the watch is complete already.
    fn cover(&mut self, hub: &Arc<Hub>, target: &Target, mapping: &Mapping, namespace: &str) -> bool {
        let key = (mapping.clone(), namespace.to_owned());
        let lease = self.0.entry(key).or_insert_with(|| hub.cover(target, mapping, namespace, true));
        if lease.is_none() {
            *lease = hub.cover(target, mapping, namespace, true);
        }
        lease.as_ref().is_some_and(Lease::is_live)
    }

    /// Gives up watches over kinds and namespaces that no object of the plan needs any more.
    pub fn keep_for(&mut self, plan: &StagePlan) {
        self.0.retain(|(mapping, namespace), _| {
            plan.objects().any(|object| {
                object.kind() == mapping.kind
                    && object.group() == mapping.group
                    && object.namespace() == namespace
            })
        });
    }
}
