//! Coalescing: user values over a chart's defaults, down through its dependencies (contract/helm-engine.md 2.2).
//!
//! Works on maps as references, because it is observable which tables of parents and children are the same object:
//! a child's default for a table inside a global shows in the parent, too.

use std::collections::HashSet;

use ferroflux_template::{Map, MapType, Text, Value, printf};

use super::Node;
use crate::functions::deep_copy;

const GLOBAL: &[u8] = b"global";

/// The values that a chart's templates see. With `merge`, nulls stay. Warnings are collected.
pub(crate) fn coalesce_values(
    node: &Node,
    user: &Map,
    merge: bool,
    warnings: &mut Vec<String>,
) -> Result<Map, String> {
    let values = copy(user)?;
    coalesce(node, &values, "", merge, warnings)?;
    Ok(values)
}

/// A copy of a map with everything in it.
pub(super) fn copy(map: &Map) -> Result<Map, String> {
    match deep_copy(&Value::Map(map.with_type(MapType::Any))) {
        Ok(Value::Map(map)) => Ok(map),
        Ok(_) => Err("not a table".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn shown(value: &Value) -> String {
    printf::sprint_value(value, 'v', printf::Style::Plain)
}

fn coalesce(
    node: &Node,
    into: &Map,
    prefix: &str,
    merge: bool,
    warnings: &mut Vec<String>,
) -> Result<(), String> {
    with_defaults(node, into, prefix, merge, warnings)?;
    for child in &node.dependencies {
        let name = child.name();
        let table = match into.get(name.as_bytes()) {
            None => {
                let table = Map::new(MapType::Any);
                into.set(name.into(), Value::Map(table.clone()));
                table
            }
            Some(Value::Map(table)) => table,
            Some(other) => {
                let other = printf::sprintf(b"%t", &[other]).unwrap_or_default();
                return Err(format!("type mismatch on {name}: {}", String::from_utf8_lossy(&other)));
            }
        };
        let prefix = join(prefix, node.name());
        globals(&table, into, &prefix, warnings);
        coalesce(child, &table, &prefix, merge, warnings)?;
    }
    Ok(())
}

/// Adds the chart's own defaults to what the user set.
fn with_defaults(
    node: &Node,
    into: &Map,
    prefix: &str,
    merge: bool,
    warnings: &mut Vec<String>,
) -> Result<(), String> {
    let prefix = join(prefix, node.name());
    for (key, default) in copy(&node.values)?.entries() {
        let Some(existing) = into.get(&key) else {
            // Nulls in a chart's own defaults say nothing, except where they still may undo something.
            if !merge {
                match &default {
                    Value::Nil => continue,
                    Value::Map(table) => drop_nulls(table),
                    _ => {}
                }
            }
            into.set(key, default);
            continue;
        };
        match existing {
            Value::Nil if !merge => into.remove(&key),
            Value::Map(table) => match default {
                Value::Map(default) => {
                    let merge =
                        merge || node.dependencies.iter().any(|child| child.name().as_bytes() == &*key);
                    if !merge {
                        drop_nulls(&default);
                    }
                    tables(&table, &default, &join(&prefix, &key.to_str()), merge, warnings);
                }
                Value::Nil => {}
                _ => {
                    warnings
                        .push(format!("warning: skipped value for {prefix}.{}: Not a table.", key.to_str()));
                }
            },
            _ => {}
        }
    }
    Ok(())
}

/// Adds to `into` what `from` has and it lacks. A null in `into` removes what `from` has, unless nulls stay.
pub(super) fn tables(into: &Map, from: &Map, prefix: &str, merge: bool, warnings: &mut Vec<String>) {
    if into.same(from) {
        return;
    }
    let defined: HashSet<Text> = from
        .entries()
        .into_iter()
        .filter(|(_, value)| !matches!(value, Value::Nil))
        .map(|(key, _)| key)
        .collect();
    for (key, value) in into.entries() {
        if matches!(value, Value::Nil) {
            from.set(key, Value::Nil);
        }
    }
    for (key, default) in from.entries() {
        match (into.get(&key), default) {
            (Some(Value::Nil), _) if !merge && defined.contains(&key) => into.remove(&key),
            (None, default) => into.set(key, default),
            (Some(Value::Map(table)), Value::Map(default)) => {
                tables(&table, &default, &join(prefix, &key.to_str()), merge, warnings);
            }
            (Some(_), default @ Value::Map(_)) => warnings.push(format!(
                "warning: cannot overwrite table with non table for {} ({})",
                join(prefix, &key.to_str()),
                shown(&default)
            )),
            (Some(Value::Map(_)), default) if !matches!(default, Value::Nil) => warnings.push(format!(
                "warning: destination for {} is a table. Ignoring non-table value ({})",
                join(prefix, &key.to_str()),
                shown(&default)
            )),
            _ => {}
        }
    }
}

fn drop_nulls(table: &Map) {
    for (key, value) in table.entries() {
        match value {
            Value::Nil => table.remove(&key),
            Value::Map(inner) => drop_nulls(&inner),
            _ => {}
        }
    }
}

/// Hands a parent's globals down; what the parent says wins.
fn globals(into: &Map, parent: &Map, prefix: &str, warnings: &mut Vec<String>) {
    let child = match into.get(GLOBAL) {
        None => Map::new(MapType::Any),
        Some(Value::Map(globals)) => globals,
        Some(_) => {
            warnings.push("warning: skipping globals because destination global is not a table.".into());
            return;
        }
    };
    let inherited = match parent.get(GLOBAL) {
        None => Vec::new(),
        Some(Value::Map(globals)) => globals.entries(),
        Some(_) => {
            warnings.push("warning: skipping globals because source global is not a table.".into());
            return;
        }
    };
    for (key, value) in inherited {
        match (value, child.get(&key)) {
            (Value::Map(table), existing) => {
                // A copy of one level: tables further in are shared by parent and child.
                let shallow = Map::from_entries(MapType::Any, table.entries());
                match existing {
                    None => child.set(key, Value::Map(shallow)),
                    Some(Value::Map(existing)) => {
                        tables(&shallow, &existing, &join(prefix, &key.to_str()), true, warnings);
                        child.set(key, Value::Map(shallow));
                    }
                    Some(_) => warnings.push(format!(
                        "Conflict: cannot merge map onto non-map for {}. Skipping.",
                        ferroflux_template::quote::quote(&key.to_str())
                    )),
                }
            }
            (_, Some(Value::Map(_))) => warnings.push(format!("key {} is table. Skipping", key.to_str())),
            (value, _) => child.set(key, value),
        }
    }
    into.set(GLOBAL.into(), Value::Map(child));
}
