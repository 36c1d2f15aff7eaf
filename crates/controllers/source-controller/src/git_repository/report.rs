//! Conditions and events of a GitRepository (contract/source.md 3.3 to 3.6, 7.1). Pure.

use ferroflux_api::{
    conditions::types,
    meta::Artifact,
    source::v1::{GitRepository, GitRepositorySpec, GitRepositoryStatus, reasons},
};
use ferroflux_runtime::{Event, Failure, Report, Stamp};

use super::plan;
use crate::{notify::Before, storage_phase::mark_progress};

/// Conditions whose end is a recovery.
pub(super) const FAIL_CONDITIONS: &[&str] =
    &[types::FETCH_FAILED, types::INCLUDE_UNAVAILABLE, types::STORAGE_OPERATION_FAILED];

/// So much of a commit's subject is shown.
const MAX_SUBJECT: usize = 50;

/// What a run has come to, besides its result.
pub(super) struct Parts<'a> {
    pub(super) object: &'a GitRepository,
    pub(super) status: GitRepositoryStatus,
    pub(super) events: Vec<Event>,
    pub(super) before: Before,
    pub(super) subject: Option<String>,
}

/// The report of a run.
pub(super) fn report(parts: Parts<'_>, result: Result<(), Failure>) -> Report<GitRepositoryStatus> {
    let Parts { object, status, mut events, before, subject } = parts;
    let mut report = match result.and_then(|()| plan::interval(&object.spec)) {
        Err(failure) => Report::failed(status, failure),
        Ok(interval) => {
            let artifact = status.artifact.as_ref();
            let message = || {
                let revision = artifact.map(|artifact| artifact.revision.clone()).unwrap_or_default();
                format!("stored artifact for commit '{}'", subject.as_deref().map_or(revision, shortened))
            };
            events.extend(before.success(artifact, &status.conditions, FAIL_CONDITIONS, message));
            Report::succeeded(status, interval)
        }
    };
    events.append(&mut report.events);
    report.events = events;
    report
}

fn shortened(subject: &str) -> String {
    match subject.char_indices().nth(MAX_SUBJECT) {
        None => subject.to_owned(),
        Some((end, _)) => format!("{}...", subject.get(..end).unwrap_or(subject)),
    }
}

/// What an earlier run said of signatures counts no longer when it was bad news or nobody asks.
pub(super) fn drop_stale_verification(status: &mut GitRepositoryStatus) {
    status.conditions.retain(|condition| condition.type_ != types::SOURCE_VERIFIED);
    status.source_verification_mode = None;
}

/// The remote leads to the artifact's revision.
pub(super) fn unchanged(status: &mut GitRepositoryStatus, stamp: Stamp, revision: &str) -> Event {
    // The artifact's own spelling, which an early version of Flux may have written differently.
    let revision = status.artifact.as_ref().map_or(revision, |artifact| &artifact.revision).to_owned();
    in_storage(status, stamp, &revision);
    let message = format!("no changes since last reconciliation: observed revision '{revision}'");
    Event::trace(reasons::GIT_OPERATION_SUCCEEDED, message)
}

/// A commit was looked at that the artifact is made of already.
pub(super) fn up_to_date(status: &mut GitRepositoryStatus, stamp: Stamp, revision: &str) -> Event {
    in_storage(status, stamp, revision);
    let message = format!("artifact up-to-date with remote revision: '{revision}'");
    Event::trace(reasons::ARTIFACT_UP_TO_DATE, message)
}

/// Says that other artifacts are included than before. Returns whether that must be published.
pub(super) fn new_includes(status: &mut GitRepositoryStatus, stamp: Stamp, included: &[Artifact]) -> bool {
    let had_some = !status.included_artifacts.is_empty();
    let differ = plan::includes_differ(status, included);
    let mut conditions = stamp.conditions(status);
    conditions.delete(types::INCLUDE_UNAVAILABLE);
    if !differ {
        return false;
    }
    let message = "included artifacts differ from last observed includes";
    if had_some {
        conditions.mark_true(types::ARTIFACT_OUTDATED, reasons::INCLUDE_CHANGE, message);
    }
    mark_progress(&mut conditions, &format!("building artifact: {message}"))
}

/// The remote leads to another revision than the artifact's. Returns whether that must be published.
pub(super) fn new_revision(status: &mut GitRepositoryStatus, stamp: Stamp, revision: &str) -> bool {
    let has_artifact = status.artifact.is_some();
    if status.artifact.as_ref().is_some_and(|artifact| artifact.has_revision(revision)) {
        stamp.conditions(status).delete(types::FETCH_FAILED);
        return false;
    }
    let message = format!("new upstream revision '{revision}'");
    let mut conditions = stamp.conditions(status);
    conditions.delete(types::FETCH_FAILED);
    if has_artifact {
        conditions.mark_true(types::ARTIFACT_OUTDATED, reasons::NEW_REVISION, message.clone());
    }
    mark_progress(&mut conditions, &format!("building artifact: {message}"));
    true
}

/// The archive is written.
pub(super) fn stored(
    status: &mut GitRepositoryStatus,
    stamp: Stamp,
    spec: &GitRepositorySpec,
    artifact: Artifact,
    included: Vec<Artifact>,
) {
    let revision = artifact.revision.clone();
    status.artifact = Some(artifact);
    status.included_artifacts = included;
    status.observed_ignore.clone_from(&spec.ignore);
    status.observed_recurse_submodules = spec.recurse_submodules;
    status.observed_include.clone_from(&spec.include);
    status.observed_sparse_checkout.clone_from(&spec.sparse_checkout);
    in_storage(status, stamp, &revision);
}

fn in_storage(status: &mut GitRepositoryStatus, stamp: Stamp, revision: &str) {
    let mut conditions = stamp.conditions(status);
    for gone in [
        types::FETCH_FAILED,
        types::INCLUDE_UNAVAILABLE,
        types::STORAGE_OPERATION_FAILED,
        types::ARTIFACT_OUTDATED,
    ] {
        conditions.delete(gone);
    }
    let message = format!("stored artifact for revision '{revision}'");
    conditions.mark_true(types::ARTIFACT_IN_STORAGE, reasons::SUCCEEDED, message);
}
