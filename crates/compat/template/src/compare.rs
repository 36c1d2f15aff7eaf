//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`: Go's rules on which types compare.

use std::cmp::Ordering;

use crate::{
    function::CallError,
    printf,
    value::{Kind, Value},
};

/// The basic kinds that comparisons know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Int,
    Uint,
    Float,
    String,
}

fn basic(value: &Value) -> Option<Basic> {
    match value.kind() {
        Kind::Bool => Some(Basic::Bool),
        Kind::Int => Some(Basic::Int),
        Kind::Uint => Some(Basic::Uint),
        Kind::Float => Some(Basic::Float),
        Kind::String => Some(Basic::String),
        _ => None,
    }
}

fn signed(value: &Value) -> i64 {
    match value {
        Value::Int(v) | Value::Int64(v) => *v,
        Value::Int32(v) => i64::from(*v),
        _ => 0,
    }
}

fn unsigned(value: &Value) -> u64 {
    match value {
        Value::Uint64(v) => *v,
        Value::Uint8(v) => u64::from(*v),
        _ => 0,
    }
}

fn incompatible(left: &Value, right: &Value) -> CallError {
    format!("incompatible types for comparison: {} and {}", left.type_name(), right.type_name()).into()
}

/// The order of two values of one basic kind (or of an int and a uint).
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        _ => match (basic(left)?, basic(right)?) {
            (Basic::Int, Basic::Int) => Some(signed(left).cmp(&signed(right))),
            (Basic::Uint, Basic::Uint) => Some(unsigned(left).cmp(&unsigned(right))),
            (Basic::Int, Basic::Uint) => {
                Some(u64::try_from(signed(left)).map_or(Ordering::Less, |l| l.cmp(&unsigned(right))))
            }
            (Basic::Uint, Basic::Int) => {
                Some(u64::try_from(signed(right)).map_or(Ordering::Greater, |r| unsigned(left).cmp(&r)))
            }
            _ => None,
        },
    }
}

fn comparable_kinds(left: &Value, right: &Value) -> bool {
    match (basic(left), basic(right)) {
        (Some(a), Some(b)) => {
            a == b || matches!((a, b), (Basic::Int, Basic::Uint) | (Basic::Uint, Basic::Int))
        }
        _ => false,
    }
}

/// `eq first others…`: true if any of the others equals the first.
pub(crate) fn equal(first: &Value, others: &[Value]) -> Result<bool, CallError> {
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if comparable_kinds(first, other) {
            if order(first, other) == Some(Ordering::Equal) {
                return Ok(true);
            }
            continue;
        }
        let equal = match (first, other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Nil, _) | (_, Value::Nil) => false,
            _ if basic(first).is_some() || basic(other).is_some() => return Err(incompatible(first, other)),
            (Value::Object(a), Value::Object(b)) => a.type_name() == b.type_name() && a.equals(b.as_ref()),
            _ if !is_comparable(first) && !is_comparable(other) && first.type_name() != other.type_name() => {
                return Err(format!(
                    "non-comparable types {}: {}, {}: {}",
                    printf::sprint_value(first, 's', printf::Style::Plain),
                    first.type_name(),
                    other.type_name(),
                    printf::sprint_value(other, 's', printf::Style::Plain),
                )
                .into());
            }
            _ => {
                comparable(first)?;
                comparable(other)?;
                return Err(incompatible(first, other));
            }
        };
        if equal {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_comparable(value: &Value) -> bool {
    !matches!(value.kind(), Kind::Slice | Kind::Map | Kind::Function)
}

fn comparable(value: &Value) -> Result<(), CallError> {
    match value.kind() {
        Kind::Slice | Kind::Map | Kind::Function => Err(format!(
            "non-comparable type {}: {}",
            printf::sprint_value(value, 's', printf::Style::Plain),
            value.type_name()
        )
        .into()),
        _ => Ok(()),
    }
}

/// Whether `left` is less than `right`.
pub(crate) fn less(left: &Value, right: &Value) -> Result<bool, CallError> {
    for value in [left, right] {
        if basic(value).is_none() {
            return Err("invalid type for comparison".into());
        }
    }
    if !comparable_kinds(left, right) {
        return Err(incompatible(left, right));
    }
    if basic(left) == Some(Basic::Bool) {
        return Err("invalid type for comparison".into());
    }
    Ok(order(left, right) == Some(Ordering::Less))
}
