//! The transformers: what changes objects after they are gathered.

mod hash;
mod images;
mod json_patch;
mod keyed_list;
mod labels;
mod names;
mod namespace;
mod patch;
mod replacement;
mod replicas;
mod strategic_merge;
mod value_add;

use std::{collections::BTreeMap, rc::Rc};

pub(crate) use hash::add_hashes;
pub(crate) use namespace::SubjectMode;
pub(crate) use patch::{LoadedPatch, load_json_text};
pub(crate) use replacement::load_replacements;
pub(crate) use value_add::ValueAddTarget;

use crate::{
    error::Error,
    field_spec::FieldSpec,
    kustomization::{Image, Replacement, Replica, Selector},
    loader::Session,
    node::Node,
    origin::Origin,
    resource_map::ResourceMap,
};

/// One transformer, configured and ready to run.
pub(crate) enum Transformer {
    /// `patchesStrategicMerge`: each document goes to the object that it names.
    StrategicMerge(Vec<Node>),
    /// An entry of `patches`.
    Patch(LoadedPatch),
    /// An entry of `patchesJson6902`.
    JsonPatch {
        target: Option<Selector>,
        text: String,
    },
    Namespace {
        namespace: String,
        specs: Vec<FieldSpec>,
        unset_only: bool,
        subjects: SubjectMode,
    },
    Prefix(String, Vec<FieldSpec>),
    Suffix(String, Vec<FieldSpec>),
    Labels(BTreeMap<String, String>, Vec<FieldSpec>),
    Annotations(BTreeMap<String, String>, Vec<FieldSpec>),
    Replicas(Replica, Vec<FieldSpec>),
    Images(Image, Vec<FieldSpec>),
    Replacements(Rc<Vec<Replacement>>),
    ValueAdd {
        value: String,
        targets: Vec<ValueAddTarget>,
    },
    Hash,
}

/// A transformer with what it is called in annotations.
pub(crate) struct Step {
    pub(crate) transformer: Transformer,
    pub(crate) origin: Option<Origin>,
}

impl Transformer {
    pub(crate) fn run(&self, session: &Session<'_>, map: &mut ResourceMap) -> Result<(), Error> {
        match self {
            Self::StrategicMerge(patches) => patch::apply_documents(session, map, patches),
            Self::Patch(loaded) => loaded.apply(session, map),
            Self::JsonPatch { target, text } => patch::apply_json(session, map, target.as_ref(), text),
            Self::Namespace { namespace, specs, unset_only, subjects } => {
                namespace::set_namespace(session, map, namespace, specs, *unset_only, *subjects)
            }
            Self::Prefix(prefix, specs) => names::add_prefix(session, map, prefix, specs),
            Self::Suffix(suffix, specs) => names::add_suffix(session, map, suffix, specs),
            Self::Labels(pairs, specs) | Self::Annotations(pairs, specs) => {
                labels::set_pairs(map, pairs, specs)
            }
            Self::Replicas(replica, specs) => replicas::set_replicas(session, map, replica, specs),
            Self::Images(image, specs) => images::set_images(map, image, specs),
            Self::Replacements(replacements) => replacement::replace(session, map, replacements),
            Self::ValueAdd { value, targets } => value_add::add_values(session, map, value, targets),
            Self::Hash => add_hashes(session, map),
        }
    }
}

/// Runs transformers in order; objects that became empty are dropped after each.
pub(crate) fn run_all(session: &Session<'_>, map: &mut ResourceMap, steps: &[Step]) -> Result<(), Error> {
    for step in steps {
        step.transformer.run(session, map)?;
        if let Some(origin) = &step.origin {
            map.note_transformation(origin);
        }
        map.drop_empty();
    }
    Ok(())
}
