//! Paths into objects as replacements and variables write them: fields, indexes, and list elements by value.

use crate::{
    error::Error,
    field_spec::split_path,
    node::{Kind, Node, Scalar},
    pattern,
};

/// Splits at dots; a backslash keeps one, and so do brackets.
pub(crate) fn split_smart(path: &str) -> Vec<String> {
    let parts = split_path(path, '.');
    let mut result = Vec::with_capacity(parts.len());
    let mut parts = parts.into_iter();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            result.push(part);
            continue;
        }
        let mut bracketed = vec![part];
        for part in parts.by_ref() {
            let closed = part.ends_with(']');
            bracketed.push(part);
            if closed {
                break;
            }
        }
        let joined = bracketed.join(".");
        if joined.contains('=') {
            result.push(joined);
        } else {
            result.push(joined.trim_matches(['[', ']']).to_owned());
        }
    }
    result
}

fn wrong_kind(wanted: Kind, found: &Node) -> Error {
    Error::build(format!("wrong node kind: expected {} but got {}", wanted.name(), found.kind().name()))
}

fn is_list_index(part: &str) -> bool {
    part.starts_with('[') && part.ends_with(']')
}

/// `[key=value]` → (key, value).
fn split_list_index(part: &str) -> Result<(&str, &str), Error> {
    let inner = part.strip_suffix(']').unwrap_or(part);
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    inner.split_once('=').ok_or_else(|| {
        Error::build("list path element must contain fieldName=fieldValue for element to match")
    })
}

fn non_negative_index(part: &str) -> Option<usize> {
    part.parse::<i64>().ok().and_then(|index| usize::try_from(index).ok())
}

/// The node at a path, if every part of the way is there. Elements are compared exactly.
pub(crate) fn lookup<'n>(node: &'n Node, path: &[String]) -> Result<Option<&'n Node>, Error> {
    let mut current = node;
    for part in path.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        let next = if let Ok(index) = part.parse::<i64>() {
            let index = usize::try_from(index)
                .map_err(|_| Error::build(format!("array index {index} cannot be negative")))?;
            sequence(current)?.get(index)
        } else if part == "-" {
            sequence(current)?.last()
        } else if part == "*" {
            return Err(Error::build("wildcard is not supported in PathGetter"));
        } else if is_list_index(part) {
            let (key, value) = split_list_index(part)?;
            sequence(current)?.iter().find(|item| {
                if key.is_empty() {
                    item.text() == value
                } else {
                    item.get(key).is_some_and(|field| field.text() == value)
                }
            })
        } else {
            match current {
                _ if current.is_null() => None,
                Node::Mapping(_) => current.get(part),
                other => return Err(wrong_kind(Kind::Mapping, other)),
            }
        };
        let Some(next) = next else { return Ok(None) };
        current = next;
    }
    Ok(Some(current))
}

fn sequence(node: &Node) -> Result<&[Node], Error> {
    match node {
        Node::Sequence(items) => Ok(items),
        _ if node.is_null() => Ok(&[]),
        other => Err(wrong_kind(Kind::Sequence, other)),
    }
}

/// The scalar at a path of field names and `[key=value]` elements, made on the way where it is missing.
pub(crate) fn lookup_or_create<'n>(node: &'n mut Node, path: &[String]) -> Result<&'n mut Node, Error> {
    let mut current = node;
    for (position, part) in path.iter().enumerate() {
        let next = path.get(position + 1);
        let kind = match next {
            None => Kind::Scalar,
            Some(next) if is_list_index(next) || non_negative_index(next).is_some() => Kind::Sequence,
            Some(_) => Kind::Mapping,
        };
        current = if is_list_index(part) {
            let (key, value) = split_list_index(part)?;
            element_or_new(current, key, value)?
        } else if let Some(index) = non_negative_index(part) {
            let Node::Sequence(_) = current else { return Err(wrong_kind(Kind::Sequence, current)) };
            let found = current.items_mut().and_then(|items| items.get_mut(index));
            found.ok_or_else(|| Error::build(format!("no element at index {index}")))?
        } else {
            if current.kind() != Kind::Mapping {
                return Err(wrong_kind(Kind::Mapping, current));
            }
            if current.position(part).is_none()
                && let Some(entries) = current.entries_mut()
            {
                entries.push((Scalar::untyped(part.as_str()), kind.empty()));
            }
            current.get_mut(part).ok_or_else(|| Error::build(format!("no field named '{part}'")))?
        };
    }
    Ok(current)
}

