//! Lists whose elements are known by the values of keys: finding, replacing and ordering them.

use crate::{
    error::Error,
    node::{Kind, Node},
};

pub(super) fn key_value<'n>(item: &'n Node, key: &str) -> &'n str {
    item.get(key).filter(|value| !value.is_empty()).map_or("", Node::text)
}

pub(super) fn has_repetition<'n>(values: impl Iterator<Item = &'n str>) -> bool {
    let mut seen = std::collections::HashSet::new();
    values.into_iter().any(|value| !seen.insert(value))
}

/// Key values of all elements, the patch's first, each combination once.
pub(super) fn element_values(patch: Option<&[Node]>, base: &[Node], keys: &[&str]) -> Vec<Vec<String>> {
    let mut values: Vec<Vec<String>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in patch.unwrap_or_default().iter().chain(base) {
        let value: Vec<String> = keys.iter().map(|key| key_value(item, key).to_owned()).collect();
        if seen.insert(value.clone()) {
            values.push(value);
        }
    }
    values
}

pub(super) fn primitive_values(patch: Option<&[Node]>, base: &[Node]) -> Vec<Vec<String>> {
    let mut values = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in patch.unwrap_or_default().iter().chain(base) {
        if seen.insert(item.text()) {
            values.push(vec![item.text().to_owned()]);
        }
    }
    values
}

/// Lets combinations that differ only in missing values become one.
pub(super) fn combine(values: &mut [Vec<String>]) {
    for left in 0..values.len() {
        for right in 0..values.len() {
            let (Some(one), Some(other)) = (values.get(left), values.get(right)) else { continue };
            if let Some(both) = combined(one, other) {
                for index in [left, right] {
                    if let Some(place) = values.get_mut(index) {
                        place.clone_from(&both);
                    }
                }
            }
        }
    }
}

fn combined(one: &[String], other: &[String]) -> Option<Vec<String>> {
    if one.len() != other.len() {
        return None;
    }
    let mut common = false;
    let mut both = Vec::with_capacity(one.len());
    for (left, right) in one.iter().zip(other) {
        if left == right {
            common = true;
            both.push(left.clone());
        } else if !left.is_empty() && !right.is_empty() {
            return None;
        } else {
            both.push(if left.is_empty() { right.clone() } else { left.clone() });
        }
    }
    common.then_some(both)
}

/// The keys that any element has a value for, with the values of one element; all keys if no element has any.
pub(super) fn valid_keys<'k>(
    all: &[Vec<String>],
    value: &[String],
    keys: &'k [String],
) -> (Vec<&'k str>, Vec<String>) {
    let used: Vec<bool> = (0..keys.len())
        .map(|index| all.iter().any(|value| value.get(index).is_some_and(|text| !text.is_empty())))
        .collect();
    if !used.contains(&true) {
        return (keys.iter().map(String::as_str).collect(), value.to_vec());
    }
    let is_used = |index: usize| used.get(index).copied().unwrap_or(false);
    let valid = keys.iter().enumerate().filter(|(index, _)| is_used(*index)).map(|(_, key)| key.as_str());
    let values = value
        .iter()
        .enumerate()
        .filter(|(index, text)| !text.is_empty() || is_used(*index))
        .map(|(_, text)| text.clone());
    (valid.collect(), values.collect())
}

pub(super) fn valid_keys_owned(
    all: &[Vec<String>],
    value: &[String],
    keys: &[String],
) -> (Vec<String>, Vec<String>) {
    let (keys, values) = valid_keys(all, value, keys);
    (keys.into_iter().map(str::to_owned).collect(), values)
}

/// The first element that has these values.
pub(super) fn find_element(items: &[Node], keys: &[String], values: &[String]) -> Option<usize> {
    let first_key = keys.first().map_or("", String::as_str);
    if first_key.is_empty() {
        let wanted = values.first().map_or("", String::as_str);
        return items.iter().position(|item| item.text() == wanted);
    }
    if keys.len() != values.len() {
        return None;
    }
    items.iter().position(|item| {
        item.kind() == Kind::Mapping
            && keys
                .iter()
                .zip(values)
                .all(|(key, value)| item.get(key).is_some_and(|field| field.text() == value))
    })
}

/// Replaces every element that has these values by `element`, or removes them; an element that replaces nothing
/// is appended. Nulls and empty maps are dropped on the way, and without values everything that is a map.
pub(super) fn set_element(
    items: &mut Vec<Node>,
    element: Option<&Node>,
    keys: &[&str],
    values: &[String],
) -> Result<(), Error> {
    let by_field = keys.first().is_some_and(|key| !key.is_empty())
        && values.first().is_some_and(|value| !value.is_empty());
    let mut kept = Vec::with_capacity(items.len() + 1);
    let mut matched = false;
    for item in items.drain(..) {
        if item.is_null() || item.is_empty_mapping() {
            continue;
        }
        if item.kind() != Kind::Mapping && by_field {
            kept.push(item);
            continue;
        }
        if !matches_values(&item, keys, values)? {
            if !values.is_empty() {
                kept.push(item);
            }
            continue;
        }
        matched = true;
        if let Some(element) = element {
            kept.push(element.clone());
        }
    }
    if let Some(element) = element.filter(|element| !matched && !element.is_null()) {
        kept.push(element.clone());
    }
    *items = kept;
    Ok(())
}

fn matches_values(item: &Node, keys: &[&str], values: &[String]) -> Result<bool, Error> {
    let keys: &[&str] = if keys.is_empty() { &[""] } else { keys };
    let mut found = false;
    for (index, key) in keys.iter().enumerate() {
        let Some(value) = values.get(index) else {
            // A key without a value keeps the answer of the one before.
            if !found {
                return Ok(false);
            }
            continue;
        };
        found = if key.is_empty() {
            if item.kind() != Kind::Scalar {
                return Err(Error::build(format!(
                    "wrong node kind: expected ScalarNode but got {}",
                    item.kind().name()
                )));
            }
            item.text() == value
        } else {
            if item.kind() != Kind::Mapping {
                return Err(Error::build(format!(
                    "wrong node kind: expected MappingNode but got {}",
                    item.kind().name()
                )));
            }
            item.get(key).is_some_and(|field| value.is_empty() || field.text() == value)
        };
        if !found {
            return Ok(false);
        }
    }
    Ok(found)
}

/// Writes the base's elements over the merged ones; with several keys they move to the end.
pub(super) fn write_over(merged: &mut Vec<Node>, base: &[Node], keys: &[&str]) -> Result<(), Error> {
    for element in base {
        if keys.first().is_none_or(|key| key.is_empty()) {
            set_element(merged, Some(element), &[""], &[element.text().to_owned()])?;
            continue;
        }
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            match element.get(key) {
                None => merged.push(element.clone()),
                Some(value) => values.push(value.text().to_owned()),
            }
        }
        if keys.len() > 1 {
            set_element(merged, None, keys, &values)?;
        }
        set_element(merged, Some(element), keys, &values)?;
    }
    Ok(())
}
