//! Kinds that this version does not reconcile: each object says so in its conditions.
//!
//! Storage and finalizer of a deleted object are cleaned up all the same, because another version may have left them.

use std::{marker::PhantomData, sync::Arc};

use ferroflux_api::{
    CustomResource,
    conditions::{Polarity, TransitionRule, types},
    names::{controllers, finalizers},
    source::v1::{Bucket, HelmChart, HelmRepository, OCIRepository, reasons},
};
use ferroflux_artifact::{ObjectDirectory, SourceKind, Storage};
use ferroflux_runtime::{
    Driver, Failure, Finalization, Object, Report, Rules, Run, Scheme, StatusOf, Summary,
};

/// A kind that is not reconciled.
pub trait Variant: Object {}

impl Variant for OCIRepository {}
impl Variant for Bucket {}
impl Variant for HelmRepository {}
impl Variant for HelmChart {}

/// Says of every object of a kind that the kind is not supported.
pub struct Unsupported<K> {
    storage: Storage,
    directory: SourceKind,
    is_static: fn(&K) -> bool,
    kind: PhantomData<fn(K)>,
}

/// The object cannot be worked on.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not supported by this version")]
struct NotSupported(&'static str);

impl<K> Unsupported<K> {
    /// For the kind whose artifacts lie in `directory`.
    pub fn new(storage: Storage, directory: SourceKind) -> Self {
        Self { storage, directory, is_static: |_| false, kind: PhantomData }
    }

    /// Leaves objects alone that need no work by anybody.
    pub fn except(self, is_static: fn(&K) -> bool) -> Self {
        Self { is_static, ..self }
    }
}

static RULES: Rules = Rules {
    controller: controllers::SOURCE,
    field_manager: controllers::SOURCE,
    finalizer: Some(finalizers::FLUX),
    owned_conditions: &[types::READY, types::RECONCILING, types::STALLED],
    transitions: TransitionRule::AnyChange,
    scheme: Scheme::Summary(Summary {
        conditions: &[(types::STALLED, Polarity::Negative), (types::RECONCILING, Polarity::Negative)],
        veto: None,
        suspended_message: "reconciliation is suspended for this object",
    }),
};

impl<K: Variant> Driver for Unsupported<K> {
    type Object = K;
    type Memory = ();

    fn rules(&self) -> &'static Rules {
        &RULES
    }

    fn relevant(&self, object: &K) -> bool {
        !(self.is_static)(object)
    }

    async fn reconcile(&self, object: Arc<K>, _: &Run<Self>) -> Report<StatusOf<Self>> {
        let status = object.status().cloned().unwrap_or_default();
        let kind = <K as CustomResource>::DEFINITION.kind;
        Report::failed(status, Failure::stalled(reasons::FEATURE_GATE_DISABLED, NotSupported(kind)))
    }

    async fn finalize(&self, object: Arc<K>, run: &Run<Self>) -> Finalization<StatusOf<Self>> {
        let removed = match ObjectDirectory::new(self.directory, &run.key().namespace, &run.key().name) {
            Ok(directory) => self.storage.remove(directory).await,
            // Nothing can lie under a name that cannot be a directory's.
            Err(_) => Ok(()),
        };
        crate::notify::finalization(object.status().cloned().unwrap_or_default(), removed)
    }
}
