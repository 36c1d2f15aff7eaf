//! Calls: arguments are evaluated for the type of their parameter, as Go checks them.

use super::{Execution, Frame, Place, Result, Slot};
use crate::{
    error::Cause,
    function::{CallError, Function, Type},
    parse::node::{Operand, Term},
    value::{Text, Value},
};

impl Execution<'_> {
    /// A function by name. `place` is what an error of the call names: the whole command, or the bare identifier.
    #[expect(clippy::too_many_arguments, reason = "the evaluator's state, as each step needs it")]
    pub(super) fn function<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        name: &'t str,
        identifier: &'t Operand,
        place: Place<'t>,
        arguments: &'t [Operand],
        last: Option<Slot>,
    ) -> Result<Slot> {
        frame.place = Place::Operand(identifier);
        let Some(function) = self.lookup_function(name) else {
            return Err(frame.error(format!("{} is not a defined function", crate::quote::quote(name))));
        };
        if self.functions.is_builtin(name) && matches!(name, "and" | "or") {
            return self.short_circuit(frame, dot, name, &function, arguments, last);
        }
        if name == "len" && self.functions.is_builtin(name) && last.is_none() && is_nil(arguments) {
            // Go tells a literal nil from a value that is missing.
            frame.place = place;
            let error = CallError::Message("reflect: call of reflect.Value.Type on zero Value".into());
            return Err(frame.failure(Cause::Call { function: name.to_owned(), error }));
        }
        self.call(frame, dot, &function, name, place, arguments, last)
    }

    fn count_arguments(
        frame: &Frame<'_>,
        name: &str,
        function: &Function,
        given: usize,
        has_last: bool,
    ) -> Result<()> {
        let total = given + usize::from(has_last);
        let fixed = function.parameters.len();
        if function.variadic.is_some() {
            if total < fixed {
                return Err(frame
                    .error(format!("wrong number of args for {name}: want at least {fixed} got {given}")));
            }
        } else if total != fixed {
            return Err(frame.error(format!("wrong number of args for {name}: want {fixed} got {total}")));
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the evaluator's state, as each step needs it")]
    pub(super) fn call<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        function: &Function,
        name: &str,
        place: Place<'t>,
        arguments: &'t [Operand],
        last: Option<Slot>,
    ) -> Result<Slot> {
        Self::count_arguments(frame, name, function, arguments.len(), last.is_some())?;
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for (index, operand) in arguments.iter().enumerate() {
            values.push(self.argument(frame, dot, function.parameter(index), operand)?.value);
        }
        if let Some(last) = last {
            let parameter = function.parameter(arguments.len());
            values.push(validate(frame, last, parameter)?.value);
        }
        let body = function.body.clone();
        match body(self, values) {
            Ok(value) => Ok(Slot::concrete(value)),
            Err(error) => {
                frame.place = place;
                let error = match (error, arguments.first()) {
                    (CallError::NotAFunction(type_name), Some(first)) => {
                        CallError::Message(format!("non-function {first} of type {type_name}"))
                    }
                    (error, _) => error,
                };
                Err(frame.failure(Cause::Call { function: name.to_owned(), error }))
            }
        }
    }

    /// `and` and `or`: operands are evaluated until one decides, which is the result.
    fn short_circuit<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        name: &str,
        function: &Function,
        arguments: &'t [Operand],
        last: Option<Slot>,
    ) -> Result<Slot> {
        Self::count_arguments(frame, name, function, arguments.len(), last.is_some())?;
        let decides = name == "or";
        let mut value = Slot::default();
        for operand in arguments {
            value = Slot::concrete(self.argument(frame, dot, Type::Reflect, operand)?.value);
            if value.value.is_true() == decides {
                return Ok(value);
            }
        }
        Ok(last.map_or(value, |last| Slot::concrete(last.value)))
    }

    /// The value of an operand that stands where a parameter of the given type is.
    pub(super) fn argument<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        parameter: Type,
        operand: &'t Operand,
    ) -> Result<Slot> {
        frame.place = Place::Operand(operand);
        let slot = match &operand.term {
            Term::Dot => dot.clone(),
            Term::Nil => {
                return if parameter.can_be_nil() {
                    Ok(Slot { value: Value::Nil, interface: parameter == Type::Any })
                } else {
                    Err(frame.error(format!("cannot assign nil to {}", parameter.name())))
                };
            }
            Term::Field(fields) => self.field_chain(frame, dot, dot.clone(), operand, fields, &[], None)?,
            Term::Variable(variable) => self.variable(frame, dot, operand, variable, &[], None)?,
            Term::Pipe(pipe) => self.pipeline(frame, dot, pipe)?,
            Term::Identifier(name) => {
                self.function(frame, dot, name, operand, Place::Operand(operand), &[], None)?
            }
            Term::Chain(inner, fields) => self.chain(frame, dot, operand, inner, fields, &[], None)?,
            Term::Bool(_) | Term::Number(_) | Term::String { .. } => {
                return literal(frame, parameter, operand);
            }
        };
        validate(frame, slot, parameter)
    }
}

