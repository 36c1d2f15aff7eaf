//! Values: from a chart's defaults and a user's settings to what templates see.

mod coalesce;
mod dependencies;
pub mod set;

use std::{rc::Rc, sync::Arc};

use ferroflux_template::{ElementType, Function, List, Map, MapType, NamedMap, Type, Value};

use crate::chart::{Chart, Metadata};

pub(crate) use coalesce::coalesce_values;
pub(crate) use dependencies::{bind, is_compatible, process_dependencies};

/// A chart in the course of one render: bound to its dependencies, with values that may have been imported.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) chart: Arc<Chart>,
    pub(crate) metadata: Metadata,
    pub(crate) values: Map,
    pub(crate) dependencies: Vec<Node>,
}

impl Node {
    pub(crate) fn new(chart: &Arc<Chart>) -> Self {
        Self {
            chart: chart.clone(),
            metadata: chart.metadata.clone(),
            values: values_map(&chart.values),
            dependencies: chart.dependencies.iter().map(Node::new).collect(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.metadata.name
    }
}

/// A user's values from YAML: one or more documents, later ones over earlier ones; every number becomes a float. The
/// error is Helm's.
pub fn read_values(yaml: &[u8]) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    crate::chart::read_values(yaml)
}

/// Values as templates hold them: floats stay floats, integers are `int64`.
pub(crate) fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Int64(number),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(value).collect()),
        serde_json::Value::Object(map) => Value::Map(values_map(map)),
    }
}

pub(crate) fn values_map(map: &serde_json::Map<String, serde_json::Value>) -> Map {
    Map::from_entries(MapType::Any, map.iter().map(|(key, item)| (key.as_str().into(), value(item))))
}

/// The table under a path of keys joined by dots.
pub(crate) fn table(values: &Map, path: &str) -> Result<Map, String> {
    let mut here = values.clone();
    for key in path.split('.') {
        match here.get(key.as_bytes()) {
            Some(Value::Map(next)) if next.holds_interfaces() => here = next,
            _ => return Err(format!("{} is not a table", ferroflux_template::quote::quote(key))),
        }
    }
    Ok(here)
}

/// The value under a path of keys joined by dots, which must not be a table.
pub(crate) fn path_value(values: &Map, path: &str) -> Result<Value, String> {
    if path.is_empty() {
        return Err("YAML path cannot be empty".into());
    }
    let (parent, key) = match path.rsplit_once('.') {
        Some((parent, key)) => (table(values, parent).ok(), key),
        None => (Some(values.clone()), path),
    };
    match parent.and_then(|parent| parent.get(key.as_bytes())) {
        Some(Value::Map(_)) | None => {
            Err(format!("{} is not a value", ferroflux_template::quote::quote(key)))
        }
        Some(value) => Ok(value),
    }
}

/// The map type `common.Values` with its methods.
pub(crate) struct ValuesType;

/// The type of `.Values` and of the root of the data.
pub(crate) fn values_type() -> MapType {
    MapType::Named(Rc::new(ValuesType))
}

impl NamedMap for ValuesType {
    fn type_name(&self) -> &'static str {
        "common.Values"
    }

    fn method(&self, map: &Map, name: &str) -> Option<Function> {
        let map = map.clone();
        let path = |arguments: &[Value]| {
            arguments
                .first()
                .and_then(Value::as_text)
                .map(|text| text.to_str().into_owned())
                .unwrap_or_default()
        };
        Some(match name {
            "AsMap" => Function::new([], move |_, _| Ok(Value::Map(map.with_type(MapType::Any)))),
            "YAML" => Function::new([], move |execution, _| {
                let mut text = crate::functions::to_yaml(&Value::Map(map.clone()))?;
                text.push('\n');
                execution.charge(text.len())?;
                Ok(Value::from(text))
            }),
            "Table" => Function::new([Type::String], move |_, arguments| {
                Ok(Value::Map(table(&map, &path(&arguments))?.with_type(values_type())))
            }),
            "PathValue" => {
                Function::new([Type::String], move |_, arguments| Ok(path_value(&map, &path(&arguments))?))
            }
            "Encode" => {
                Function::new([Type::Named("io.Writer")], |_, _| Err("no writer can be given".into()))
            }
            _ => return None,
        })
    }
}

/// A list of strings in the form of a `[]interface {}`.
pub(crate) fn strings(items: &[String]) -> Value {
    Value::List(List::new(ElementType::Any, items.iter().map(|item| Value::from(item.as_str())).collect()))
}

/// An object of the cluster: integers are `int64`, as Kubernetes' JSON decoder has them.
pub(crate) fn live_value(json: &serde_json::Value) -> Value {
    value(json)
}
