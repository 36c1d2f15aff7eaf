//! `spec.dependsOn`: whether the dependencies are ready, who waits for whom, and in which order a new revision
//! wakes its consumers (contract/kustomize.md 2 and 4).

use std::collections::{BTreeMap, BTreeSet};

use ferroflux_api::conditions::{self, types};
use ferroflux_api::kustomize::v1::Kustomization;
use ferroflux_runtime::Key;
use kube::{Api, Client, Resource as _, ResourceExt as _};

use super::resolve::source_key;

/// Why a dependency holds its dependent up. The text is the Ready message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DependencyError {
    #[error("dependency '{key}' not found: {cause}")]
    NotFound { key: Key, cause: String },
    #[error("dependency '{0}' is not ready")]
    NotReady(Key),
    #[error("dependency '{0}' revision is not up to date")]
    Outdated(Key),
}

/// The objects that this one depends on, in the order of the spec.
pub(crate) fn of(object: &Kustomization) -> Vec<Key> {
    let namespace = object.namespace().unwrap_or_default();
    let keys =
        object.spec.depends_on.iter().map(|dependency| {
            Key::new(dependency.namespace.as_deref().unwrap_or(&namespace), &dependency.name)
        });
    keys.collect()
}

/// Reads every dependency from the API server, never from a cache that may be filtered, until one is not ready.
pub(crate) async fn check(
    client: &Client,
    object: &Kustomization,
    revision: &str,
) -> Result<(), DependencyError> {
    for key in of(object) {
        let api: Api<Kustomization> = Api::namespaced(client.clone(), &key.namespace);
        let dependency = api.get(&key.name).await.map_err(|error| {
            let cause = match error {
                kube::Error::Api(status) => status.message.clone(),
                other => ferroflux_runtime::chain(&other),
            };
            DependencyError::NotFound { key: key.clone(), cause }
        })?;
        judge(object, &dependency, key, revision)?;
    }
    Ok(())
}

/// Whether one dependency is ready for its dependent (pure).
pub(crate) fn judge(
    object: &Kustomization,
    dependency: &Kustomization,
    key: Key,
    revision: &str,
) -> Result<(), DependencyError> {
    let Some(status) = dependency.status.as_ref() else { return Err(DependencyError::NotReady(key)) };
    let generation = dependency.meta().generation.unwrap_or_default();
    if status.conditions.is_empty()
        || status.observed_generation != Some(generation)
        || !conditions::is_true(&status.conditions, types::READY)
    {
        return Err(DependencyError::NotReady(key));
    }
    if source_key(object) == source_key(dependency)
        && status.last_applied_revision.as_deref() != Some(revision)
    {
        return Err(DependencyError::Outdated(key));
    }
    Ok(())
}

/// What of a Kustomization its dependents look at; when it changes they are woken.
pub(crate) fn relevant_state(object: &Kustomization) -> (i64, bool, Option<&str>) {
    let status = object.status.as_ref();
    let settled = status.is_some_and(|status| {
        status.observed_generation == object.meta().generation
            && conditions::is_true(&status.conditions, types::READY)
    });
    let revision = status.and_then(|status| status.last_applied_revision.as_deref());
    (object.meta().generation.unwrap_or_default(), settled, revision)
}

/// Objects that depend on each other in a circle.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("circular dependency detected: {}", .0.iter().map(Key::to_string).collect::<Vec<_>>().join(" -> "))]
pub(crate) struct Circle(pub(crate) Vec<Key>);

/// Sorts keys so that dependencies come before their dependents; otherwise the order is that of the names.
pub(crate) fn sort(dependencies: &BTreeMap<Key, Vec<Key>>) -> Result<Vec<Key>, Circle> {
    let mut sorted = Vec::with_capacity(dependencies.len());
    let mut done: BTreeSet<&Key> = BTreeSet::new();
    for start in dependencies.keys() {
        // An explicit stack: the depth is the users' choice.
        let mut path: Vec<(&Key, usize)> = vec![(start, 0)];
        while let Some((key, next)) = path.last_mut() {
            if done.contains(*key) {
                path.pop();
                continue;
            }
            let children = dependencies.get(*key).map_or(&[][..], Vec::as_slice);
            let Some(child) = children.get(*next) else {
                done.insert(*key);
                sorted.push((*key).clone());
                path.pop();
                continue;
            };
            *next += 1;
            if done.contains(child) || !dependencies.contains_key(child) {
                continue;
            }
            if let Some(begin) = path.iter().position(|(key, _)| *key == child) {
                let circle = path.iter().skip(begin).map(|(key, _)| (*key).clone());
                return Err(Circle(circle.chain([child.clone()]).collect()));
            }
            path.push((child, 0));
        }
    }
    Ok(sorted)
}
