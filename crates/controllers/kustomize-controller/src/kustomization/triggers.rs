//! What wakes a Kustomization beside its own changes (contract/kustomize.md 2).

use std::collections::BTreeMap;
use std::sync::Arc;

use ferroflux_api::conditions::{self, types};
use ferroflux_api::kustomize::v1::{Kustomization, reasons};
use ferroflux_api::meta::Artifact;
use ferroflux_runtime::{Cause, Change, IndexId, Key, Kind, ObjectRef, Store, Watched};
use kube::Resource;

use super::dependencies;
use super::resolve::{SourceKey, source_key};

/// Wires all triggers.
pub(crate) fn wire(kind: &Kind<Kustomization>, sources: &super::resolve::Sources) {
    let by_source = kind.store().add_index(|object: &Kustomization| {
        let source = source_key(object);
        vec![SourceKey::index(source.kind.as_str(), &source.key)]
    });
    on_source(kind, &sources.git, by_source, |source| source.status.as_ref()?.artifact.as_ref());
    on_source(kind, &sources.oci, by_source, |source| source.status.as_ref()?.artifact.as_ref());
    on_source(kind, &sources.bucket, by_source, |source| source.status.as_ref()?.artifact.as_ref());
    if let Some(external) = &sources.external {
        on_source(kind, external, by_source, |source| source.status.as_ref()?.artifact.as_ref());
    }
    on_dependency(kind);
}

fn on_source<K: Resource<DynamicType = ()> + 'static>(
    kind: &Kind<Kustomization>,
    sources: &Watched<K>,
    by_source: IndexId,
    artifact: impl Fn(&K) -> Option<&Artifact> + Send + Sync + 'static,
) {
    kind.woken_by(sources, move |change: &Change<K>, store: &Store<Kustomization>| {
        let revision = |source: &Option<Arc<K>>| {
            source.as_deref().and_then(&artifact).map(|artifact| artifact.revision.clone())
        };
        let Some(new) = revision(&change.after) else { return Vec::new() };
        if revision(&change.before).as_ref() == Some(&new) {
            return Vec::new();
        }
        let index = SourceKey::index(&K::kind(&()), &change.key);
        let selected = store.by_index(by_source, &index).into_iter().filter(|object| wants(object, &new));
        order(selected)
    });
}

/// Whether a new revision is news for an object: not when it is being tried or was applied already.
fn wants(object: &Kustomization, revision: &str) -> bool {
    let Some(status) = &object.status else { return true };
    let busy = conditions::is_true(&status.conditions, types::READY)
        || conditions::is_true(&status.conditions, types::RECONCILING);
    !(busy && status.last_attempted_revision.as_deref() == Some(revision))
}

/// Dependencies first. Objects in a circle are not woken, nor anything with them: they wait for their interval.
fn order(selected: impl Iterator<Item = Arc<Kustomization>>) -> Vec<Key> {
    let graph: BTreeMap<Key, Vec<Key>> =
        selected.map(|object| (Key::of(object.as_ref()), dependencies::of(&object))).collect();
    match dependencies::sort(&graph) {
        Ok(sorted) => sorted,
        Err(circle) => {
            tracing::error!(error = %circle, "failed to sort dependencies for revision change");
            Vec::new()
        }
    }
}

/// A dependency that has become ready wakes who waits for it, without the pause of `--requeue-dependency`.
fn on_dependency(kind: &Kind<Kustomization>) {
    let store = kind.store().clone();
    let by_dependency = store
        .add_index(|object: &Kustomization| dependencies::of(object).iter().map(Key::to_string).collect());
    let waker = kind.waker();
    kind.watched().on_change(move |change| {
        let Some(after) = &change.after else { return };
        let state = dependencies::relevant_state(after);
        let before = change.before.as_deref().map(dependencies::relevant_state);
        if !state.1 || before == Some(state) {
            return;
        }
        let trigger = ObjectRef::of(after.as_ref());
        for dependent in store.by_index(by_dependency, &change.key.to_string()) {
            if waits(&dependent) {
                waker.wake(&Key::of(dependent.as_ref()), Cause::Related(trigger.clone()));
            }
        }
    });
}

fn waits(object: &Kustomization) -> bool {
    object.status.as_ref().is_some_and(|status| {
        conditions::get(&status.conditions, types::READY)
            .is_some_and(|ready| ready.reason == reasons::DEPENDENCY_NOT_READY)
    })
}
