//! The `replacements` field: values copied from one object to fields of others.

use std::{rc::Rc, sync::Arc};

use serde_json::Value;

use crate::{
    decode::{Place, decode_object},
    embedded::Embedded,
    error::{Context as _, Error, quote},
    field_path::{for_each_target, lookup, split_smart},
    id::ResourceId,
    kustomization::{
        self, FieldOptions, Replacement, ReplacementEntry, ReplacementSource, ReplacementTarget,
    },
    loader::{Loader, Session},
    node::{Kind, Node, Scalar},
    resource::Resource,
    resource_map::ResourceMap,
    selector::CompiledSelector,
    value,
};

/// The field that is meant where none is named.
const DEFAULT_PATH: &str = "metadata.name";

/// Reads the entries that stand in files of their own.
pub(crate) fn load_replacements(
    session: &Session<'_>,
    loader: &Loader,
    entries: &[ReplacementEntry],
) -> Result<Rc<Vec<Replacement>>, Error> {
    let mut replacements = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.path.is_empty() {
            replacements.push(entry.replacement.clone());
            continue;
        }
        let inline = &entry.replacement;
        if inline.source.is_some() || inline.targets.as_ref().is_some_and(|targets| !targets.is_empty()) {
            return Err(Error::build("cannot specify both path and inline replacement"));
        }
        let content = loader.load(session, &entry.path)?;
        let value = ferroflux_yaml::read_value(&content, &crate::limits::sigs())
            .map_err(|error| Error::yaml(error.to_string()))?;
        let place = Place::root("Replacement", false);
        match &value {
            Value::Array(items) => {
                for item in items {
                    replacements.push(decode_object(item, &place, kustomization::replacement)?);
                }
            }
            Value::Object(_) => replacements.push(decode_object(&value, &place, kustomization::replacement)?),
            other => {
                let kind = match other {
                    Value::String(_) => "string",
                    Value::Bool(_) => "bool",
                    Value::Number(_) => "float64",
                    _ => "invalid",
                };
                return Err(Error::build(format!(
                    "unsupported replacement type encountered within replacement path: {kind}"
                )));
            }
        }
    }
    Ok(Rc::new(replacements))
}

pub(super) fn replace(
    session: &Session<'_>,
    map: &mut ResourceMap,
    replacements: &[Replacement],
) -> Result<(), Error> {
    for replacement in replacements {
        let Some(targets) = &replacement.targets else { return Err(incomplete()) };
        let value = match (&replacement.source, &replacement.source_value) {
            (None, None) => return Err(incomplete()),
            (Some(_), Some(_)) => {
                return Err(Error::build("value and resource selectors are mutually exclusive"));
            }
            (None, Some(text)) => Node::untyped(text.as_str()),
            (Some(source), None) => source_value(session, map, source)?,
        };
        for target in targets {
            apply_target(session, map, target, &value)?;
        }
    }
    Ok(())
}

fn incomplete() -> Error {
    Error::build("replacements must specify a source and at least one target")
}

/// Current and earlier identities, without knowledge about scope.
fn plain_ids(session: &Session<'_>, resource: &Resource) -> Vec<ResourceId> {
    let mut ids = vec![resource.id(&session.schema).clone()];
    ids.extend(resource.previous_ids(&session.schema));
    for id in &mut ids {
        id.cluster_scoped = false;
    }
    ids
}

fn source_value(session: &Session<'_>, map: &ResourceMap, source: &ReplacementSource) -> Result<Node, Error> {
    let wanted = ResourceId {
        gvk: source.gvk.clone(),
        name: source.name.as_str().into(),
        namespace: source.namespace.as_str().into(),
        cluster_scoped: false,
    };
    let mut matches = map.iter().filter(|resource| {
        (source.gvk.kind.is_empty() || resource.any_kind(&source.gvk.kind))
            && plain_ids(session, resource).iter().any(|id| id.is_selected_by(&wanted))
    });
    let describe = || {
        let mut text = wanted.to_string();
        if !source.field_path.is_empty() {
            text = format!("{text}:{}", source.field_path);
        }
        match &source.options {
            Some(options) if !options.delimiter.is_empty() || options.create => {
                format!("{text}:{}({}), create={}", options.delimiter, options.index, options.create)
            }
            _ => text,
        }
    };
    let Some(found) = matches.next() else {
        return Err(Error::build(format!("nothing selected by {}", describe())));
    };
    if matches.next().is_some() {
        return Err(Error::build(format!("multiple matches for selector {}", describe())));
    }
    let path = if source.field_path.is_empty() { DEFAULT_PATH } else { &source.field_path };
    let node = lookup(found.node(), &split_smart(path)).context(|| "error looking up replacement source")?;
    let node = node.filter(|node| !node.is_empty()).ok_or_else(|| {
        Error::build(format!("fieldPath `{path}` is missing for replacement source {wanted}"))
    })?;
    refined(node, source.options.as_ref())
}

/// The piece of the source that is asked for.
fn refined(node: &Node, options: Option<&FieldOptions>) -> Result<Node, Error> {
    let Some(options) = options.filter(|options| !options.delimiter.is_empty()) else {
        return Ok(node.clone());
    };
    let Node::Scalar(scalar) = node else {
        return Err(Error::build("delimiter option can only be used with scalar nodes"));
    };
    let mut pieces = scalar.text.split(options.delimiter.as_str());
    let piece = usize::try_from(options.index).ok().and_then(|index| pieces.nth(index)).ok_or_else(|| {
        Error::build(format!("options.index {} is out of bounds for value {}", options.index, scalar.text))
    })?;
    Ok(Node::Scalar(Scalar { text: piece.into(), ..scalar.clone() }))
}

