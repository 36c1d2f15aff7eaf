//! The suffix that a generated object's name gets from its content.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    error::Error, loader::Session, node::Node, resource::Resource, resource_map::ResourceMap, value,
};

/// Appends hashes to the names of all objects that want one.
pub(crate) fn add_hashes(session: &Session<'_>, map: &mut ResourceMap) -> Result<(), Error> {
    if !map.iter().any(|resource| resource.needs_hash) {
        return Ok(());
    }
    for resource in map.iter_mut().filter(|resource| resource.needs_hash) {
        let hash = name_hash(resource)?;
        resource.store_previous_id(&session.schema);
        let name = format!("{}-{hash}", resource.name());
        resource.set_name(&name);
    }
    Ok(())
}

fn name_hash(resource: &Resource) -> Result<String, Error> {
    let node = resource.node();
    let mut map = Map::new();
    let kind = resource.kind();
    let (optional, secret) = if kind == "Secret" { ("stringData", true) } else { ("binaryData", false) };
    if !secret && let Some(Value::Object(inner)) = field(node, optional)? {
        map.insert(optional.into(), Value::Object(inner));
    }
    map.insert("data".into(), field(node, "data")?.unwrap_or_else(|| Value::String(String::new())));
    map.insert("kind".into(), Value::String(kind.into()));
    map.insert("name".into(), Value::String(String::new()));
    if secret {
        if let Some(Value::Object(inner)) = field(node, optional)? {
            map.insert(optional.into(), Value::Object(inner));
        }
        let text = field(node, "type")?.unwrap_or_else(|| Value::String(String::new()));
        map.insert("type".into(), text);
    }
    let mut object = Value::Object(map);
    value::with_float_numbers(&mut object);
    let json = value::go_json(&object, false);
    let digest = hex::encode(Sha256::digest(json.as_bytes()));
    Ok(digest
        .chars()
        .take(10)
        .map(|digit| match digit {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            other => other,
        })
        .collect())
}

/// A field as the hash sees it: maps as they are, scalars as their text, anything else null.
fn field(node: &Node, name: &str) -> Result<Option<Value>, Error> {
    match node.get(name) {
        None => Ok(None),
        Some(Node::Scalar(scalar)) => Ok(Some(Value::String(scalar.text.to_string()))),
        Some(Node::Sequence(_)) => Ok(Some(Value::Null)),
        Some(map @ Node::Mapping(_)) => value::to_json(map).map(Some),
    }
}
