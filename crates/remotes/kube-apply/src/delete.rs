//! Garbage collection (contract/kustomize.md 10.2, 10.3).

use ferroflux_objects::{Action, ChangeSet, InventoryEntry, ObjectId, Owner, Policies, sort_for_delete};
use futures::StreamExt as _;
use serde_json::Value;

use crate::api;
use crate::error::{ApiFailure, PruneFailure};
use crate::mapper::{Mapping, MappingError};
use crate::memory::Tracker;
use crate::target::Target;

/// What is to be deleted, and for whom.
pub struct Prune<'a> {
    /// The only owner whose objects are touched.
    pub owner: &'a Owner,
    /// The candidates.
    pub candidates: Vec<InventoryEntry>,
    /// Requests at the same time.
    pub concurrency: usize,
}

/// What garbage collection did.
#[derive(Debug, Default)]
pub struct PruneResult {
    /// Candidates and what was done to them, in deletion order.
    pub changes: ChangeSet,
    /// Candidates that exist still because of an error; they must stay in the inventory.
    pub survivors: Vec<InventoryEntry>,
    /// What went wrong.
    pub failure: Option<PruneFailure>,
}

/// Deletes what the owner owns of the candidates. All are tried, in reverse apply order.
pub async fn prune(target: &Target, tracker: &Tracker, request: Prune<'_>) -> PruneResult {
    let mut candidates = request.candidates;
    sort_for_delete(&mut candidates, |entry| &entry.id);
    let owner = request.owner;
    let attempts = candidates.into_iter().map(|entry| async move {
        let outcome = prune_one(target, tracker, owner, &entry).await;
        (entry, outcome)
    });
    let mut attempts = futures::stream::iter(attempts).buffered(request.concurrency.max(1));
    let (mut result, mut messages) = (PruneResult::default(), Vec::new());
    while let Some((entry, outcome)) = attempts.next().await {
        match outcome {
            Ok(action) => result.changes.push(entry.id, action),
            Err(message) => {
                messages.push(message);
                result.survivors.push(entry);
            }
        }
    }
    result.failure = (!messages.is_empty()).then_some(PruneFailure { messages });
    result
}

async fn prune_one(
    target: &Target,
    tracker: &Tracker,
    owner: &Owner,
    entry: &InventoryEntry,
) -> Result<Action, String> {
    let id = &entry.id;
    let query_failed = |cause: &dyn std::fmt::Display| format!("{id} query failed: {cause}");
    let mapping = match mapping_of(target, entry).await {
        Ok(mapping) => mapping,
        // The definition is gone, and its objects with it.
        Err(MappingError::NoMatch { .. }) => return Ok(Action::Deleted),
        Err(error) => return Err(query_failed(&error)),
    };
    let path = mapping.object(&id.namespace, &id.name);
    // Its drift is no news any more, whatever happens next.
    tracker.forget(&target.identity, id);
    let Some(live) = api::get_opt(target, &path).await.map_err(|cause| query_failed(&cause))? else {
        return Ok(Action::Deleted);
    };
    if !owner.owns(&live) || Policies::of([&live]).skips_prune() {
        return Ok(Action::Skipped);
    }
    let uid = live.pointer("/metadata/uid").and_then(Value::as_str);
    match api::delete(target, &path, uid).await {
        Ok(()) => Ok(Action::Deleted),
        Err(cause) if cause.is_not_found() => Ok(Action::Deleted),
        Err(cause) => Err(format!("{id} delete failed: {cause}")),
    }
}

async fn mapping_of(target: &Target, entry: &InventoryEntry) -> Result<Mapping, MappingError> {
    let InventoryEntry { id, version } = entry;
    let api_version = if id.group.is_empty() { version.clone() } else { format!("{}/{version}", id.group) };
    target.mapper.mapping(target, &api_version, &id.kind).await
}

/// Which of these objects exist no longer.
pub async fn gone(target: &Target, entries: &[InventoryEntry]) -> Result<Vec<ObjectId>, ApiFailure> {
    let mut gone = Vec::new();
    for entry in entries {
        let absent = match mapping_of(target, entry).await {
            Ok(mapping) => {
                let path = mapping.object(&entry.id.namespace, &entry.id.name);
                api::get_opt(target, &path).await?.is_none()
            }
            Err(MappingError::NoMatch { .. }) => true,
            Err(MappingError::Discovery(failure)) => return Err(failure),
        };
        if absent {
            gone.push(entry.id.clone());
        }
    }
    Ok(gone)
}
