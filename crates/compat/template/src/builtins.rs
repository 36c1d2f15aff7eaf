//! The functions that are built into the language.

use std::collections::HashMap;

use crate::{
    compare, escape,
    function::{CallError, Function, Type},
    printf,
    value::{List, Text, Value},
};

const NAMES: [&str; 18] = [
    "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print",
    "printf", "println", "urlquery",
];

pub(crate) fn is_builtin(name: &str) -> bool {
    NAMES.contains(&name) || name == "slice"
}

type Returned = Result<Value, CallError>;

fn first(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::Nil)
}

fn two(body: impl Fn(&Value, &Value) -> Result<bool, CallError> + 'static) -> Function {
    Function::new([Type::Reflect, Type::Reflect], move |_, arguments| match arguments.as_slice() {
        [left, right] => body(left, right).map(Value::Bool),
        _ => Err("missing argument for comparison".into()),
    })
}

fn text_of(arguments: &[Value]) -> Vec<u8> {
    match arguments {
        [Value::String(text)] => text.as_bytes().to_vec(),
        _ => {
            let missing = |value: &Value| match value {
                Value::Nil => Value::from("<no value>"),
                value => value.clone(),
            };
            printf::sprint(&arguments.iter().map(missing).collect::<Vec<_>>())
        }
    }
}

pub(crate) fn all() -> HashMap<String, Function> {
    let mut functions = HashMap::new();
    let mut add = |name: &str, function: Function| {
        functions.insert(name.to_owned(), function);
    };
    // `and` and `or` are evaluated by the execution itself, as they stop at the deciding operand.
    for name in ["and", "or"] {
        add(
            name,
            Function::variadic([Type::Reflect], Type::Reflect, |_, arguments| Ok(first(&arguments).clone())),
        );
    }
    add("not", Function::new([Type::Reflect], |_, arguments| Ok(Value::Bool(!first(&arguments).is_true()))));
    add(
        "eq",
        Function::variadic([Type::Reflect], Type::Reflect, |_, arguments| match arguments.split_first() {
            Some((first, others)) => compare::equal(first, others).map(Value::Bool),
            None => Err("missing argument for comparison".into()),
        }),
    );
    add("ne", two(|left, right| Ok(!compare::equal(left, std::slice::from_ref(right))?)));
    add("lt", two(compare::less));
    add(
        "le",
        two(|left, right| {
            Ok(compare::less(left, right)? || compare::equal(left, std::slice::from_ref(right))?)
        }),
    );
    add(
        "gt",
        two(|left, right| {
            let at_most = compare::less(left, right)? || compare::equal(left, std::slice::from_ref(right))?;
            Ok(!at_most)
        }),
    );
    add("ge", two(|left, right| Ok(!compare::less(left, right)?)));
    add("len", Function::new([Type::Reflect], |_, arguments| length(first(&arguments))));
    add(
        "index",
        Function::variadic([Type::Reflect], Type::Reflect, |_, arguments| match arguments.split_first() {
            Some((item, keys)) => index(item, keys),
            None => Err("index of untyped nil".into()),
        }),
    );
    add(
        "slice",
        Function::variadic([Type::Reflect], Type::Reflect, |_, arguments| match arguments.split_first() {
            Some((item, bounds)) => slice(item, bounds),
            None => Err("slice of untyped nil".into()),
        }),
    );
    add(
        "call",
        Function::variadic([Type::Reflect], Type::Reflect, |execution, mut arguments| {
            if arguments.is_empty() {
                return Err("call of nil".into());
            }
            match arguments.remove(0) {
                Value::Nil => Err("call of nil".into()),
                Value::Function(function) => {
                    let body = function.body.clone();
                    body(execution, arguments)
                }
                other => Err(CallError::NotAFunction(other.type_name())),
            }
        }),
    );
    add("print", printer(printf::sprint));
    add("println", printer(printf::sprintln));
    add(
        "printf",
        Function::variadic([Type::String], Type::Any, |execution, arguments| {
            let Some((Value::String(format), operands)) = arguments.split_first() else {
                return Err("missing format".into());
            };
            let bytes = printf::sprintf(format.as_bytes(), operands)?;
            execution.charge(bytes.len())?;
            Ok(Value::String(Text::from(bytes)))
        }),
    );
    add("html", printer(|arguments| escape::html(&text_of(arguments))));
    add("js", printer(|arguments| escape::js(&String::from_utf8_lossy(&text_of(arguments))).into_bytes()));
    add("urlquery", printer(|arguments| escape::url_query(&text_of(arguments)).into_bytes()));
    functions
}

