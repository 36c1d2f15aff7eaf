//! The `images` field: names, tags and digests of container images.

use std::sync::Arc;

use regex::Regex;

use crate::{
    error::Error,
    field_spec::FieldSpec,
    kustomization::Image,
    node::{Kind, Node, Tag},
    pattern,
    resource_map::ResourceMap,
};

/// Lists whose elements have images, wherever they stand.
const CONTAINER_LISTS: [&str; 2] = ["containers", "initContainers"];

/// What an image may carry behind its name.
const TAG_AND_DIGEST: &str = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";

/// Applies one entry of `images` to all objects.
pub(crate) fn set_images(map: &mut ResourceMap, image: &Image, specs: &[FieldSpec]) -> Result<(), Error> {
    let change = Change::new(image)?;
    for resource in map.iter_mut() {
        if resource.kind() == "CustomResourceDefinition" {
            continue;
        }
        if let Some(changed) = change.in_containers(resource.node())? {
            *resource.node_mut() = changed;
        }
        for spec in specs.iter().filter(|spec| !is_container_path(&spec.path)) {
            spec.apply(resource.node_mut(), None, &mut |node| match node.kind() {
                Kind::Scalar => {
                    if let Some(text) = change.of(node.text()) {
                        node.set_scalar(text, Tag::Untyped);
                    }
                    Ok(())
                }
                kind => {
                    Err(Error::build(format!("wrong node kind: expected ScalarNode but got {}", kind.name())))
                }
            })?;
        }
    }
    Ok(())
}

/// Paths that the walk over container lists has covered already. The reference goes over them twice, which shows
/// only in a tag suffix that is appended twice.
fn is_container_path(path: &str) -> bool {
    let list = path.strip_suffix("[]/image");
    list.is_some_and(|list| CONTAINER_LISTS.contains(&list.rsplit('/').next().unwrap_or(list)))
}

struct Change<'i> {
    image: &'i Image,
    name: Regex,
}

impl<'i> Change<'i> {
    fn new(image: &'i Image) -> Result<Self, Error> {
        let name = pattern::compile(&format!("^{}{TAG_AND_DIGEST}", image.name))
            .map_err(|error| error.context(format!("image name `{}`", image.name)))?;
        Ok(Self { image, name })
    }

    /// The tree with changed images in its container lists; nothing if none changes.
    fn in_containers(&self, node: &Node) -> Result<Option<Node>, Error> {
        match node {
            Node::Scalar(_) => Ok(None),
            Node::Sequence(items) => {
                let mut changed: Option<Vec<Node>> = None;
                for (index, item) in items.iter().enumerate() {
                    if let Some(new) = self.in_containers(item)? {
                        let list = changed.get_or_insert_with(|| items.to_vec());
                        if let Some(place) = list.get_mut(index) {
                            *place = new;
                        }
                    }
                }
                Ok(changed.map(Node::sequence))
            }
            Node::Mapping(entries) => {
                let mut changed: Option<Arc<Vec<_>>> = None;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let mut new = self.in_containers(value)?;
                    if CONTAINER_LISTS.contains(&&*key.text)
                        && let Some(updated) = self.in_list(new.as_ref().unwrap_or(value))?
                    {
                        new = Some(updated);
                    }
                    if let Some(new) = new {
                        let map = changed.get_or_insert_with(|| Arc::clone(entries));
                        if let Some((_, place)) = Arc::make_mut(map).get_mut(index) {
                            *place = new;
                        }
                    }
                }
                Ok(changed.map(Node::Mapping))
            }
        }
    }

    fn in_list(&self, list: &Node) -> Result<Option<Node>, Error> {
        let mut changed: Option<Vec<Node>> = None;
        for (index, container) in list.items().iter().enumerate() {
            if container.is_null() {
                continue;
            }
            if container.kind() != Kind::Mapping {
                return Err(Error::build(format!(
                    "wrong node kind: expected MappingNode but got {}",
                    container.kind().name()
                )));
            }
            let Some(image) = container.get("image") else { continue };
            if image.kind() != Kind::Scalar {
                return Err(Error::build(format!(
                    "wrong node kind: expected ScalarNode but got {}",
                    image.kind().name()
                )));
            }
            let Some(text) = self.of(image.text()) else { continue };
            let items = changed.get_or_insert_with(|| list.items().to_vec());
            if let Some(image) = items.get_mut(index).and_then(|container| container.get_mut("image")) {
                image.set_scalar(text, Tag::Untyped);
            }
        }
        Ok(changed.map(Node::sequence))
    }

    /// The new text of an image that the entry is for.
    fn of(&self, value: &str) -> Option<String> {
        if !self.name.is_match(value) {
            return None;
        }
        let image = self.image;
        let (name, old_tag, old_digest) = split(value);
        let mut new = if image.new_name.is_empty() { name } else { &image.new_name }.to_owned();
        let (tag, digest) = match (!image.new_tag.is_empty(), !image.digest.is_empty()) {
            (true, _) => (image.new_tag.clone(), image.digest.as_str()),
            (false, true) => (String::new(), image.digest.as_str()),
            (false, false) if !image.tag_suffix.is_empty() => (format!("{old_tag}{}", image.tag_suffix), ""),
            (false, false) => (old_tag.to_owned(), old_digest),
        };
        if !tag.is_empty() {
            new.push(':');
            new.push_str(&tag);
        }
        if !digest.is_empty() {
            new.push('@');
            new.push_str(digest);
        }
        Some(new)
    }
}

/// Name, tag and digest; a colon before the first slash belongs to a registry's port.
fn split(image: &str) -> (&str, &str, &str) {
    let start = image.find('/').unwrap_or(0);
    let (prefix, rest) = image.split_at(start);
    let digest_at = rest.find('@');
    let tag_at = rest.find(':').filter(|colon| digest_at.is_none_or(|at| *colon < at));
    let name_end = tag_at.or(digest_at).unwrap_or(rest.len());
    let name = image.get(..prefix.len() + name_end).unwrap_or(image);
    let tag = tag_at.map_or("", |colon| rest.get(colon + 1..digest_at.unwrap_or(rest.len())).unwrap_or(""));
    let digest = digest_at.map_or("", |at| rest.get(at + 1..).unwrap_or(""));
    (name, tag, digest)
}
