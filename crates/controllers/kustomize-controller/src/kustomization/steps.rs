//! The order of a run (contract/kustomize.md 3.1): what is unchanged is found out before anything is done.

use std::collections::HashMap;
use std::sync::Arc;

use ferroflux_api::conditions::types;
use ferroflux_api::kustomize::v1::{KustomizationStatus, reasons};
use ferroflux_api::meta::Artifact;
use ferroflux_archive::Snapshot;
use ferroflux_kube_apply::{Leases, Target, resolve_scopes};
use ferroflux_objects::{Digest, ObjectId};
use ferroflux_runtime::{Event, Failure, Report, Requeue, Wait};
use serde_json::Value;

use super::act::{self, ActFailure, Progress};
use super::build::{self, Built};
use super::fetch::{self, Fetched};
use super::health::{self, Checked};
use super::inputs::ROOT;
use super::memory::{AfterApply, Applied, Apply, BuildFacts, PendingHealth, PendingStage};
use super::report::{self, HealthOutcome, Revision, Step, Success};
use super::settings::go_duration;
use super::substitute::{SubstituteError, Variables};
use super::{Work, dependencies, drift, generate, plan, resolve, substitute};

/// How a run ended well, or without an end yet.
pub(super) enum End {
    Succeeded(AfterApply, HealthOutcome),
    Waiting(Wait),
    /// Drift was reported, nothing was done.
    Reported,
}

/// Why a run ended badly.
pub(super) struct Stop {
    failure: Failure,
    /// Status word and digest of a history entry.
    history: Option<(&'static str, String)>,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self { failure, history: None }
    }
}

impl From<ActFailure> for Stop {
    fn from(failed: ActFailure) -> Self {
        Self { failure: failed.failure, history: Some((failed.outcome, failed.output)) }
    }
}

#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error("Kustomization field '{0}' is not supported by this version of Ferroflux")]
    Unsupported(&'static str),
    #[error("kustomization path not found: stat {ROOT}/{0}: no such file or directory")]
    PathNotFound(String),
}

/// Reason of the condition that names a field which is not built yet.
const NOT_SUPPORTED: &str = "NotSupported";

/// The failure that names a field.
pub(super) fn unsupported(field: &'static str) -> Failure {
    Failure::stalled(NOT_SUPPORTED, StepError::Unsupported(field))
}

/// A run from its beginning.
pub(super) async fn begin(work: &mut Work<'_>, leases: &mut Leases) -> Result<End, Stop> {
    // A new run has not stalled yet; what made the last one stall may be gone.
    let stamp = work.stamp;
    stamp.conditions(&mut work.status).delete(types::STALLED);
    if let Some(field) = plan::unsupported_field(&work.object.spec) {
        return Err(unsupported(field).into());
    }
    if report_drift(work) {
        return Ok(End::Reported);
    }
    let context = work.context;
    let artifact = resolve::artifact(
        work.object,
        &context.client,
        &context.sources,
        &context.settings,
        work.settings.retry,
    )
    .await?;
    work.revision = Some(Revision::of(&artifact));
    check_dependencies(work, &artifact.revision).await?;
    let target = work.target().await?;
    let strict = context.settings.gates.strict_substitution;
    let variables =
        substitute::variables(&context.client, &work.owner.namespace, &work.object.spec, strict).await;
    // Without its variables the build must fail, but only once the artifact is known to be there.
    let spec = variables.as_ref().ok().map(|variables| plan::input_digest(&work.object.spec, variables));
    let known = spec.and_then(|spec| known(work, leases, &target, spec));
    if let Some(applied) = known.as_ref().filter(|applied| applied.artifact == artifact.digest) {
        return unchanged(work, &target, applied).await;
    }
    let snapshot = match fetch::fetch(work, &artifact).await? {
        Fetched::Here(snapshot) => snapshot,
        Fetched::Waiting(wait) => return Ok(End::Waiting(wait)),
    };
    let path = generate::normal("", work.object.spec.path.as_deref().unwrap_or_default());
    if !snapshot.is_directory(&path) {
        return Err(Failure::retry(reasons::ARTIFACT_FAILED, StepError::PathNotFound(path)).into());
    }
    work.status.last_attempted_revision = Some(artifact.revision.clone());
    if let Some(applied) = known.filter(|applied| applied.build.inputs.hold_in(&snapshot)) {
        let applied = Applied { artifact: artifact.digest.clone(), ..applied };
        work.run.memory(|memory| memory.applied = Some(applied.clone()));
        return unchanged(work, &target, &applied).await;
    }
    work.run.memory(|memory| memory.applied = None);
    let state = prepare(work, &target, snapshot, path, &artifact, variables).await?;
    proceed(work, &target, leases, state).await
}