fn is_nil(arguments: &[Operand]) -> bool {
    matches!(arguments, [Operand { term: Term::Nil, .. }])
}

/// A literal adapts to the type of its parameter.
fn literal<'t>(frame: &mut Frame<'t>, parameter: Type, operand: &'t Operand) -> Result<Slot> {
    let value = match (parameter, &operand.term) {
        (Type::Any | Type::Reflect | Type::Bool, Term::Bool(value)) => Value::Bool(*value),
        (Type::Any | Type::Reflect, Term::Number(_)) => return frame.constant(operand),
        (Type::Any | Type::Reflect | Type::String, Term::String { value, .. }) => {
            Value::String(Text::from(value.as_str()))
        }
        (Type::Int, Term::Number(number)) if number.int.is_some() => {
            Value::Int(number.int.unwrap_or_default())
        }
        (Type::Int64, Term::Number(number)) if number.int.is_some() => {
            Value::Int64(number.int.unwrap_or_default())
        }
        (Type::Uint32, Term::Number(number)) => match number.uint.map(u32::try_from) {
            Some(Ok(value)) => Value::Uint64(u64::from(value)),
            Some(Err(_)) => return Err(frame.error(format!("{} overflows uint32", number.text))),
            None => return Err(frame.error(format!("expected unsigned integer; found {operand}"))),
        },
        (Type::Float64, Term::Number(number)) if number.float.is_some() => {
            Value::Float(number.float.unwrap_or_default())
        }
        (Type::Bool, _) => return Err(frame.error(format!("expected bool; found {operand}"))),
        (Type::String, _) => return Err(frame.error(format!("expected string; found {operand}"))),
        (Type::Int | Type::Int64, _) => return Err(frame.error(format!("expected integer; found {operand}"))),
        (Type::Uint32, _) => {
            return Err(frame.error(format!("expected unsigned integer; found {operand}")));
        }
        (Type::Float64, _) => return Err(frame.error(format!("expected float; found {operand}"))),
        _ => {
            return Err(frame.error(format!("can't handle {operand} for arg of type {}", parameter.name())));
        }
    };
    Ok(Slot::concrete(value))
}

/// Checks that a value may be assigned to the parameter's type.
fn validate(frame: &Frame<'_>, slot: Slot, parameter: Type) -> Result<Slot> {
    if slot.is_invalid() {
        if parameter.can_be_nil() {
            return Ok(slot);
        }
        return Err(frame.error(format!("invalid value; expected {}", parameter.name())));
    }
    let nil_interface = matches!(slot.value, Value::Nil);
    let accepted = if nil_interface {
        matches!(parameter, Type::Any | Type::Reflect)
    } else {
        parameter.accepts(&slot.value)
    };
    if accepted {
        return Ok(slot);
    }
    // A value that Go knows as an interface is unwrapped for the check, and the message then names what it holds.
    let type_name = if nil_interface { "interface {}".to_owned() } else { slot.value.type_name() };
    Err(frame.error(format!("wrong type for value; expected {}; got {type_name}", parameter.name())))
}
