//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use std::rc::Rc;

use super::{json_patch::JsonPatch, strategic_merge::strategic_merge};
use crate::{
    error::{Context as _, Error, ErrorKind, quote},
    kustomization::{Patch, PatchOptions, Selector, string_selector},
    loader::{Loader, Session},
    node::Node,
    objects::parse_objects,
    resource::Resource,
    resource_map::ResourceMap,
    selector::select,
    value,
};

/// An entry of `patches`, read and understood.
pub(crate) struct LoadedPatch {
    content: PatchContent,
    target: Option<Selector>,
    options: PatchOptions,
    /// Where it came from, for messages.
    source: String,
}

/// What a patch's text turned out to be.
pub(crate) enum PatchContent {
    /// Objects to merge.
    Merge(Rc<Vec<Node>>),
    /// JSON operations.
    Operations(JsonPatch),
    /// Only comments.
    Nothing,
}

impl LoadedPatch {
    /// Reads an entry. Its content decides what sort of patch it is.
    pub(crate) fn load(session: &Session<'_>, loader: &Loader, patch: &Patch) -> Result<Self, Error> {
        let inline = patch.inline.trim();
        let config = || ferroflux_yaml::write_value(&patch.source).unwrap_or_default();
        let content;
        let (text, source) = match (inline.is_empty(), patch.path.is_empty()) {
            (true, true) => {
                return Err(Error::build(format!("must specify one of patch and path in\n{}", config())));
            }
            (false, false) => {
                return Err(Error::build(format!(
                    "patch and path can't be set at the same time\n{}",
                    config()
                )));
            }
            (false, true) => (inline, format!("[patch: {}]", quote(inline))),
            (true, false) => {
                content = loader
                    .load(session, &patch.path)
                    .context(|| format!("failed to get the patch file from path({})", patch.path))?;
                (text_of(&content, &patch.path)?, format!("[path: {}]", quote(&patch.path)))
            }
        };
        let merge = parse_objects(text.as_bytes());
        let operations = parse_operations(text);
        let content = match (merge, operations) {
            (Ok(objects), Ok(operations)) if !objects.is_empty() && !operations.is_empty() => {
                return Err(Error::build(format!(
                    "illegally qualifies as both an SM and JSON patch: {source}"
                )));
            }
            (Ok(objects), _) if objects.is_empty() => PatchContent::Nothing,
            (Ok(objects), _) => PatchContent::Merge(Rc::new(objects)),
            (Err(_), Ok(operations)) => PatchContent::Operations(operations),
            (Err(error), Err(_)) if error.kind() == ErrorKind::Limit => return Err(error),
            (Err(_), Err(_)) => {
                return Err(Error::yaml(format!("unable to parse SM or JSON patch from {source}")));
            }
        };
        Ok(Self { content, target: patch.target.clone(), options: patch.options, source })
    }

