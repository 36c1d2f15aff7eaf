//! Labels and annotations: the same entries at many places.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    error::Error,
    field_spec::{Created, FieldSpec, set_entry},
    resource_map::ResourceMap,
};

/// Sets every pair at every place.
pub(super) fn set_pairs(
    map: &mut ResourceMap,
    pairs: &BTreeMap<String, String>,
    specs: &[FieldSpec],
) -> Result<(), Error> {
    if pairs.is_empty() {
        return Ok(());
    }
    let pairs: Vec<(Arc<str>, Arc<str>)> =
        pairs.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect();
    for resource in map.iter_mut() {
        for spec in specs {
            if !spec.matches(resource.node()) {
                continue;
            }
            spec.apply_unchecked(resource.node_mut(), Some(Created::MAPPING), &mut |node| {
                pairs.iter().try_for_each(|(key, value)| set_entry(node, key, value))
            })?;
        }
    }
    Ok(())
}
