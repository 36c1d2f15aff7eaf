//! Kinds that this controller owns and does not reconcile yet: every object of them is told so, none is ignored.

use std::{marker::PhantomData, sync::Arc};

use ferroflux_api::conditions::{Polarity, TransitionRule, types};
use ferroflux_api::names;
use ferroflux_runtime::{Driver, Finalization, Object, Report, Rules, Run, Scheme, StatusOf, Summary};


use crate::unsupported;

static RULES: Rules = Rules {
    controller: names::controllers::SOURCE,
    field_manager: names::controllers::SOURCE,
    // Objects that Flux reconciled before carry it; without it their deletion would hang.
    finalizer: Some(names::finalizers::FLUX),
    owned_conditions: &[types::READY, types::RECONCILING, types::STALLED],
    transitions: TransitionRule::AnyChange,
    scheme: Scheme::Summary(Summary {
        conditions: &[(types::STALLED, Polarity::Negative), (types::RECONCILING, Polarity::Negative)],
        veto: None,
        suspended_message: "reconciliation is suspended for this object",
    }),
};

/// Answers every object of a kind with a terminal condition.
pub(crate) struct Unbuilt<K> {
    relevant: fn(&K) -> bool,
    kind: PhantomData<fn() -> K>,
}

impl<K> Unbuilt<K> {
    /// For all objects of the kind.
    pub(crate) fn new() -> Self {
        Self::only(|_| true)
    }

    /// For the objects that would be reconciled at all.
    pub(crate) fn only(relevant: fn(&K) -> bool) -> Self {
        Self { relevant, kind: PhantomData }
    }
}

impl<K: Object> Driver for Unbuilt<K> {
    type Object = K;
    type Memory = ();

    fn rules(&self) -> &'static Rules {
        &RULES
    }

    fn relevant(&self, object: &K) -> bool {
        (self.relevant)(object)
    }

    async fn reconcile(&self, object: Arc<K>, _run: &Run<Self>) -> Report<StatusOf<Self>> {
        let status = object.status().cloned().unwrap_or_default();
        Report::failed(status, unsupported::kind(K::kind(&()).into_owned()))
    }

    async fn finalize(&self, _object: Arc<K>, _run: &Run<Self>) -> Finalization<StatusOf<Self>> {
        Finalization::Done(Vec::new())
    }
}
