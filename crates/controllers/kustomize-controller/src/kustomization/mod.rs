//! Kustomization: builds manifests from an artifact and keeps a cluster equal to them (contract/kustomize.md).
//!
//! A run goes through the files beside this one: `resolve` (source, identity) and `dependencies`, `fetch`, `build`
//! (with `generate` and `inputs`), `plan`, `act`, `health`, `report`; `steps` holds their order. What waits is kept
//! in `memory`, `finalize` is the end of an object, `drift` and `triggers` say when it runs.

mod act;
mod build;
pub(crate) mod dependencies;
pub(crate) mod drift;
mod fetch;
mod finalize;
mod generate;
mod health;
mod identity;
mod inputs;
mod memory;
mod plan;
mod report;
pub(crate) mod resolve;
mod settings;
mod steps;
mod substitute;
pub(crate) mod triggers;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ferroflux_api::conditions::{TransitionRule, types};
use ferroflux_api::kustomize::v1::{Kustomization, KustomizationStatus, reasons};
use ferroflux_api::names::{controllers, finalizers};
use ferroflux_artifact::Fetcher;
use ferroflux_kube_apply::{Hub, Target};
use ferroflux_objects::Owner;
use ferroflux_runtime::{
    Blocking, Driver, Event, Failure, Finalization, Identities, KubeConfigOptions, ObjectRef, Outcome,
    Report, Rules, Run, Scheme, Stamp, StatusOf, Wait,
};
use kube::{Client, ResourceExt as _};

use crate::metrics::KustomizeMetrics;
use drift::Drift;
use memory::{Memory, Pending};
use report::Revision;
use settings::Settings;

static RULES: Rules = Rules {
    controller: controllers::KUSTOMIZE,
    field_manager: "gotk-kustomize-controller",
    finalizer: Some(finalizers::FLUX),
    owned_conditions: &[types::HEALTHY, types::READY, types::RECONCILING, types::STALLED],
    transitions: TransitionRule::AnyChange,
    scheme: Scheme::Plain,
};

/// What all Kustomizations share.
pub(crate) struct Context {
    /// The controller's own identity: sources, dependencies, the account's existence.
    pub(crate) client: Client,
    pub(crate) hub: Arc<Hub>,
    pub(crate) identities: Identities,
    pub(crate) kubeconfig: KubeConfigOptions,
    /// Builds at the same time; they are computation.
    pub(crate) builds: Blocking,
    pub(crate) fetcher: Fetcher,
    pub(crate) sources: resolve::Sources,
    pub(crate) drift: Drift,
    pub(crate) settings: crate::config::Settings,
    pub(crate) metrics: KustomizeMetrics,
}

/// The driver.
pub(crate) struct Kustomizations {
    pub(crate) context: Arc<Context>,
}

/// One run over one object.
struct Work<'a> {
    context: &'a Context,
    object: &'a Kustomization,
    run: &'a Run<Kustomizations>,
    settings: Settings,
    stamp: Stamp,
    status: KustomizationStatus,
    owner: Owner,
    revision: Option<Revision>,
    was_healthy: bool,
}

impl<'a> Work<'a> {
    fn new(
        context: &'a Context,
        object: &'a Kustomization,
        run: &'a Run<Kustomizations>,
    ) -> Result<Self, Failure> {
        let settings =
            Settings::of(&object.spec).map_err(|error| Failure::stalled("InvalidDuration", error))?;
        Ok(Self {
            context,
            object,
            run,
            settings,
            stamp: run.stamp(object),
            status: object.status.clone().unwrap_or_default(),
            owner: Owner { name: object.name_any(), namespace: object.namespace().unwrap_or_default() },
            revision: None,
            was_healthy: health::was_healthy(object),
        })
    }

    /// The account to act as.
    fn account(&self) -> Option<&str> {
        self.context.identities.effective_account(self.object.spec.service_account_name.as_deref())
    }

    /// The cluster and identity that everything for this object goes through.
    async fn target(&self) -> Result<Target, Failure> {
        identity::target(self.context, self.object, &self.owner.namespace).await
    }

    /// Writes an intermediate state.
    async fn publish(&self) -> Result<(), Failure> {
        let written = self.run.progress(&self.status).await;
        written.map_err(|error| Failure::retry(reasons::RECONCILIATION_FAILED, error))
    }

    /// The object whose change woke this one.
    fn newer(&self) -> Option<ObjectRef> {
        self.run.causes().iter().find_map(|cause| cause.object().cloned())
    }
}

/// What a run finds of the last one.
enum Resume {
    Begin,
    Stage(memory::PendingStage),
    Health(memory::PendingHealth),
    Wait(Wait),
}

