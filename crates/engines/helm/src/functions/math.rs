//! Arithmetic on whole numbers, floats and decimals.

use ferroflux_template::{Functions, Type, Value};

use super::{
    Returned,
    decimal::Decimal,
    numbers::{to_float, to_int},
    signature::{Arguments, fixed, variadic},
};

pub(super) fn add(functions: &mut Functions) {
    whole_numbers(functions);
    decimals(functions);
    fixed(functions, "floor", &[Type::Any], |arguments| {
        Ok(Value::Float(to_float(arguments.value(0)).floor()))
    });
    fixed(functions, "ceil", &[Type::Any], |arguments| Ok(Value::Float(to_float(arguments.value(0)).ceil())));
    variadic(functions, "round", &[Type::Any, Type::Int], Type::Float64, round);
    fold_floats(functions, "maxf", |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) });
    fold_floats(functions, "minf", |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) });
}

fn whole_numbers(functions: &mut Functions) {
    fixed(functions, "add1", &[Type::Any], |arguments| {
        Ok(Value::Int64(to_int(arguments.value(0)).wrapping_add(1)))
    });
    variadic(functions, "add", &[], Type::Any, |arguments| {
        Ok(Value::Int64(arguments.rest(0).iter().map(to_int).fold(0, i64::wrapping_add)))
    });
    two(functions, "sub", |a, b| Ok(a.wrapping_sub(b)));
    two(functions, "div", |a, b| {
        if b == 0 { Err("runtime error: integer divide by zero") } else { Ok(a.wrapping_div(b)) }
    });
    two(functions, "mod", |a, b| {
        if b == 0 { Err("runtime error: integer divide by zero") } else { Ok(a.wrapping_rem(b)) }
    });
    fold(functions, "mul", i64::wrapping_mul);
    fold(functions, "max", i64::max);
    fold(functions, "biggest", i64::max);
    fold(functions, "min", i64::min);
}

fn two(functions: &mut Functions, name: &str, operation: fn(i64, i64) -> Result<i64, &'static str>) {
    fixed(functions, name, &[Type::Any, Type::Any], move |arguments| {
        Ok(Value::Int64(operation(to_int(arguments.value(0)), to_int(arguments.value(1)))?))
    });
}

fn fold(functions: &mut Functions, name: &str, operation: fn(i64, i64) -> i64) {
    variadic(functions, name, &[Type::Any], Type::Any, move |arguments| {
        let first = to_int(arguments.value(0));
        Ok(Value::Int64(arguments.rest(1).iter().map(to_int).fold(first, operation)))
    });
}

fn fold_floats(functions: &mut Functions, name: &str, operation: fn(f64, f64) -> f64) {
    variadic(functions, name, &[Type::Any], Type::Any, move |arguments| {
        let first = to_float(arguments.value(0));
        Ok(Value::Float(arguments.rest(1).iter().map(to_float).fold(first, operation)))
    });
}

fn decimals(functions: &mut Functions) {
    variadic(functions, "addf", &[], Type::Any, |arguments| {
        decimal(&Value::Float(0.0), arguments.rest(0), |a, b| Some(a.add(b)))
    });
    fixed(functions, "add1f", &[Type::Any], |arguments| {
        decimal(arguments.value(0), &[Value::Int(1)], |a, b| Some(a.add(b)))
    });
    for (name, operation) in [
        ("subf", (|a, b| Some(a.subtract(b))) as fn(&Decimal, &Decimal) -> Option<Decimal>),
        ("mulf", |a, b| Some(a.multiply(b))),
        ("divf", Decimal::divide),
    ] {
        variadic(functions, name, &[Type::Any], Type::Any, move |arguments| {
            decimal(arguments.value(0), arguments.rest(1), operation)
        });
    }
}

fn decimal(first: &Value, rest: &[Value], operation: fn(&Decimal, &Decimal) -> Option<Decimal>) -> Returned {
    let convert = |value: &Value| {
        let number = to_float(value);
        Decimal::from_float(number)
            .ok_or_else(|| format!("Cannot create a Decimal from {}", ferroflux_go::float::format_g(number)))
    };
    let mut result = convert(first)?;
    for value in rest {
        result = operation(&result, &convert(value)?).ok_or("decimal division by 0")?;
    }
    Ok(Value::Float(result.to_float()))
}

/// Rounds to a number of places; what is at least the third argument (a half) of a unit goes up.
fn round(arguments: &Arguments) -> Returned {
    let round_on = match arguments.value(2) {
        Value::Float(round_on) => *round_on,
        _ => 0.5,
    };
    let power = 10f64.powf(arguments.int(1) as f64);
    let digit = power * to_float(arguments.value(0));
    let rounded = if digit.fract() >= round_on { digit.ceil() } else { digit.floor() };
    Ok(Value::Float(rounded / power))
}
