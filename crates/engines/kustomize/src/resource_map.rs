//! All objects of a build in their order.

use std::{collections::HashSet, sync::Arc};

use crate::{
    error::Error,
    id::{Gvk, ResourceId},
    origin::Origin,
    resource::{Behavior, Resource},
    schema::Schema,
};

/// Objects in the order in which they were accumulated; no two have the same identity when they are added.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResourceMap {
    list: Vec<Resource>,
    /// Identities in `list`; dropped whenever objects may have changed.
    index: Option<HashSet<IdKey>>,
}

type IdKey = (Gvk, Arc<str>, Arc<str>);

pub(crate) fn id_key(id: &ResourceId) -> IdKey {
    (id.gvk.clone(), Arc::clone(&id.name), id.effective_namespace().into())
}

impl std::hash::Hash for Gvk {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.group.hash(state);
        self.version.hash(state);
    }
}

impl ResourceMap {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Resource> {
        self.list.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.index = None;
        self.list.iter_mut()
    }

    pub(crate) fn list_mut(&mut self) -> &mut Vec<Resource> {
        self.index = None;
        &mut self.list
    }

    pub(crate) fn list(&self) -> &[Resource] {
        &self.list
    }

    pub(crate) fn into_list(self) -> Vec<Resource> {
        self.list
    }

    pub(crate) fn drop_empty(&mut self) {
        if self.list.iter().any(Resource::is_empty) {
            self.list_mut().retain(|resource| !resource.is_empty());
        }
    }

    /// Adds an object whose identity must be new.
    pub(crate) fn append(&mut self, schema: &Schema, resource: Resource) -> Result<(), Error> {
        let key = id_key(resource.id(schema));
        let list = &self.list;
        let index =
            self.index.get_or_insert_with(|| list.iter().map(|known| id_key(known.id(schema))).collect());
        if !index.insert(key) {
            return Err(Error::build(format!(
                "may not add resource with an already registered id: {}",
                resource.id(schema)
            )));
        }
        self.list.push(resource);
        Ok(())
    }

    pub(crate) fn append_all(
        &mut self,
        schema: &Schema,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Result<(), Error> {
        for resource in resources {
            self.append(schema, resource)?;
        }
        Ok(())
    }

    /// Adds a generated object, or merges it into the one that it names.
    pub(crate) fn absorb(&mut self, schema: &Schema, mut resource: Resource) -> Result<(), Error> {
        let id = resource.id(schema).clone();
        let matches: Vec<usize> = self.matching_any_id(schema, |known| id.same(known));
        let behavior = resource.behavior;
        match (matches.as_slice(), behavior) {
            ([], Behavior::Merge | Behavior::Replace) => {
                Err(Error::build(format!("id {} does not exist; cannot merge or replace", id.go_syntax())))
            }
            ([], _) => self.append(schema, resource),
            ([index], Behavior::Merge | Behavior::Replace) => {
                let index = *index;
                let Some(old) = self.list.get(index) else { return Ok(()) };
                resource.take_metadata_from(old);
                if behavior == Behavior::Merge {
                    for field in ["data", "binaryData"] {
                        resource.merge_data_from(old, field);
                    }
                    if old.origin.is_some() {
                        resource.origin.clone_from(&old.origin);
                    }
                }
                if let Some(place) = self.list_mut().get_mut(index) {
                    *place = resource;
                }
                Ok(())
            }
            ([_], other) => Err(Error::build(format!(
                "id {} exists; can not use behavior: '{}', behavior must be merge or replace",
                id.go_syntax(),
                other.name()
            ))),
            (several, _) => {
                let ids: Vec<String> = several
                    .iter()
                    .filter_map(|index| self.list.get(*index))
                    .map(|known| known.id(schema).to_string())
                    .collect();
                Err(Error::build(format!(
                    "found multiple objects [{}] that could accept merge of {id}",
                    ids.join(" ")
                )))
            }
        }
    }

    /// Places of the objects that have, or had, an identity that fits.
    pub(crate) fn matching_any_id(&self, schema: &Schema, fits: impl Fn(&ResourceId) -> bool) -> Vec<usize> {
        self.list
            .iter()
            .enumerate()
            .filter(|(_, resource)| !resource.is_empty() && resource.any_id(schema, &fits))
            .map(|(index, _)| index)
            .collect()
    }

    /// The only object that a patch names.
    pub(crate) fn find_patch_target(&self, schema: &Schema, id: &ResourceId) -> Result<usize, Error> {
        let matches = self.matching_any_id(schema, |known| id.same(known));
        let problem = match matches.as_slice() {
            [index] => return Ok(*index),
            [] => "no matches",
            _ => "multiple matches",
        };
        Err(Error::build(format!("{problem} for Id {id}; failed to find unique target for patch {id}")))
    }

    /// Notes on every object that a transformer ran. Noting it rewrites the annotations, whose values become text.
    pub(crate) fn note_transformation(&mut self, origin: &Origin) {
        for resource in &mut self.list {
            if resource.origin.is_none() {
                resource.origin = Some(origin.clone());
            } else {
                resource.transformations.push(origin.clone());
            }
            resource.rewrite_metadata_map("annotations");
        }
    }
}
