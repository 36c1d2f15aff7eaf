//! What an object is called: in the inventory, in messages, and as a key.

use std::fmt;

/// Group of the kinds in whose names `:` is legal and escaped in inventory ids.
const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

/// API group and kind; the version does not identify an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKind {
    /// API group, empty for the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
}

/// Identity of an object in a cluster, independent of its API version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// Namespace, empty for cluster-scoped objects.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// API group, empty for the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
}

/// An inventory id that does not have the form `<namespace>_<name>_<group>_<kind>`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("inventory id `{0}` does not have the form <namespace>_<name>_<group>_<kind>")]
pub struct InvalidInventoryId(pub String);

impl ObjectId {
    /// The id as stored in `status.inventory.entries[].id` (contract/kustomize.md 10.1).
    pub fn to_inventory_id(&self) -> String {
        let name = if self.group == RBAC_GROUP { self.name.replace(':', "__") } else { self.name.clone() };
        format!("{}_{}_{}_{}", self.namespace, name, self.group, self.kind)
    }

    /// Reads an inventory id: the first `_` ends the namespace, the last begins the kind, the second last the group.
    pub fn parse_inventory_id(id: &str) -> Result<Self, InvalidInventoryId> {
        let invalid = || InvalidInventoryId(id.to_owned());
        let (namespace, rest) = id.split_once('_').ok_or_else(invalid)?;
        let (rest, kind) = rest.rsplit_once('_').ok_or_else(invalid)?;
        let (name, group) = rest.rsplit_once('_').ok_or_else(invalid)?;
        if name.is_empty() || kind.is_empty() {
            return Err(invalid());
        }
        let name = if group == RBAC_GROUP { name.replace("__", ":") } else { name.to_owned() };
        Ok(Self { namespace: namespace.to_owned(), name, group: group.to_owned(), kind: kind.to_owned() })
    }

    /// Group and kind of the object.
    pub fn group_kind(&self) -> GroupKind {
        GroupKind { group: self.group.clone(), kind: self.kind.clone() }
    }
}

/// The subject of messages: `Kind/namespace/name`, or `Kind/name` for cluster-scoped objects.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.kind, self.name)
        } else {
            write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
        }
    }
}
