//! Owner labels and `spec.commonMetadata`, set on top-level metadata only (contract/kustomize.md 9.1, 9.3).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::keys;
use crate::object::Object;

/// The Kustomization that owns an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Name of the Kustomization.
    pub name: String,
    /// Namespace of the Kustomization.
    pub namespace: String,
}

/// Labels and annotations for every object of a Kustomization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommonMetadata {
    /// Labels that override the manifest's.
    pub labels: BTreeMap<String, String>,
    /// Annotations that override the manifest's.
    pub annotations: BTreeMap<String, String>,
}

impl CommonMetadata {
    /// Sets the labels and annotations on an object.
    pub fn set_on(&self, object: &mut Object) {
        for (key, value) in &self.labels {
            object.set_label(key, value);
        }
        for (key, value) in &self.annotations {
            object.set_annotation(key, value);
        }
    }
}

impl Owner {
    /// Sets the owner labels. Call it after [`CommonMetadata::set_on`], so that nobody can label an object as
    /// another Kustomization's and have it pruned there.
    pub fn set_on(&self, object: &mut Object) {
        object.set_label(keys::OWNER_NAME, &self.name);
        object.set_label(keys::OWNER_NAMESPACE, &self.namespace);
    }

    /// Whether a live object carries both owner labels of this Kustomization.
    pub fn owns(&self, live: &Value) -> bool {
        let label = |key: &str| {
            live.get("metadata")
                .and_then(|metadata| metadata.get("labels"))
                .and_then(|labels| labels.get(key))
                .and_then(Value::as_str)
        };
        label(keys::OWNER_NAME) == Some(self.name.as_str())
            && label(keys::OWNER_NAMESPACE) == Some(self.namespace.as_str())
    }
}
