//! The health check of what was applied (contract/kustomize.md 9.9).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ferroflux_api::conditions::{self, types};
use ferroflux_api::kustomize::v1::{Kustomization, reasons};
use ferroflux_kube_apply::{HealthFailure, HealthMode, HealthRequest, HealthWaits, Target, check_health};
use ferroflux_objects::ObjectId;
use ferroflux_runtime::{Cause, Failure, Wait};
use kube::ResourceExt as _;
use serde_json::Value;
use tokio::time::Instant;

use super::Work;
use super::memory::{AfterApply, Item, Pending, PendingHealth};
use super::report::{self, HealthOutcome, Step};
use super::settings::go_duration;

/// How long after its own limit a wait is given up although it did not call back.
const GRACE: Duration = Duration::from_secs(5);

/// What the check came to at once.
pub(super) enum Checked {
    /// It is over.
    Over(HealthOutcome),
    /// It goes on without a slot.
    Waiting(Wait),
}

#[derive(Debug, thiserror::Error)]
enum HealthSetError {
    #[error("can't determine status for {0}: {1}")]
    Unreadable(String, String),
    #[error("resource <{0}> is namespace scoped, but namespace is not set")]
    NoNamespace(String),
}

/// The objects to check: everything applied with `wait`, else those that the spec names.
async fn request(work: &Work<'_>, target: &Target, items: &[Item]) -> Result<Option<HealthRequest>, Failure> {
    let spec = &work.object.spec;
    let own = own_id(work.object);
    let (mut objects, mut may_be_gone, mut known) = (Vec::new(), HashSet::new(), HashSet::new());
    if spec.wait {
        for item in items.iter().filter(|item| !item.skipped && item.id != own) {
            objects.push((item.id.clone(), item.version.clone()));
            known.insert(item.id.clone());
            if item.ends_itself {
                may_be_gone.insert(item.id.clone());
            }
        }
    } else {
        for reference in &spec.health_checks {
            let api_version = reference.api_version.as_deref().unwrap_or("apps/v1");
            let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
            let mut id = ObjectId {
                namespace: reference.namespace.clone().unwrap_or_default(),
                name: reference.name.clone(),
                group: group.to_owned(),
                kind: reference.kind.clone(),
            };
            let fail = |error| Failure::retry(reasons::HEALTH_CHECK_FAILED, error);
            let mapping = target
                .mapper
                .mapping(target, api_version, &reference.kind)
                .await
                .map_err(|error| fail(HealthSetError::Unreadable(id.to_string(), error.to_string())))?;
            if !mapping.namespaced {
                id.namespace.clear();
            } else if id.namespace.is_empty() {
                return Err(fail(HealthSetError::NoNamespace(id.to_string())));
            }
            if id != own {
                objects.push((id, version.to_owned()));
            }
        }
    }
    let gates = &work.context.settings.gates;
    Ok((!objects.is_empty()).then(|| HealthRequest {
        target: target.clone(),
        objects,
        may_be_gone,
        known,
        mode: if gates.disable_fail_fast { HealthMode::Complete } else { HealthMode::FailFast },
        timeout: work.settings.timeout,
        owned: spec.wait,
    }))
}

fn own_id(object: &Kustomization) -> ObjectId {
    ObjectId {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        group: ferroflux_api::kustomize::v1::GROUP.to_owned(),
        kind: "Kustomization".to_owned(),
    }
}

/// Whether a passed check is worth an event: the object was not healthy before, or a new revision changed something.
fn is_news(work: &Work<'_>, after: &AfterApply) -> bool {
    after.changed || !work.was_healthy
}

/// Checks once; what is not healthy yet is waited for without a slot.
pub(super) async fn check(
    work: &mut Work<'_>,
    target: &Target,
    items: &[Item],
    live: &HashMap<ObjectId, Value>,
    after: &AfterApply,
) -> Result<Checked, Failure> {
    let began = Instant::now();
    let Some(request) = request(work, target, items).await? else {
        return Ok(Checked::Over(HealthOutcome::NotChecked));
    };
    match check_health(&request, live).await {
        Some(Ok(())) => {
            let outcome = HealthOutcome::Passed { took: began.elapsed(), news: is_news(work, after) };
            return Ok(Checked::Over(outcome));
        }
        Some(Err(failure)) => return Err(failed(work, &failure, began.elapsed())),
        None => {}
    }
    let (stamp, settings) = (work.stamp, work.settings);
    report::progress(&mut work.status, stamp, Step::RunningHealthChecks, &after.revision.revision, &settings);
    let slot = Arc::new(OnceLock::new());
    let (waker, done) = (work.run.waker(), Arc::clone(&slot));
    let waits = HealthWaits::start(&work.context.hub, request, move |health| {
        // The slot is filled once: the wait calls back once.
        let _ = done.set(health);
        waker.wake(Cause::Continued);
    });
    let until = began + work.settings.timeout + GRACE;
    let after = after.clone();
    let pending = PendingHealth { after, result: slot, waits, began, until };
    work.run.memory(|memory| memory.pending = Some(Pending::Health(Box::new(pending))));
    Ok(Checked::Waiting(Wait::new("health", until)))
}

/// The result of a wait.
pub(super) fn conclude(
    work: &mut Work<'_>,
    pending: &PendingHealth,
    result: &Result<(), HealthFailure>,
) -> Result<HealthOutcome, Failure> {
    let took = pending.began.elapsed();
    match result {
        Ok(()) => Ok(HealthOutcome::Passed { took, news: is_news(work, &pending.after) }),
        Err(failure) => Err(failed(work, failure, took)),
    }
}

fn failed(work: &mut Work<'_>, failure: &HealthFailure, took: Duration) -> Failure {
    let stamp = work.stamp;
    stamp.conditions(&mut work.status).mark_false(
        types::HEALTHY,
        reasons::HEALTH_CHECK_FAILED,
        failure.to_string(),
    );
    let message = format!("health check failed after {}: {failure}", go_duration(took));
    Failure::retry(reasons::HEALTH_CHECK_FAILED, failure.clone()).with_message(message)
}

/// Whether the object counted as healthy before this run.
pub(super) fn was_healthy(object: &Kustomization) -> bool {
    object.status.as_ref().is_some_and(|status| conditions::is_true(&status.conditions, types::HEALTHY))
}
