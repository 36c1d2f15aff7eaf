//! The events that all source kinds share (contract/source.md 3.6, 3.7). Pure.

use ferroflux_api::{
    Status, conditions,
    meta::{Artifact, Condition},
    names::event_metadata,
    source::v1::{GROUP, reasons},
};
use ferroflux_artifact::storage;
use ferroflux_runtime::{Event, Failure, Finalization, Report};

/// What an object was like before its run.
#[derive(Clone, Debug)]
pub struct Before {
    digest: Option<String>,
    failed: bool,
}

impl Before {
    /// Remembers the digest of the artifact and whether one of these conditions was true.
    pub fn new(artifact: Option<&Artifact>, conditions: &[Condition], fail_conditions: &[&str]) -> Self {
        Self {
            digest: artifact.map(|artifact| artifact.digest.clone()),
            failed: has_failed(conditions, fail_conditions),
        }
    }

    /// The event about a successful run: a new artifact, a recovery, or nothing.
    pub fn success(
        &self,
        artifact: Option<&Artifact>,
        conditions: &[Condition],
        fail_conditions: &[&str],
        message: impl FnOnce() -> String,
    ) -> Option<Event> {
        let artifact = artifact?;
        let reason = if self.digest.as_deref() != Some(artifact.digest.as_str()) {
            reasons::NEW_ARTIFACT
        } else if self.failed && !has_failed(conditions, fail_conditions) {
            reasons::SUCCEEDED
        } else {
            return None;
        };
        let key = |name: &str| format!("{GROUP}/{name}");
        let event = Event::info(reason, message())
            .with(key(event_metadata::REVISION), artifact.revision.clone())
            .with(key(event_metadata::DIGEST), artifact.digest.clone());
        Some(event)
    }
}

fn has_failed(list: &[Condition], fail_conditions: &[&str]) -> bool {
    fail_conditions.iter().any(|type_| conditions::is_true(list, type_))
}

/// How the cleaning up of a deleted object ended.
pub fn finalization<S: Status>(status: S, removed: Result<(), storage::Error>) -> Finalization<S> {
    match removed {
        Ok(()) => {
            let message = "garbage collected artifacts for deleted resource";
            Finalization::Done(vec![Event::trace(reasons::GARBAGE_COLLECTION_SUCCEEDED, message)])
        }
        Err(error) => {
            let message = format!(
                "garbage collection for deleted resource failed: {}",
                ferroflux_runtime::chain(&error)
            );
            let failure = Failure::retry(reasons::GARBAGE_COLLECTION_FAILED, error).with_message(message);
            Finalization::Pending(Report::failed(status, failure))
        }
    }
}
