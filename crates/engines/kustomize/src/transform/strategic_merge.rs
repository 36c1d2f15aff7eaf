//! Strategic merge of a patch into an object, list keys and directives included.
//!
//! The order of elements and what becomes of elements without a key follow the reference's two steps exactly:
//! first the merged elements are collected, then the base's elements are written over them one by one. Both
//! steps go through [`set_element`], whose rules make the surprising cases come out the same.

use super::keyed_list::{
    combine, element_values, find_element, has_repetition, key_value, primitive_values, set_element,
    valid_keys, valid_keys_owned, write_over,
};
use crate::{
    error::Error,
    node::{Kind, Node, Scalar, Style, Tag},
    schema::{Schema, SchemaNode},
};

const DIRECTIVE: &str = "$patch";

/// What a patch says about the place where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Merges `patch` into `object`; nothing is left if the patch deletes the object.
pub(crate) fn strategic_merge(schema: &Schema, object: Node, patch: &Node) -> Result<Option<Node>, Error> {
    Merger { schema }.walk(Some(object), Some(patch), None)
}

struct Merger<'s> {
    schema: &'s Schema,
}

fn absent(node: Option<&Node>) -> bool {
    node.is_none_or(Node::is_null)
}

impl<'s> Merger<'s> {
    fn walk(
        &self,
        base: Option<Node>,
        patch: Option<&Node>,
        schema: Option<SchemaNode<'s>>,
    ) -> Result<Option<Node>, Error> {
        let schema = schema.or_else(|| self.schema_by_type(base.as_ref(), patch));
        let kind = base.as_ref().filter(|node| !node.is_null()).or(patch.filter(|node| !node.is_null()));
        let Some(kind) = kind.map(Node::kind) else { return self.walk_mapping(base, patch, schema) };
        for node in base.iter().chain(patch).filter(|node| !node.is_null()) {
            if node.kind() != kind {
                return Err(Error::build(format!(
                    "wrong node kind: expected {} but got {}",
                    kind.name(),
                    node.kind().name()
                )));
            }
        }
        match kind {
            Kind::Mapping => self.walk_mapping(base, patch, schema),
            Kind::Scalar => Ok(patch.cloned().or(base)),
            Kind::Sequence => match schema.and_then(|node| Some((node, Schema::merge_keys(node)?))) {
                Some((node, keys)) => self.walk_keyed(base, patch, node, &keys),
                None => Ok(patch.cloned().or(base)),
            },
        }
    }

