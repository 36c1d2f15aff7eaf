//! The `namespace` field.

use std::collections::HashMap;

use crate::{
    error::{Context as _, Error},
    field_spec::{Created, FieldSpec, set_text},
    loader::Session,
    node::{Node, Tag},
    resource::Resource,
    resource_map::{ResourceMap, id_key},
};

/// Which subjects of role bindings get the namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SubjectMode {
    /// Those called `default`, whatever their kind.
    #[default]
    DefaultOnly,
    /// All service accounts.
    AllServiceAccounts,
    /// None.
    None,
}

impl SubjectMode {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "" | "defaultOnly" => Ok(Self::DefaultOnly),
            "allServiceAccounts" => Ok(Self::AllServiceAccounts),
            "none" => Ok(Self::None),
            other => Err(Error::build(format!(
                "invalid value {} for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or \
                 \"allServiceAccounts\"",
                crate::error::quote(other)
            ))),
        }
    }
}

pub(super) fn set_namespace(
    session: &Session<'_>,
    map: &mut ResourceMap,
    namespace: &str,
    specs: &[FieldSpec],
    unset_only: bool,
    subjects: SubjectMode,
) -> Result<(), Error> {
    if namespace.is_empty() {
        return Ok(());
    }
    let schema = &session.schema;
    let mut counts: HashMap<_, usize> = HashMap::with_capacity(map.list().len());
    for resource in map.iter() {
        *counts.entry(id_key(resource.id(schema))).or_default() += 1;
    }
    let setter = Setter { namespace, unset_only };
    let metadata_namespace = FieldSpec::anywhere("metadata/namespace", true);
    for resource in map.iter_mut().filter(|resource| !resource.is_empty()) {
        if let Some(count) = counts.get_mut(&id_key(resource.id(schema))) {
            *count = count.saturating_sub(1);
        }
        resource.store_previous_id(schema);
        let cluster_scoped = resource.id(schema).cluster_scoped;
        setter.apply(resource, cluster_scoped, &metadata_namespace, specs, subjects)?;
        let count = counts.entry(id_key(resource.id(schema))).or_default();
        *count += 1;
        if *count > 1 {
            return Err(Error::build(format!(
                "namespace transformation produces ID conflict: {}",
                resource.id(schema)
            )));
        }
    }
    Ok(())
}

/// Sets the namespace of one object as `ValueAddTransformer` does for `metadata/namespace`.
pub(super) fn set_metadata_namespace(
    session: &Session<'_>,
    resource: &mut Resource,
    namespace: &str,
) -> Result<(), Error> {
    let setter = Setter { namespace, unset_only: false };
    let cluster_scoped = resource.id(&session.schema).cluster_scoped;
    let spec = FieldSpec::anywhere("metadata/namespace", true);
    setter.apply(resource, cluster_scoped, &spec, &[], SubjectMode::DefaultOnly)
}

struct Setter<'n> {
    namespace: &'n str,
    unset_only: bool,
}

impl Setter<'_> {
    fn set(&self, node: &mut Node) -> Result<(), Error> {
        if self.unset_only && !node.is_null() && !node.text().is_empty() {
            return Ok(());
        }
        set_text(node, self.namespace, Tag::String)
    }

    fn apply(
        &self,
        resource: &mut Resource,
        cluster_scoped: bool,
        metadata_namespace: &FieldSpec,
        specs: &[FieldSpec],
        subjects: SubjectMode,
    ) -> Result<(), Error> {
        let is_core = resource.api_version() == "v1";
        let is_binding = matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding");
        let node = resource.node_mut();
        if !cluster_scoped {
            metadata_namespace.apply_unchecked(node, Some(Created::STRING), &mut |node| self.set(node))?;
        }
        if is_binding {
            self.set_subjects(node, subjects)?;
        }
        for spec in specs {
            let skipped = match &*spec.path {
                "metadata/namespace" => true,
                "metadata/name" => !is_core,
                "subjects/namespace" => {
                    is_binding && matches!(&*spec.gvk.kind, "RoleBinding" | "ClusterRoleBinding")
                }
                _ => false,
            };
            if !skipped {
                spec.apply(node, Some(Created::STRING), &mut |node| self.set(node))
                    .context(|| "namespace transformation failed")?;
            }
        }
        Ok(())
    }

    fn set_subjects(&self, node: &mut Node, mode: SubjectMode) -> Result<(), Error> {
        let (field, wanted) = match mode {
            SubjectMode::None => return Ok(()),
            SubjectMode::DefaultOnly => ("name", "default"),
            SubjectMode::AllServiceAccounts => ("kind", "ServiceAccount"),
        };
        let concerned = |subject: &Node| subject.get(field).is_some_and(|value| value.text() == wanted);
        let Some(list) = node.get("subjects").filter(|list| !list.is_null()) else { return Ok(()) };
        let Node::Sequence(items) = list else {
            return Err(Error::build(format!(
                "setting namespace on (cluster)role binding subjects: wrong node kind: expected SequenceNode but got {}",
                list.kind().name()
            )));
        };
        if !items.iter().any(concerned) {
            return Ok(());
        }
        for subject in node.get_mut("subjects").and_then(Node::items_mut).into_iter().flatten() {
            if concerned(subject) {
                if subject.get("namespace").is_none() {
                    subject.set("namespace", Node::untyped(""));
                }
                if let Some(field) = subject.get_mut("namespace") {
                    self.set(field)?;
                }
            }
        }
        Ok(())
    }
}
