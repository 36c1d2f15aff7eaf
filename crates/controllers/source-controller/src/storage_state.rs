//! The step that every kind's run begins with: is the artifact that the status speaks of still in storage?
//! (contract/source.md 3.8)
//!
//! I/O on the storage only. The outcome is data; what it means for conditions stands beside it, as a pure function.

use ferroflux_api::conditions::{Conditions, types};
use ferroflux_api::meta::{Artifact, reasons};
use ferroflux_api::source::v1::reasons as source_reasons;
use ferroflux_artifact::{Storage, storage::Check};
use ferroflux_runtime::{Event, Failure};

/// What the storage holds of an object.
#[derive(Debug)]
pub(crate) struct StorageState {
    /// The artifact with its current URL; none when it must be built.
    pub(crate) artifact: Option<Artifact>,
    /// The status spoke of an artifact that is not there, or not as it was.
    pub(crate) disappeared: bool,
    /// What to tell of it.
    pub(crate) events: Vec<Event>,
}

/// A damaged archive that could not be removed.
#[derive(Debug, thiserror::Error)]
#[error("failed to remove artifact after digest mismatch")]
struct NotRemoved(#[source] ferroflux_artifact::storage::Error);

/// Collects garbage and verifies the artifact.
pub(crate) async fn examine(storage: &Storage, artifact: Option<&Artifact>) -> Result<StorageState, Failure> {
    let mut events = Vec::new();
    let Some(artifact) = artifact else {
        return Ok(StorageState { artifact: None, disappeared: false, events });
    };
    match storage.collect_garbage(artifact).await {
        Ok(0) => {}
        Ok(count) => events.push(Event::trace(
            source_reasons::GARBAGE_COLLECTION_SUCCEEDED,
            format!("garbage collected {count} artifacts"),
        )),
        // Old archives that stay for another run harm nobody.
        Err(error) => tracing::debug!(error = %ferroflux_runtime::chain(&error), "garbage collection of artifacts failed"),
    }
    let mismatch = || {
        Event::error(
            source_reasons::ARTIFACT_VERIFICATION_FAILED,
            format!(
                "failed to verify integrity of artifact: computed digest doesn't match '{}'",
                artifact.digest
            ),
        )
    };
    let present = match storage.check(artifact).await {
        Ok(Check::Present) => true,
        Ok(Check::Missing) => false,
        Ok(Check::Removed(_)) => {
            events.push(mismatch());
            false
        }
        Ok(Check::Stuck(_, error)) => {
            return Err(Failure::retry(source_reasons::ARTIFACT_VERIFICATION_FAILED, NotRemoved(error))
                .on(types::STORAGE_OPERATION_FAILED));
        }
        // A status that this storage cannot have written counts as no artifact at all.
        Err(error) => {
            tracing::info!(error = %ferroflux_runtime::chain(&error), "artifact cannot be used and is built anew");
            false
        }
    };
    let artifact = present.then(|| {
        let mut artifact = artifact.clone();
        storage.rewrite(&mut artifact);
        artifact
    });
    Ok(StorageState { disappeared: artifact.is_none(), artifact, events })
}

/// Says in the conditions that an artifact is being built for the first time, or again.
pub(crate) fn mark_building(conditions: &mut Conditions<'_>, disappeared: bool) {
    let message =
        if disappeared { "building artifact: disappeared from storage" } else { "building artifact" };
    conditions.mark_reconciling(reasons::PROGRESSING, message);
    conditions.mark_unknown(types::READY, reasons::PROGRESSING, message);
    conditions.delete(types::ARTIFACT_IN_STORAGE);
}
