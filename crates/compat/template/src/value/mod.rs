//! The values that templates work on: Go's dynamic values with the types that its error texts name.
//!
//! Maps are references, as in Go: `set` on a map is seen through every other reference to it. Lists and strings are
//! shared and never change. A render runs on one thread, so sharing is by `Rc`.

mod list;
mod map;
mod text;

use std::{fmt, rc::Rc};

pub use list::{ElementType, List};
pub use map::{Map, MapType, NamedMap};
pub use text::Text;

use crate::function::Function;

/// A value of some Go type.
#[derive(Clone, Default)]
pub enum Value {
    /// No value: Go's nil interface, and what a missing key gives.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`, the type of integer literals
    Int(i64),
    /// `int64`, the type of most arithmetic results
    Int64(i64),
    /// `uint64`
    Uint64(u64),
    /// `uint8`, an element of bytes or of a string
    Uint8(u8),
    /// `int32`, a rune
    Int32(i32),
    /// `float64`, the type of every number read from YAML or JSON
    Float(f64),
    /// `string`; any bytes
    String(Text),
    /// `[]uint8`
    Bytes(Rc<[u8]>),
    /// A slice
    List(List),
    /// A map with string keys
    Map(Map),
    /// A value with methods or fields: a time, a version, a certificate
    Object(Rc<dyn Object>),
    /// A function value, as methods are before they are called
    Function(Rc<Function>),
}

/// Go's `reflect.Kind`, as far as templates can tell kinds apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No value
    Invalid,
    /// `bool`
    Bool,
    /// Signed integers of every width
    Int,
    /// Unsigned integers of every width
    Uint,
    /// `float64`
    Float,
    /// `string`
    String,
    /// Slices and arrays
    Slice,
    /// Maps
    Map,
    /// Structures
    Struct,
    /// Pointers to structures
    Pointer,
    /// Functions
    Function,
}

/// A Go value with methods or fields that is neither a map nor a slice.
pub trait Object {
    /// The Go type as `%T` prints it, such as `*semver.Version`.
    fn type_name(&self) -> String;
    /// [`Kind::Struct`] or [`Kind::Pointer`], in rare cases another.
    fn kind(&self) -> Kind {
        Kind::Struct
    }
    /// The value of an exported field.
    fn field(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }
    /// The method of that name.
    fn method(&self, name: &str) -> Option<Function> {
        let _ = name;
        None
    }
    /// What `fmt` prints for `%v` when the type is a Stringer or an error.
    fn display(&self) -> Option<String> {
        None
    }
    /// The fields in order, for printing and JSON.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }
    /// The elements, of an object whose kind is [`Kind::Slice`].
    fn elements(&self) -> Option<Vec<Value>> {
        None
    }
    /// What an action that is nothing but this value prints, if that differs from what `fmt` makes of it: Go takes
    /// the address there, and methods of the pointer count.
    fn printed_by_action(&self) -> Option<String> {
        None
    }
    /// The fields under their names in JSON, if those differ.
    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }
    /// Whether this equals another object of the same type.
    fn equals(&self, other: &dyn Object) -> bool {
        self.type_name() == other.type_name() && self.display().is_some() && self.display() == other.display()
    }
    /// To get the concrete type back.
    fn as_any(&self) -> &dyn std::any::Any;
}

