//! Carries a plan out: stages, inventory, garbage collection (contract/kustomize.md 9, 10). I/O.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ferroflux_api::kustomize::v1::reasons;
use ferroflux_kube_apply::{
    ApplyError, ApplyOptions, HealthFailure, HealthMode, HealthRequest, HealthWaits, Leases, Prune,
    StageResult, Target, apply_stage, check_health, desired_digest, prune,
};
use ferroflux_objects::{Action, ChangeSet, IgnoreRules, Inventory, Object, ObjectId, StagePlan};
use ferroflux_runtime::{Cause, Event, Failure, Wait};
use serde_json::Value;
use tokio::time::Instant;

use super::memory::{AfterApply, Applied, Apply, Item, Pending, PendingStage, Slot, ends_itself};
use super::{Work, plan, report};
use crate::config::FIELD_MANAGER;

/// How long the objects of an early stage may take to become ready.
const STAGE_TIMEOUT: Duration = Duration::from_mins(1);

/// How often a kind is looked for that was just defined.
const SERVED_POLL: Duration = Duration::from_millis(200);

/// What an apply came to.
pub(super) enum Progress {
    /// Everything is applied and pruned.
    Done(Box<Done>),
    /// The objects of a stage are waited for.
    Waiting(Wait),
}

/// An apply that came to its end.
pub(super) struct Done {
    pub(super) after: AfterApply,
    pub(super) applied: Applied,
    /// Live forms of what was read or written in this run.
    pub(super) live: HashMap<ObjectId, Value>,
}

/// A failed apply: why, and what is recorded in the history.
pub(super) struct ActFailure {
    pub(super) failure: Failure,
    /// Status word of the history entry.
    pub(super) outcome: &'static str,
    pub(super) output: String,
}

#[derive(Debug, thiserror::Error)]
#[error("{error}\n{completed}")]
struct StageFailed {
    error: String,
    completed: String,
}

/// Options of every apply of an object.
pub(super) fn options(work: &Work<'_>, ignore: IgnoreRules) -> ApplyOptions {
    ApplyOptions {
        manager: FIELD_MANAGER.into(),
        owner: work.owner.clone(),
        force: work.object.spec.force,
        recreate_timeout: work.settings.timeout,
        concurrency: work.context.settings.concurrent_apply,
        takeover: work.context.settings.takeover.clone(),
        ignore,
        migrate_api_version: work.context.settings.gates.migrate_api_version,
    }
}

/// Applies the stages that are left, then prunes.
pub(super) async fn apply(
    work: &mut Work<'_>,
    target: &Target,
    leases: &mut Leases,
    mut state: Apply,
) -> Result<Progress, ActFailure> {
    let output = state.build.output.clone();
    let fail =
        |failure| ActFailure { failure, outcome: reasons::RECONCILIATION_FAILED, output: output.clone() };
    let ignore = IgnoreRules::compile(&plan::ignore_rules(&work.object.spec)).map_err(|error| {
        let error = StageFailed { error: error.to_string(), completed: String::new() };
        fail(Failure::retry(reasons::RECONCILIATION_FAILED, error))
    })?;
    let options = options(work, ignore);
    let mut result = StageResult { changes: std::mem::take(&mut state.changes), ..StageResult::default() };
    if state.next > 0
        && let Some(wait) = wait_for_kinds(work, target, &mut state, &mut result).await
    {
        return Ok(Progress::Waiting(wait));
    }
    while let Some((stage, objects)) = state.plan.stages.get(state.next) {
        let before = result.changes.clone();
        let shutdown = work.run.shutdown().clone();
        let hub = &work.context.hub;
        let done = apply_stage(target, hub, leases, &options, objects, &shutdown, &mut result).await;
        if let Err(error) = done {
            // What was applied is owned already: the union stands in the inventory.
            return Err(fail(stage_failure(&error, before.applied_lines())));
        }
        let waits = stage.waits();
        state.next += 1;
        if !waits {
            continue;
        }
        if let Some(wait) = wait_for_stage(work, target, &mut state, &mut result).await.map_err(&fail)? {
            return Ok(Progress::Waiting(wait));
        }
        if let Some(wait) = wait_for_kinds(work, target, &mut state, &mut result).await {
            return Ok(Progress::Waiting(wait));
        }
    }
    work.context.metrics.settled.inc_by(result.settled as u64);
    announce(work, &state, &result);
    let skipped: HashSet<ObjectId> = result
        .changes
        .changes
        .iter()
        .filter(|change| change.action == Action::Skipped)
        .map(|change| change.id.clone())
        .collect();
    let items = items(&state.plan, &options, &skipped);
    leases.keep_for(&state.plan);
    collect_garbage(work, target, &state).await.map_err(|failure| ActFailure {
        failure,
        outcome: reasons::PRUNE_FAILED,
        output: output.clone(),
    })?;
    let changed = result.changes.applied_lines().is_some();
    let new_revision = work.status.last_applied_revision.as_ref() != Some(&state.revision.revision);
    let after =
        AfterApply { revision: state.revision, output: output.clone(), changed: changed && new_revision };
    let applied = Applied {
        identity: Arc::clone(&target.identity),
        build: state.build,
        artifact: state.artifact,
        items: Arc::new(items),
    };
    Ok(Progress::Done(Box::new(Done { after, applied, live: result.live })))
}

