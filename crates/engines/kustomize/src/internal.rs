//! Annotations that belong to the build: never trusted from outside, never printed.

use std::collections::BTreeMap;

use crate::{
    error::Error,
    node::Node,
    origin::{origin_text, transformations_text},
    resource::Resource,
};

/// Names below `internal.config.kubernetes.io/` that are the build's own; any other is the user's.
const INTERNAL: [&str; 17] = [
    "previousKinds",
    "previousNames",
    "previousNamespaces",
    "prefixes",
    "suffixes",
    "refBy",
    "generatorBehavior",
    "needsHashSuffix",
    "allowNameChange",
    "allowKindChange",
    "helm-generated",
    "path",
    "index",
    "seqindent",
    "id",
    "package",
    "annotations-migration-resource-id",
];

const LEGACY: [&str; 3] = ["config.kubernetes.io/path", "config.kubernetes.io/index", "config.k8s.io/id"];

/// Where an object came from.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";

/// What changed it.
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

fn is_internal(name: &str) -> bool {
    match name.strip_prefix("internal.config.kubernetes.io/") {
        Some(rest) => INTERNAL.contains(&rest),
        None => LEGACY.contains(&name),
    }
}

/// The object without annotations that only the build may set.
pub(crate) fn without_internal_annotations(node: &Node) -> Node {
    let annotations = node.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let forged =
        annotations.map(Node::entries).unwrap_or_default().iter().any(|(key, _)| is_internal(&key.text));
    let mut node = node.clone();
    if forged
        && let Some(entries) = node
            .get_mut("metadata")
            .and_then(|metadata| metadata.get_mut("annotations"))
            .and_then(Node::entries_mut)
    {
        entries.retain(|(key, _)| !is_internal(&key.text));
    }
    node
}

/// Writes the annotations as they are printed: all strings, none of the build's own, origins if asked for.
pub(crate) fn finish_annotations(
    resource: &mut Resource,
    with_origin: bool,
    with_transformations: bool,
) -> Result<(), Error> {
    let mut annotations: BTreeMap<String, String> = resource
        .metadata_map("annotations")
        .filter(|(key, _)| !is_internal(key) && *key != ORIGIN && *key != TRANSFORMATIONS)
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    if with_origin && let Some(origin) = &resource.origin {
        annotations.insert(ORIGIN.into(), origin_text(origin)?);
    }
    if with_transformations && !resource.transformations.is_empty() {
        annotations.insert(TRANSFORMATIONS.into(), transformations_text(&resource.transformations)?);
    }
    let current = resource.node().get("metadata").and_then(|metadata| metadata.get("annotations"));
    match current {
        None if annotations.is_empty() => {
            // Removing an origin that is not asked for leaves an object without metadata an empty one.
            if resource.node().get("metadata").is_none() && !(with_origin && with_transformations) {
                resource.node_mut().set("metadata", crate::node::Kind::Mapping.empty());
            }
            return Ok(());
        }
        Some(Node::Sequence(_)) => {
            return Err(Error::yaml(format!(
                "annotations are a list in object {}",
                crate::field_spec::short_id(resource.node())
            )));
        }
        Some(map @ Node::Mapping(entries))
            if entries.len() == annotations.len()
                && !map.is_empty()
                && entries.iter().all(|(key, value)| {
                    key.is_string()
                        && value.as_scalar().is_some_and(crate::node::Scalar::prints_as_string)
                        && annotations.contains_key(&*key.text)
                }) =>
        {
            // Nothing to remove and nothing to turn into a string.
            let same = entries
                .iter()
                .all(|(key, value)| annotations.get(&*key.text).is_some_and(|text| text == value.text()));
            if same {
                return Ok(());
            }
        }
        _ => {}
    }
    resource.set_metadata_map("annotations", &annotations);
    Ok(())
}