fn printer(body: fn(&[Value]) -> Vec<u8>) -> Function {
    Function::variadic([], Type::Any, move |execution, arguments| {
        let bytes = body(&arguments);
        execution.charge(bytes.len())?;
        Ok(Value::String(Text::from(bytes)))
    })
}

fn length(item: &Value) -> Returned {
    let length = match item {
        Value::Nil => return Err("len of nil pointer".into()),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Object(object) if object.elements().is_some() => object.elements().map_or(0, |e| e.len()),
        other => return Err(format!("len of type {}", other.type_name()).into()),
    };
    Ok(Value::Int(length as i64))
}

/// An index into something of the given length (or the length itself, where slicing allows it).
fn position(index: &Value, length: usize) -> Result<usize, CallError> {
    let number = match index {
        Value::Int(v) | Value::Int64(v) => *v,
        Value::Int32(v) => i64::from(*v),
        Value::Uint64(v) => i64::try_from(*v).unwrap_or(i64::MAX),
        Value::Uint8(v) => i64::from(*v),
        Value::Nil => return Err("cannot index slice/array with nil".into()),
        other => return Err(format!("cannot index slice/array with type {}", other.type_name()).into()),
    };
    usize::try_from(number)
        .ok()
        .filter(|position| *position <= length)
        .ok_or_else(|| format!("index out of range: {number}").into())
}

fn index(item: &Value, keys: &[Value]) -> Returned {
    let mut item = item.clone();
    if matches!(item, Value::Nil) {
        return Err("index of untyped nil".into());
    }
    for key in keys {
        item = match &item {
            Value::Nil => return Err("index of nil pointer".into()),
            Value::List(list) => {
                let at = position(key, list.len())?;
                list.items().get(at).cloned().ok_or("reflect: slice index out of range")?
            }
            Value::Bytes(bytes) => {
                let at = position(key, bytes.len())?;
                bytes.get(at).map(|byte| Value::Uint8(*byte)).ok_or("reflect: slice index out of range")?
            }
            Value::String(text) => {
                let at = position(key, text.len())?;
                text.get(at).map(|byte| Value::Uint8(*byte)).ok_or("reflect: string index out of range")?
            }
            Value::Object(object) if object.elements().is_some() => {
                let elements = object.elements().unwrap_or_default();
                let at = position(key, elements.len())?;
                elements.get(at).cloned().ok_or("reflect: slice index out of range")?
            }
            Value::Map(map) => match key {
                Value::String(key) => map.get(key.as_bytes()).unwrap_or_else(|| map.zero()),
                Value::Nil => return Err("value is nil; should be of type string".into()),
                other => return Err(format!("value has type {}; should be string", other.type_name()).into()),
            },
            other => return Err(format!("can't index item of type {}", other.type_name()).into()),
        };
    }
    Ok(item)
}

/// The language's own `slice`; Helm's functions replace it.
fn slice(item: &Value, bounds: &[Value]) -> Returned {
    if bounds.len() > 3 {
        return Err(format!("too many slice indexes: {}", bounds.len()).into());
    }
    let length = match item {
        Value::Nil => return Err("slice of untyped nil".into()),
        Value::String(_) if bounds.len() == 3 => return Err("cannot 3-index slice a string".into()),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        other => return Err(format!("can't slice item of type {}", other.type_name()).into()),
    };
    let start = bounds.first().map_or(Ok(0), |bound| position(bound, length))?;
    let end = bounds.get(1).map_or(Ok(length), |bound| position(bound, length))?;
    if start > end {
        return Err(format!("invalid slice index: {start} > {end}").into());
    }
    Ok(match item {
        Value::String(text) => Value::String(Text::from(text.get(start..end).unwrap_or_default())),
        Value::Bytes(bytes) => Value::Bytes(bytes.get(start..end).unwrap_or_default().into()),
        Value::List(list) => Value::List(List::new(
            list.element_type(),
            list.items().get(start..end).unwrap_or_default().to_vec(),
        )),
        _ => Value::Nil,
    })
}
