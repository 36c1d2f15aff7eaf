//! The `replicas` field.

use crate::{
    error::Error,
    field_spec::{Created, FieldSpec, set_text},
    kustomization::Replica,
    loader::Session,
    node::Tag,
    resource_map::ResourceMap,
};

pub(super) fn set_replicas(
    session: &Session<'_>,
    map: &mut ResourceMap,
    replica: &Replica,
    specs: &[FieldSpec],
) -> Result<(), Error> {
    let mut found = false;
    let count = replica.count.to_string();
    for spec in specs {
        let matches = map.matching_any_id(&session.schema, |id| {
            *id.name == *replica.name && id.gvk.is_selected(&spec.gvk)
        });
        if matches.is_empty() {
            continue;
        }
        found = true;
        for index in matches {
            if let Some(resource) = map.list_mut().get_mut(index) {
                spec.apply(resource.node_mut(), Some(Created::INT), &mut |node| {
                    set_text(node, &count, Tag::Int)
                })?;
            }
        }
    }
    if found {
        return Ok(());
    }
    let types: Vec<String> = specs.iter().map(|spec| spec.gvk.to_string()).collect();
    Err(Error::build(format!(
        "resource with name {} does not match a config with the following GVK [{}]",
        replica.name,
        types.join(" ")
    )))
}