fn stage_failure(error: &ApplyError, completed: Option<String>) -> Failure {
    let error = StageFailed { error: error.to_string(), completed: completed.unwrap_or_default() };
    Failure::retry(reasons::RECONCILIATION_FAILED, error)
}

/// The log line and the event of what was changed.
fn announce(work: &Work<'_>, state: &Apply, result: &StageResult) {
    let Some(lines) = result.changes.applied_lines() else { return };
    let output = change_log(&result.changes, work.context.settings.gates.group_change_log);
    tracing::info!(revision = %state.revision.revision, %output, "server-side apply completed");
    work.run.event(state.revision.on(Event::info(reasons::PROGRESSING, lines)));
}

/// The changes as the log shows them: by subject, or by action with the gate `GroupChangeLog`.
fn change_log(changes: &ChangeSet, grouped: bool) -> Value {
    let mut log = serde_json::Map::new();
    for change in &changes.changes {
        let (subject, action) = (change.id.to_string(), change.action.as_str());
        if !grouped {
            log.insert(subject, Value::String(action.to_owned()));
            continue;
        }
        let subjects = log.entry(action).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(subjects) = subjects.as_array_mut() {
            subjects.push(Value::String(subject));
        }
    }
    Value::Object(log)
}

fn items(plan: &StagePlan, options: &ApplyOptions, skipped: &HashSet<ObjectId>) -> Vec<Item> {
    let item = |object: &Object| {
        let id = object.id();
        Item {
            version: object.version().to_owned(),
            desired: desired_digest(object, &options.ignore),
            skipped: skipped.contains(&id),
            ends_itself: ends_itself(object),
            id,
        }
    };
    plan.objects().map(item).collect()
}

/// Checks the stage that was just applied; registers a wait when it is not ready yet.
async fn wait_for_stage(
    work: &mut Work<'_>,
    target: &Target,
    state: &mut Apply,
    result: &mut StageResult,
) -> Result<Option<Wait>, Failure> {
    let Some((_, objects)) = state.plan.stages.get(state.next - 1) else { return Ok(None) };
    let ids: HashSet<ObjectId> = objects.iter().map(Object::id).collect();
    let active = |id: &ObjectId| {
        let action =
            result.changes.changes.iter().find(|change| change.id == *id).map(|change| change.action);
        !matches!(action, Some(Action::Skipped) | None)
    };
    let objects = objects
        .iter()
        .map(|object| (object.id(), object.version().to_owned()))
        .filter(|(id, _)| active(id))
        .collect();
    let request = HealthRequest {
        target: target.clone(),
        objects,
        may_be_gone: HashSet::new(),
        known: ids,
        mode: HealthMode::Complete,
        timeout: STAGE_TIMEOUT,
        owned: true,
    };
    match check_health(&request, &result.live).await {
        Some(Ok(())) => return Ok(None),
        Some(Err(failure)) => return Err(stage_wait_failure(&failure, result)),
        None => {}
    }
    let slot = Arc::new(OnceLock::new());
    let (waker, done) = (work.run.waker(), Arc::clone(&slot));
    let waits = HealthWaits::start(&work.context.hub, request, move |health| {
        // The slot is filled once: the wait calls back once.
        let _ = done.set(health);
        waker.wake(Cause::Continued);
    });
    let until = Instant::now() + STAGE_TIMEOUT + Duration::from_secs(5);
    Ok(Some(suspend(work, state, result, PendingWait { slot, waits: Some(waits), until })))
}

/// What a suspended apply waits for.
struct PendingWait {
    slot: Slot<Result<(), HealthFailure>>,
    waits: Option<HealthWaits>,
    until: Instant,
}