impl Value {
    /// A string value.
    pub fn string(text: impl Into<Text>) -> Self {
        Value::String(text.into())
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Self {
        Value::List(List::new(ElementType::Any, items))
    }

    /// A `map[string]interface {}`.
    pub fn map(entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Value::Map(Map::from_entries(MapType::Any, entries))
    }

    /// Go's kind of the value.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Nil => Kind::Invalid,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) | Value::Int64(_) | Value::Int32(_) => Kind::Int,
            Value::Uint64(_) | Value::Uint8(_) => Kind::Uint,
            Value::Float(_) => Kind::Float,
            Value::String(_) => Kind::String,
            Value::Bytes(_) | Value::List(_) => Kind::Slice,
            Value::Map(_) => Kind::Map,
            Value::Object(object) => object.kind(),
            Value::Function(_) => Kind::Function,
        }
    }

    /// The type as `%T` prints it.
    pub fn type_name(&self) -> String {
        match self {
            Value::Nil => "<nil>".into(),
            Value::Bool(_) => "bool".into(),
            Value::Int(_) => "int".into(),
            Value::Int64(_) => "int64".into(),
            Value::Uint64(_) => "uint64".into(),
            Value::Uint8(_) => "uint8".into(),
            Value::Int32(_) => "int32".into(),
            Value::Float(_) => "float64".into(),
            Value::String(_) => "string".into(),
            Value::Bytes(_) => "[]uint8".into(),
            Value::List(list) => list.type_name(),
            Value::Map(map) => map.type_name(),
            Value::Object(object) => object.type_name(),
            Value::Function(function) => function.type_name(),
        }
    }

    /// The name that Sprig's `kindOf` gives.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Value::Nil => "invalid",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Int64(_) => "int64",
            Value::Uint64(_) => "uint64",
            Value::Uint8(_) => "uint8",
            Value::Int32(_) => "int32",
            Value::Float(_) => "float64",
            Value::String(_) => "string",
            Value::Bytes(_) | Value::List(_) => "slice",
            Value::Map(_) => "map",
            Value::Object(object) => match object.kind() {
                Kind::Pointer => "ptr",
                Kind::Map => "map",
                Kind::Slice => "slice",
                Kind::Int => "int64",
                _ => "struct",
            },
            Value::Function(_) => "func",
        }
    }

    /// Whether `if` and `with` take the value for true: not zero, not empty, not nil. Structures always are.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Nil => false,
            Value::Bool(value) => *value,
            Value::Int(value) | Value::Int64(value) => *value != 0,
            Value::Uint64(value) => *value != 0,
            Value::Uint8(value) => *value != 0,
            Value::Int32(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::String(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Object(object) => match object.kind() {
                Kind::Map => !object.fields().is_empty(),
                Kind::Slice => object.elements().is_some_and(|elements| !elements.is_empty()),
                _ => true,
            },
            Value::Function(_) => true,
        }
    }

    /// The text, if the value is a string.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The map, if the value is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The elements of a slice of any kind; bytes become `uint8` values.
    pub fn elements(&self) -> Option<Vec<Value>> {
        match self {
            Value::List(list) => Some(list.items().to_vec()),
            Value::Bytes(bytes) => Some(bytes.iter().copied().map(Value::Uint8).collect()),
            Value::Object(object) => object.elements(),
            _ => None,
        }
    }

    /// Go's `reflect.DeepEqual`: equal types and contents. Depth is bounded, deeper values count as different.
    pub fn deep_equal(&self, other: &Value) -> bool {
        deep_equal(self, other, crate::MAXIMUM_VALUE_DEPTH)
    }
}

fn deep_equal(left: &Value, right: &Value, budget: usize) -> bool {
    let Some(budget) = budget.checked_sub(1) else {
        return false;
    };
    match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) | (Value::Int64(a), Value::Int64(b)) => a == b,
        (Value::Uint64(a), Value::Uint64(b)) => a == b,
        (Value::Uint8(a), Value::Uint8(b)) => a == b,
        (Value::Int32(a), Value::Int32(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.element_type() == b.element_type()
                && a.is_nil() == b.is_nil()
                && a.len() == b.len()
                && a.items().iter().zip(b.items()).all(|(a, b)| deep_equal(a, b, budget))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.type_name() == b.type_name()
                && (a.same(b)
                    || a.len() == b.len()
                        && a.entries()
                            .iter()
                            .zip(b.entries())
                            .all(|((ka, va), (kb, vb))| *ka == kb && deep_equal(va, &vb, budget)))
        }
        (Value::Object(a), Value::Object(b)) => a.equals(b.as_ref()),
        _ => false,
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::printf::sprint_value(self, 'v', crate::printf::Style::Plus))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::String(value.into())
    }
}
