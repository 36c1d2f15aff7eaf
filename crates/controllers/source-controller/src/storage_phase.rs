//! What every run begins with: old archives go, and the current one must still be what it was (contract/source.md 3.8).

use ferroflux_api::{
    conditions::{Conditions, types},
    meta::Artifact,
    source::v1::reasons,
};
use ferroflux_artifact::{Storage, storage::Check};
use ferroflux_runtime::{Event, Failure};

/// What became of the artifact.
#[derive(Debug, Default)]
pub struct Found {
    /// The artifact, if it is still there, with the address under which this process publishes.
    pub artifact: Option<Artifact>,
    /// What happened.
    pub events: Vec<Event>,
}

/// Collects garbage and checks the artifact.
pub async fn run(storage: &Storage, artifact: Option<Artifact>) -> Result<Found, Failure> {
    let Some(mut artifact) = artifact else { return Ok(Found::default()) };
    let mut events = Vec::new();
    match storage.collect_garbage(&artifact).await {
        Ok(0) => {}
        Ok(count) => {
            let message = format!("garbage collected {count} artifacts");
            events.push(Event::trace(reasons::GARBAGE_COLLECTION_SUCCEEDED, message));
        }
        Err(error) => {
            let error = ferroflux_runtime::chain(&error);
            tracing::error!(error, "garbage collection of artifacts failed");
        }
    }
    let damaged = || {
        let digest = &artifact.digest;
        let message =
            format!("failed to verify integrity of artifact: computed digest doesn't match '{digest}'");
        Event::error(reasons::ARTIFACT_VERIFICATION_FAILED, message)
    };
    match storage.check(&artifact).await {
        Ok(Check::Present) => {
            storage.rewrite(&mut artifact);
            return Ok(Found { artifact: Some(artifact), events });
        }
        Ok(Check::Missing) => {}
        Ok(Check::Removed(_)) => events.push(damaged()),
        Ok(Check::Stuck(_, error)) => {
            let cause = ferroflux_runtime::chain(&error);
            let message = format!("failed to remove artifact after digest mismatch: {cause}");
            let failure = Failure::retry(reasons::ARTIFACT_VERIFICATION_FAILED, error).with_message(message);
            return Err(failure.on(types::STORAGE_OPERATION_FAILED));
        }
        Err(error) => {
            // Whatever cannot be read is made again.
            let error = ferroflux_runtime::chain(&error);
            tracing::error!(error, "the artifact cannot be checked");
        }
    }
    Ok(Found { artifact: None, events })
}

/// Marks an object without artifact as one that is being built. Returns whether anything changed.
pub fn mark_building(conditions: &mut Conditions<'_>, disappeared: bool) -> bool {
    let message =
        if disappeared { "building artifact: disappeared from storage" } else { "building artifact" };
    let deleted = conditions.delete(types::ARTIFACT_IN_STORAGE);
    mark_progress(conditions, message) || deleted
}

/// Says in `Reconciling` and `Ready` what is being done.
pub fn mark_progress(conditions: &mut Conditions<'_>, message: &str) -> bool {
    let reconciling = conditions.mark_reconciling(reasons::PROGRESSING, message);
    conditions.mark_unknown(types::READY, reasons::PROGRESSING, message) || reconciling
}
