//! Runs parsed templates: walks the nodes, keeps variables and the place that an error message names.
//!
//! Every entry point is bounded: nesting of templates, bytes of output and allocation, and (through a passed-in
//! check) time. What runs out is an error of the template, never a crash.

mod call;
mod field;
mod range;

use std::sync::Arc;

use crate::{
    error::{Cause, ExecError},
    function::{CallError, Function},
    parse::{
        Tree,
        node::{Branch, Command, Node, Operand, Pipe, Position, Term, Variable},
    },
    printf,
    quote::quote,
    set::{Functions, Templates},
    value::{Text, Value},
};

/// What an execution may use up. The defaults suit charts of any real size.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How deep templates may execute templates, by `template` or through functions that render. Go stops at
    /// 100,000, and so says the message; the native stack has to hold it, at some 3 KiB a level in an optimised
    /// build and ten times that in others.
    pub depth: usize,
    /// Bytes that may be written or allocated by functions, all in all.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 5_000, bytes: 512 << 20 }
    }
}

/// Go's words, with Go's limit.
const TOO_DEEP: &str = "exceeded maximum template depth (100000)";

/// One run over a set of templates with a set of functions. Functions that render get at it.
pub struct Execution<'a> {
    templates: &'a Templates,
    /// Templates that were added for the time of a call, the innermost last.
    added: Vec<Templates>,
    functions: &'a Functions,
    limits: Limits,
    depth: usize,
    interrupted: &'a dyn Fn() -> bool,
    steps: u32,
}

/// A value and whether Go knows it only as an interface, which is what map and slice elements are.
#[derive(Clone, Default)]
pub(crate) struct Slot {
    pub(crate) value: Value,
    pub(crate) interface: bool,
}

impl Slot {
    fn concrete(value: Value) -> Self {
        Self { value, interface: false }
    }

    /// Go's zero `reflect.Value`: not even a nil interface.
    fn is_invalid(&self) -> bool {
        matches!(self.value, Value::Nil) && !self.interface
    }

    fn type_name(&self) -> String {
        if self.interface { "interface {}".into() } else { self.value.type_name() }
    }
}

/// How a node ended: go on, or leave the loop.
#[derive(PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Break,
    Continue,
}

