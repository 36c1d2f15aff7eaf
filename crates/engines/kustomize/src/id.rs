//! What identifies an object: group, version, kind, name and the namespace that counts.

use std::{fmt, sync::Arc};

use crate::schema::Schema;

/// Group, version and kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Gvk {
    pub(crate) group: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) kind: Arc<str>,
}

/// The pseudo namespace of everything that has none.
const NO_NAMESPACE: &str = "_non_namespaceable_";

impl Gvk {
    pub(crate) fn new(group: &str, version: &str, kind: &str) -> Self {
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    pub(crate) fn from_api_version(api_version: &str, kind: &str) -> Self {
        let (group, version) = split_api_version(api_version);
        Self::new(group, version, kind)
    }

    /// Whether `self` has every part that the selector names.
    pub(crate) fn is_selected(&self, selector: &Gvk) -> bool {
        let fits = |part: &str, wanted: &str| wanted.is_empty() || part == wanted;
        fits(&self.group, &selector.group)
            && fits(&self.version, &selector.version)
            && fits(&self.kind, &selector.kind)
    }

    /// Order of configuration entries and of the legacy sort: by kind's place, then by text.
    pub(crate) fn sort_text(&self) -> String {
        let or =
            |part: &str, missing: &str| if part.is_empty() { missing.to_owned() } else { part.to_owned() };
        format!("{}_{}_{}", or(&self.group, "~G"), or(&self.version, "~V"), or(&self.kind, "~K"))
    }
}

impl fmt::Display for Gvk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |part: &Arc<str>, missing: &'static str| {
            if part.is_empty() { Arc::from(missing) } else { Arc::clone(part) }
        };
        write!(
            formatter,
            "{}.{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]")
        )
    }
}

/// `apps/v1` → (`apps`, `v1`); `v1` → (``, `v1`).
pub(crate) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The identity of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ResourceId {
    pub(crate) gvk: Gvk,
    pub(crate) name: Arc<str>,
    /// As written; see [`ResourceId::effective_namespace`].
    pub(crate) namespace: Arc<str>,
    pub(crate) cluster_scoped: bool,
}

impl ResourceId {
    pub(crate) fn new(gvk: Gvk, name: &str, namespace: &str, schema: &Schema) -> Self {
        let cluster_scoped = schema.is_cluster_scoped(&gvk);
        Self { gvk, name: name.into(), namespace: namespace.into(), cluster_scoped }
    }

    /// The namespace that counts: one pseudo namespace for cluster-scoped kinds, `default` for none.
    pub(crate) fn effective_namespace(&self) -> &str {
        if self.cluster_scoped {
            NO_NAMESPACE
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }

    pub(crate) fn same_namespace(&self, other: &Self) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    pub(crate) fn same_without_namespace(&self, other: &Self) -> bool {
        self.name == other.name && self.gvk == other.gvk
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.same_without_namespace(other) && self.same_namespace(other)
    }

    /// Whether `self` has what the selector names; empty parts of the selector match everything.
    pub(crate) fn is_selected_by(&self, selector: &ResourceId) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty() || selector.same_namespace(self))
            && self.gvk.is_selected(&selector.gvk)
    }

    /// `{Group:…, …}` as Go prints the type with `%#v`; part of an error that users know.
    pub(crate) fn go_syntax(&self) -> String {
        format!(
            "resid.ResId{{Gvk:resid.Gvk{{Group:{}, Version:{}, Kind:{}, isClusterScoped:{}}}, Name:{}, Namespace:{}}}",
            crate::error::quote(&self.gvk.group),
            crate::error::quote(&self.gvk.version),
            crate::error::quote(&self.gvk.kind),
            self.cluster_scoped,
            crate::error::quote(&self.name),
            crate::error::quote(&self.namespace)
        )
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name: &str = if self.name.is_empty() { "[noName]" } else { &self.name };
        let namespace: &str = if self.namespace.is_empty() { "[noNs]" } else { &self.namespace };
        write!(formatter, "{}/{}.{}", self.gvk, name, namespace)
    }
}
