//! Functions that templates call, with the parameter types that Go checks.

use std::{fmt, rc::Rc};

use crate::{exec::Execution, value::Value};

/// The type of a parameter, as far as templates can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: anything, nil included
    Any,
    /// `reflect.Value`, which builtins take: anything, a missing value included
    Reflect,
    /// `string`
    String,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `uint32`, which only literals are
    Uint32,
    /// `float64`
    Float64,
    /// `map[string]interface {}`
    Map,
    /// `[]interface {}`
    List,
    /// `[]string`
    Strings,
    /// `[]uint8`
    Bytes,
    /// Another type, by its Go name; accepts only objects of that name
    Named(&'static str),
}

impl Type {
    /// The type as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Any => "interface {}",
            Type::Reflect => "reflect.Value",
            Type::String => "string",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Int64 => "int64",
            Type::Uint32 => "uint32",
            Type::Float64 => "float64",
            Type::Map => "map[string]interface {}",
            Type::List => "[]interface {}",
            Type::Strings => "[]string",
            Type::Bytes => "[]uint8",
            Type::Named(name) => name,
        }
    }

    /// Whether nil is a value of the type.
    pub(crate) fn can_be_nil(self) -> bool {
        match self {
            Type::Any | Type::Reflect | Type::Map | Type::List | Type::Strings | Type::Bytes => true,
            Type::Named(name) => name.starts_with('*'),
            Type::String | Type::Bool | Type::Int | Type::Int64 | Type::Uint32 | Type::Float64 => false,
        }
    }

    /// Whether a value may be assigned to a variable of the type.
    pub(crate) fn accepts(self, value: &Value) -> bool {
        use crate::value::{ElementType, MapType};
        match (self, value) {
            (Type::Any | Type::Reflect, _) => true,
            (Type::String, Value::String(_)) | (Type::Bool, Value::Bool(_)) => true,
            (Type::Int, Value::Int(_)) | (Type::Int64, Value::Int64(_)) => true,
            (Type::Float64, Value::Float(_)) | (Type::Bytes, Value::Bytes(_)) => true,
            (Type::Map, Value::Map(map)) => match map.map_type() {
                MapType::Any => true,
                MapType::Strings => false,
                // A named map type whose elements are interfaces has the same underlying type.
                MapType::Named(named) => named.holds_interfaces(),
            },
            (Type::List, Value::List(list)) => list.element_type() == ElementType::Any,
            (Type::Strings, Value::List(list)) => list.element_type() == ElementType::String,
            (Type::Named(name), Value::Object(object)) => object.type_name() == name,
            _ => false,
        }
    }
}

/// Why a call failed: what the function says, or an error of the template that it executed.
#[derive(Debug, Clone)]
pub enum CallError {
    /// The function's own words.
    Message(String),
    /// The first argument of `call`, which is of this type, is no function. The evaluator names its node.
    NotAFunction(String),
    /// An error inside a template that the function executed (`include`, `tpl`).
    Template(Box<crate::ExecError>),
}

impl From<String> for CallError {
    fn from(message: String) -> Self {
        CallError::Message(message)
    }
}

impl From<&str> for CallError {
    fn from(message: &str) -> Self {
        CallError::Message(message.into())
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Message(message) => f.write_str(message),
            CallError::NotAFunction(type_name) => write!(f, "non-function of type {type_name}"),
            CallError::Template(error) => error.fmt(f),
        }
    }
}

/// The body of a function: checked arguments in, a value out. The execution is there for functions that render.
pub type Body = dyn Fn(&mut Execution<'_>, Vec<Value>) -> Result<Value, CallError>;

/// A function with its signature.
#[derive(Clone)]
pub struct Function {
    pub(crate) parameters: Rc<[Type]>,
    pub(crate) variadic: Option<Type>,
    pub(crate) body: Rc<Body>,
}

impl Function {
    /// A function with fixed parameters.
    pub fn new(
        parameters: impl Into<Rc<[Type]>>,
        body: impl Fn(&mut Execution<'_>, Vec<Value>) -> Result<Value, CallError> + 'static,
    ) -> Self {
        Self { parameters: parameters.into(), variadic: None, body: Rc::new(body) }
    }

    /// A function whose last parameter may be given any number of times.
    pub fn variadic(
        parameters: impl Into<Rc<[Type]>>,
        rest: Type,
        body: impl Fn(&mut Execution<'_>, Vec<Value>) -> Result<Value, CallError> + 'static,
    ) -> Self {
        Self { parameters: parameters.into(), variadic: Some(rest), body: Rc::new(body) }
    }

    /// The type as `%T` prints it; result types are not known.
    pub(crate) fn type_name(&self) -> String {
        let mut names: Vec<String> = self.parameters.iter().map(|t| t.name().to_owned()).collect();
        if let Some(rest) = self.variadic {
            names.push(format!("...{}", rest.name()));
        }
        format!("func({})", names.join(", "))
    }

    /// The type of the parameter at `index`, counted over the arguments.
    pub(crate) fn parameter(&self, index: usize) -> Type {
        self.parameters.get(index).copied().or(self.variadic).unwrap_or(Type::Any)
    }
}
