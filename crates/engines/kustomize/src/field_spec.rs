//! Where transformers write: a path in objects of some type, and how it is followed.

use std::{fmt, rc::Rc};

use crate::{
    error::{Context as _, Error},
    id::{Gvk, split_api_version},
    node::{Kind, Node, Scalar, Tag},
};

/// A path in the objects of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldSpec {
    /// Empty parts match everything.
    pub(crate) gvk: Gvk,
    pub(crate) path: Rc<str>,
    /// Whether missing maps and the field itself are created.
    pub(crate) create: bool,
    steps: Rc<[Step]>,
}

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    name: Box<str>,
    /// Written with `[]`: the field must be a sequence.
    sequence: bool,
}

impl FieldSpec {
    pub(crate) fn new(gvk: Gvk, path: &str, create: bool) -> Self {
        let steps = split_path(path, '/')
            .into_iter()
            .map(|part| match part.strip_suffix("[]") {
                Some(name) => Step { name: name.into(), sequence: true },
                None => Step { name: part.into(), sequence: false },
            })
            .collect();
        Self { gvk, path: path.into(), create, steps }
    }

    /// The same place in objects of any type.
    pub(crate) fn anywhere(path: &str, create: bool) -> Self {
        Self::new(Gvk::default(), path, create)
    }

    fn covers(&self, other: &Self) -> bool {
        self.gvk.is_selected(&other.gvk) && self.path == other.path
    }

    /// Whether the object's type is one that this place is for.
    pub(crate) fn matches(&self, object: &Node) -> bool {
        let text = |name: &str| object.get(name).map_or("", Node::text);
        let (group, version) = split_api_version(text("apiVersion"));
        (self.gvk.kind.is_empty() || *self.gvk.kind == *text("kind"))
            && (self.gvk.group.is_empty() || *self.gvk.group == *group)
            && (self.gvk.version.is_empty() || *self.gvk.version == *version)
    }

    /// Calls `set` for every node at this place. `created` says what a missing field becomes; without it
    /// nothing is created, whatever the specification says.
    pub(crate) fn apply(
        &self,
        object: &mut Node,
        created: Option<Created>,
        set: &mut dyn FnMut(&mut Node) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if !self.matches(object) {
            return Ok(());
        }
        self.apply_unchecked(object, created, set)
    }

    /// The same without looking at the object's type.
    pub(crate) fn apply_unchecked(
        &self,
        object: &mut Node,
        created: Option<Created>,
        set: &mut dyn FnMut(&mut Node) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let created = created.filter(|_| self.create);
        if created.is_none() && !reaches(object, &self.steps) {
            return Ok(());
        }
        let result = follow(object, &self.steps, created, set);
        result.context(|| format!("considering field '{}' of object {}", self.path, short_id(object)))
    }
}

impl fmt::Display for FieldSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.gvk, self.create, self.path)
    }
}

/// What a missing last field is created as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Created {
    pub(crate) kind: Kind,
    pub(crate) tag: Tag,
}

impl Created {
    pub(crate) const MAPPING: Self = Self { kind: Kind::Mapping, tag: Tag::Untyped };
    pub(crate) const STRING: Self = Self { kind: Kind::Scalar, tag: Tag::String };
    pub(crate) const INT: Self = Self { kind: Kind::Scalar, tag: Tag::Int };
}

/// Splits at `separator`; a backslash before it makes it part of the name.
pub(crate) fn split_path(path: &str, separator: char) -> Vec<String> {
    let mut parts: Vec<&str> = path.split(separator).collect();
    if parts.len() > 1 && parts.first() == Some(&"") {
        parts.remove(0);
    }
    let mut result: Vec<String> = Vec::with_capacity(parts.len());
    for part in parts {
        match result.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(separator);
                last.push_str(part);
            }
            _ => result.push(part.to_owned()),
        }
    }
    result
}

pub(crate) fn short_id(object: &Node) -> String {
    let text = |node: Option<&Node>, name: &str| {
        node.and_then(|node| node.get(name)).map_or("", Node::text).to_owned()
    };
    let metadata = object.get("metadata");
    let gvk = Gvk::from_api_version(&text(Some(object), "apiVersion"), &text(Some(object), "kind"));
    let or = |text: String, missing: &str| if text.is_empty() { missing.to_owned() } else { text };
    format!("{gvk}/{}.{}", or(text(metadata, "name"), "[noName]"), or(text(metadata, "namespace"), "[noNs]"))
}