/// The last apply, if nothing of it has changed since: neither the spec nor any live object.
fn known(work: &Work<'_>, leases: &Leases, target: &Target, spec: Digest) -> Option<Applied> {
    let applied = work.run.memory(|memory| memory.applied.clone())?;
    let hub = &work.context.hub;
    let settled = applied.build.spec == spec
        && applied.identity == target.identity
        && applied
            .items
            .iter()
            .all(|item| !item.skipped && leases.is_settled(hub, target, &item.id, &work.owner, item.desired));
    settled.then_some(applied)
}

/// Nothing to build and nothing to apply; what was applied may still have become unhealthy.
async fn unchanged(work: &mut Work<'_>, target: &Target, applied: &Applied) -> Result<End, Stop> {
    let revision =
        work.revision.clone().unwrap_or_else(|| Revision { revision: String::new(), origin: None });
    work.status.last_attempted_revision = Some(revision.revision.clone());
    work.context.metrics.settled.inc_by(applied.items.len() as u64);
    let after = AfterApply { revision, output: applied.build.output.clone(), changed: false };
    check_health(work, target, applied, &HashMap::new(), after).await
}

async fn check_health(
    work: &mut Work<'_>,
    target: &Target,
    applied: &Applied,
    live: &HashMap<ObjectId, Value>,
    after: AfterApply,
) -> Result<End, Stop> {
    match health::check(work, target, &applied.items, live, &after).await {
        Ok(Checked::Over(outcome)) => Ok(End::Succeeded(after, outcome)),
        Ok(Checked::Waiting(wait)) => Ok(End::Waiting(wait)),
        Err(failure) => Err(Stop { failure, history: Some((reasons::HEALTH_CHECK_FAILED, after.output)) }),
    }
}

/// In mode `warn`, drift that woke the object is told and left alone.
fn report_drift(work: &Work<'_>) -> bool {
    let drifted = work.context.drift.take(work.run.key());
    let only_drift =
        work.run.causes().iter().all(|cause| matches!(cause, ferroflux_runtime::Cause::Continued));
    if drifted.is_empty() || !only_drift {
        return false;
    }
    let lines: Vec<String> = drifted.iter().map(|id| format!("{id} drifted")).collect();
    tracing::info!(output = %lines.join(", "), "drift detected");
    if drift::mode(work.object) != drift::Mode::Warn {
        return false;
    }
    work.run.event(Event::info("DriftDetected", lines.join("\n")));
    true
}

async fn check_dependencies(work: &mut Work<'_>, revision: &str) -> Result<(), Failure> {
    if work.object.spec.depends_on.is_empty() {
        return Ok(());
    }
    let Err(error) = dependencies::check(&work.context.client, work.object, revision).await else {
        tracing::debug!("All dependencies are ready, proceeding with reconciliation");
        return Ok(());
    };
    let pause = work.context.settings.requeue_dependency;
    let message = format!("Dependencies do not meet ready condition, retrying in {}", go_duration(pause));
    tracing::info!("{message}");
    let event = Event::info(reasons::DEPENDENCY_NOT_READY, message);
    if let Some(revision) = &work.revision {
        work.run.event(revision.on(event));
    }
    Err(Failure::waiting(pause, reasons::DEPENDENCY_NOT_READY, error).without_event())
}

/// Builds, and writes down what will be owned.
async fn prepare(
    work: &mut Work<'_>,
    target: &Target,
    snapshot: Snapshot,
    path: String,
    artifact: &Artifact,
    variables: Result<Variables, SubstituteError>,
) -> Result<Apply, Stop> {
    let (stamp, settings) = (work.stamp, work.settings);
    report::progress(&mut work.status, stamp, Step::Building, &artifact.revision, &settings);
    work.publish().await?;
    let variables = variables.map_err(|error| Failure::retry(reasons::BUILD_FAILED, error))?;
    let spec = plan::input_digest(&work.object.spec, &variables);
    work.context.metrics.builds.inc();
    let Built { mut objects, output, inputs } =
        build::build(&work.context.builds, snapshot, path, Arc::new(work.object.spec.clone()), variables)
            .await?;
    plan::prepare(&mut objects, &work.object.spec, &work.owner);
    resolve_scopes(target, &mut objects).await;
    let old = plan::stored_inventory(&work.status);
    let (stages, new) = plan::stages(objects, &work.context.settings.custom_stage_kinds);
    act::announce_inventory(work, &new.union(&old)).await?;
    Ok(Apply {
        revision: Revision::of(artifact),
        artifact: artifact.digest.clone(),
        build: Arc::new(BuildFacts { spec, inputs, output }),
        plan: stages,
        next: 0,
        old,
        changes: ferroflux_objects::ChangeSet::default(),
        identity: Arc::clone(&target.identity),
        unserved: None,
    })
}

