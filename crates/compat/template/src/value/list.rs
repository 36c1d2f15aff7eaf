//! Slices with the element type that Go knows of them.

use std::rc::Rc;

use super::Value;

/// The element type of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    /// `interface {}`
    Any,
    /// `string`
    String,
    /// `int`
    Int,
    /// `[]interface {}`
    List,
    /// `map[string]interface {}`
    Map,
}

impl ElementType {
    /// The element's type as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            ElementType::Any => "interface {}",
            ElementType::String => "string",
            ElementType::Int => "int",
            ElementType::List => "[]interface {}",
            ElementType::Map => "map[string]interface {}",
        }
    }
}

/// A slice. Its elements are shared and never change.
#[derive(Clone)]
pub struct List {
    element_type: ElementType,
    items: Rc<Vec<Value>>,
    nil: bool,
}

impl List {
    /// A slice of the given elements, which must be of the element type.
    pub fn new(element_type: ElementType, items: Vec<Value>) -> Self {
        Self { element_type, items: Rc::new(items), nil: false }
    }

    /// Go's nil slice: empty, and told from an empty one only by JSON, `%#v` and deep comparison.
    pub fn nil(element_type: ElementType) -> Self {
        Self { element_type, items: Rc::default(), nil: true }
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// A `[]string`.
    pub fn of_strings<T: Into<super::Text>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(ElementType::String, items.into_iter().map(|item| Value::String(item.into())).collect())
    }

    /// The type of the elements.
    pub fn element_type(&self) -> ElementType {
        self.element_type
    }

    /// The elements.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The type as `%T` prints it.
    pub fn type_name(&self) -> String {
        format!("[]{}", self.element_type.name())
    }
}