fn reaches(node: &Node, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    match node {
        Node::Scalar(scalar) => !scalar.is_null(),
        Node::Sequence(items) => items.iter().any(|item| reaches(item, steps)),
        Node::Mapping(_) if step.name.is_empty() => true,
        Node::Mapping(_) => match node.get(&step.name) {
            // A null that must be a sequence becomes one.
            Some(value) => (step.sequence && value.is_null()) || reaches(value, rest),
            None => false,
        },
    }
}

fn follow(
    node: &mut Node,
    steps: &[Step],
    created: Option<Created>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some((step, rest)) = steps.split_first() else { return set(node) };
    if node.is_null() {
        return Ok(());
    }
    match node {
        Node::Scalar(_) => Err(Error::build("expected sequence or mapping node")),
        Node::Sequence(_) => {
            for item in node.items_mut().into_iter().flatten() {
                follow(item, steps, created, set).context(|| {
                    let names: Vec<&str> = steps.iter().map(|step| &*step.name).collect();
                    format!("visit traversal on path: [{}]", names.join(" "))
                })?;
            }
            Ok(())
        }
        Node::Mapping(_) => {
            if step.name.is_empty() {
                return Err(Error::build("cannot set or create an empty field name"));
            }
            let wanted = match created {
                None => None,
                Some(_) if step.sequence => None,
                Some(created) if rest.is_empty() => Some(created),
                Some(_) => Some(Created::MAPPING),
            };
            let Some(field) = field_or_new(node, &step.name, wanted) else { return Ok(()) };
            if field.is_null() {
                if let Some(wanted) = wanted {
                    become_kind(field, wanted);
                } else if step.sequence {
                    *field = Kind::Sequence.empty();
                }
            }
            follow(field, rest, created, set)
        }
    }
}

fn field_or_new<'n>(node: &'n mut Node, name: &str, wanted: Option<Created>) -> Option<&'n mut Node> {
    match (node.position(name), wanted) {
        (Some(index), _) => node.entries_mut()?.get_mut(index).map(|(_, value)| value),
        (None, None) => None,
        (None, Some(wanted)) => {
            let entries = node.entries_mut()?;
            entries.push((Scalar::untyped(name), wanted.kind.empty()));
            entries.last_mut().map(|(_, value)| value)
        }
    }
}

fn become_kind(field: &mut Node, wanted: Created) {
    match wanted.kind {
        Kind::Scalar => {
            let text: std::sync::Arc<str> = field.text().into();
            *field = Node::Scalar(Scalar::new(text, wanted.tag));
        }
        kind => *field = kind.empty(),
    }
}

/// A list of places in which no two mean the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldSpecs(pub(crate) Vec<FieldSpec>);

impl FieldSpecs {
    pub(crate) fn add(&mut self, spec: &FieldSpec) -> Result<(), Error> {
        match self.0.iter().find(|known| known.covers(spec)) {
            Some(known) if known.create != spec.create => Err(Error::build("conflicting fieldspecs")),
            Some(_) => Ok(()),
            None => {
                self.0.push(spec.clone());
                Ok(())
            }
        }
    }

    pub(crate) fn add_all(&mut self, specs: &[FieldSpec]) -> Result<(), Error> {
        if self.0.is_empty() && specs.len() > 1 {
            // What is merged already needs no comparison with itself.
            self.0.extend_from_slice(specs);
            return Ok(());
        }
        specs.iter().try_for_each(|spec| self.add(spec))
    }
}

/// Sets a named entry in a mapping at the place, as labels and annotations are set.
pub(crate) fn set_entry(
    node: &mut Node,
    key: &std::sync::Arc<str>,
    value: &std::sync::Arc<str>,
) -> Result<(), Error> {
    if node.is_null() {
        return Ok(());
    }
    let kind = node.kind();
    let Some(entries) = node.entries_mut() else {
        return Err(Error::build(format!("wrong node kind: expected MappingNode but got {}", kind.name())));
    };
    let mut new = Scalar::string(std::sync::Arc::clone(value));
    match entries.iter_mut().find(|(name, _)| name.text == *key) {
        Some((_, old)) => {
            if let Node::Scalar(old) = &*old {
                new.style = old.style;
            }
            *old = Node::Scalar(new);
        }
        None => entries.push((Scalar::untyped(std::sync::Arc::clone(key)), Node::Scalar(new))),
    }
    Ok(())
}

/// Replaces a scalar at the place and keeps its quotes.
pub(crate) fn set_text(node: &mut Node, text: &str, tag: Tag) -> Result<(), Error> {
    match node.kind() {
        Kind::Scalar => {
            node.set_scalar(text, tag);
            Ok(())
        }
        kind => Err(Error::build(format!("wrong node kind: expected ScalarNode but got {}", kind.name()))),
    }
}
