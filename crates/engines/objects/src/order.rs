//! In which stages and in which order objects are applied and deleted (contract/kustomize.md 9.4).

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::id::{GroupKind, ObjectId};
use crate::object::Object;

/// Kinds that come before every other, in this order.
const FIRST: [&str; 23] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come after every other, in this order.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

fn rank(kind: &str) -> usize {
    if let Some(position) = FIRST.iter().position(|first| *first == kind) {
        return position;
    }
    match LAST.iter().position(|last| *last == kind) {
        Some(position) => FIRST.len() + 1 + position,
        None => FIRST.len(),
    }
}

/// Apply order: kind rank, then group, kind, namespace, name.
pub fn compare_ids(left: &ObjectId, right: &ObjectId) -> Ordering {
    rank(&left.kind)
        .cmp(&rank(&right.kind))
        .then_with(|| left.group.cmp(&right.group))
        .then_with(|| left.kind.cmp(&right.kind))
        .then_with(|| left.namespace.cmp(&right.namespace))
        .then_with(|| left.name.cmp(&right.name))
}

/// Sorts objects into apply order.
pub fn sort_for_apply(objects: &mut [Object]) {
    objects.sort_by_cached_key(|object| OrderKey(object.id()));
}

/// Sorts ids into deletion order, the reverse of apply order.
pub fn sort_for_delete<T>(items: &mut [T], id: impl Fn(&T) -> &ObjectId) {
    items.sort_by(|left, right| compare_ids(id(right), id(left)));
}

#[derive(PartialEq, Eq)]
struct OrderKey(ObjectId);

impl Ord for OrderKey {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_ids(&self.0, &other.0)
    }
}

impl PartialOrd for OrderKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One stage of an apply. All objects of a stage are checked before the first of them is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApplyStage {
    /// CustomResourceDefinitions, Namespaces and ClusterRoles.
    Definitions,
    /// Kinds whose name ends in `Class`.
    Classes,
    /// Kinds named by `--custom-apply-stage-kinds`.
    Custom,
    /// Everything else.
    Rest,
}

impl ApplyStage {
    /// Whether the next stage starts only when all objects of this one are Current.
    pub fn waits(self) -> bool {
        matches!(self, Self::Definitions | Self::Classes)
    }
}

/// The objects of an apply, split into stages, each in apply order; empty stages are left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StagePlan {
    /// Stages in the order in which they run.
    pub stages: Vec<(ApplyStage, Vec<Object>)>,
}

impl StagePlan {
    /// Splits objects into stages; `custom` holds the kinds of the extra stage.
    pub fn new(objects: Vec<Object>, custom: &BTreeSet<GroupKind>) -> Self {
        let mut staged: Vec<(ApplyStage, Vec<Object>)> = Vec::new();
        let mut buckets: [Vec<Object>; 4] = Default::default();
        for object in objects {
            let index = match stage_of(&object, custom) {
                ApplyStage::Definitions => 0,
                ApplyStage::Classes => 1,
                ApplyStage::Custom => 2,
                ApplyStage::Rest => 3,
            };
            if let Some(bucket) = buckets.get_mut(index) {
                bucket.push(object);
            }
        }
        let names = [ApplyStage::Definitions, ApplyStage::Classes, ApplyStage::Custom, ApplyStage::Rest];
        for (stage, mut bucket) in names.into_iter().zip(buckets) {
            if !bucket.is_empty() {
                sort_for_apply(&mut bucket);
                staged.push((stage, bucket));
            }
        }
        Self { stages: staged }
    }

    /// All objects in the order in which they are applied.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.stages.iter().flat_map(|(_, objects)| objects.iter())
    }
}

fn stage_of(object: &Object, custom: &BTreeSet<GroupKind>) -> ApplyStage {
    let (group, kind) = (object.group(), object.kind());
    let definition = kind == "CustomResourceDefinition"
        || (kind == "Namespace" && group.is_empty())
        || (kind == "ClusterRole" && group == "rbac.authorization.k8s.io");
    if definition {
        ApplyStage::Definitions
    } else if kind.ends_with("Class") {
        ApplyStage::Classes
    } else if custom.contains(&GroupKind { group: group.to_owned(), kind: kind.to_owned() }) {
        ApplyStage::Custom
    } else {
        ApplyStage::Rest
    }
}
