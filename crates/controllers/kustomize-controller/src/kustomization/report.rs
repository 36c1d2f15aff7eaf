//! From what happened to status, conditions and events (pure; contract/kustomize.md 1.4, 3.5, 5, 12).

use std::collections::BTreeMap;
use std::time::Duration;

use ferroflux_api::conditions::{self, types};
use ferroflux_api::kustomize::v1::{KustomizationStatus, Snapshot, reasons};
use ferroflux_api::meta::{Artifact, Time};
use ferroflux_api::names::annotations::OCI_REVISION;
use ferroflux_runtime::{Event, Failure, FailureKind, Report, Requeue, Severity, Stamp};
use jiff::Timestamp;

use super::settings::{Settings, go_duration};

const REVISION: &str = "kustomize.toolkit.fluxcd.io/revision";
const ORIGIN_REVISION: &str = "kustomize.toolkit.fluxcd.io/originRevision";
const COMMIT_STATUS: &str = "kustomize.toolkit.fluxcd.io/commit_status";
/// Snapshots kept in the history.
const HISTORY: usize = 5;

/// The revision that a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision {
    pub(crate) revision: String,
    pub(crate) origin: Option<String>,
}

impl Revision {
    pub(crate) fn of(artifact: &Artifact) -> Self {
        let origin = artifact.metadata.get(OCI_REVISION).filter(|origin| !origin.is_empty()).cloned();
        Self { revision: artifact.revision.clone(), origin }
    }

    /// Adds the revision to an event.
    pub(crate) fn on(&self, event: Event) -> Event {
        let event = event.with(REVISION, &self.revision);
        match &self.origin {
            Some(origin) => event.with(ORIGIN_REVISION, origin),
            None => event,
        }
    }
}

/// The steps that watchers of the status see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Fetching,
    Building,
    DetectingDrift,
    RunningHealthChecks,
}

/// The message of a step.
pub(crate) fn progress_message(step: Step, revision: &str, settings: &Settings) -> String {
    let doing = match step {
        Step::Fetching => "Fetching manifests",
        Step::Building => "Building manifests",
        Step::DetectingDrift => "Detecting drift",
        Step::RunningHealthChecks => "Running health checks",
    };
    format!("{doing} for revision {revision} with a timeout of {}", go_duration(settings.timeout))
}

/// Marks the beginning of a step.
pub(crate) fn progress(
    status: &mut KustomizationStatus,
    stamp: Stamp,
    step: Step,
    revision: &str,
    settings: &Settings,
) {
    let message = progress_message(step, revision, settings);
    let mut conditions = stamp.conditions(status);
    conditions.mark_unknown(types::READY, reasons::PROGRESSING, "Reconciliation in progress");
    conditions.mark_reconciling(reasons::PROGRESSING, message.as_str());
    if step == Step::RunningHealthChecks {
        conditions.mark_unknown(types::HEALTHY, reasons::PROGRESSING, message);
    }
}

/// How the health check of a run ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HealthOutcome {
    /// There was nothing to check.
    NotChecked,
    /// Everything is as it should be, after this time.
    Passed {
        took: Duration,
        /// Whether it is worth an event.
        news: bool,
    },
}

/// A whole run that went well.
#[derive(Debug, Clone)]
pub(crate) struct Success<'a> {
    pub(crate) revision: &'a Revision,
    /// Digest of what was built.
    pub(crate) digest: &'a str,
    pub(crate) health: HealthOutcome,
    pub(crate) took: Duration,
}

/// Ends a run well.
pub(crate) fn succeeded(
    mut status: KustomizationStatus,
    stamp: Stamp,
    settings: &Settings,
    success: &Success<'_>,
) -> Report<KustomizationStatus> {
    let revision = success.revision;
    let mut events = Vec::new();
    {
        let mut conditions = stamp.conditions(&mut status);
        match success.health {
            HealthOutcome::NotChecked => {
                conditions.delete(types::HEALTHY);
            }
            HealthOutcome::Passed { took, news } => {
                let message = format!("Health check passed in {}", go_duration(took));
                // The time of a check that changed nothing is no news, and must not be written every interval.
                if news || !conditions::is_true(conditions.list(), types::HEALTHY) {
                    conditions.mark_true(types::HEALTHY, reasons::SUCCEEDED, message.as_str());
                }
                if news {
                    events.push(revision.on(Event::info(reasons::PROGRESSING, message)));
                }
            }
        }
        let message = format!("Applied revision: {}", revision.revision);
        conditions.mark_true(types::READY, reasons::RECONCILIATION_SUCCEEDED, message);
    }
    status.last_attempted_revision = Some(revision.revision.clone());
    status.last_applied_revision = Some(revision.revision.clone());
    status.last_applied_origin_revision.clone_from(&revision.origin);
    record(&mut status, stamp.now, success.digest, reasons::RECONCILIATION_SUCCEEDED, success.took, revision);
    let message = format!(
        "Reconciliation finished in {}, next run in {}",
        go_duration(success.took),
        go_duration(settings.interval)
    );
    let finished = Event::info(reasons::RECONCILIATION_SUCCEEDED, message).with(COMMIT_STATUS, "update");
    events.push(revision.on(finished));
    let mut report = Report::succeeded(status, settings.interval);
    report.events = events;
    report
}

/// Ends a run that failed: the event carries the revision, and the next run comes after `retryInterval`.
pub(crate) fn failed(
    status: KustomizationStatus,
    failure: Failure,
    retry: Option<Duration>,
    revision: Option<&Revision>,
) -> Report<KustomizationStatus> {
    let event = failure.has_event().then(|| {
        let event = Event::error(failure.reason().to_owned(), failure.message());
        revision.map_or(event.clone(), |revision| revision.on(event))
    });
    let retried = matches!(failure.kind(), FailureKind::Retry);
    let mut report = Report::failed(status, failure.without_event());
    if let Some(retry) = retry.filter(|_| retried) {
        report = report.next(Requeue::After(retry));
    }
    report.events.extend(event);
    report
}

/// Puts a result into the history.
pub(crate) fn record(
    status: &mut KustomizationStatus,
    now: Timestamp,
    digest: &str,
    outcome: &str,
    took: Duration,
    revision: &Revision,
) {
    let mut metadata = BTreeMap::from([("revision".to_owned(), revision.revision.clone())]);
    if let Some(origin) = &revision.origin {
        metadata.insert("originRevision".to_owned(), origin.clone());
    }
    let known = status
        .history
        .iter()
        .position(|entry| entry.digest == digest && entry.last_reconciled_status == outcome);
    let (first, count) = match known {
        Some(index) => {
            let entry = status.history.remove(index);
            (entry.first_reconciled, entry.total_reconciliations.saturating_add(1))
        }
        None => (Time(now), 1),
    };
    let entry = Snapshot {
        digest: digest.to_owned(),
        first_reconciled: first,
        last_reconciled: Time(now),
        last_reconciled_duration: go_duration(took),
        last_reconciled_status: outcome.to_owned(),
        total_reconciliations: count,
        metadata,
    };
    status.history.insert(0, entry);
    status.history.truncate(HISTORY);
}

/// The reason that events of this object carry now.
pub(crate) fn current_reason(status: &KustomizationStatus, severity: Severity) -> String {
    conditions::get(&status.conditions, types::READY).map_or_else(
        || if severity == Severity::Error { "error" } else { "info" }.to_owned(),
        |ready| ready.reason.clone(),
    )
}
