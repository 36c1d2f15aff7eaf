//! `namePrefix` and `nameSuffix`.

use crate::{
    error::Error,
    field_spec::{Created, FieldSpec, set_text},
    id::Gvk,
    loader::Session,
    node::Tag,
    resource_map::ResourceMap,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Front,
    Back,
}

pub(super) fn add_prefix(
    session: &Session<'_>,
    map: &mut ResourceMap,
    prefix: &str,
    specs: &[FieldSpec],
) -> Result<(), Error> {
    add_affix(session, map, prefix, specs, Side::Front)
}

pub(super) fn add_suffix(
    session: &Session<'_>,
    map: &mut ResourceMap,
    suffix: &str,
    specs: &[FieldSpec],
) -> Result<(), Error> {
    add_affix(session, map, suffix, specs, Side::Back)
}

fn add_affix(
    session: &Session<'_>,
    map: &mut ResourceMap,
    affix: &str,
    specs: &[FieldSpec],
    side: Side,
) -> Result<(), Error> {
    for resource in map.iter_mut() {
        let id = resource.original_id(&session.schema);
        if keeps_its_name(&id.gvk) {
            continue;
        }
        for spec in specs.iter().filter(|spec| id.gvk.is_selected(&spec.gvk)) {
            if &*spec.path == "metadata/name" && !affix.is_empty() {
                let affixes = match side {
                    Side::Front => &mut resource.prefixes,
                    Side::Back => &mut resource.suffixes,
                };
                affixes.push(affix.into());
                resource.store_previous_id(&session.schema);
            }
            spec.apply(resource.node_mut(), Some(Created::STRING), &mut |node| {
                let text = match side {
                    Side::Front => format!("{affix}{}", node.text()),
                    Side::Back => format!("{}{affix}", node.text()),
                };
                set_text(node, &text, Tag::Untyped)
            })?;
        }
    }
    Ok(())
}

/// Names that mean something elsewhere.
fn keeps_its_name(gvk: &Gvk) -> bool {
    matches!(&*gvk.kind, "CustomResourceDefinition" | "Namespace")
        || (&*gvk.kind == "APIService" && &*gvk.group == "apiregistration.k8s.io")
}