/// Whether a wait goes on, is over, or is overtaken by something newer.
async fn resume(work: &mut Work<'_>) -> Result<Resume, Failure> {
    let Some(pending) = work.run.memory(|memory| memory.pending.take()) else { return Ok(Resume::Begin) };
    let now = work.run.instant();
    let newer = work.newer();
    let (over, until, what) = match &pending {
        Pending::Stage(stage) => (stage.result.get().is_some() || now >= stage.until, stage.until, "stage"),
        Pending::Health(health) => {
            (health.result.get().is_some() || now >= health.until, health.until, "health")
        }
    };
    if over {
        return Ok(match pending {
            Pending::Stage(stage) => Resume::Stage(*stage),
            Pending::Health(health) => Resume::Health(*health),
        });
    }
    match (newer, &pending) {
        (Some(trigger), Pending::Health(_)) if work.context.settings.gates.cancel_health_check => {
            cancel(work, &trigger).await?;
            Ok(Resume::Begin)
        }
        (Some(_), Pending::Stage(_)) => Ok(Resume::Begin),
        _ => {
            work.run.memory(|memory| memory.pending = Some(pending));
            Ok(Resume::Wait(Wait::new(what, until)))
        }
    }
}

/// Gives up a health check for something newer (contract/kustomize.md 3.7).
async fn cancel(work: &mut Work<'_>, trigger: &ObjectRef) -> Result<(), Failure> {
    tracing::info!("New reconciliation triggered, canceling health checks");
    let stamp = work.stamp;
    let message = format!("New reconciliation triggered by {trigger}");
    stamp.conditions(&mut work.status).mark_false(types::READY, reasons::HEALTH_CHECK_CANCELED, message);
    work.run.event(Event::info(
        reasons::HEALTH_CHECK_CANCELED,
        format!("Health checks canceled due to new reconciliation triggered by {trigger}"),
    ));
    work.publish().await
}

impl Driver for Kustomizations {
    type Object = Kustomization;
    type Memory = Memory;

    fn rules(&self) -> &'static Rules {
        &RULES
    }

    async fn reconcile(&self, object: Arc<Kustomization>, run: &Run<Self>) -> Report<StatusOf<Self>> {
        let mut work = match Work::new(&self.context, &object, run) {
            Ok(work) => work,
            Err(failure) => return Report::failed(object.status.clone().unwrap_or_default(), failure),
        };
        let mut leases = run.memory(|memory| std::mem::take(&mut memory.leases));
        let (end, waited) = match resume(&mut work).await {
            Ok(Resume::Wait(wait)) => (Ok(steps::End::Waiting(wait)), false),
            Ok(Resume::Begin) => (steps::begin(&mut work, &mut leases).await, false),
            Ok(Resume::Stage(stage)) => (steps::resume_stage(&mut work, &mut leases, stage).await, true),
            Ok(Resume::Health(health)) => (steps::resume_health(&mut work, health), true),
            Err(failure) => (Err(failure.into()), false),
        };
        run.memory(|memory| memory.leases = leases);
        let still_waiting = matches!(end, Ok(steps::End::Waiting(_)));
        let report = steps::conclude(&mut work, end);
        // What came while a wait ended, a change or drift, must still get its run.
        let drifted =
            matches!(report.outcome, Outcome::Succeeded) && self.context.drift.is_pending(run.key());
        let due = work.newer().is_some() || drifted;
        if waited && !still_waiting && due { steps::again(report) } else { report }
    }

    async fn finalize(&self, object: Arc<Kustomization>, run: &Run<Self>) -> Finalization<StatusOf<Self>> {
        let terminating = run.memory(|memory| {
            memory.pending = None;
            memory.fetch = None;
            memory.applied = None;
            memory.terminating.take()
        });
        let end = match Work::new(&self.context, &object, run) {
            Ok(mut work) => finalize::finalize(&mut work, terminating).await,
            Err(failure) => {
                Finalization::Pending(Report::failed(object.status.clone().unwrap_or_default(), failure))
            }
        };
        if matches!(end, Finalization::Done(_)) {
            self.forget(&object, run);
        }
        end
    }

    fn suspended(&self, object: &Kustomization, run: &Run<Self>) {
        self.forget(object, run);
    }
}

impl Kustomizations {
    /// Ends every wait and watch of an object.
    fn forget(&self, object: &Kustomization, run: &Run<Self>) {
        let owner = Owner { name: object.name_any(), namespace: object.namespace().unwrap_or_default() };
        self.context.hub.tracker().forget_owner(&owner);
        self.context.drift.forget(run.key());
        drop(run.memory(std::mem::take));
    }
}