    pub(super) fn apply(&self, session: &Session<'_>, map: &mut ResourceMap) -> Result<(), Error> {
        match &self.content {
            PatchContent::Nothing => Ok(()),
            PatchContent::Merge(patches) => self.apply_merge(session, map, patches),
            PatchContent::Operations(operations) => {
                let target = self.target.as_ref().ok_or_else(|| {
                    Error::build(format!("must specify a target for JSON patch {}", self.source))
                })?;
                for index in select(&session.schema, map, target)? {
                    if let Some(resource) = map.list_mut().get_mut(index) {
                        resource.store_previous_id(&session.schema);
                        apply_operations(resource, operations)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn apply_merge(
        &self,
        session: &Session<'_>,
        map: &mut ResourceMap,
        patches: &[Node],
    ) -> Result<(), Error> {
        let Some(target) = &self.target else {
            for patch in patches {
                let id = Resource::new(patch.clone()).id(&session.schema).clone();
                let index = map.find_patch_target(&session.schema, &id).context(|| {
                    format!("no resource matches strategic merge patch {}", quote(&id.to_string()))
                })?;
                if let Some(resource) = map.list_mut().get_mut(index) {
                    merge_into(session, resource, patch, self.options)?;
                }
            }
            return Ok(());
        };
        let [patch] = patches else {
            return Err(Error::build(format!(
                "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` \
                 field: {}",
                self.source
            )));
        };
        let selected = select(&session.schema, map, target).context(|| {
            format!("unable to find patch target {} in `resources`", quote(&string_selector(target)))
        })?;
        merge_into_all(session, map, &selected, patch, self.options)
    }
}

fn text_of<'c>(content: &'c [u8], path: &str) -> Result<&'c str, Error> {
    std::str::from_utf8(content).map_err(|_| Error::yaml(format!("patch file '{path}' is no valid UTF-8")))
}

fn parse_operations(text: &str) -> Result<JsonPatch, Error> {
    if text.is_empty() {
        return Err(Error::yaml("empty json patch operations"));
    }
    JsonPatch::parse(text)
}

/// Checks and reads an entry of `patchesJson6902`.
pub(crate) fn load_json_text(session: &Session<'_>, loader: &Loader, patch: &Patch) -> Result<String, Error> {
    if patch.target.as_ref().is_none_or(|target| target.name.is_empty()) {
        return Err(Error::build("must specify the target name"));
    }
    let text = match (patch.path.is_empty(), patch.inline.is_empty()) {
        (true, true) => return Err(Error::build("empty file path and empty jsonOp")),
        (false, false) => return Err(Error::build("must specify a file path or jsonOp, not both")),
        (true, false) => patch.inline.clone(),
        (false, true) => {
            let content = loader.load(session, &patch.path)?;
            let text = text_of(&content, &patch.path)?.to_owned();
            if text.is_empty() {
                return Err(Error::build(format!("patch file '{}' empty seems to be empty", patch.path)));
            }
            text
        }
    };
    let parsed = JsonPatch::parse(&text).context(|| format!("decoding {text}"))?;
    if parsed.is_empty() {
        return Err(Error::build(format!("patch appears to be empty; file={}, JsonOp={text}", patch.path)));
    }
    Ok(text)
}

pub(super) fn apply_json(
    session: &Session<'_>,
    map: &mut ResourceMap,
    target: Option<&Selector>,
    text: &str,
) -> Result<(), Error> {
    let target = target.ok_or_else(|| Error::build(format!("must specify a target for patch {text}")))?;
    let operations = JsonPatch::parse(text)?;
    for index in select(&session.schema, map, target)? {
        if let Some(resource) = map.list_mut().get_mut(index) {
            apply_operations(resource, &operations)?;
        }
    }
    Ok(())
}

/// Objects that the build has changed carry annotations of the build's own in the reference, so there the
/// annotations exist for every patch after a first rename. The same is imitated with an empty map.
fn has_build_annotations(resource: &Resource) -> bool {
    !resource.previous.is_empty()
        || !resource.prefixes.is_empty()
        || !resource.suffixes.is_empty()
        || resource.generated
        || resource.origin.is_some()
}

fn apply_operations(resource: &mut Resource, operations: &JsonPatch) -> Result<(), Error> {
    let mut document = value::to_json(resource.node())?;
    if has_build_annotations(resource)
        && let Some(metadata) = document.get_mut("metadata").and_then(serde_json::Value::as_object_mut)
    {
        let annotations = metadata.entry("annotations").or_insert(serde_json::Value::Null);
        if annotations.is_null() {
            *annotations = serde_json::Value::Object(serde_json::Map::new());
        }
    }
    operations.apply(&mut document)?;
    if !document.is_object() {
        return Err(Error::build(
            "json: cannot unmarshal patched document into Go value of type map[string]interface {}",
        ));
    }
    value::with_float_numbers(&mut document);
    *resource.node_mut() = value::from_json(&document);
    resource.rewrite_metadata_map("annotations");
    Ok(())
}

/// Merges each document into the object that it names.
pub(super) fn apply_documents(
    session: &Session<'_>,
    map: &mut ResourceMap,
    patches: &[Node],
) -> Result<(), Error> {
    for patch in patches {
        let id = Resource::new(patch.clone()).id(&session.schema).clone();
        let index = map.find_patch_target(&session.schema, &id)?;
        merge_into_all(session, map, &[index], patch, PatchOptions::default())?;
    }
    Ok(())
}

fn merge_into_all(
    session: &Session<'_>,
    map: &mut ResourceMap,
    selected: &[usize],
    patch: &Node,
    options: PatchOptions,
) -> Result<(), Error> {
    // Labels and annotations of the patch are strings from here on, nulls among them too.
    let mut template = Resource::new(patch.clone());
    template.rewrite_metadata_map("labels");
    template.rewrite_metadata_map("annotations");
    for index in selected {
        let Some(resource) = map.list_mut().get_mut(*index) else { continue };
        let mut own = template.clone();
        let api_version = resource.api_version().to_owned();
        own.node_mut().set("apiVersion", Node::untyped(api_version));
        merge_into(session, resource, own.node(), options)?;
    }
    map.drop_empty();
    let list = std::mem::take(map.list_mut());
    map.append_all(&session.schema, list)
}

/// Merges a patch into one object, which keeps its identity unless the patch may change it.
fn merge_into(
    session: &Session<'_>,
    resource: &mut Resource,
    patch: &Node,
    options: PatchOptions,
) -> Result<(), Error> {
    let kind = resource.kind().to_owned();
    let name = resource.name().to_owned();
    let namespace = resource.namespace().to_owned();
    if options.allow_name_change || options.allow_kind_change {
        resource.store_previous_id(&session.schema);
    }
    let node = std::mem::replace(resource.node_mut(), Node::null());
    let Some(merged) = strategic_merge(&session.schema, node, patch)? else { return Ok(()) };
    *resource.node_mut() = merged;
    if resource.is_empty() {
        return Ok(());
    }
    if !options.allow_kind_change {
        resource.set_kind(&kind);
    }
    if !options.allow_name_change {
        resource.set_name(&name);
    }
    resource.set_namespace(&namespace);
    Ok(())
}