fn element_or_new<'n>(node: &'n mut Node, key: &str, value: &str) -> Result<&'n mut Node, Error> {
    if node.kind() != Kind::Sequence {
        return Err(wrong_kind(Kind::Sequence, node));
    }
    let found = node.items().iter().position(|item| {
        if key.is_empty() {
            item.text() == value
        } else {
            item.get(key).is_some_and(|field| field.text() == value)
        }
    });
    let items = node.items_mut().ok_or_else(|| Error::build("not a sequence"))?;
    let index = found.unwrap_or_else(|| {
        items.push(new_element(key, value));
        items.len() - 1
    });
    items.get_mut(index).ok_or_else(|| Error::build("no such element"))
}

fn new_element(key: &str, value: &str) -> Node {
    if key.is_empty() {
        Node::untyped(value)
    } else {
        Node::mapping(vec![(Scalar::untyped(key), Node::untyped(value))])
    }
}

/// Calls `set` for every node that a target path means and returns how many there were.
///
/// Elements are found by unanchored expressions. With `create`, missing fields and elements are made; the last
/// one is of that kind.
pub(crate) fn for_each_target(
    node: &mut Node,
    path: &[String],
    create: Option<Kind>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), Error>,
) -> Result<usize, Error> {
    let Some((part, rest)) = path.split_first() else {
        set(node)?;
        return Ok(1);
    };
    if let Some(index) = non_negative_index(part) {
        return at_index(node, index, rest, create, set);
    }
    if is_list_index(part) {
        return at_elements(node, part, rest, create, set);
    }
    if part == "*" {
        check_sequence(node)?;
        let mut count = 0;
        for item in node.items_mut().into_iter().flatten() {
            count += for_each_target(item, rest, create, set)?;
        }
        return Ok(count);
    }
    at_field(node, part, rest, create, set)
}

fn check_sequence(node: &Node) -> Result<(), Error> {
    if node.is_null() || node.kind() == Kind::Sequence {
        Ok(())
    } else {
        Err(wrong_kind(Kind::Sequence, node))
    }
}

fn kind_for(next: Option<&String>, last: Kind) -> Kind {
    match next {
        Some(next) if is_list_index(next) || non_negative_index(next).is_some() => Kind::Sequence,
        Some(next) if next.is_empty() => last,
        None => last,
        Some(_) => Kind::Mapping,
    }
}

fn at_field(
    node: &mut Node,
    name: &str,
    rest: &[String],
    create: Option<Kind>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), Error>,
) -> Result<usize, Error> {
    if node.is_null() {
        return Ok(0);
    }
    if node.kind() != Kind::Mapping {
        return Err(wrong_kind(Kind::Mapping, node));
    }
    let missing = node.position(name).is_none();
    match (missing, create) {
        (true, None) => return Ok(0),
        (true, Some(kind)) => {
            let new = kind_for(rest.first(), kind).empty();
            if let Some(entries) = node.entries_mut() {
                entries.push((Scalar::untyped(name), new));
            }
        }
        (false, _) => {}
    }
    match node.get_mut(name) {
        Some(field) => for_each_target(field, rest, create, set),
        None => Ok(0),
    }
}

fn at_index(
    node: &mut Node,
    index: usize,
    rest: &[String],
    create: Option<Kind>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), Error>,
) -> Result<usize, Error> {
    check_sequence(node)?;
    let length = node.items().len();
    if index == length
        && let Some(kind) = create
        && let Some(items) = node.items_mut()
    {
        items.push(kind_for(rest.first(), kind).empty());
    }
    let length = node.items().len();
    match node.items_mut().and_then(|items| items.get_mut(index)) {
        Some(item) => for_each_target(item, rest, create, set),
        None => Err(Error::build(format!("index {index} specified but only {length} elements found"))),
    }
}

fn at_elements(
    node: &mut Node,
    part: &str,
    rest: &[String],
    create: Option<Kind>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), Error>,
) -> Result<usize, Error> {
    let (key, value) = split_list_index(part)?;
    let expression = pattern::compile(value)?;
    check_sequence(node)?;
    let mut count = 0;
    // A second round after an element was made for a value that nothing matched.
    for round in 0..2 {
        for item in node.items_mut().into_iter().flatten() {
            let matched = if key.is_empty() { Some(&*item) } else { item.get(key) }
                .is_some_and(|field| expression.is_match(source_text(field).trim()));
            if !matched {
                continue;
            }
            count += if key.is_empty() {
                set(item)?;
                1
            } else {
                for_each_target(item, rest, create, set)?
            };
        }
        if count > 0 || create.is_none() || round == 1 {
            break;
        }
        match node.items_mut() {
            Some(items) => items.push(new_element(key, value)),
            None => break,
        }
    }
    Ok(count)
}

/// The text of a node as YAML prints it; quotes show.
fn source_text(node: &Node) -> String {
    match node {
        Node::Scalar(scalar) => crate::render::scalar_source(scalar),
        other => crate::value::to_json(other)
            .ok()
            .and_then(|value| ferroflux_yaml::write_value(&value).ok())
            .unwrap_or_default(),
    }
}