/// The node that an error names.
#[derive(Clone, Copy)]
pub(crate) enum Place<'t> {
    Start,
    Node(&'t Node, Position),
    Branch(&'static str, &'t Branch),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Operand(&'t Operand),
    /// An operand's field node, named after its own text: used for variables with fields.
    Variable(&'t Variable, Position),
}

/// The execution of one template.
pub(crate) struct Frame<'t> {
    tree: &'t Tree,
    variables: Vec<(&'t str, Slot)>,
    place: Place<'t>,
}

type Result<T> = std::result::Result<T, Box<ExecError>>;

impl<'a> Execution<'a> {
    /// An execution over these templates and functions. `interrupted` is asked now and then whether to stop.
    pub fn new(
        templates: &'a Templates,
        functions: &'a Functions,
        limits: Limits,
        interrupted: &'a dyn Fn() -> bool,
    ) -> Self {
        Self { templates, added: Vec::new(), functions, limits, depth: 0, interrupted, steps: 0 }
    }

    /// Executes the template `name` with `data` as its dot and gives its output.
    pub fn render(&mut self, name: &str, data: Value) -> std::result::Result<Vec<u8>, CallError> {
        let Some(tree) = self.template(name) else {
            return Err(CallError::Message(format!(
                "template: no template {} associated with template {}",
                quote(name),
                quote(self.templates.root_name())
            )));
        };
        if self.depth >= self.limits.depth {
            return Err(TOO_DEEP.into());
        }
        let mut output = Vec::new();
        self.run(&tree, Slot::concrete(data), &mut output).map_err(CallError::Template)?;
        Ok(output)
    }

    /// Runs `body` with further templates that are forgotten afterwards. Nothing is copied: lookups go from the
    /// innermost addition outwards. An empty body does not hide another one of its name.
    pub fn with_templates<T>(&mut self, added: Vec<Arc<Tree>>, body: impl FnOnce(&mut Self) -> T) -> T {
        let mut set = Templates::default();
        for tree in added {
            let hides = !tree.is_empty() || self.template(&tree.name).is_none_or(|known| known.is_empty());
            if hides {
                set.insert(tree);
            }
        }
        self.added.push(set);
        let result = body(self);
        self.added.pop();
        result
    }

    fn template(&self, name: &str) -> Option<Arc<Tree>> {
        let added = self.added.iter().rev().find_map(|set| set.get(name));
        added.or_else(|| self.templates.get(name))
    }

    /// Executes a parsed body that need not be in the set.
    pub fn render_tree(&mut self, tree: &Tree, data: Value) -> std::result::Result<Vec<u8>, CallError> {
        if self.depth >= self.limits.depth {
            return Err(TOO_DEEP.into());
        }
        let mut output = Vec::new();
        self.run(tree, Slot::concrete(data), &mut output).map_err(CallError::Template)?;
        Ok(output)
    }

    /// The functions that templates may call.
    pub fn functions(&self) -> &Functions {
        self.functions
    }

    /// Takes `bytes` from the allowance, for a function that is about to allocate them.
    pub fn charge(&mut self, bytes: usize) -> std::result::Result<(), CallError> {
        match self.limits.bytes.checked_sub(bytes) {
            Some(left) => {
                self.limits.bytes = left;
                Ok(())
            }
            None => Err("the template needs more memory than it may use".into()),
        }
    }

    fn run(&mut self, tree: &Tree, dot: Slot, output: &mut Vec<u8>) -> Result<()> {
        let mut frame = Frame { tree, variables: vec![("$", dot.clone())], place: Place::Start };
        self.depth += 1;
        let result = self.list(&mut frame, &dot, &tree.root, output);
        self.depth -= 1;
        result.map(|_| ())
    }

    fn list<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        list: &'t [Node],
        output: &mut Vec<u8>,
    ) -> Result<Flow> {
        for node in list {
            let flow = self.walk(frame, dot, node, output)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn walk<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        node: &'t Node,
        output: &mut Vec<u8>,
    ) -> Result<Flow> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(1024) && (self.interrupted)() {
            return Err(frame.error("the execution was interrupted"));
        }
        match node {
            Node::Text { position, text } => {
                frame.place = Place::Node(node, *position);
                self.write(frame, text.as_bytes(), output)?;
            }
            Node::Action { position, pipe } => {
                frame.place = Place::Node(node, *position);
                let slot = self.pipeline(frame, dot, pipe)?;
                if pipe.declarations.is_empty() {
                    frame.place = Place::Node(node, *position);
                    self.print(frame, pipe, &slot.value, output)?;
                }
            }
            Node::If(branch) => return self.if_or_with(frame, dot, "if", branch, output),
            Node::With(branch) => return self.if_or_with(frame, dot, "with", branch, output),
            Node::Range(branch) => return self.range(frame, dot, branch, output),
            Node::Template { position, name, pipe } => {
                frame.place = Place::Node(node, *position);
                let Some(tree) = self.template(name) else {
                    return Err(frame.error(format!("template {} not defined", quote(name))));
                };
                if self.depth >= self.limits.depth {
                    return Err(frame.error(TOO_DEEP));
                }
                let argument = match pipe {
                    Some(pipe) => self.pipeline(frame, dot, pipe)?,
                    None => Slot::default(),
                };
                self.run(&tree, argument, output)?;
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
            Node::End | Node::Else => {}
        }
        Ok(Flow::Next)
    }

    fn write(&mut self, frame: &Frame<'_>, bytes: &[u8], output: &mut Vec<u8>) -> Result<()> {
        self.charge(bytes.len()).map_err(|error| frame.error(error.to_string()))?;
        output.extend_from_slice(bytes);
        Ok(())
    }

    fn print(&mut self, frame: &Frame<'_>, pipe: &Pipe, value: &Value, output: &mut Vec<u8>) -> Result<()> {
        match value {
            Value::Nil => self.write(frame, b"<no value>", output),
            Value::String(text) => self.write(frame, text.as_bytes(), output),
            Value::Function(function) => {
                Err(frame.error(format!("can't print {pipe} of type {}", function.type_name())))
            }
            value => {
                let own = match value {
                    Value::Object(object) => object.printed_by_action(),
                    _ => None,
                };
                let text = own.unwrap_or_else(|| printf::sprint_value(value, 'v', printf::Style::Plain));
                self.write(frame, text.as_bytes(), output)
            }
        }
    }

    fn if_or_with<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        kind: &'static str,
        branch: &'t Branch,
        output: &mut Vec<u8>,
    ) -> Result<Flow> {
        let mark = frame.variables.len();
        frame.place = Place::Branch(kind, branch);
        let slot = self.pipeline(frame, dot, &branch.pipe)?;
        let flow = if slot.value.is_true() {
            let dot = if kind == "with" { &slot } else { dot };
            self.list(frame, dot, &branch.list, output)?
        } else if let Some(list) = &branch.else_list {
            self.list(frame, dot, list, output)?
        } else {
            Flow::Next
        };
        frame.variables.truncate(mark);
        Ok(flow)
    }

    /// The value of a pipeline; sets the variables that it declares or assigns.
    fn pipeline<'t>(&mut self, frame: &mut Frame<'t>, dot: &Slot, pipe: &'t Pipe) -> Result<Slot> {
        frame.place = Place::Pipe(pipe);
        let mut value: Option<Slot> = None;
        for command in &pipe.commands {
            let slot = self.command(frame, dot, command, value)?;
            // Between commands an interface gives way to what it holds; nil to no value at all.
            value = Some(Slot::concrete(slot.value));
        }
        let value = value.unwrap_or_default();
        for variable in &pipe.declarations {
            if pipe.is_assign {
                frame.assign(&variable.name, value.clone())?;
            } else {
                frame.variables.push((&variable.name, value.clone()));
            }
        }
        Ok(value)
    }

    fn command<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        dot: &Slot,
        command: &'t Command,
        last: Option<Slot>,
    ) -> Result<Slot> {
        let Some((first, arguments)) = command.arguments.split_first() else {
            return Err(frame.error("empty command"));
        };
        match &first.term {
            Term::Field(fields) => {
                frame.place = Place::Operand(first);
                return self.field_chain(frame, dot, dot.clone(), first, fields, arguments, last);
            }
            Term::Chain(operand, fields) => {
                return self.chain(frame, dot, first, operand, fields, arguments, last);
            }
            Term::Identifier(name) => {
                return self.function(frame, dot, name, first, Place::Command(command), arguments, last);
            }
            Term::Pipe(pipe) => {
                frame.not_a_function(first, arguments, last.as_ref())?;
                return self.pipeline(frame, dot, pipe);
            }
            Term::Variable(variable) => {
                return self.variable(frame, dot, first, variable, arguments, last);
            }
            _ => {}
        }
        frame.place = Place::Operand(first);
        frame.not_a_function(first, arguments, last.as_ref())?;
        match &first.term {
            Term::Bool(value) => Ok(Slot::concrete(Value::Bool(*value))),
            Term::Dot => Ok(dot.clone()),
            Term::Number(_) => frame.constant(first),
            Term::String { value, .. } => Ok(Slot::concrete(Value::String(Text::from(value.as_str())))),
            _ => Err(frame.error("nil is not a command")),
        }
    }

    fn lookup_function(&self, name: &str) -> Option<Function> {
        self.functions.get(name).cloned()
    }
}

