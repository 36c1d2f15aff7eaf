//! Short forms for the signatures that most functions have, and the text of values.

use ferroflux_template::{CallError, Function, Functions, Map, Text, Type, Value, printf};

use super::Returned;

/// Checked arguments, taken by position. The evaluator has checked types and number, so that what is missing here
/// is nil where Go allows nil.
pub(super) struct Arguments(pub(super) Vec<Value>);

impl Arguments {
    pub(super) fn value(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&Value::Nil)
    }

    pub(super) fn text(&self, index: usize) -> Text {
        self.value(index).as_text().cloned().unwrap_or_default()
    }

    pub(super) fn string(&self, index: usize) -> String {
        self.text(index).to_str().into_owned()
    }

    pub(super) fn int(&self, index: usize) -> i64 {
        match self.value(index) {
            Value::Int(number) | Value::Int64(number) => *number,
            _ => 0,
        }
    }

    /// A map parameter; nil stands for Go's nil map.
    pub(super) fn map(&self, index: usize) -> Option<Map> {
        self.value(index).as_map().cloned()
    }

    pub(super) fn rest(&self, from: usize) -> &[Value] {
        self.0.get(from..).unwrap_or_default()
    }
}

/// Adds a function with fixed parameters.
pub(super) fn fixed(
    functions: &mut Functions,
    name: &str,
    parameters: &'static [Type],
    body: impl Fn(&Arguments) -> Returned + 'static,
) {
    functions.insert(name, Function::new(parameters, move |_, values| body(&Arguments(values))));
}

/// Adds a function whose last parameter may be repeated.
pub(super) fn variadic(
    functions: &mut Functions,
    name: &str,
    parameters: &'static [Type],
    rest: Type,
    body: impl Fn(&Arguments) -> Returned + 'static,
) {
    functions.insert(name, Function::variadic(parameters, rest, move |_, values| body(&Arguments(values))));
}

/// Adds a function from text to text.
pub(super) fn on_text(functions: &mut Functions, name: &str, body: impl Fn(&str) -> String + 'static) {
    fixed(functions, name, &[Type::String], move |arguments| Ok(Value::from(body(&arguments.string(0)))));
}

/// Adds a function that may allocate as much as `size` tells; more than the execution may use is an error.
pub(super) fn sized(
    functions: &mut Functions,
    name: &'static str,
    parameters: &'static [Type],
    size: impl Fn(&Arguments) -> usize + 'static,
    body: impl Fn(&Arguments) -> Returned + 'static,
) {
    functions.insert(
        name,
        Function::new(parameters, move |execution, values| {
            let arguments = Arguments(values);
            execution.charge(size(&arguments)).map_err(|_| too_large(name))?;
            body(&arguments)
        }),
    );
}

/// Adds a function whose result is paid for after it was made, as its size follows from the arguments' own.
pub(super) fn produced(
    functions: &mut Functions,
    name: &'static str,
    parameters: &'static [Type],
    body: impl Fn(&Arguments) -> Returned + 'static,
) {
    functions.insert(
        name,
        Function::new(parameters, move |execution, values| {
            let result = body(&Arguments(values))?;
            execution.charge(result.as_text().map_or(0, |text| text.len())).map_err(|_| too_large(name))?;
            Ok(result)
        }),
    );
}

/// The error of a function whose result would go beyond what an execution may allocate.
pub(super) fn too_large(name: &str) -> CallError {
    CallError::Message(format!("{name}: the result needs more memory than a template may use"))
}

/// Sprig's `strval`: strings and bytes as they are, everything else as `%v` prints it.
pub(super) fn text_of(value: &Value) -> Text {
    match value {
        Value::String(text) => text.clone(),
        Value::Bytes(bytes) => Text::from_bytes(bytes),
        value => printed(value),
    }
}

/// What `%v` prints.
pub(super) fn printed(value: &Value) -> Text {
    Text::from(printf::sprint(std::slice::from_ref(value)))
}

/// Sprig's `empty`: nil, zero, empty; structures never are.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.is_true()
}

/// The elements of a list, as Sprig's list functions take them: an error names the function and the kind.
pub(super) fn elements(
    value: &Value,
    complaint: impl FnOnce(&str) -> String,
) -> Result<Vec<Value>, CallError> {
    match value {
        Value::Nil => Err("runtime error: invalid memory address or nil pointer dereference".into()),
        value => value.elements().ok_or_else(|| complaint(value.kind_name()).into()),
    }
}
