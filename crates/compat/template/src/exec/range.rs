//! Loops.

use super::{Execution, Flow, Frame, Place, Result, Slot};
use crate::{
    parse::node::Branch,
    printf,
    value::{ElementType, Value},
};

impl Execution<'_> {
    pub(super) fn range<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        branch: &'t Branch,
        output: &mut Vec<u8>,
    ) -> Result<Flow> {
        frame.place = Place::Branch("range", branch);
        let outer = frame.variables.len();
        let value = self.pipeline(frame, dot, &branch.pipe)?.value;
        let mark = frame.variables.len();
        let ran = match &value {
            Value::Nil => false,
            Value::List(list) => {
                let interface = list.element_type() == ElementType::Any;
                let items =
                    list.items().iter().enumerate().map(|(index, item)| {
                        (Value::Int(index as i64), Slot { value: item.clone(), interface })
                    });
                self.iterate(frame, branch, mark, items, output)?
            }
            Value::Bytes(bytes) => {
                let items = bytes
                    .iter()
                    .enumerate()
                    .map(|(index, byte)| (Value::Int(index as i64), Slot::concrete(Value::Uint8(*byte))));
                self.iterate(frame, branch, mark, items, output)?
            }
            Value::Map(map) => {
                let interface = map.holds_interfaces();
                let items = map
                    .entries()
                    .into_iter()
                    .map(|(key, value)| (Value::String(key), Slot { value, interface }));
                self.iterate(frame, branch, mark, items, output)?
            }
            Value::Object(object) if object.elements().is_some() => {
                let items = object
                    .elements()
                    .unwrap_or_default()
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| (Value::Int(index as i64), Slot::concrete(item)));
                self.iterate(frame, branch, mark, items, output)?
            }
            Value::Int(_) | Value::Int64(_) | Value::Int32(_) | Value::Uint64(_) | Value::Uint8(_) => {
                if branch.pipe.declarations.len() > 1 {
                    let shown = printf::sprint_value(&value, 'v', printf::Style::Plain);
                    return Err(
                        frame.error(format!("can't use {shown} to iterate over more than one variable"))
                    );
                }
                self.iterate(frame, branch, mark, numbers(&value), output)?
            }
            value => {
                let shown = printf::sprint_value(value, 'v', printf::Style::Plain);
                return Err(frame.error(format!("range can't iterate over {shown}")));
            }
        };
        let mut flow = Flow::Next;
        if !ran && let Some(list) = &branch.else_list {
            flow = self.list(frame, dot, list, output)?;
        }
        frame.variables.truncate(outer);
        Ok(flow)
    }

    /// Runs the body for each item; false if there was none.
    fn iterate<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        branch: &'t Branch,
        mark: usize,
        items: impl Iterator<Item = (Value, Slot)>,
        output: &mut Vec<u8>,
    ) -> Result<bool> {
        let mut ran = false;
        for (index, item) in items {
            ran = true;
            let declarations = &branch.pipe.declarations;
            if branch.pipe.is_assign {
                match declarations.as_slice() {
                    [first, second] => {
                        frame.assign(&first.name, Slot::concrete(index))?;
                        frame.assign(&second.name, item.clone())?;
                    }
                    [only] => frame.assign(&only.name, item.clone())?,
                    _ => {}
                }
            } else {
                match declarations.len() {
                    1 => frame.set_top(mark, 1, item.clone()),
                    2 => {
                        frame.set_top(mark, 2, Slot::concrete(index));
                        frame.set_top(mark, 1, item.clone());
                    }
                    _ => {}
                }
            }
            let flow = self.list(frame, &item, &branch.list, output);
            frame.variables.truncate(mark);
            if flow? == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }
}

impl Frame<'_> {
    /// Sets the variable that stands `from_top` below the mark.
    fn set_top(&mut self, mark: usize, from_top: usize, slot: Slot) {
        if let Some((_, variable)) =
            mark.checked_sub(from_top).and_then(|index| self.variables.get_mut(index))
        {
            *variable = slot;
        }
    }
}

fn numbers(end: &Value) -> Box<dyn Iterator<Item = (Value, Slot)>> {
    fn each<T: 'static>(
        values: impl Iterator<Item = T> + 'static,
        wrap: fn(T) -> Value,
    ) -> Box<dyn Iterator<Item = (Value, Slot)>> {
        Box::new(values.map(move |value| (Value::Nil, Slot::concrete(wrap(value)))))
    }
    match *end {
        Value::Int(end) => each(0..end, Value::Int),
        Value::Int64(end) => each(0..end, Value::Int64),
        Value::Int32(end) => each(0..end, Value::Int32),
        Value::Uint64(end) => each(0..end, Value::Uint64),
        Value::Uint8(end) => each(0..end, Value::Uint8),
        _ => Box::new(std::iter::empty()),
    }
}
