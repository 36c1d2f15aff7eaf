//! What is remembered of one Kustomization between its runs.

use std::sync::{Arc, OnceLock};

use ferroflux_archive::Snapshot;
use ferroflux_artifact::FetchError;
use ferroflux_kube_apply::{HealthFailure, HealthWaits, Leases};
use ferroflux_objects::{ChangeSet, Digest, Inventory, Object, ObjectId, StagePlan};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::finalize::Terminating;
use super::inputs::Inputs;
use super::report::Revision;

/// The memory of one object.
#[derive(Default)]
pub(crate) struct Memory {
    /// Watches over the kinds that it applied.
    pub(crate) leases: Leases,
    /// The last build whose objects were all applied.
    pub(crate) applied: Option<Applied>,
    /// What the last run ended with a wait for.
    pub(crate) pending: Option<Pending>,
    /// An artifact on its way.
    pub(crate) fetch: Option<Fetch>,
    /// Objects whose end is waited for before the Kustomization may go.
    pub(crate) terminating: Option<Terminating>,
}

/// An artifact that is being fetched without a slot.
pub(crate) struct Fetch {
    pub(crate) digest: String,
    pub(crate) result: Slot<Result<Snapshot, Arc<FetchError>>>,
    #[expect(dead_code, reason = "held so that the fetch ends with the object")]
    pub(crate) task: Guarded,
}

/// What is left of a build once its objects are applied and the superfluous ones pruned.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    /// Identity that applied.
    pub(crate) identity: Arc<str>,
    pub(crate) build: Arc<BuildFacts>,
    /// Digest of the artifact that is known to give this build.
    pub(crate) artifact: String,
    /// Every object, in apply order.
    pub(crate) items: Arc<Vec<Item>>,
}

/// Where a build came from and what it gave.
#[derive(Debug)]
pub(crate) struct BuildFacts {
    /// Digest of the spec's part.
    pub(crate) spec: Digest,
    /// The files' part.
    pub(crate) inputs: Inputs,
    /// `status.history[].digest`.
    pub(crate) output: String,
}

/// One applied object.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: ObjectId,
    pub(crate) version: String,
    pub(crate) desired: Digest,
    pub(crate) skipped: bool,
    /// A Job that removes itself some time after it ended.
    pub(crate) ends_itself: bool,
}

/// Whether a built object removes itself when it is done.
pub(crate) fn ends_itself(object: &Object) -> bool {
    object.kind() == "Job"
        && object.group() == "batch"
        && object.fields().get("spec").is_some_and(|spec| spec.get("ttlSecondsAfterFinished").is_some())
}

/// Where the result of a wait is left.
pub(crate) type Slot<T> = Arc<OnceLock<T>>;

/// A task that ends with its owner.
pub(crate) struct Guarded(pub(crate) JoinHandle<()>);

impl Drop for Guarded {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A wait that holds no slot.
pub(crate) enum Pending {
    /// The objects of a stage have to become ready before the next stage.
    Stage(Box<PendingStage>),
    /// The applied objects have to become healthy.
    Health(Box<PendingHealth>),
}

/// An apply between two stages.
pub(crate) struct PendingStage {
    pub(crate) apply: Apply,
    pub(crate) result: Slot<Result<(), HealthFailure>>,
    /// None while a kind that was just defined is not served yet, which is looked at again at `until`.
    pub(crate) waits: Option<HealthWaits>,
    pub(crate) until: Instant,
}

/// A health check under way.
pub(crate) struct PendingHealth {
    pub(crate) after: AfterApply,
    pub(crate) result: Slot<Result<(), HealthFailure>>,
    #[expect(dead_code, reason = "held so that the wait ends with the object")]
    pub(crate) waits: HealthWaits,
    pub(crate) began: Instant,
    pub(crate) until: Instant,
}

/// An apply that has not come to its end.
pub(crate) struct Apply {
    pub(crate) revision: Revision,
    pub(crate) artifact: String,
    pub(crate) build: Arc<BuildFacts>,
    pub(crate) plan: StagePlan,
    /// The next stage.
    pub(crate) next: usize,
    /// What was owned before.
    pub(crate) old: Inventory,
    pub(crate) changes: ChangeSet,
    pub(crate) identity: Arc<str>,
    /// Since when a kind that a stage defined is not served.
    pub(crate) unserved: Option<Instant>,
}

/// What is known once everything is applied and pruned.
#[derive(Debug, Clone)]
pub(crate) struct AfterApply {
    pub(crate) revision: Revision,
    pub(crate) output: String,
    /// Whether a new revision changed at least one object.
    pub(crate) changed: bool,
}
