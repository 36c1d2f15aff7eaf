//! Fields that name other objects, brought up to date after those were renamed.

use std::collections::HashMap;

use crate::{
    configuration::Configuration,
    error::{Context as _, Error},
    field_spec::FieldSpec,
    id::{Gvk, ResourceId},
    loader::Session,
    node::{Node, Tag},
    resource::Resource,
    resource_map::ResourceMap,
};

/// What is looked at again and again about one object that may be referred to.
struct Candidate {
    id: ResourceId,
    original: ResourceId,
    previous: Vec<ResourceId>,
    name: String,
    namespace: String,
}

/// Updates all name references in all objects.
pub(crate) fn fix_references(
    session: &Session<'_>,
    map: &mut ResourceMap,
    configuration: &Configuration,
) -> Result<(), Error> {
    let schema = &session.schema;
    let candidates: Vec<Candidate> = map
        .iter()
        .map(|resource| Candidate {
            id: resource.id(schema).clone(),
            original: resource.original_id(schema),
            previous: resource.previous_ids(schema),
            name: resource.name().to_owned(),
            namespace: resource.namespace().to_owned(),
        })
        .collect();
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let mut names: Vec<&str> = candidate.previous.iter().map(|id| &*id.name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            by_name.entry(name).or_default().push(index);
        }
    }
    if by_name.is_empty() {
        return Ok(());
    }
    // Which rules concern a type is the same for all objects of that type.
    let mut rules_of: HashMap<Gvk, Vec<(&FieldSpec, &Gvk)>> = HashMap::new();
    for referrer in 0..candidates.len() {
        let Some(candidate) = candidates.get(referrer) else { continue };
        let rules = rules_of.entry(candidate.original.gvk.clone()).or_insert_with(|| {
            configuration
                .name_references
                .iter()
                .flat_map(|reference| reference.referrers.0.iter().map(move |spec| (spec, &reference.target)))
                .filter(|(spec, _)| candidate.original.gvk.is_selected(&spec.gvk))
                .collect()
        });
        if rules.is_empty() {
            continue;
        }
        let Some(resource) = map.list().get(referrer) else { continue };
        let fixer = Fixer {
            candidates: &candidates,
            by_name: &by_name,
            map,
            referrer: resource,
            id: &candidate.id,
            subject_namespaces: subject_namespaces(resource)?,
        };
        let mut node = resource.node().clone();
        for (spec, target) in rules.iter() {
            let selection = fixer.rule(spec, target);
            spec.apply_unchecked(&mut node, None, &mut |field| selection.set(field)).context(|| {
                format!("updating name reference in '{}' field of '{}'", spec.path, candidate.id)
            })?;
        }
        if let Some(place) = map.list_mut().get_mut(referrer) {
            *place.node_mut() = node;
        }
    }
    Ok(())
}

/// Namespaces of the service accounts that a role binding names.
fn subject_namespaces(resource: &Resource) -> Result<Vec<String>, Error> {
    if resource.kind() != "RoleBinding" {
        return Ok(Vec::new());
    }
    let mut namespaces = Vec::new();
    for subject in resource.node().get("subjects").map(Node::items).unwrap_or_default() {
        let is_account = subject.get("kind").is_some_and(|kind| kind.text() == "ServiceAccount");
        match subject.get("namespace") {
            Some(namespace) if is_account && namespace.is_null() => {
                return Err(Error::build(format!(
                    "Invalid Input: namespace is blank for resource \"{}\"\n",
                    crate::field_spec::short_id(resource.node())
                )));
            }
            Some(namespace) if is_account => namespaces.push(namespace.text().to_owned()),
            _ => {}
        }
    }
    Ok(namespaces)
}

struct Fixer<'m> {
    candidates: &'m [Candidate],
    by_name: &'m HashMap<&'m str, Vec<usize>>,
    map: &'m ResourceMap,
    referrer: &'m Resource,
    id: &'m ResourceId,
    subject_namespaces: Vec<String>,
}

struct Rule<'f> {
    fixer: &'f Fixer<'f>,
    target: &'f Gvk,
    role: Option<Gvk>,
}

impl Fixer<'_> {
    fn rule<'f>(&'f self, spec: &FieldSpec, target: &'f Gvk) -> Rule<'f> {
        let role = spec.path.ends_with("roleRef/name").then(|| {
            let role = self.referrer.node().get("roleRef")?;
            Some(Gvk::new(role.get("apiGroup")?.text(), "", role.get("kind")?.text()))
        });
        Rule { fixer: self, target, role: role.flatten() }
    }

    /// Whether the referrer may refer to the object at all.
    fn reachable(&self, candidate: &Candidate) -> bool {
        self.id.cluster_scoped
            || candidate.id.cluster_scoped
            || candidate.id.same_namespace(self.id)
            || self.subject_namespaces.contains(&candidate.namespace)
    }
}

