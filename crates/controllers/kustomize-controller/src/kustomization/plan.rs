//! From built objects to what is applied, owned and pruned (pure).

use std::collections::BTreeSet;

use ferroflux_api::kustomize::v1::{KustomizationSpec, KustomizationStatus};
use ferroflux_api::meta::{ResourceInventory, ResourceRef, Selector};
use ferroflux_objects::{
    CommonMetadata, Digest, GroupKind, IgnoreRule, IgnoreTarget, Inventory, InventoryEntry, Object, ObjectId,
    Owner, StagePlan, digest_of_value, normalise,
};
use serde_json::json;

use super::substitute::Variables;

/// What of a spec the build and the applied objects depend on; equal digests with equal files mean equal objects.
pub(crate) fn input_digest(spec: &KustomizationSpec, variables: &Variables) -> Digest {
    digest_of_value(&json!({
        "path": spec.path, "targetNamespace": spec.target_namespace, "namePrefix": spec.name_prefix,
        "nameSuffix": spec.name_suffix, "patches": spec.patches, "images": spec.images,
        "components": spec.components, "ignoreMissingComponents": spec.ignore_missing_components,
        "buildMetadata": spec.build_metadata, "commonMetadata": spec.common_metadata,
        "variables": variables.to_value(), "decryption": spec.decryption, "ignore": spec.ignore,
    }))
}

/// Gives built objects the metadata and the form in which they are applied.
pub(crate) fn prepare(objects: &mut [Object], spec: &KustomizationSpec, owner: &Owner) {
    let common = spec.common_metadata.as_ref().map(|common| CommonMetadata {
        labels: common.labels.clone(),
        annotations: common.annotations.clone(),
    });
    for object in objects {
        normalise(object);
        if let Some(common) = &common {
            common.set_on(object);
        }
        owner.set_on(object);
    }
}

/// The stages, and what will be owned.
pub(crate) fn stages(objects: Vec<Object>, custom: &BTreeSet<GroupKind>) -> (StagePlan, Inventory) {
    let plan = StagePlan::new(objects, custom);
    let inventory = Inventory::of(plan.objects());
    (plan, inventory)
}

/// The inventory of the last status. Entries that nobody can read are left out: they cannot be pruned by anyone.
pub(crate) fn stored_inventory(status: &KustomizationStatus) -> Inventory {
    let entries = status.inventory.iter().flat_map(|inventory| &inventory.entries).filter_map(|entry| {
        let id = ObjectId::parse_inventory_id(&entry.id).ok()?;
        Some(InventoryEntry { id, version: entry.v.clone() })
    });
    Inventory { entries: entries.collect() }
}

/// An inventory as it is stored.
pub(crate) fn to_status(inventory: &Inventory) -> ResourceInventory {
    let entries = inventory
        .entries
        .iter()
        .map(|entry| ResourceRef { id: entry.id.to_inventory_id(), v: entry.version.clone() });
    ResourceInventory { entries: entries.collect() }
}

/// The drift-ignore rules of a spec.
pub(crate) fn ignore_rules(spec: &KustomizationSpec) -> Vec<IgnoreRule> {
    let target = |selector: &Selector| IgnoreTarget {
        group: selector.group.clone(),
        version: selector.version.clone(),
        kind: selector.kind.clone(),
        namespace: selector.namespace.clone(),
        name: selector.name.clone(),
        label_selector: selector.label_selector.clone(),
        annotation_selector: selector.annotation_selector.clone(),
    };
    let rules = spec
        .ignore
        .iter()
        .map(|rule| IgnoreRule { paths: rule.paths.clone(), target: rule.target.as_ref().map(target) });
    rules.collect()
}

/// The first field of a spec that this version does not do yet.
pub(crate) fn unsupported_field(spec: &KustomizationSpec) -> Option<&'static str> {
    if spec.decryption.is_some() {
        return Some("spec.decryption");
    }
    if !spec.health_check_exprs.is_empty() {
        return Some("spec.healthCheckExprs");
    }
    if spec.depends_on.iter().any(|dependency| dependency.ready_expr.is_some()) {
        return Some("spec.dependsOn[].readyExpr");
    }
    if spec.kube_config.as_ref().is_some_and(|config| config.config_map_ref.is_some()) {
        return Some("spec.kubeConfig.configMapRef");
    }
    None
}
