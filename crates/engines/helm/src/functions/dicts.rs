//! Dictionaries: maps with string keys. `set` and `unset` change the map that they are given.

use ferroflux_template::{CallError, Functions, List, Map, MapType, Text, Type, Value};

use super::{
    Returned,
    signature::{Arguments, fixed, text_of, variadic},
};

const DICT_AND_KEY: &[Type] = &[Type::Map, Type::String];

pub(super) fn add(functions: &mut Functions) {
    variadic(functions, "dict", &[], Type::Any, |arguments| {
        let entries = arguments.rest(0).chunks(2).map(|pair| match pair {
            [key, value] => (text_of(key), value.clone()),
            [key, ..] => (text_of(key), Value::from("")),
            [] => (Text::default(), Value::Nil),
        });
        Ok(Value::map(entries))
    });
    fixed(functions, "get", DICT_AND_KEY, |arguments| {
        let found = arguments.map(0).and_then(|map| map.get(&arguments.text(1)));
        Ok(found.unwrap_or_else(|| Value::from("")))
    });
    fixed(functions, "set", &[Type::Map, Type::String, Type::Any], |arguments| {
        let map = arguments.map(0).filter(|map| !map.is_nil()).ok_or("assignment to entry in nil map")?;
        map.set(arguments.text(1), arguments.value(2).clone());
        Ok(plain(&map))
    });
    fixed(functions, "unset", DICT_AND_KEY, |arguments| {
        let Some(map) = arguments.map(0) else {
            return Ok(Value::Map(Map::new(MapType::Any)));
        };
        map.remove(&arguments.text(1));
        Ok(plain(&map))
    });
    fixed(functions, "hasKey", DICT_AND_KEY, |arguments| {
        Ok(Value::Bool(arguments.map(0).is_some_and(|map| map.contains(&arguments.text(1)))))
    });
    variadic(functions, "pluck", &[Type::String], Type::Map, |arguments| {
        let key = arguments.text(0);
        let found = arguments.rest(1).iter().filter_map(|map| map.as_map()?.get(&key));
        Ok(Value::list(found.collect()))
    });
    variadic(functions, "keys", &[], Type::Map, |arguments| {
        let maps = arguments.rest(0).iter().filter_map(Value::as_map);
        Ok(Value::List(List::of_strings(maps.flat_map(Map::keys))))
    });
    fixed(functions, "values", &[Type::Map], |arguments| {
        let entries = arguments.map(0).map(|map| map.entries()).unwrap_or_default();
        Ok(Value::list(entries.into_iter().map(|(_, value)| value).collect()))
    });
    variadic(functions, "pick", &[Type::Map], Type::String, |arguments| {
        Ok(filtered(arguments, |key, named| named.contains(key)))
    });
    variadic(functions, "omit", &[Type::Map], Type::String, |arguments| {
        Ok(filtered(arguments, |key, named| !named.contains(key)))
    });
    variadic(functions, "dig", &[], Type::Any, dig);
}

/// The same map, known as `map[string]interface {}` whatever it was before.
fn plain(map: &Map) -> Value {
    Value::Map(map.with_type(MapType::Any))
}

fn filtered(arguments: &Arguments, keep: impl Fn(&Text, &[Text]) -> bool) -> Value {
    let named: Vec<Text> = arguments.rest(1).iter().filter_map(|key| key.as_text().cloned()).collect();
    let entries = arguments.map(0).map(|map| map.entries()).unwrap_or_default();
    Value::map(entries.into_iter().filter(|(key, _)| keep(key, &named)))
}

/// What Go says when an interface holds another type than the one that is asked for.
fn conversion(value: &Value, wanted: &str) -> CallError {
    let held = match value {
        Value::Nil => "nil".to_owned(),
        value => value.type_name(),
    };
    format!("interface conversion: interface {{}} is {held}, not {wanted}").into()
}

/// Exactly a `map[string]interface {}`: a chart's values, which have a type of their own, are not one.
fn exact_map(value: &Value) -> Result<&Map, CallError> {
    match value {
        Value::Map(map) if matches!(map.map_type(), MapType::Any) => Ok(map),
        other => Err(conversion(other, "map[string]interface {}")),
    }
}

/// `dig KEY… DEFAULT DICT`: the value under a path of keys, or the default.
fn dig(arguments: &Arguments) -> Returned {
    let Some(([keys @ .., default], dict)) = arguments.rest(0).split_last().map(|(dict, rest)| (rest, dict))
    else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    exact_map(dict)?;
    let mut path = Vec::with_capacity(keys.len());
    for key in keys {
        path.push(key.as_text().ok_or_else(|| conversion(key, "string"))?);
    }
    let mut here = dict.clone();
    for key in path {
        match exact_map(&here)?.get(key) {
            Some(next) => here = next,
            None => return Ok(default.clone()),
        }
    }
    Ok(here)
}
