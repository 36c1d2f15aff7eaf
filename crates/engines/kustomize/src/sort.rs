//! The legacy order of objects.

use std::collections::HashMap;

use crate::{
    error::Error, id::ResourceId, kustomization::SortOptions, resource_map::ResourceMap, schema::Schema,
};

/// Kinds that come before all others.
const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come after all others.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The place of a kind: negative before the unnamed ones, positive after them.
pub(crate) fn kind_order(kind: &str) -> i64 {
    if let Some(index) = FIRST.iter().position(|name| *name == kind) {
        return index as i64 - FIRST.len() as i64;
    }
    LAST.iter().position(|name| *name == kind).map_or(0, |index| index as i64 + 1)
}

/// Applies the root file's `sortOptions`.
pub(crate) fn sort_by_options(
    schema: &Schema,
    map: &mut ResourceMap,
    options: &SortOptions,
) -> Result<(), Error> {
    match (options.order.as_str(), &options.legacy) {
        ("legacy", legacy) => {
            sort_legacy(schema, map, legacy.as_ref());
            Ok(())
        }
        ("fifo", None) => Ok(()),
        ("fifo", Some(_)) => Err(Error::build(
            "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
        )),
        _ => Err(Error::build("the field 'sortOptions.order' must be one of [fifo, legacy]")),
    }
}

/// Sorts by kind, then by text.
pub(crate) fn sort_legacy(
    schema: &Schema,
    map: &mut ResourceMap,
    custom: Option<&(Vec<String>, Vec<String>)>,
) {
    let custom: Option<HashMap<&str, i64>> = custom.map(|(first, last)| {
        let first_count = first.len() as i64;
        let first = first.iter().zip(0..).map(|(kind, index)| (kind.as_str(), index - first_count));
        let last = last.iter().zip(1..).map(|(kind, index)| (kind.as_str(), index));
        first.chain(last).collect()
    });
    let order = |kind: &str| match &custom {
        Some(table) => table.get(kind).copied().unwrap_or(0),
        None => kind_order(kind),
    };
    map.list_mut().sort_by_cached_key(|resource| {
        let id = resource.id(schema);
        (order(&id.gvk.kind), foreign_namespace(id), id.gvk.sort_text(), sort_text(id))
    });
}

/// Core Namespaces come before kinds of that name in other groups, against the order of their texts.
fn foreign_namespace(id: &ResourceId) -> bool {
    &*id.gvk.kind == "Namespace" && !id.gvk.group.is_empty()
}

fn sort_text(id: &ResourceId) -> String {
    let or = |text: &str, missing: &str| if text.is_empty() { missing.to_owned() } else { text.to_owned() };
    format!("{}|{}|{}", id.gvk, or(&id.namespace, "~X"), or(&id.name, "~N"))
}
