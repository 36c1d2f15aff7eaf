//! One object on its way through the build: its tree and what the build remembers about it.

use std::{cell::OnceCell, sync::Arc};

use crate::{
    id::{Gvk, ResourceId, split_api_version},
    node::{Node, Scalar, Tag},
    origin::Origin,
    schema::Schema,
};

/// What a generated object does with one of the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Merge,
    Replace,
}

impl Behavior {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            "create" => Self::Create,
            _ => Self::Unspecified,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Merge => "merge",
            Self::Replace => "replace",
        }
    }
}

/// An earlier name, namespace and kind of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Previous {
    pub(crate) name: Arc<str>,
    pub(crate) namespace: Arc<str>,
    pub(crate) kind: Arc<str>,
}

/// One object.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    node: Node,
    id: OnceCell<ResourceId>,
    pub(crate) previous: Vec<Previous>,
    pub(crate) prefixes: Vec<Arc<str>>,
    pub(crate) suffixes: Vec<Arc<str>>,
    pub(crate) behavior: Behavior,
    pub(crate) needs_hash: bool,
    /// Made by a generator.
    pub(crate) generated: bool,
    pub(crate) origin: Option<Origin>,
    pub(crate) transformations: Vec<Origin>,
    /// Names of the variables that take their value from here.
    pub(crate) variables: Vec<String>,
}

