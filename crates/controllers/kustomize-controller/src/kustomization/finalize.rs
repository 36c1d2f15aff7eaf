//! The end of a Kustomization (contract/kustomize.md 10.3).

use ferroflux_api::kustomize::v1::{DeletionPolicy, KustomizationStatus, reasons};
use ferroflux_kube_apply::{Prune, Target, gone, prune};
use ferroflux_objects::{Inventory, ObjectId};
use ferroflux_runtime::{Event, Failure, Finalization, Report, Severity, Wait};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;
use tokio::time::Instant;

use super::report::{Revision, current_reason};
use super::{Work, plan};

/// How often objects are looked at that are being deleted.
const POLL: std::time::Duration = std::time::Duration::from_secs(2);

/// The objects whose end is waited for, until when.
#[derive(Debug, Clone)]
pub(crate) struct Terminating {
    entries: Inventory,
    until: Instant,
}

#[derive(Debug, thiserror::Error)]
#[error("pruning for deleted resource failed")]
struct PruningFailed(#[source] ferroflux_kube_apply::PruneFailure);

impl Work<'_> {
    /// An event of the finalizer: it carries the reason of the last Ready condition and the last applied revision.
    fn last_event(&self, severity: Severity, message: impl Into<String>) -> Event {
        let event = Event::new(severity, current_reason(&self.status, severity), message);
        match &self.status.last_applied_revision {
            Some(revision) => {
                let origin = self.status.last_applied_origin_revision.clone();
                Revision { revision: revision.clone(), origin }.on(event)
            }
            None => event,
        }
    }
}

/// Deletes what the policy says, and lets the object go.
pub(super) async fn finalize(
    work: &mut Work<'_>,
    terminating: Option<Terminating>,
) -> Finalization<KustomizationStatus> {
    let spec = &work.object.spec;
    let policy = spec.deletion_policy.unwrap_or_default();
    let deletes = match policy {
        DeletionPolicy::MirrorPrune => spec.prune,
        DeletionPolicy::Delete | DeletionPolicy::WaitForTermination => true,
        DeletionPolicy::Orphan => false,
    };
    let inventory = plan::stored_inventory(&work.status);
    if spec.suspend || !deletes || inventory.entries.is_empty() {
        return Finalization::Done(Vec::new());
    }
    match account_exists(work).await {
        Ok(true) => {}
        Ok(false) => {
            let subjects: Vec<String> = inventory.entries.iter().map(|entry| entry.id.to_string()).collect();
            let message = format!("unable to prune objects: \n{}", subjects.join("\n"));
            return Finalization::Done(vec![work.last_event(Severity::Error, message)]);
        }
        Err(failure) => return Finalization::Pending(Report::failed(work.status.clone(), failure)),
    }
    let target = match work.target().await {
        Ok(target) => target,
        Err(failure) => return Finalization::Pending(Report::failed(work.status.clone(), failure)),
    };
    if let Some(terminating) = terminating {
        return wait_for_termination(work, &target, terminating, Vec::new()).await;
    }
    let request = Prune {
        owner: &work.owner,
        candidates: inventory.entries.clone(),
        concurrency: work.context.settings.concurrent_apply,
    };
    let pruned = prune(&target, work.context.hub.tracker(), request).await;
    if let Some(failure) = pruned.failure {
        let reason = current_reason(&work.status, Severity::Error);
        let failure = Failure::retry(reason, PruningFailed(failure)).without_event();
        let event = work.last_event(Severity::Error, "pruning for deleted resource failed");
        return Finalization::Pending(Report::failed(work.status.clone(), failure).event(event));
    }
    let events: Vec<Event> =
        pruned.changes.all_lines().map(|lines| work.last_event(Severity::Info, lines)).into_iter().collect();
    if policy != DeletionPolicy::WaitForTermination {
        return Finalization::Done(events);
    }
    let deleted: Vec<&ObjectId> = pruned
        .changes
        .changes
        .iter()
        .filter(|change| change.action == ferroflux_objects::Action::Deleted)
        .map(|change| &change.id)
        .collect();
    let entries = inventory.entries.into_iter().filter(|entry| deleted.contains(&&entry.id)).collect();
    let terminating =
        Terminating { entries: Inventory { entries }, until: Instant::now() + work.settings.timeout };
    wait_for_termination(work, &target, terminating, events).await
}

async fn wait_for_termination(
    work: &mut Work<'_>,
    target: &Target,
    mut terminating: Terminating,
    mut events: Vec<Event>,
) -> Finalization<KustomizationStatus> {
    match gone(target, &terminating.entries.entries).await {
        Ok(gone) => terminating.entries.entries.retain(|entry| !gone.contains(&entry.id)),
        Err(error) => tracing::error!(error = %error, "unable to look at terminating objects"),
    }
    if terminating.entries.entries.is_empty() {
        return Finalization::Done(events);
    }
    if Instant::now() >= terminating.until {
        events.push(work.last_event(Severity::Error, "failed to wait for resources termination"));
        return Finalization::Done(events);
    }
    let next = (Instant::now() + POLL).min(terminating.until);
    work.run.memory(|memory| memory.terminating = Some(terminating));
    let mut report = Report::waiting(work.status.clone(), Wait::new("termination", next));
    report.events = events;
    Finalization::Pending(report)
}

/// Whether the account to impersonate exists; looked up in the local cluster, and only here.
async fn account_exists(work: &Work<'_>) -> Result<bool, Failure> {
    let Some(account) = work.account() else { return Ok(true) };
    let api: Api<ServiceAccount> = Api::namespaced(work.context.client.clone(), &work.owner.namespace);
    api.get_opt(account)
        .await
        .map(|found| found.is_some())
        .map_err(|error| Failure::retry(reasons::RECONCILIATION_FAILED, error))
}