impl<'t> Frame<'t> {
    /// An error at the current place.
    fn error(&self, message: impl Into<String>) -> Box<ExecError> {
        self.failure(Cause::Raised(message.into()))
    }

    fn failure(&self, cause: Cause) -> Box<ExecError> {
        let (position, context) = match self.place {
            Place::Start => (0, String::new()),
            Place::Node(node, position) => (position, node.to_string()),
            Place::Branch(kind, branch) => (branch.position, format!("{{{{{kind} {}}}}}", branch.pipe)),
            Place::Pipe(pipe) => (pipe.position, pipe.to_string()),
            Place::Command(command) => {
                (command.arguments.first().map_or(0, |operand| operand.position), command.to_string())
            }
            Place::Operand(operand) => (operand.position, operand.to_string()),
            Place::Variable(variable, position) => (position, variable.to_string()),
        };
        Box::new(ExecError {
            location: self.tree.location(position),
            template: self.tree.name.clone(),
            context,
            cause,
        })
    }

    fn assign(&mut self, name: &str, value: Slot) -> Result<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err(self.error(format!("undefined variable: {name}"))),
        }
    }

    fn not_a_function(&self, first: &Operand, arguments: &[Operand], last: Option<&Slot>) -> Result<()> {
        if arguments.is_empty() && last.is_none() {
            return Ok(());
        }
        Err(self.error(format!("can't give argument to non-function {first}")))
    }

    /// A number constant where any type will do: float, else int.
    fn constant(&mut self, operand: &'t Operand) -> Result<Slot> {
        self.place = Place::Operand(operand);
        let Term::Number(number) = &operand.term else {
            return Err(self.error("not a number"));
        };
        if let Some((re, im)) = number.complex {
            return Ok(Slot::concrete(Value::Object(std::rc::Rc::new(crate::complex::Complex { re, im }))));
        }
        if number.is_ideal_float() {
            return Ok(Slot::concrete(Value::Float(number.float.unwrap_or_default())));
        }
        match number.int {
            Some(value) => Ok(Slot::concrete(Value::Int(value))),
            None => Err(self.error(format!("{} overflows int", number.text))),
        }
    }
}
