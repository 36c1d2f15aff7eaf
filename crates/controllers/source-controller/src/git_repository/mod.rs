//! GitRepository: an archive of a revision of a Git repository (contract/source.md 7).
//!
//! A run goes through `storage_phase` (what is there still is what it was), `plan` (pure: what is wanted), `resolve`
//! (credentials), `act` (checkout and archive) and `report` (pure: conditions and events); `steps` holds their order.

mod act;
mod plan;
mod report;
mod resolve;
mod steps;
mod submodules;
mod version;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use ferroflux_api::{
    conditions::{Polarity, TransitionRule, types},
    names::{controllers, finalizers},
    source::v1::GitRepository,
};
use ferroflux_artifact::{ObjectDirectory, SourceKind, Storage};
use ferroflux_git::GitClient;
use ferroflux_runtime::{Driver, Finalization, Report, Rules, Run, Scheme, StatusOf, Store, Summary};
use kube::Client;

use crate::{metrics::SourceMetrics, notify};

static RULES: Rules = Rules {
    controller: controllers::SOURCE,
    field_manager: controllers::SOURCE,
    finalizer: Some(finalizers::FLUX),
    owned_conditions: &[
        types::SOURCE_VERIFIED,
        types::FETCH_FAILED,
        types::INCLUDE_UNAVAILABLE,
        types::ARTIFACT_OUTDATED,
        types::ARTIFACT_IN_STORAGE,
        types::STORAGE_OPERATION_FAILED,
        types::READY,
        types::RECONCILING,
        types::STALLED,
    ],
    transitions: TransitionRule::AnyChange,
    scheme: Scheme::Summary(Summary {
        conditions: &[
            (types::STORAGE_OPERATION_FAILED, Polarity::Negative),
            (types::FETCH_FAILED, Polarity::Negative),
            (types::INCLUDE_UNAVAILABLE, Polarity::Negative),
            (types::ARTIFACT_OUTDATED, Polarity::Negative),
            (types::ARTIFACT_IN_STORAGE, Polarity::Positive),
            (types::SOURCE_VERIFIED, Polarity::Positive),
            (types::STALLED, Polarity::Negative),
            (types::RECONCILING, Polarity::Negative),
        ],
        veto: Some(types::SOURCE_VERIFIED),
        suspended_message: "reconciliation is suspended for this object",
    }),
};

/// What all GitRepositories share.
pub struct Context {
    /// The controller's own identity: for Secrets of the object's namespace.
    pub client: Client,
    /// All objects of the kind, for those that are included in others.
    pub repositories: Store<GitRepository>,
    /// Where archives go.
    pub storage: Storage,
    /// Where commits come from.
    pub git: Arc<GitClient>,
    /// What is counted.
    pub metrics: SourceMetrics,
    /// How soon an object that waits looks again.
    pub requeue_dependency: Duration,
    /// Whether objects may name a ServiceAccount for a cloud identity.
    pub object_level_workload_identity: bool,
}

/// The driver.
pub struct GitRepositories {
    /// What all objects share.
    pub context: Arc<Context>,
}

impl Driver for GitRepositories {
    type Object = GitRepository;
    type Memory = ();

    fn rules(&self) -> &'static Rules {
        &RULES
    }

    async fn reconcile(&self, object: Arc<GitRepository>, run: &Run<Self>) -> Report<StatusOf<Self>> {
        let mut work = steps::Work::new(&self.context, &object, run);
        let result = work.steps().await;
        report::report(work.into_parts(), result)
    }

    async fn finalize(&self, object: Arc<GitRepository>, run: &Run<Self>) -> Finalization<StatusOf<Self>> {
        let removed =
            match ObjectDirectory::new(SourceKind::GitRepository, &run.key().namespace, &run.key().name) {
                Ok(directory) => self.context.storage.remove(directory).await,
                // Nothing can lie under a name that cannot be a directory's.
                Err(_) => Ok(()),
            };
        let mut status = object.status.clone().unwrap_or_default();
        if removed.is_ok() {
            status.artifact = None;
        }
        notify::finalization(status, removed)
    }
}
