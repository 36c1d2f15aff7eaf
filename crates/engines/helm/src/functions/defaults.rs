//! Defaults, emptiness and choices.

use ferroflux_template::{Functions, Type, Value};

use super::signature::{fixed, is_empty, variadic};

pub(super) fn add(functions: &mut Functions) {
    variadic(functions, "default", &[Type::Any], Type::Any, |arguments| {
        let given = arguments.value(1);
        Ok(if is_empty(given) { arguments.value(0).clone() } else { given.clone() })
    });
    fixed(functions, "empty", &[Type::Any], |arguments| Ok(Value::Bool(is_empty(arguments.value(0)))));
    variadic(functions, "coalesce", &[], Type::Any, |arguments| {
        Ok(arguments.rest(0).iter().find(|value| !is_empty(value)).cloned().unwrap_or_default())
    });
    variadic(functions, "all", &[], Type::Any, |arguments| {
        Ok(Value::Bool(!arguments.rest(0).iter().any(is_empty)))
    });
    variadic(functions, "any", &[], Type::Any, |arguments| {
        Ok(Value::Bool(!arguments.rest(0).iter().all(is_empty)))
    });
    fixed(functions, "ternary", &[Type::Any, Type::Any, Type::Bool], |arguments| {
        let chosen = usize::from(!matches!(arguments.value(2), Value::Bool(true)));
        Ok(arguments.value(chosen).clone())
    });
}