impl Rule<'_> {
    fn set(&self, node: &mut Node) -> Result<(), Error> {
        if node.is_null() {
            return Ok(());
        }
        match node {
            Node::Scalar(_) => self.set_scalar(node),
            Node::Mapping(_) => self.set_mapping(node),
            Node::Sequence(_) => {
                for item in node.items_mut().into_iter().flatten() {
                    if item.is_null() {
                        continue;
                    }
                    match item {
                        Node::Scalar(_) => self.set_scalar(item)?,
                        Node::Mapping(_) => self.set_mapping(item)?,
                        Node::Sequence(_) => {
                            return Err(Error::build(
                                "a list is expected to be either a string or a map of string",
                            ));
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn set_scalar(&self, node: &mut Node) -> Result<(), Error> {
        let Some(referral) = self.select(node.text(), None, false)? else { return Ok(()) };
        if referral.name != node.text() {
            node.set_scalar(referral.name.as_str(), Tag::Untyped);
        }
        Ok(())
    }

    fn set_mapping(&self, node: &mut Node) -> Result<(), Error> {
        let Some(name) = node.get("name") else {
            return Err(Error::build("path config error; no 'name' field in node"));
        };
        let old = name.text().to_owned();
        let namespace = node.get("namespace").map(|namespace| namespace.text().to_owned());
        let Some(referral) = self.select(&old, namespace.as_deref(), true)? else { return Ok(()) };
        if referral.name == old && referral.namespace.is_empty() {
            return Ok(());
        }
        node.set("name", Node::untyped(referral.name.as_str()));
        if !referral.namespace.is_empty() {
            node.set("namespace", Node::untyped(referral.namespace.as_str()));
        }
        Ok(())
    }

    /// Candidates by original namespace, else by current one.
    fn in_namespace(&self, candidates: &[usize], namespace: &str) -> Vec<usize> {
        let within = |pick: fn(&Candidate) -> &ResourceId| -> bool {
            self.fixer.candidates.iter().any(|candidate| {
                let id = pick(candidate);
                self.fixer.reachable(candidate) && !id.cluster_scoped && id.effective_namespace() == namespace
            })
        };
        let pick: fn(&Candidate) -> &ResourceId = if within(|candidate| &candidate.original) {
            |candidate| &candidate.original
        } else {
            |candidate| &candidate.id
        };
        candidates
            .iter()
            .copied()
            .filter(|index| {
                self.fixer.candidates.get(*index).is_some_and(|candidate| {
                    let id = pick(candidate);
                    !id.cluster_scoped && id.effective_namespace() == namespace
                })
            })
            .collect()
    }

    fn select(
        &self,
        name: &str,
        namespace: Option<&str>,
        with_namespace: bool,
    ) -> Result<Option<&Candidate>, Error> {
        let fixer = self.fixer;
        let Some(named) = fixer.by_name.get(name) else { return Ok(None) };
        let mut indexes = match namespace {
            Some(namespace) => self.in_namespace(named, namespace),
            None => named.clone(),
        };
        let had =
            |candidate: &Candidate, gvk: &Gvk| candidate.previous.iter().any(|id| id.gvk.is_selected(gvk));
        indexes.retain(|index| {
            let (Some(candidate), Some(resource)) =
                (fixer.candidates.get(*index), fixer.map.list().get(*index))
            else {
                return false;
            };
            fixer.reachable(candidate)
                && had(candidate, self.target)
                && self.role.as_ref().is_none_or(|role| had(candidate, role))
                && (fixer.id.cluster_scoped
                    || candidate.id.cluster_scoped
                    || resource.kind() == "ServiceAccount"
                    || fixer.id.same_namespace(&candidate.id))
        });
        let affixes = |indexes: &mut Vec<usize>, allow_empty: bool| {
            indexes.retain(|index| {
                fixer
                    .map
                    .list()
                    .get(*index)
                    .is_some_and(|resource| resource.same_affixes(fixer.referrer, allow_empty))
            });
        };
        if indexes.len() != 1 {
            affixes(&mut indexes, true);
            if indexes.len() > 1 {
                affixes(&mut indexes, false);
            }
        }
        let found: Vec<&Candidate> =
            indexes.iter().filter_map(|index| fixer.candidates.get(*index)).collect();
        let Some((first, rest)) = found.split_first() else { return Ok(None) };
        let same = rest
            .iter()
            .all(|other| other.name == first.name && (!with_namespace || other.namespace == first.namespace));
        if same {
            return Ok(Some(first));
        }
        let ids: Vec<String> = found.iter().map(|candidate| candidate.id.to_string()).collect();
        Err(Error::build(format!(
            "found multiple possible referrals: {} of referrer {}",
            ids.join(", "),
            fixer.id
        )))
    }
}