/// Applies from a stage on, prunes, checks health.
async fn proceed(
    work: &mut Work<'_>,
    target: &Target,
    leases: &mut Leases,
    state: Apply,
) -> Result<End, Stop> {
    let done = match act::apply(work, target, leases, state).await? {
        Progress::Done(done) => *done,
        Progress::Waiting(wait) => return Ok(End::Waiting(wait)),
    };
    work.run.memory(|memory| memory.applied = Some(done.applied.clone()));
    check_health(work, target, &done.applied, &done.live, done.after).await
}

/// A run after the wait for a stage.
pub(super) async fn resume_stage(
    work: &mut Work<'_>,
    leases: &mut Leases,
    pending: PendingStage,
) -> Result<End, Stop> {
    let mut state = pending.apply;
    work.revision = Some(state.revision.clone());
    let overdue = Err(ferroflux_kube_apply::HealthFailure::Timeout(Vec::new()));
    let waited = pending.waits.as_ref().map(|_| pending.result.get().unwrap_or(&overdue));
    if let Some(Err(failure)) = waited {
        let result = ferroflux_kube_apply::StageResult { changes: state.changes, ..Default::default() };
        let failure = act::stage_wait_failure(failure, &result);
        return Err(Stop {
            failure,
            history: Some((reasons::RECONCILIATION_FAILED, state.build.output.clone())),
        });
    }
    let target = work.target().await?;
    if target.identity != state.identity {
        return begin(work, leases).await;
    }
    // Kinds that a definition of the last stage brought have a scope now.
    for (_, objects) in state.plan.stages.iter_mut().skip(state.next) {
        resolve_scopes(&target, objects).await;
    }
    proceed(work, &target, leases, state).await
}

/// A run after the wait for health.
pub(super) fn resume_health(work: &mut Work<'_>, pending: PendingHealth) -> Result<End, Stop> {
    work.revision = Some(pending.after.revision.clone());
    let timeout = Err(ferroflux_kube_apply::HealthFailure::Timeout(Vec::new()));
    let result = pending.result.get().cloned().unwrap_or(timeout);
    match health::conclude(work, &pending, &result) {
        Ok(outcome) => Ok(End::Succeeded(pending.after, outcome)),
        Err(failure) => {
            Err(Stop { failure, history: Some((reasons::HEALTH_CHECK_FAILED, pending.after.output)) })
        }
    }
}

/// Makes the report of a run.
pub(super) fn conclude(work: &mut Work<'_>, end: Result<End, Stop>) -> Report<KustomizationStatus> {
    let status = std::mem::take(&mut work.status);
    let took = work.run.elapsed();
    match end {
        Ok(End::Waiting(wait)) => Report::waiting(status, wait),
        Ok(End::Reported) => Report::succeeded(status, work.settings.interval),
        Ok(End::Succeeded(after, health)) => {
            let success = Success { revision: &after.revision, digest: &after.output, health, took };
            let report = report::succeeded(status, work.stamp, &work.settings, &success);
            tracing::info!(
                revision = %after.revision.revision,
                "Reconciliation finished in {}, next run in {}",
                go_duration(took),
                go_duration(work.settings.interval)
            );
            report
        }
        Err(Stop { failure, history }) => {
            let mut status = status;
            if let (Some((outcome, digest)), Some(revision)) = (history, &work.revision) {
                report::record(&mut status, work.stamp.now, &digest, outcome, took, revision);
            }
            report::failed(status, failure, Some(work.settings.retry), work.revision.as_ref())
        }
    }
}

/// Something newer came while the object waits: the next run must not be lost.
pub(super) fn again(report: Report<KustomizationStatus>) -> Report<KustomizationStatus> {
    report.next(Requeue::Immediately)
}