    /// An object that stands where the schema says nothing may still say its own type.
    fn schema_by_type(&self, base: Option<&Node>, patch: Option<&Node>) -> Option<SchemaNode<'s>> {
        [base, patch].into_iter().flatten().filter(|node| !node.is_null()).find_map(|node| {
            let kind = node.get("kind")?.text();
            let api_version = node.get("apiVersion")?.text();
            self.schema.of_type(api_version, kind)
        })
    }

    fn walk_mapping(
        &self,
        base: Option<Node>,
        patch: Option<&Node>,
        schema: Option<SchemaNode<'s>>,
    ) -> Result<Option<Node>, Error> {
        let mut patch_owned = None;
        let mut patch = patch;
        let result = if absent(base.as_ref()) {
            let directive = directive_of(patch, &mut patch_owned).unwrap_or(Directive::Merge);
            patch = patch_owned.as_ref().or(patch);
            if directive == Directive::Delete {
                return Ok(None);
            }
            match (patch, base) {
                // A null that was written out stays; one that was left empty goes.
                (None, Some(null)) if !null.text().is_empty() => return Ok(Some(null)),
                (None, _) => return Ok(None),
                (Some(added), _) => added.clone(),
            }
        } else {
            if patch.is_some_and(Node::is_null) {
                return Ok(None);
            }
            let directive = directive_of(patch, &mut patch_owned)?;
            patch = patch_owned.as_ref().or(patch);
            match (directive, base, patch) {
                (Directive::Delete, ..) => return Ok(None),
                (Directive::Replace, _, Some(patch)) => patch.clone(),
                (_, Some(base), _) => base,
                (_, None, _) => return Ok(None),
            }
        };
        self.walk_fields(result, patch, schema).map(Some)
    }

    fn walk_fields(
        &self,
        mut base: Node,
        patch: Option<&Node>,
        schema: Option<SchemaNode<'s>>,
    ) -> Result<Node, Error> {
        if patch.is_none() && !self.changes_by_itself(&base, schema) {
            return Ok(base);
        }
        let mut names: Vec<std::sync::Arc<str>> = Vec::new();
        for (key, value) in base.entries() {
            let touched = patch.is_some_and(|patch| patch.position(&key.text).is_some());
            if touched || self.field_changes(value, schema, &key.text) {
                names.push(key.text.clone());
            }
        }
        for (key, _) in patch.map(Node::entries).unwrap_or_default() {
            names.push(key.text.clone());
        }
        names.sort_unstable();
        names.dedup();
        for name in names {
            let index = base.position(&name);
            let field_schema = schema.and_then(|schema| self.schema.field(schema, &name));
            let taken = index
                .and_then(|index| base.entries_mut()?.get_mut(index))
                .map(|(_, value)| std::mem::replace(value, Node::null()));
            let patch_entry =
                patch.and_then(|patch| patch.entries().iter().find(|(key, _)| key.text == name));
            let old_style =
                taken.as_ref().and_then(Node::as_scalar).map_or(Style::Plain, |scalar| scalar.style);
            let merged = self.walk(taken, patch_entry.map(|(_, value)| value), field_schema)?;
            set_field(&mut base, index, patch_entry.map(|(key, _)| key), &name, merged, old_style);
        }
        Ok(base)
    }

    fn field_changes(&self, value: &Node, schema: Option<SchemaNode<'s>>, name: &str) -> bool {
        match value {
            Node::Scalar(scalar) => (scalar.is_null() && scalar.text.is_empty()) || gets_quotes(scalar),
            _ => self.changes_by_itself(value, schema.and_then(|schema| self.schema.field(schema, name))),
        }
    }

    /// Whether merging changes a node that the patch does not mention: empty nulls are removed, keyed lists
    /// with missing or repeated keys are rearranged, and ambiguous texts get quotes.
    fn changes_by_itself(&self, node: &Node, schema: Option<SchemaNode<'s>>) -> bool {
        let schema = schema.or_else(|| self.schema_by_type(Some(node), None));
        match node {
            Node::Scalar(_) => false,
            Node::Mapping(entries) => {
                entries.iter().any(|(key, value)| self.field_changes(value, schema, &key.text))
            }
            Node::Sequence(items) => {
                let Some(schema) = schema else { return false };
                let Some(keys) = Schema::merge_keys(schema) else { return false };
                if keys.is_empty() {
                    return has_repetition(items.iter().map(Node::text));
                }
                let elements = self.schema.elements(schema);
                let regular = match keys.as_slice() {
                    [key] => {
                        let value = |item: &Node| key_value(item, key).to_owned();
                        items.iter().all(|item| item.kind() == Kind::Mapping && !value(item).is_empty())
                            && !has_repetition(items.iter().map(|item| key_value(item, key)))
                    }
                    // Several keys: which of them count depends on all elements, so always go the long way.
                    _ => items.is_empty(),
                };
                !regular || items.iter().any(|item| self.changes_by_itself(item, elements))
            }
        }
    }

    fn walk_keyed(
        &self,
        base: Option<Node>,
        patch: Option<&Node>,
        schema: SchemaNode<'s>,
        keys: &[&str],
    ) -> Result<Option<Node>, Error> {
        let mut patch_owned = None;
        let mut patch = patch;
        let base = if absent(base.as_ref()) {
            match patch {
                Some(patch) => patch.clone(),
                None => return Ok(None),
            }
        } else {
            if patch.is_some_and(Node::is_null) {
                return Ok(None);
            }
            let directive = directive_of(patch, &mut patch_owned)?;
            patch = patch_owned.as_ref().or(patch);
            match (directive, base, patch) {
                (Directive::Delete, ..) | (_, None, _) => return Ok(None),
                (Directive::Replace, _, Some(patch)) => patch.clone(),
                (_, Some(base), _) => base,
            }
        };
        let elements = self.schema.elements(schema);
        let base_items = base.items().to_vec();
        let patch_items = patch.map(Node::items);
        let (values, keys): (Vec<Vec<String>>, Vec<String>) = if keys.is_empty() {
            (primitive_values(patch_items, &base_items), vec![String::new()])
        } else {
            (
                element_values(patch_items, &base_items, keys),
                keys.iter().map(|key| (*key).to_owned()).collect(),
            )
        };
        self.merge_elements(base_items, patch_items, values, &keys, elements).map(Some)
    }

    fn merge_elements(
        &self,
        mut base: Vec<Node>,
        patch: Option<&[Node]>,
        mut values: Vec<Vec<String>>,
        keys: &[String],
        schema: Option<SchemaNode<'s>>,
    ) -> Result<Node, Error> {
        if keys.len() > 1 {
            combine(&mut values);
        }
        let mut added: Vec<Node> = Vec::new();
        let mut last_keys: Vec<&str> = Vec::new();
        for value in &values {
            let (valid_keys, valid_values) = valid_keys(&values, value, keys);
            last_keys.clone_from(&valid_keys);
            let (own_keys, own_values) = {
                let keys: Vec<String> = valid_keys.iter().map(|key| (*key).to_owned()).collect();
                let only = [valid_values.clone()];
                let (keys, values) = valid_keys_owned(&only, &valid_values, &keys);
                (keys, values)
            };
            let base_index = find_element(&base, &own_keys, &own_values);
            let patch_element =
                patch.and_then(|items| items.get(find_element(items, &own_keys, &own_values)?));
            let base_element = base_index.and_then(|index| base.get(index).cloned());
            let replaced = base_element.is_some() && is_replacement(patch_element);
            let merged = self.walk(base_element, patch_element, schema)?;
            let mut merged = match merged {
                Some(merged) if !merged.is_null() && !merged.is_empty_mapping() => merged,
                _ => {
                    set_element(&mut base, None, &valid_keys, &valid_values)?;
                    continue;
                }
            };
            for (key, value) in valid_keys.iter().zip(&valid_values) {
                if merged.kind() == Kind::Mapping && merged.get(key).is_none() && !value.is_empty() {
                    merged.set(key, Node::untyped(value.as_str()));
                }
            }
            // The base's own element is changed in place; a replacement leaves it as it was, which later hides
            // the replacement again.
            if !replaced && let Some(place) = base_index.and_then(|index| base.get_mut(index)) {
                *place = merged.clone();
            }
            set_element(&mut added, Some(&merged), &valid_keys, &valid_values)?;
        }
        if values.is_empty() {
            return Ok(Node::sequence(base));
        }
        write_over(&mut added, &base, &last_keys)?;
        Ok(Node::sequence(added))
    }
}

