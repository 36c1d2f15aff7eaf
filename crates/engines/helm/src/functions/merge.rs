//! Deep merging and copying of maps.

use ferroflux_template::{CallError, Functions, List, MAXIMUM_VALUE_DEPTH, Map, Type, Value};

use super::{
    Returned,
    signature::{Arguments, fixed, is_empty, variadic},
};

const TOO_DEEP: &str = "the map is nested too deeply or holds itself";

pub(super) fn add(functions: &mut Functions) {
    for (name, overwrite) in
        [("merge", false), ("mustMerge", false), ("mergeOverwrite", true), ("mustMergeOverwrite", true)]
    {
        variadic(functions, name, &[Type::Map], Type::Map, move |arguments| merged(arguments, overwrite));
    }
    for name in ["deepCopy", "mustDeepCopy"] {
        fixed(functions, name, &[Type::Any], |arguments| match arguments.value(0) {
            Value::Nil => Err("reflect: call of reflect.Value.Type on zero Value".into()),
            value => copy(value, MAXIMUM_VALUE_DEPTH),
        });
    }
}

fn merged(arguments: &Arguments, overwrite: bool) -> Returned {
    // A nil destination is a fresh map: Go fills a nil map that nobody else can see.
    let destination = arguments.map(0).unwrap_or_else(|| Map::new(ferroflux_template::MapType::Any));
    for source in arguments.rest(1).iter().filter_map(Value::as_map) {
        merge(&destination, source, overwrite, MAXIMUM_VALUE_DEPTH)?;
    }
    Ok(Value::Map(destination.with_type(ferroflux_template::MapType::Any)))
}

/// Adds to `destination` what `source` has and it lacks, or has only empty; with `overwrite` all that `source` has.
/// Maps are merged in place, and what is taken over from `source` is shared with it.
fn merge(destination: &Map, source: &Map, overwrite: bool, budget: usize) -> Result<(), CallError> {
    let Some(budget) = budget.checked_sub(1) else {
        return Err(TOO_DEEP.into());
    };
    if destination.same(source) {
        return Ok(());
    }
    for (key, value) in source.entries() {
        let existing = destination.get(&key);
        if matches!(value, Value::Nil) {
            if overwrite {
                destination.set(key, value);
            }
            continue;
        }
        if let (Some(Value::Map(into)), Value::Map(from)) = (&existing, &value)
            && from.holds_interfaces()
        {
            merge(into, from, overwrite, budget)?;
            if !into.is_empty() {
                continue;
            }
        }
        if overwrite || existing.as_ref().is_none_or(is_empty) {
            destination.set(key, value);
        }
    }
    Ok(())
}

/// A copy that shares no map with the original.
pub(crate) fn copy(value: &Value, budget: usize) -> Returned {
    let Some(budget) = budget.checked_sub(1) else {
        return Err(TOO_DEEP.into());
    };
    Ok(match value {
        Value::Map(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.entries() {
                entries.push((key, copy(&value, budget)?));
            }
            Value::Map(Map::from_entries(map.map_type().clone(), entries))
        }
        Value::List(list) => {
            let items = list.items().iter().map(|item| copy(item, budget)).collect::<Result<_, _>>()?;
            Value::List(List::new(list.element_type(), items))
        }
        other => other.clone(),
    })
}
