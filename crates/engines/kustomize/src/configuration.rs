//! Where the built-in transformers write, and what configuration files and CRDs add to it.

mod defaults;
mod parse;

use std::rc::Rc;

use crate::{
    error::{Context as _, Error},
    field_spec::{FieldSpec, FieldSpecs},
    id::Gvk,
    sort::kind_order,
};

/// The objects of one type and the fields that name them.
#[derive(Debug, Clone)]
pub(crate) struct NameReference {
    pub(crate) target: Gvk,
    pub(crate) referrers: FieldSpecs,
}

/// Places of all transformers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Configuration {
    pub(crate) name_prefix: FieldSpecs,
    pub(crate) name_suffix: FieldSpecs,
    pub(crate) namespace: FieldSpecs,
    pub(crate) common_labels: FieldSpecs,
    pub(crate) labels: FieldSpecs,
    pub(crate) template_labels: FieldSpecs,
    pub(crate) common_annotations: FieldSpecs,
    pub(crate) name_references: Vec<NameReference>,
    pub(crate) variables: FieldSpecs,
    pub(crate) images: FieldSpecs,
    pub(crate) replicas: FieldSpecs,
}

impl Configuration {
    /// What is built in.
    pub(crate) fn built_in() -> Self {
        let mut configuration = defaults::configuration();
        configuration.sort();
        configuration
    }

    /// What a configuration file says; unknown fields are refused.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, Error> {
        parse::parse(content)
    }

    fn lists_mut(&mut self) -> [(&'static str, &mut FieldSpecs); 10] {
        [
            ("NamePrefix", &mut self.name_prefix),
            ("NameSuffix", &mut self.name_suffix),
            ("NameSpace", &mut self.namespace),
            ("CommonAnnotations", &mut self.common_annotations),
            ("CommonLabels", &mut self.common_labels),
            ("Labels", &mut self.labels),
            ("TemplateLabels", &mut self.template_labels),
            ("VarReference", &mut self.variables),
            ("Images", &mut self.images),
            ("Replicas", &mut self.replicas),
        ]
    }

    fn lists(&self) -> [&FieldSpecs; 10] {
        [
            &self.name_prefix,
            &self.name_suffix,
            &self.namespace,
            &self.common_annotations,
            &self.common_labels,
            &self.labels,
            &self.template_labels,
            &self.variables,
            &self.images,
            &self.replicas,
        ]
    }

    /// Adds everything that `other` knows.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), Error> {
        for ((name, mine), theirs) in self.lists_mut().into_iter().zip(other.lists()) {
            mine.add_all(&theirs.0).context(|| format!("failed to merge {name} fieldSpec"))?;
        }
        for reference in &other.name_references {
            self.add_name_reference(reference).context(|| "failed to merge NameReference fieldSpec")?;
        }
        self.sort();
        Ok(())
    }

    pub(crate) fn add_name_reference(&mut self, reference: &NameReference) -> Result<(), Error> {
        let mut found = false;
        for known in self.name_references.iter_mut().filter(|known| known.target == reference.target) {
            known.referrers.add_all(&reference.referrers.0)?;
            found = true;
        }
        if !found {
            self.name_references.push(reference.clone());
        }
        Ok(())
    }

    pub(crate) fn sort(&mut self) {
        let key = |gvk: &Gvk| (kind_order(&gvk.kind), gvk.sort_text());
        for (_, list) in self.lists_mut() {
            list.0.sort_by_cached_key(|spec: &FieldSpec| key(&spec.gvk));
        }
        self.name_references.sort_by_cached_key(|reference| key(&reference.target));
    }
}

/// The configuration that a build has gathered so far; shared until a file adds to it.
#[derive(Debug, Clone)]
pub(crate) struct Gathered {
    configuration: Option<Rc<Configuration>>,
}

impl Gathered {
    pub(crate) fn empty() -> Self {
        Self { configuration: None }
    }

    /// Adds a configuration that may well be the one that is here already.
    pub(crate) fn merge(&mut self, other: &Rc<Configuration>) -> Result<(), Error> {
        match &mut self.configuration {
            None => self.configuration = Some(Rc::clone(other)),
            Some(mine) if Rc::ptr_eq(mine, other) => {}
            Some(mine) => Rc::make_mut(mine).merge(other)?,
        }
        Ok(())
    }

    pub(crate) fn merge_gathered(&mut self, other: &Self) -> Result<(), Error> {
        other.configuration.as_ref().map_or(Ok(()), |configuration| self.merge(configuration))
    }

    pub(crate) fn get(&self) -> Rc<Configuration> {
        self.configuration.clone().unwrap_or_default()
    }
}
