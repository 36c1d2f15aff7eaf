//! Lists: building, cutting, searching. Every result is a new list; the arguments stay as they were.

use ferroflux_template::{CallError, ElementType, Functions, List, Type, Value};

use super::{
    Returned,
    conversion::strings,
    numbers::to_int,
    signature::{Arguments, elements, fixed, is_empty, text_of, variadic},
};

/// Go's nil slice, which differs from an empty one in JSON.
fn nil_list() -> Value {
    Value::List(List::nil(ElementType::Any))
}

fn found_on(name: &'static str) -> impl Fn(&str) -> String {
    move |kind| format!("Cannot find {name} on type {kind}")
}

pub(super) fn add(functions: &mut Functions) {
    for name in ["list", "tuple"] {
        variadic(functions, name, &[], Type::Any, |arguments| Ok(Value::list(arguments.rest(0).to_vec())));
    }
    fixed(functions, "join", &[Type::String, Type::Any], |arguments| {
        let parts = strings(arguments.value(1));
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        Ok(Value::String(parts.join(arguments.text(0).as_bytes()).into()))
    });
    fixed(functions, "sortAlpha", &[Type::Any], |arguments| {
        let mut sorted = match arguments.value(0) {
            Value::Nil => vec!["<nil>".into()],
            value => strings(value),
        };
        sorted.sort();
        Ok(Value::List(List::of_strings(sorted)))
    });
    growing(functions);
    ends(functions);
    filtering(functions);
    cutting(functions);
}

/// Adds a function under its name and its `must` form, which fail alike.
fn both(
    functions: &mut Functions,
    name: &str,
    parameters: &'static [Type],
    body: impl Fn(&Arguments) -> Returned + Copy + 'static,
) {
    fixed(functions, name, parameters, body);
    fixed(functions, &must(name), parameters, body);
}

fn must(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("must{}{rest}", first.to_uppercase())
}

fn growing(functions: &mut Functions) {
    const PARAMETERS: &[Type] = &[Type::Any, Type::Any];
    for name in ["append", "push"] {
        both(functions, name, PARAMETERS, |arguments| {
            let mut list = elements(arguments.value(0), |kind| format!("Cannot push on type {kind}"))?;
            list.push(arguments.value(1).clone());
            Ok(Value::list(list))
        });
    }
    both(functions, "prepend", PARAMETERS, |arguments| {
        let mut list = elements(arguments.value(0), |kind| format!("Cannot prepend on type {kind}"))?;
        list.insert(0, arguments.value(1).clone());
        Ok(Value::list(list))
    });
    variadic(functions, "concat", &[], Type::Any, |arguments| {
        let mut all = Vec::new();
        for list in arguments.rest(0) {
            all.extend(elements(list, |kind| format!("Cannot concat type {kind} as list"))?);
        }
        Ok(if all.is_empty() { nil_list() } else { Value::list(all) })
    });
}

fn ends(functions: &mut Functions) {
    const ONE: &[Type] = &[Type::Any];
    both(functions, "first", ONE, |arguments| {
        Ok(elements(arguments.value(0), found_on("first"))?.into_iter().next().unwrap_or_default())
    });
    both(functions, "last", ONE, |arguments| {
        Ok(elements(arguments.value(0), found_on("last"))?.pop().unwrap_or_default())
    });
    both(functions, "rest", ONE, |arguments| {
        let list = elements(arguments.value(0), found_on("rest"))?;
        Ok(match list.split_first() {
            Some((_, rest)) => Value::list(rest.to_vec()),
            None => nil_list(),
        })
    });
    both(functions, "initial", ONE, |arguments| {
        let list = elements(arguments.value(0), found_on("initial"))?;
        Ok(match list.split_last() {
            Some((_, initial)) => Value::list(initial.to_vec()),
            None => nil_list(),
        })
    });
    both(functions, "reverse", ONE, |arguments| {
        let mut list = elements(arguments.value(0), found_on("reverse"))?;
        list.reverse();
        Ok(Value::list(list))
    });
}

fn filtering(functions: &mut Functions) {
    both(functions, "compact", &[Type::Any], |arguments| {
        let mut list = elements(arguments.value(0), |kind| format!("Cannot compact on type {kind}"))?;
        list.retain(|element| !is_empty(element));
        Ok(Value::list(list))
    });
    both(functions, "uniq", &[Type::Any], |arguments| {
        let mut kept: Vec<Value> = Vec::new();
        for element in elements(arguments.value(0), found_on("uniq"))? {
            if !kept.iter().any(|other| other.deep_equal(&element)) {
                kept.push(element);
            }
        }
        Ok(Value::list(kept))
    });
    for name in ["without", "mustWithout"] {
        variadic(functions, name, &[Type::Any], Type::Any, |arguments| {
            let mut list = elements(arguments.value(0), found_on("without"))?;
            list.retain(|element| !arguments.rest(1).iter().any(|omitted| omitted.deep_equal(element)));
            Ok(Value::list(list))
        });
    }
    both(functions, "has", &[Type::Any, Type::Any], |arguments| {
        if matches!(arguments.value(1), Value::Nil) {
            return Ok(Value::Bool(false));
        }
        let list = elements(arguments.value(1), found_on("has"))?;
        Ok(Value::Bool(list.iter().any(|element| element.deep_equal(arguments.value(0)))))
    });
}

fn cutting(functions: &mut Functions) {
    for name in ["slice", "mustSlice"] {
        variadic(functions, name, &[Type::Any], Type::Any, slice);
    }
    both(functions, "chunk", &[Type::Int, Type::Any], |arguments| {
        let list = elements(arguments.value(1), |kind| format!("Cannot chunk type {kind}"))?;
        let size = arguments.int(0);
        let chunks: Vec<Value> = match usize::try_from(size) {
            Ok(size) if size > 0 => list.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect(),
            // Go computes a count that is negative, or zero when the list is shorter than the size.
            Err(_) if (list.len() as i64 - 1) < size.saturating_neg() => Vec::new(),
            _ => return Err("runtime error: makeslice: len out of range".into()),
        };
        Ok(Value::List(List::new(ElementType::List, chunks)))
    });
}

fn slice(arguments: &Arguments) -> Returned {
    let list = arguments.value(0);
    let length = elements(list, |kind| format!("list should be type of slice or array but {kind}"))?.len();
    if length == 0 {
        return Ok(Value::Nil);
    }
    let bound = |index: usize, default: usize| match arguments.rest(0).get(index) {
        Some(bound) => to_int(bound),
        None => default as i64,
    };
    let (start, end) = (bound(1, 0), bound(2, length));
    let range = match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) if start <= end && end <= length => start..end,
        _ => return Err(CallError::from("reflect.Value.Slice: slice index out of bounds")),
    };
    Ok(match list {
        Value::List(list) => {
            Value::List(List::new(list.element_type(), list.items().get(range).unwrap_or_default().to_vec()))
        }
        Value::Bytes(bytes) => Value::Bytes(bytes.get(range).unwrap_or_default().into()),
        other => Value::String(text_of(other)),
    })
}
