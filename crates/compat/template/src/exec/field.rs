//! Fields, keys and methods of values.

use super::{Execution, Frame, Place, Result, Slot};
use crate::{
    parse::node::{Operand, Term, Variable},
    value::{Kind, Value},
};

impl Execution<'_> {
    /// `(operand).a.b`
    #[expect(clippy::too_many_arguments, reason = "the evaluator's state, as each step needs it")]
    pub(super) fn chain<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        whole: &'t Operand,
        operand: &'t Operand,
        fields: &'t [String],
        arguments: &'t [Operand],
        last: Option<Slot>,
    ) -> Result<Slot> {
        frame.place = Place::Operand(whole);
        if matches!(operand.term, Term::Nil) {
            return Err(frame.error(format!("indirection through explicit nil in {whole}")));
        }
        let receiver = self.argument(frame, dot, crate::function::Type::Any, operand)?;
        // A pipeline in parentheses has already given up its interface.
        let receiver =
            Slot { interface: receiver.interface && !matches!(operand.term, Term::Pipe(_)), ..receiver };
        self.field_chain(frame, dot, receiver, whole, fields, arguments, last)
    }

    /// `$x` or `$x.a.b`
    pub(super) fn variable<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        operand: &'t Operand,
        variable: &'t Variable,
        arguments: &'t [Operand],
        last: Option<Slot>,
    ) -> Result<Slot> {
        frame.place = Place::Variable(variable, operand.position);
        let found = frame.variables.iter().rev().find(|(name, _)| *name == variable.name);
        let Some((_, value)) = found else {
            return Err(frame.error(format!("undefined variable: {}", variable.name)));
        };
        let value = value.clone();
        if variable.fields.is_empty() {
            frame.not_a_function(operand, arguments, last.as_ref())?;
            return Ok(value);
        }
        self.field_chain(frame, dot, value, operand, &variable.fields, arguments, last)
    }

    /// Follows `fields` from `receiver`; only the last one may take arguments.
    #[expect(clippy::too_many_arguments, reason = "the evaluator's state, as each step needs it")]
    pub(super) fn field_chain<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        mut receiver: Slot,
        operand: &'t Operand,
        fields: &'t [String],
        arguments: &'t [Operand],
        last: Option<Slot>,
    ) -> Result<Slot> {
        let Some((final_field, fields)) = fields.split_last() else {
            return Ok(receiver);
        };
        for field in fields {
            receiver = self.field(frame, dot, field, operand, &[], None, receiver)?;
        }
        self.field(frame, dot, final_field, operand, arguments, last, receiver)
    }

    #[expect(clippy::too_many_arguments, reason = "the evaluator's state, as each step needs it")]
    fn field<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        name: &'t str,
        operand: &'t Operand,
        arguments: &'t [Operand],
        last: Option<Slot>,
        receiver: Slot,
    ) -> Result<Slot> {
        if receiver.is_invalid() {
            return Ok(Slot::default());
        }
        let has_arguments = !arguments.is_empty() || last.is_some();
        let method = match &receiver.value {
            Value::Nil => {
                let type_name = receiver.type_name();
                return Err(frame.error(format!("nil pointer evaluating {type_name}.{name}")));
            }
            Value::Map(map) => map.method(name),
            Value::Object(object) => object.method(name),
            _ => None,
        };
        if let Some(method) = method {
            return self.call(frame, dot, &method, name, Place::Operand(operand), arguments, last);
        }
        match &receiver.value {
            Value::Map(map) => {
                if has_arguments {
                    return Err(frame.error(format!("{name} is not a method but has arguments")));
                }
                let interface = map.holds_interfaces();
                let value = map.get(name.as_bytes()).unwrap_or_else(|| map.zero());
                Ok(Slot { value, interface })
            }
            Value::Object(object) if matches!(object.kind(), Kind::Struct | Kind::Pointer) => {
                match object.field(name) {
                    Some(_) if has_arguments => {
                        Err(frame.error(format!("{name} has arguments but cannot be invoked as function")))
                    }
                    Some(value) => Ok(Slot::concrete(value)),
                    None => Err(no_field(frame, name, &receiver)),
                }
            }
            _ => Err(no_field(frame, name, &receiver)),
        }
    }
}

fn no_field(frame: &Frame<'_>, name: &str, receiver: &Slot) -> Box<crate::ExecError> {
    frame.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
}