/// Whether the patch's element replaces the base's instead of merging with it.
fn is_replacement(patch: Option<&Node>) -> bool {
    patch.and_then(|patch| patch.get(DIRECTIVE)).is_some_and(|directive| directive.text() == "replace")
}

/// Every field of a merged map is set again, also one that the patch does not mention; a value without a type of
/// its own, such as one that a replacement created, becomes a string by that if its text is ambiguous.
fn gets_quotes(scalar: &Scalar) -> bool {
    scalar.tag == Tag::Untyped && !scalar.is_quoted() && crate::node::reads_as_other_type(&scalar.text)
}

/// Puts a merged value back; what merged to nothing, or to a null that the patch asked for, is removed.
fn set_field(
    base: &mut Node,
    index: Option<usize>,
    patch_key: Option<&Scalar>,
    name: &std::sync::Arc<str>,
    merged: Option<Node>,
    old_style: Style,
) {
    let keep = match &merged {
        None => false,
        // A null survives only if it was in the base and the patch is silent.
        Some(node) if node.is_null() => patch_key.is_none(),
        Some(_) => true,
    };
    let Some(entries) = base.entries_mut() else { return };
    match (index, merged) {
        (Some(index), Some(mut node)) if keep => {
            if let Node::Scalar(new) = &mut node {
                // A value keeps the quotes of the one that it replaces, and a string stays one.
                if new.tag != Tag::Null {
                    new.style = old_style;
                }
                if patch_key.is_none() {
                    new.quote_if_ambiguous();
                }
            }
            if let Some((_, value)) = entries.get_mut(index) {
                *value = node;
            }
        }
        (Some(index), _) => {
            entries.remove(index);
        }
        (None, Some(mut node)) if keep => {
            if let Node::Scalar(scalar) = &mut node {
                scalar.quote_if_ambiguous();
            }
            let mut key = Scalar::untyped(std::sync::Arc::clone(name));
            key.style = patch_key.map_or(Style::Plain, |key| key.style);
            entries.push((key, node));
        }
        (None, _) => {}
    }
}

/// Finds a directive and, if there is one, a copy of the patch without it.
fn directive_of(patch: Option<&Node>, without: &mut Option<Node>) -> Result<Directive, Error> {
    let Some(patch) = patch else { return Ok(Directive::Merge) };
    let value = match patch {
        Node::Mapping(_) => patch.get(DIRECTIVE),
        Node::Sequence(items) => items
            .iter()
            .find(|item| item.get(DIRECTIVE).is_some())
            .filter(|item| item.entries().len() == 1)
            .and_then(|item| item.get(DIRECTIVE)),
        Node::Scalar(_) if patch.is_null() => None,
        Node::Scalar(_) => {
            return Err(Error::build(format!(
                "no implemented strategic merge patch strategy for '!!str' ('{}')",
                patch.text()
            )));
        }
    };
    let Some(value) = value else { return Ok(Directive::Merge) };
    let directive = match value.text() {
        "delete" => Directive::Delete,
        "replace" => Directive::Replace,
        "merge" => Directive::Merge,
        other => return Err(Error::build(format!("unknown patch strategy '{other}'"))),
    };
    let mut rest = patch.clone();
    match &mut rest {
        Node::Mapping(_) => {
            rest.remove(DIRECTIVE);
        }
        Node::Sequence(_) => {
            let mut items = rest.items().to_vec();
            set_element(&mut items, None, &[DIRECTIVE], &[value.text().to_owned()])?;
            rest = Node::sequence(items);
        }
        Node::Scalar(_) => {}
    }
    *without = Some(rest);
    Ok(directive)
}
