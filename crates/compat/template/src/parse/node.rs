//! The parsed form of a template and its canonical text, which error messages quote.

use std::fmt::{self, Display, Write};

use crate::number::Number;

/// The byte offset of a node in the template's text.
pub(crate) type Position = usize;

/// A list of nodes that run one after the other.
pub(crate) type List = Vec<Node>;

/// Something that stands between the delimiters, or the text around them.
#[derive(Debug)]
pub(crate) enum Node {
    Text {
        position: Position,
        text: String,
    },
    Action {
        position: Position,
        pipe: Pipe,
    },
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    Template {
        position: Position,
        name: String,
        pipe: Option<Pipe>,
    },
    Break,
    Continue,
    /// `{{end}}`; only ever seen by the parser.
    End,
    /// `{{else}}`; only ever seen by the parser.
    Else,
}

/// The parts that `if`, `with` and `range` share.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) position: Position,
    pub(crate) pipe: Pipe,
    pub(crate) list: List,
    pub(crate) else_list: Option<List>,
}

/// Commands whose result is handed on, and the variables that take the last one.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    pub(crate) position: Position,
    pub(crate) is_assign: bool,
    pub(crate) declarations: Vec<Variable>,
    pub(crate) commands: Vec<Command>,
}

/// An operand with its arguments.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) arguments: Vec<Operand>,
}

/// `$x.a.b`: a variable's name with its dollar sign, and the fields behind it.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) position: Position,
    pub(crate) name: String,
    pub(crate) fields: Vec<String>,
}

/// An operand of a command, with its position.
#[derive(Debug)]
pub(crate) struct Operand {
    pub(crate) position: Position,
    pub(crate) term: Term,
}

/// What an operand is.
#[derive(Debug)]
pub(crate) enum Term {
    Bool(bool),
    Dot,
    Nil,
    Number(Number),
    /// The unquoted value and the text as written.
    String {
        value: String,
        written: String,
    },
    Field(Vec<String>),
    Variable(Variable),
    Identifier(String),
    Pipe(Pipe),
    /// An operand followed by field accesses: `(pipe).a.b`, `f.a`.
    Chain(Box<Operand>, Vec<String>),
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[String]) -> fmt::Result {
    for field in fields {
        f.write_char('.')?;
        f.write_str(field)?;
    }
    Ok(())
}

impl Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        write_fields(f, &self.fields)
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Bool(value) => write!(f, "{value}"),
            Term::Dot => f.write_char('.'),
            Term::Nil => f.write_str("nil"),
            Term::Number(number) => f.write_str(&number.text),
            Term::String { written, .. } => f.write_str(written),
            Term::Field(fields) => write_fields(f, fields),
            Term::Variable(variable) => variable.fmt(f),
            Term::Identifier(name) => f.write_str(name),
            Term::Pipe(pipe) => pipe.fmt(f),
            Term::Chain(operand, fields) => {
                if matches!(operand.term, Term::Pipe(_)) {
                    write!(f, "({operand})")?;
                } else {
                    operand.fmt(f)?;
                }
                write_fields(f, fields)
            }
        }
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, argument) in self.arguments.iter().enumerate() {
            if index > 0 {
                f.write_char(' ')?;
            }
            if matches!(argument.term, Term::Pipe(_)) {
                write!(f, "({argument})")?;
            } else {
                argument.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, variable) in self.declarations.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            variable.fmt(f)?;
        }
        if !self.declarations.is_empty() {
            f.write_str(if self.is_assign { " = " } else { " := " })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Node {
    /// The canonical text of an action; the bodies of branches are left out, as no message quotes them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Text { text, .. } => f.write_str(&crate::quote::quote(text)),
            Node::Action { pipe, .. } => write!(f, "{{{{{pipe}}}}}"),
            Node::If(branch) => write!(f, "{{{{if {}}}}}", branch.pipe),
            Node::With(branch) => write!(f, "{{{{with {}}}}}", branch.pipe),
            Node::Range(branch) => write!(f, "{{{{range {}}}}}", branch.pipe),
            Node::Template { name, pipe, .. } => {
                write!(f, "{{{{template {}", crate::quote::quote(name))?;
                if let Some(pipe) = pipe {
                    write!(f, " {pipe}")?;
                }
                f.write_str("}}")
            }
            Node::Break => f.write_str("{{break}}"),
            Node::Continue => f.write_str("{{continue}}"),
            Node::End => f.write_str("{{end}}"),
            Node::Else => f.write_str("{{else}}"),
        }
    }
}
