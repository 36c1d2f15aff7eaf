//! What is known about types: which lists have merge keys and which kinds have no namespace.
//!
//! The knowledge about Kubernetes' own types is compiled in (`table.rs`, made by
//! `e2e/oracles/kustomize/schematable`); nothing is parsed at run time. A kustomization may bring a schema of its
//! own for other types ([`custom`]).

mod custom;
mod table;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;

use crate::{error::Error, id::Gvk};
pub(crate) use custom::CustomSchema;

/// One node of the built-in schema: only what decides how lists merge.
pub(super) struct Shape {
    fields: &'static [(&'static str, u16)],
    additional: u16,
    items: u16,
    array: bool,
    merge: bool,
    keys: &'static [&'static str],
}

/// The only version that the reference program has built in.
const BUILTIN_VERSION: &str = "v1.21.2";

/// The schema of one build.
pub(crate) struct Schema {
    /// Whether built-in types stay known beside a custom schema.
    keep_builtin: bool,
    chosen: OnceCell<Choice>,
}

enum Choice {
    Builtin,
    Custom(CustomSchema),
}

/// A place in a schema.
#[derive(Clone, Copy)]
pub(crate) enum SchemaNode<'s> {
    Builtin(u16),
    Custom(&'s CustomSchema, &'s serde_json::Value),
}

impl Schema {
    pub(crate) fn new(keep_builtin: bool) -> Self {
        Self { keep_builtin, chosen: OnceCell::new() }
    }

    /// Takes the `openapi` field of a kustomization file; the first that says anything counts for the build.
    pub(crate) fn choose(&self, version: Option<&str>, custom: Option<&[u8]>) -> Result<(), Error> {
        if self.chosen.get().is_some() {
            return Ok(());
        }
        let choice = match (custom, version) {
            (Some(_), Some(_)) => {
                return Err(Error::build("builtin version and custom schema provided, cannot use both"));
            }
            (Some(content), None) => Choice::Custom(CustomSchema::parse(content)?),
            (None, None | Some("")) => return Ok(()),
            (None, Some(BUILTIN_VERSION)) => Choice::Builtin,
            (None, Some(_)) => return Err(Error::build("the specified OpenAPI version is not built in")),
        };
        // Cannot be set already: it was looked at above and nothing else runs meanwhile.
        let _ = self.chosen.set(choice);
        Ok(())
    }

    fn custom(&self) -> Option<&CustomSchema> {
        match self.chosen.get() {
            Some(Choice::Custom(custom)) => Some(custom),
            _ => None,
        }
    }

    fn builtin_known(&self) -> bool {
        self.keep_builtin || self.custom().is_none()
    }

    /// Whether objects of this type certainly have no namespace.
    pub(crate) fn is_cluster_scoped(&self, gvk: &Gvk) -> bool {
        is_builtin_cluster_scoped(gvk)
            || self.custom().is_some_and(|custom| custom.is_cluster_scoped(&api_version(gvk), &gvk.kind))
    }

    /// The schema of a type.
    pub(crate) fn of_type(&self, api_version: &str, kind: &str) -> Option<SchemaNode<'_>> {
        if let Some(custom) = self.custom()
            && let Some(node) = custom.of_type(api_version, kind)
        {
            return Some(SchemaNode::Custom(custom, node));
        }
        if !self.builtin_known() {
            return None;
        }
        let found = table::TYPES.binary_search_by(|(name, _)| compare_type(name, api_version, kind)).ok()?;
        table::TYPES.get(found).map(|(_, shape)| SchemaNode::Builtin(*shape))
    }

    /// The schema of a field; nothing if the schema does not know it.
    pub(crate) fn field<'s>(&'s self, node: SchemaNode<'s>, name: &str) -> Option<SchemaNode<'s>> {
        match node {
            SchemaNode::Builtin(shape) => {
                let shape = table::SHAPES.get(usize::from(shape))?;
                let target = match shape.fields.binary_search_by(|(field, _)| (*field).cmp(name)) {
                    Ok(index) => shape.fields.get(index).map_or(0, |(_, target)| *target),
                    Err(_) => shape.additional,
                };
                (target != 0).then_some(SchemaNode::Builtin(target))
            }
            SchemaNode::Custom(custom, value) => self.resolve(custom, CustomSchema::field(value, name)?),
        }
    }

    /// The schema of a list's elements.
    pub(crate) fn elements<'s>(&'s self, node: SchemaNode<'s>) -> Option<SchemaNode<'s>> {
        match node {
            SchemaNode::Builtin(shape) => {
                let shape = table::SHAPES.get(usize::from(shape))?;
                (shape.array && shape.items != 0).then_some(SchemaNode::Builtin(shape.items))
            }
            SchemaNode::Custom(custom, value) => self.resolve(custom, CustomSchema::elements(value)?),
        }
    }

    /// The merge keys of a list whose elements merge: none for a list of plain values. Nothing for other lists.
    pub(crate) fn merge_keys(node: SchemaNode<'_>) -> Option<Vec<&str>> {
        match node {
            SchemaNode::Builtin(shape) => {
                let shape = table::SHAPES.get(usize::from(shape))?;
                shape.merge.then(|| shape.keys.to_vec())
            }
            SchemaNode::Custom(_, value) => custom::merge_keys(value),
        }
    }

    fn resolve<'s>(
        &'s self,
        custom: &'s CustomSchema,
        value: &'s serde_json::Value,
    ) -> Option<SchemaNode<'s>> {
        match custom.resolve(value)? {
            custom::Resolved::Here(value) => Some(SchemaNode::Custom(custom, value)),
            custom::Resolved::Definition(name) if self.builtin_known() => {
                let found = table::DEFINITIONS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
                table::DEFINITIONS.get(found).map(|(_, shape)| SchemaNode::Builtin(*shape))
            }
            custom::Resolved::Definition(_) => None,
        }
    }
}

fn api_version(gvk: &Gvk) -> String {
    if gvk.group.is_empty() { gvk.version.to_string() } else { format!("{}/{}", gvk.group, gvk.version) }
}

/// Compares a table entry `apiVersion kind` with its parts, without joining them.
fn compare_type(entry: &str, api_version: &str, kind: &str) -> std::cmp::Ordering {
    entry.bytes().cmp(api_version.bytes().chain(std::iter::once(b' ')).chain(kind.bytes()))
}

fn is_builtin_cluster_scoped(gvk: &Gvk) -> bool {
    let group: &str = &gvk.group;
    let slash: &str = if group.is_empty() { "" } else { "/" };
    table::CLUSTER_SCOPED
        .binary_search_by(|entry| {
            entry.bytes().cmp(
                group
                    .bytes()
                    .chain(slash.bytes())
                    .chain(gvk.version.bytes())
                    .chain(std::iter::once(b' '))
                    .chain(gvk.kind.bytes()),
            )
        })
        .is_ok()
}
