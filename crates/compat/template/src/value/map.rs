//! Maps with string keys: references, kept in key order.

use std::{
    cell::{Ref, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use super::{Text, Value};
use crate::function::Function;

/// A named Go map type that has methods, such as a chart's values or files.
pub trait NamedMap {
    /// The type as `%T` prints it.
    fn type_name(&self) -> &'static str;
    /// What a missing key gives.
    fn zero(&self) -> Value {
        Value::Nil
    }
    /// Whether the elements are interfaces (their type then shows as `interface {}`).
    fn holds_interfaces(&self) -> bool {
        true
    }
    /// A method of the type, bound to `map`. Methods win over keys.
    fn method(&self, map: &Map, name: &str) -> Option<Function>;
}

/// The type of a map.
#[derive(Clone)]
pub enum MapType {
    /// `map[string]interface {}`
    Any,
    /// `map[string]string`
    Strings,
    /// A named type with methods
    Named(Rc<dyn NamedMap>),
}

/// A reference to a map. Clones refer to the same entries.
#[derive(Clone)]
pub struct Map {
    kind: MapType,
    entries: Rc<RefCell<BTreeMap<Text, Value>>>,
    nil: bool,
}

impl Map {
    /// An empty map of the given type.
    pub fn new(map_type: MapType) -> Self {
        Self { kind: map_type, entries: Rc::default(), nil: false }
    }

    /// Go's nil map: empty, told from an empty one only by JSON, and not to be written to.
    pub fn nil(map_type: MapType) -> Self {
        Self { kind: map_type, entries: Rc::default(), nil: true }
    }

    /// Whether this is a nil map.
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// A map of the given type with these entries; of equal keys the last one stays.
    pub fn from_entries(map_type: MapType, entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Self { kind: map_type, entries: Rc::new(RefCell::new(entries.into_iter().collect())), nil: false }
    }

    /// The same entries under another type: a Go conversion, which does not copy.
    pub fn with_type(&self, map_type: MapType) -> Self {
        Self { kind: map_type, entries: self.entries.clone(), nil: self.nil }
    }

    /// The type of the map.
    pub fn map_type(&self) -> &MapType {
        &self.kind
    }

    /// The type as `%T` prints it.
    pub fn type_name(&self) -> String {
        match &self.kind {
            MapType::Any => "map[string]interface {}".into(),
            MapType::Strings => "map[string]string".into(),
            MapType::Named(named) => named.type_name().into(),
        }
    }

    /// Whether the elements are interfaces.
    pub fn holds_interfaces(&self) -> bool {
        match &self.kind {
            MapType::Any => true,
            MapType::Strings => false,
            MapType::Named(named) => named.holds_interfaces(),
        }
    }

    /// What a missing key gives: the zero value of the element type.
    pub fn zero(&self) -> Value {
        match &self.kind {
            MapType::Any => Value::Nil,
            MapType::Strings => Value::String(Text::default()),
            MapType::Named(named) => named.zero(),
        }
    }

    /// A method of the map's type.
    pub fn method(&self, name: &str) -> Option<Function> {
        match &self.kind {
            MapType::Named(named) => named.method(self, name),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow().get(key).cloned()
    }

    /// Whether the key is there, whatever its value.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.entries.borrow().contains_key(key)
    }

    /// Sets a key, for every reference to this map.
    pub fn set(&self, key: Text, value: Value) {
        self.entries.borrow_mut().insert(key, value);
    }

    /// Removes a key, for every reference to this map.
    pub fn remove(&self, key: &[u8]) {
        self.entries.borrow_mut().remove(key);
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// The entries by key, as they are now.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        self.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The keys in order, as they are now.
    pub fn keys(&self) -> Vec<Text> {
        self.entries.borrow().keys().cloned().collect()
    }

    /// The entries, borrowed; nothing may write to the map meanwhile.
    pub fn borrow(&self) -> Ref<'_, BTreeMap<Text, Value>> {
        self.entries.borrow()
    }

    /// Whether both refer to the same entries.
    pub fn same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}