impl Resource {
    pub(crate) fn new(node: Node) -> Self {
        Self {
            node,
            id: OnceCell::new(),
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            behavior: Behavior::Unspecified,
            needs_hash: false,
            generated: false,
            origin: None,
            transformations: Vec::new(),
            variables: Vec::new(),
        }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// The tree, to change it; what was known about its identity is looked up anew afterwards.
    pub(crate) fn node_mut(&mut self) -> &mut Node {
        self.id.take();
        &mut self.node
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.node.is_empty()
    }

    pub(crate) fn kind(&self) -> &str {
        self.node.get("kind").map_or("", Node::text)
    }

    /// Whether the object is, or was, of this kind.
    pub(crate) fn any_kind(&self, kind: &str) -> bool {
        self.kind() == kind || self.previous.iter().any(|previous| &*previous.kind == kind)
    }

    pub(crate) fn api_version(&self) -> &str {
        self.node.get("apiVersion").map_or("", Node::text)
    }

    pub(crate) fn group_version(&self) -> (&str, &str) {
        split_api_version(self.api_version())
    }

    pub(crate) fn gvk(&self) -> Gvk {
        Gvk::from_api_version(self.api_version(), self.kind())
    }

    pub(crate) fn name(&self) -> &str {
        self.metadata_text("name")
    }

    pub(crate) fn namespace(&self) -> &str {
        self.metadata_text("namespace")
    }

    fn metadata_text(&self, field: &str) -> &str {
        let value = self.node.get("metadata").and_then(|metadata| metadata.get(field));
        value.filter(|value| !value.is_empty()).map_or("", Node::text)
    }

    /// The current identity.
    pub(crate) fn id(&self, schema: &Schema) -> &ResourceId {
        self.id.get_or_init(|| ResourceId::new(self.gvk(), self.name(), self.namespace(), schema))
    }

    /// Earlier identities, oldest first.
    pub(crate) fn previous_ids(&self, schema: &Schema) -> Vec<ResourceId> {
        let (group, version) = self.group_version();
        self.previous
            .iter()
            .map(|previous| {
                let gvk = Gvk::new(group, version, &previous.kind);
                ResourceId::new(gvk, &previous.name, &previous.namespace, schema)
            })
            .collect()
    }

    /// The identity that the object was read with.
    pub(crate) fn original_id(&self, schema: &Schema) -> ResourceId {
        match self.previous.first() {
            None => self.id(schema).clone(),
            Some(previous) => {
                let (group, version) = self.group_version();
                let gvk = Gvk::new(group, version, &previous.kind);
                ResourceId::new(gvk, &previous.name, &previous.namespace, schema)
            }
        }
    }

    /// Whether any identity, earlier ones first, fits.
    pub(crate) fn any_id(&self, schema: &Schema, fits: impl Fn(&ResourceId) -> bool) -> bool {
        fits(self.id(schema)) || (!self.previous.is_empty() && self.previous_ids(schema).iter().any(fits))
    }

    /// Remembers the current identity before it changes.
    pub(crate) fn store_previous_id(&mut self, schema: &Schema) {
        let id = self.id(schema);
        let previous = Previous {
            name: Arc::clone(&id.name),
            namespace: id.effective_namespace().into(),
            kind: Arc::clone(&id.gvk.kind),
        };
        self.previous.push(previous);
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        self.set_metadata("name", name);
    }

    /// Sets the namespace, or removes it if it is empty.
    pub(crate) fn set_namespace(&mut self, namespace: &str) {
        if namespace.is_empty() {
            if let Some(metadata) = self.node_mut().get_mut("metadata") {
                metadata.remove("namespace");
            }
        } else {
            self.set_metadata("namespace", namespace);
        }
    }

    fn set_metadata(&mut self, field: &str, text: &str) {
        if let Some(metadata) = self.node_mut().mapping_at("metadata") {
            metadata.set(field, Node::untyped(text));
        }
    }

    pub(crate) fn set_kind(&mut self, kind: &str) {
        self.node_mut().set("kind", Node::untyped(kind));
    }

    /// Labels or annotations, as text.
    pub(crate) fn metadata_map(&self, field: &str) -> impl Iterator<Item = (&str, &str)> {
        let map = self.node.get("metadata").and_then(|metadata| metadata.get(field));
        map.map(Node::entries).unwrap_or_default().iter().map(|(key, value)| (&*key.text, value.text()))
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata_map("annotations").find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// Writes labels or annotations anew: sorted, every value a string; an empty map removes the field.
    pub(crate) fn set_metadata_map(&mut self, field: &str, map: &std::collections::BTreeMap<String, String>) {
        let Some(metadata) = self.node_mut().mapping_at("metadata") else { return };
        metadata.remove(field);
        if map.is_empty() {
            return;
        }
        let entries = map
            .iter()
            .map(|(key, value)| (Scalar::untyped(key.as_str()), Node::string(value.as_str())))
            .collect();
        if let Some(entries_of_metadata) = metadata.entries_mut() {
            entries_of_metadata.push((Scalar::untyped(field), Node::mapping(entries)));
        }
    }

    /// Makes every value of a metadata map a string.
    pub(crate) fn rewrite_metadata_map(&mut self, field: &str) {
        if self.node.get("metadata").is_none_or(|metadata| metadata.get(field).is_none()) {
            return;
        }
        let map = self.metadata_map(field).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        self.set_metadata_map(field, &map);
    }

    /// Takes over name, namespace, history, labels and annotations of the object that this one replaces.
    pub(crate) fn take_metadata_from(&mut self, other: &Resource) {
        for field in ["labels", "annotations"] {
            let mut merged: std::collections::BTreeMap<String, String> =
                other.metadata_map(field).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            merged.extend(self.metadata_map(field).map(|(key, value)| (key.to_owned(), value.to_owned())));
            self.set_metadata_map(field, &merged);
        }
        self.set_name(other.name());
        self.set_namespace(other.namespace());
        self.previous.clone_from(&other.previous);
        self.prefixes.clone_from(&other.prefixes);
        self.suffixes.clone_from(&other.suffixes);
        self.variables.clone_from(&other.variables);
        self.needs_hash = self.needs_hash && other.needs_hash;
        self.behavior = other.behavior;
        self.generated = other.generated;
        self.transformations.clone_from(&other.transformations);
        if self.origin.is_none() {
            self.origin.clone_from(&other.origin);
        }
    }

    /// Adds what `other` holds below `field` and this one does not; every value becomes a string.
    pub(crate) fn merge_data_from(&mut self, other: &Resource, field: &str) {
        let pairs = |resource: &Resource| {
            resource
                .node
                .get(field)
                .map(Node::entries)
                .unwrap_or_default()
                .iter()
                .map(|(key, value)| (key.text.to_string(), Arc::<str>::from(value.text())))
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        let mut merged = pairs(other);
        merged.extend(pairs(self));
        let node = self.node_mut();
        node.remove(field);
        if merged.is_empty() {
            return;
        }
        let entries = merged
            .into_iter()
            .map(|(key, value)| (Scalar::untyped(key), Node::Scalar(Scalar::new(value, Tag::String))))
            .collect();
        if let Some(fields) = node.entries_mut() {
            fields.push((Scalar::untyped(field), Node::mapping(entries)));
        }
    }

    /// Whether prefixes and suffixes given so far end alike; with `allow_empty`, none at all fits everything.
    pub(crate) fn same_affixes(&self, other: &Resource, allow_empty: bool) -> bool {
        let fits = |mine: &[Arc<str>], theirs: &[Arc<str>]| {
            (allow_empty && (mine.is_empty() || theirs.is_empty())) || same_ending(mine, theirs)
        };
        fits(&self.prefixes, &other.prefixes) && fits(&self.suffixes, &other.suffixes)
    }
}

fn same_ending(left: &[Arc<str>], right: &[Arc<str>]) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}