fn apply_target(
    session: &Session<'_>,
    map: &mut ResourceMap,
    target: &ReplacementTarget,
    value: &Node,
) -> Result<(), Error> {
    let Some(select) = &target.select else {
        return Err(Error::build("target must specify resources to select"));
    };
    let compile = |selector| CompiledSelector::compile(selector).context(|| "error creating target selector");
    let select = compile(select)?;
    let rejects = target.reject.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
    let default_path = [DEFAULT_PATH.to_owned()];
    let paths: &[String] = if target.field_paths.is_empty() { &default_path } else { &target.field_paths };
    let paths: Vec<(&String, Vec<String>)> = paths.iter().map(|path| (path, split_smart(path))).collect();
    for resource in map.iter_mut() {
        if !select.matches_metadata(resource)
            || rejects
                .iter()
                .any(|reject| reject.has_metadata_selectors() && reject.matches_metadata(resource))
        {
            continue;
        }
        let ids = plain_ids(session, resource);
        let rejected =
            rejects.iter().any(|reject| !reject.names_nothing && ids.iter().any(|id| reject.matches_id(id)));
        if rejected || !ids.iter().any(|id| select.matches_id(id)) {
            continue;
        }
        for (path, parts) in &paths {
            copy_value(resource.node_mut(), value, path, parts, target.options.as_ref())?;
        }
    }
    Ok(())
}

fn copy_value(
    object: &mut Node,
    value: &Node,
    path: &str,
    parts: &[String],
    options: Option<&FieldOptions>,
) -> Result<(), Error> {
    let create = options.is_some_and(|options| options.create).then(|| value.kind());
    if set_in_text(object, value, parts, create) {
        return Ok(());
    }
    let missing = || {
        let verb = if create.is_some() { "find or create" } else { "find" };
        format!("unable to {verb} field {} in replacement target", quote(path))
    };
    let mut set_error = None;
    let count = for_each_target(object, parts, create, &mut |field| {
        set_field(field, value, options).inspect_err(|error| set_error = Some(error.clone()))
    });
    if let Some(error) = set_error {
        return Err(error);
    }
    match count.context(missing)? {
        0 => Err(Error::build(missing())),
        _ => Ok(()),
    }
}

fn set_field(field: &mut Node, value: &Node, options: Option<&FieldOptions>) -> Result<(), Error> {
    let mut text: Arc<str> = match value {
        Node::Scalar(scalar) => Arc::clone(&scalar.text),
        _ => "".into(),
    };
    let mut value = value.clone();
    if let Some(options) = options.filter(|options| !options.delimiter.is_empty()) {
        let Node::Scalar(scalar) = &*field else {
            return Err(Error::build("delimiter option can only be used with scalar nodes"));
        };
        let new: &str = if value.is_null() { "" } else { &text };
        let mut pieces: Vec<&str> = scalar.text.split(options.delimiter.as_str()).collect();
        match usize::try_from(options.index) {
            Err(_) => pieces.insert(0, new),
            Ok(index) => match pieces.get_mut(index) {
                Some(piece) => *piece = new,
                None => pieces.push(new),
            },
        }
        text = pieces.join(&options.delimiter).into();
        if let Node::Scalar(scalar) = &mut value {
            scalar.text = Arc::clone(&text);
        }
    }
    match field {
        Node::Scalar(scalar) => scalar.text = text,
        other => *other = value,
    }
    Ok(())
}

/// Sets a value inside of JSON or YAML that is the text of a field. Says whether there was one.
fn set_in_text(object: &mut Node, value: &Node, parts: &[String], create: Option<Kind>) -> bool {
    let found = (1..parts.len()).find_map(|length| {
        let (head, rest) = parts.split_at(length);
        match lookup(object, head) {
            Ok(Some(node @ Node::Scalar(_))) => {
                let embedded = Embedded::parse(node.text())?;
                Some((head, rest, node.text().to_owned(), embedded))
            }
            _ => None,
        }
    });
    let Some((head, rest, original, mut embedded)) = found else { return false };
    let count = for_each_target(&mut embedded.node, rest, create, &mut |field| {
        match field {
            Node::Scalar(scalar) => scalar.text = value.text().into(),
            other => *other = value.clone(),
        }
        Ok(())
    });
    if !matches!(count, Ok(1..)) {
        return false;
    }
    let Some(text) = serialize(embedded, &original) else { return false };
    set_text_at(object, head, &text)
}

fn set_text_at(node: &mut Node, path: &[String], text: &str) -> bool {
    // The way was walked before, so every part of it is there; it is found exactly and not by expressions.
    match crate::field_path::lookup_or_create(node, path) {
        Ok(Node::Scalar(scalar)) => {
            scalar.text = text.into();
            true
        }
        _ => false,
    }
}

fn serialize(embedded: Embedded, original: &str) -> Option<String> {
    if original.trim_start().starts_with(['{', '[']) {
        let value = value::to_json(&embedded.node).ok()?;
        let pretty = original.contains('\n') && original.contains("  ");
        return Some(value::go_json(&value, pretty));
    }
    embedded.into_yaml().map(|text| text.trim().to_owned())
}
