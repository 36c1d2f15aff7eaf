//! `.Files`: a chart's own files, with the methods of Helm's type.

use std::rc::Rc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ferroflux_template::{Function, List, Map, MapType, NamedMap, Text, Type, Value};

use super::glob::Glob;
use crate::{
    chart::File,
    functions::{base_path, to_yaml},
};

/// The map type `engine.files`.
struct FilesType;

fn files_type() -> MapType {
    MapType::Named(Rc::new(FilesType))
}

/// A chart's files as templates see them.
pub(super) fn files(files: &[File]) -> Value {
    let entries =
        files.iter().map(|file| (Text::from(file.name.as_str()), Value::Bytes(file.data.as_ref().into())));
    Value::Map(Map::from_entries(files_type(), entries))
}

fn bytes(map: &Map, name: &[u8]) -> Rc<[u8]> {
    match map.get(name) {
        Some(Value::Bytes(bytes)) => bytes,
        _ => Rc::from([]),
    }
}

fn name_of(arguments: &[Value]) -> Text {
    arguments.first().and_then(Value::as_text).cloned().unwrap_or_default()
}

impl NamedMap for FilesType {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn zero(&self) -> Value {
        Value::Bytes(Rc::from([]))
    }

    fn holds_interfaces(&self) -> bool {
        false
    }

    fn method(&self, map: &Map, name: &str) -> Option<Function> {
        let map = map.clone();
        Some(match name {
            "Get" => Function::new([Type::String], move |execution, arguments| {
                let content = bytes(&map, &name_of(&arguments));
                execution.charge(content.len())?;
                Ok(Value::String(Text::from_bytes(&content)))
            }),
            "GetBytes" => Function::new([Type::String], move |_, arguments| {
                Ok(Value::Bytes(bytes(&map, &name_of(&arguments))))
            }),
            "Glob" => Function::new([Type::String], move |_, arguments| {
                let glob = Glob::parse(&name_of(&arguments).to_str());
                let found = map.entries().into_iter().filter(|(name, _)| glob.matches(&name.to_str()));
                Ok(Value::Map(Map::from_entries(files_type(), found)))
            }),
            "Lines" => Function::new([Type::String], move |execution, arguments| {
                let content = bytes(&map, &name_of(&arguments));
                execution.charge(content.len())?;
                if content.is_empty() {
                    return Ok(Value::List(List::of_strings(Vec::<Text>::new())));
                }
                let content = content.strip_suffix(b"\n").unwrap_or(&content);
                Ok(Value::List(List::of_strings(content.split(|byte| *byte == b'\n').map(Text::from_bytes))))
            }),
            "AsConfig" => as_map(map, |content| Value::String(Text::from_bytes(content))),
            "AsSecrets" => as_map(map, |content| Value::from(BASE64_STANDARD.encode(content))),
            _ => return None,
        })
    }
}

/// The files as YAML under their base names; of equal names the last one by path stays.
fn as_map(map: Map, show: fn(&[u8]) -> Value) -> Function {
    Function::new([], move |execution, _| {
        let entries = map.entries().into_iter().map(|(name, content)| {
            let content = match content {
                Value::Bytes(content) => show(&content),
                other => other,
            };
            (Text::from(base_path(&name.to_str())), content)
        });
        let text = to_yaml(&Value::Map(Map::from_entries(MapType::Strings, entries))).unwrap_or_default();
        execution.charge(text.len())?;
        Ok(Value::from(text))
    })
}
