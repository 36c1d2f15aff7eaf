//! What wakes a Kustomization beside its own changes (contract/kustomize.md 2).

use std::collections::BTreeMap;
use std::sync::Arc;

use ferroflux_api::conditions::{self, types};
use ferroflux_api::kustomize::v1::{Kustomization, ValuesKind, reasons};
use ferroflux_api::meta::Artifact;
use ferroflux_runtime::{Cause, Change, IndexId, Key, Kind, ObjectRef, Store, Watched};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Resource;
use kube::core::PartialObjectMeta;

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

/// Secrets and ConfigMaps with the watch label, by their metadata alone.
pub(crate) struct Configs {
    pub(crate) secrets: Watched<PartialObjectMeta<Secret>>,
    pub(crate) config_maps: Watched<PartialObjectMeta<ConfigMap>>,
}

/// Wakes the objects that refer to a Secret or ConfigMap when its data changes.
pub(crate) fn wire_configs(kind: &Kind<Kustomization>, configs: &Configs) {
    let by_secret = kind.store().add_index(|object: &Kustomization| references(object).secrets);
    let by_config_map = kind.store().add_index(|object: &Kustomization| references(object).config_maps);
    on_config(kind, &configs.secrets, by_secret);
    on_config(kind, &configs.config_maps, by_config_map);
}

fn on_config<K: Resource<DynamicType = ()> + 'static>(
    kind: &Kind<Kustomization>,
    watched: &Watched<K>,
    index: IndexId,
) {
    kind.woken_by(watched, move |change: &Change<K>, store: &Store<Kustomization>| {
        let version = |object: &Option<Arc<K>>| {
            object.as_ref().and_then(|object| object.meta().resource_version.clone())
        };
        if change.initial || version(&change.before) == version(&change.after) {
            return Vec::new();
        }
        order(store.by_index(index, &change.key.to_string()).into_iter())
    });
}

/// What a Kustomization refers to in its own namespace.
#[derive(Default)]
struct References {
    secrets: Vec<String>,
    config_maps: Vec<String>,
}

fn references(object: &Kustomization) -> References {
    let namespace = object.meta().namespace.as_deref().unwrap_or_default();
    let key = |name: &str| Key::new(namespace, name).to_string();
    let mut found = References::default();
    if let Some(config) = &object.spec.kube_config {
        found.secrets.extend(config.secret_ref.iter().map(|secret| key(&secret.name)));
        found.config_maps.extend(config.config_map_ref.iter().map(|map| key(&map.name)));
    }
    for reference in object.spec.post_build.iter().flat_map(|post_build| &post_build.substitute_from) {
        match reference.kind {
            ValuesKind::Secret => found.secrets.push(key(&reference.name)),
            ValuesKind::ConfigMap => found.config_maps.push(key(&reference.name)),
        }
    }
    if let Some(secret) =
        object.spec.decryption.as_ref().and_then(|decryption| decryption.secret_ref.as_ref())
    {
        found.secrets.push(key(&secret.name));
    }
    found
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
