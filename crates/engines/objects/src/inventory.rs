//! What a Kustomization owns: the list that decides what is pruned (contract/kustomize.md 10).

use std::collections::HashSet;

use crate::id::{InvalidInventoryId, ObjectId};
use crate::object::Object;

/// One owned object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InventoryEntry {
    /// Identity of the object.
    pub id: ObjectId,
    /// API version as applied, without the group.
    pub version: String,
}

/// Owned objects in apply order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// Entries; an id stands in it once.
    pub entries: Vec<InventoryEntry>,
}

impl Inventory {
    /// The inventory of built objects, in their order.
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        let mut seen = HashSet::new();
        let entries = objects
            .into_iter()
            .map(|object| InventoryEntry { id: object.id(), version: object.version().to_owned() })
            .filter(|entry| seen.insert(entry.id.clone()))
            .collect();
        Self { entries }
    }

    /// Reads stored `{id, v}` pairs.
    pub fn parse<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, InvalidInventoryId> {
        let entries = pairs
            .into_iter()
            .map(|(id, version)| {
                Ok(InventoryEntry { id: ObjectId::parse_inventory_id(id)?, version: version.to_owned() })
            })
            .collect::<Result<_, InvalidInventoryId>>()?;
        Ok(Self { entries })
    }

    /// This inventory followed by the entries of `other` that it lacks: what may exist while one is being
    /// replaced by the other. Written before the first apply, so that a crash loses nothing.
    pub fn union(&self, other: &Self) -> Self {
        let known: HashSet<&ObjectId> = self.entries.iter().map(|entry| &entry.id).collect();
        let missing = other.entries.iter().filter(|entry| !known.contains(&entry.id)).cloned();
        Self { entries: self.entries.iter().cloned().chain(missing).collect() }
    }

    /// Entries of this inventory that `new` lacks; only ids count, not versions. A kind has one scope, so an id that
    /// only lost or gained its namespace, because the scope became known in between, is the same object.
    pub fn stale(&self, new: &Self) -> Vec<InventoryEntry> {
        let kept: HashSet<&ObjectId> = new.entries.iter().map(|entry| &entry.id).collect();
        let without_namespace = |id: &ObjectId| ObjectId { namespace: String::new(), ..id.clone() };
        let bare: HashSet<ObjectId> = new.entries.iter().map(|entry| without_namespace(&entry.id)).collect();
        let is_kept = |id: &ObjectId| {
            kept.contains(id)
                || (id.namespace.is_empty() && bare.contains(id))
                || kept.contains(&without_namespace(id))
        };
        self.entries.iter().filter(|entry| !is_kept(&entry.id)).cloned().collect()
    }

    /// Whether both hold the same ids and versions, in whatever order.
    pub fn same_entries(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len() && {
            let mine: HashSet<&InventoryEntry> = self.entries.iter().collect();
            other.entries.iter().all(|entry| mine.contains(entry))
        }
    }
}
