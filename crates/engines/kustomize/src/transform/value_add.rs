//! `ValueAddTransformer`: one value at many places, whole or as a part of a path.

use crate::{
    error::Error,
    field_path::lookup_or_create,
    field_spec::split_path,
    kustomization::Selector,
    loader::Session,
    node::{Kind, Tag},
    resource_map::ResourceMap,
    selector::select,
    transform::namespace::set_metadata_namespace,
};

/// One place for the value.
#[derive(Debug, Clone)]
pub(crate) struct ValueAddTarget {
    pub(crate) selector: Option<Selector>,
    pub(crate) field_path: String,
    /// Which part of a path the value becomes, from 1; 0 replaces the whole text.
    pub(crate) file_path_position: i64,
}

pub(super) fn add_values(
    session: &Session<'_>,
    map: &mut ResourceMap,
    value: &str,
    targets: &[ValueAddTarget],
) -> Result<(), Error> {
    for target in targets {
        let selected = match &target.selector {
            Some(selector) => select(&session.schema, map, selector)?,
            None => (0..map.list().len()).collect(),
        };
        let path = split_path(&target.field_path, '/');
        for index in selected {
            let Some(resource) = map.list_mut().get_mut(index) else { continue };
            if target.field_path == "metadata/namespace" {
                set_metadata_namespace(session, resource, value)?;
                continue;
            }
            let field = lookup_or_create(resource.node_mut(), &path)?;
            if field.kind() != Kind::Scalar {
                return Err(Error::build(format!(
                    "wrong node kind: expected ScalarNode but got {}",
                    field.kind().name()
                )));
            }
            let text = match usize::try_from(target.file_path_position) {
                Ok(position @ 1..) => insert_path_part(field.text(), position - 1, value),
                _ => value.to_owned(),
            };
            field.set_scalar(text, Tag::Untyped);
        }
    }
    Ok(())
}

/// Puts a part into a path at a place; behind its end if the path is shorter.
fn insert_path_part(path: &str, position: usize, part: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let position = position.min(parts.len());
    parts.insert(position, part);
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}