/// Puts an apply away until its wait is over.
fn suspend(work: &Work<'_>, state: &mut Apply, result: &mut StageResult, wait: PendingWait) -> Wait {
    let apply = Apply {
        revision: state.revision.clone(),
        artifact: std::mem::take(&mut state.artifact),
        build: Arc::clone(&state.build),
        plan: std::mem::take(&mut state.plan),
        next: state.next,
        old: std::mem::take(&mut state.old),
        changes: std::mem::take(&mut result.changes),
        identity: Arc::clone(&state.identity),
        unserved: state.unserved,
    };
    let PendingWait { slot, waits, until } = wait;
    tracing::debug!(next = state.next, watched = waits.is_some(), "waiting before the next stage");
    let pending = Pending::Stage(Box::new(PendingStage { apply, result: slot, waits, until }));
    work.run.memory(|memory| memory.pending = Some(pending));
    Wait::new("stage", until)
}

/// A definition counts as established a moment before its kind is served: looks whether all kinds that this apply
/// defines are, and comes back if not.
async fn wait_for_kinds(
    work: &Work<'_>,
    target: &Target,
    state: &mut Apply,
    result: &mut StageResult,
) -> Option<Wait> {
    let defined = defined_kinds(&state.plan);
    let mut checked = HashSet::new();
    for object in state.plan.stages.iter().skip(state.next).flat_map(|(_, objects)| objects) {
        let kind = (object.group(), object.kind());
        if !defined.contains(&kind) || !checked.insert((object.api_version(), object.kind())) {
            continue;
        }
        let mapped = target.mapper.mapping(target, object.api_version(), object.kind()).await;
        let now = Instant::now();
        let since = state.unserved.unwrap_or(now);
        if mapped.is_ok() || now.duration_since(since) >= STAGE_TIMEOUT {
            continue;
        }
        state.unserved = Some(since);
        let wait = PendingWait { slot: Slot::default(), waits: None, until: now + SERVED_POLL };
        return Some(suspend(work, state, result, wait));
    }
    None
}

/// Group and kind of every definition of a plan.
fn defined_kinds(plan: &StagePlan) -> HashSet<(&str, &str)> {
    let definitions = plan.objects().filter(|object| {
        object.kind() == "CustomResourceDefinition" && object.group() == "apiextensions.k8s.io"
    });
    definitions
        .filter_map(|object| {
            let spec = object.fields().get("spec")?;
            Some((spec.get("group")?.as_str()?, spec.get("names")?.get("kind")?.as_str()?))
        })
        .collect()
}

/// A stage whose objects did not become ready.
pub(super) fn stage_wait_failure(failure: &HealthFailure, result: &StageResult) -> Failure {
    let completed = result.changes.applied_lines().unwrap_or_default();
    let error = StageFailed { error: failure.to_string(), completed };
    Failure::retry(reasons::RECONCILIATION_FAILED, error)
}

/// Deletes what is owned and no longer wanted, and trims the inventory to what is left.
async fn collect_garbage(work: &mut Work<'_>, target: &Target, state: &Apply) -> Result<(), Failure> {
    let new = Inventory::of(state.plan.objects());
    let stale = state.old.stale(&new);
    let mut kept = new;
    let mut failure = None;
    if work.object.spec.prune && !stale.is_empty() {
        let request = Prune {
            owner: &work.owner,
            candidates: stale,
            concurrency: work.context.settings.concurrent_apply,
        };
        let pruned = prune(target, work.context.hub.tracker(), request).await;
        if let Some(lines) = pruned.changes.all_lines() {
            tracing::info!(revision = %state.revision.revision, "garbage collection completed: {lines}");
            work.run.event(state.revision.on(Event::info(reasons::PROGRESSING, lines)));
        }
        kept.entries.extend(pruned.survivors);
        failure = pruned.failure;
    }
    work.status.inventory = Some(plan::to_status(&kept));
    match failure {
        Some(failure) => Err(Failure::retry(reasons::PRUNE_FAILED, failure)),
        None => Ok(()),
    }
}

/// Writes what is about to be owned before anything is applied, so that a crash leaks nothing.
pub(super) async fn announce_inventory(work: &mut Work<'_>, union: &Inventory) -> Result<(), Failure> {
    work.status.inventory = Some(plan::to_status(union));
    let revision = work.revision.as_ref().map_or("", |revision| revision.revision.as_str()).to_owned();
    let (stamp, settings) = (work.stamp, work.settings);
    report::progress(&mut work.status, stamp, report::Step::DetectingDrift, &revision, &settings);
    work.publish().await
}
