//! Types and kinds of values, under their Go names.

use ferroflux_template::{Functions, Type, Value};

use super::signature::fixed;

const NAME_AND_VALUE: &[Type] = &[Type::String, Type::Any];

pub(super) fn add(functions: &mut Functions) {
    fixed(functions, "typeOf", &[Type::Any], |arguments| Ok(Value::from(arguments.value(0).type_name())));
    fixed(functions, "typeIs", NAME_AND_VALUE, |arguments| {
        Ok(Value::Bool(arguments.value(1).type_name() == arguments.string(0)))
    });
    fixed(functions, "typeIsLike", NAME_AND_VALUE, |arguments| {
        let (wanted, held) = (arguments.string(0), arguments.value(1).type_name());
        Ok(Value::Bool(held == wanted || held == format!("*{wanted}")))
    });
    fixed(functions, "kindOf", &[Type::Any], |arguments| Ok(Value::from(arguments.value(0).kind_name())));
    fixed(functions, "kindIs", NAME_AND_VALUE, |arguments| {
        Ok(Value::Bool(arguments.value(1).kind_name() == arguments.string(0)))
    });
    fixed(functions, "deepEqual", &[Type::Any, Type::Any], |arguments| {
        Ok(Value::Bool(arguments.value(0).deep_equal(arguments.value(1))))
    });
}
