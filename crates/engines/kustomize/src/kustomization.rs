//! The kustomization file: its fields, and how they are read and checked.

mod fields;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, rc::Rc};

use serde_json::Value;

use crate::{
    decode::{Fields, Place, decode_object},
    error::{Context as _, Error, ErrorKind},
    field_spec::FieldSpec,
    id::Gvk,
};
pub(crate) use fields::{
    field_specs, generator, generator_options, gvk, image, patch, replacement, replacement_entries, replica,
    selector, string_selector,
};

/// The names that a kustomization file may have.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

pub(crate) const KUSTOMIZATION_KIND: &str = "Kustomization";
pub(crate) const COMPONENT_KIND: &str = "Component";

/// Everything a kustomization file can say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kustomization {
    pub(crate) kind: String,
    pub(crate) api_version: String,
    pub(crate) openapi: Option<BTreeMap<String, String>>,
    pub(crate) name_prefix: String,
    pub(crate) name_suffix: String,
    pub(crate) namespace: String,
    pub(crate) common_labels: Option<BTreeMap<String, String>>,
    pub(crate) labels: Vec<Labels>,
    pub(crate) common_annotations: BTreeMap<String, String>,
    pub(crate) patches_strategic_merge: Option<Vec<String>>,
    pub(crate) patches_json_6902: Option<Vec<Patch>>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) images: Vec<Image>,
    pub(crate) replacements: Vec<ReplacementEntry>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) variables: Option<Vec<Variable>>,
    pub(crate) sort_options: Option<SortOptions>,
    pub(crate) resources: Vec<String>,
    pub(crate) components: Vec<String>,
    pub(crate) crds: Vec<String>,
    pub(crate) config_maps: Vec<GeneratorArguments>,
    pub(crate) secrets: Vec<GeneratorArguments>,
    pub(crate) helm_charts: Vec<Value>,
    pub(crate) generator_options: Option<GeneratorOptions>,
    pub(crate) configurations: Vec<String>,
    pub(crate) generators: Vec<String>,
    pub(crate) transformers: Vec<String>,
    pub(crate) validators: Vec<String>,
    pub(crate) build_metadata: Rc<[String]>,
    /// Fields that are out of date, with what to use instead.
    pub(crate) deprecated: Vec<(&'static str, &'static str)>,
}

/// An entry of `labels`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels {
    pub(crate) pairs: BTreeMap<String, String>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) fields: Vec<FieldSpec>,
}

/// An entry of `patches` or `patchesJson6902`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patch {
    pub(crate) path: String,
    pub(crate) inline: String,
    pub(crate) target: Option<Selector>,
    pub(crate) options: PatchOptions,
    /// The entry as written, for messages.
    pub(crate) source: Value,
}

/// What a patch may change beside its target's content.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PatchOptions {
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
}

/// Which objects something is for; parts are regular expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    pub(crate) gvk: Gvk,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) annotations: String,
    pub(crate) labels: String,
}

/// An entry of `images`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) new_name: String,
    pub(crate) tag_suffix: String,
    pub(crate) new_tag: String,
    pub(crate) digest: String,
}

/// An entry of `replicas`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replica {
    pub(crate) name: String,
    pub(crate) count: i64,
}

/// An entry of `replacements`: a file, or the replacement itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplacementEntry {
    pub(crate) path: String,
    pub(crate) replacement: Replacement,
}

/// One replacement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replacement {
    pub(crate) source: Option<ReplacementSource>,
    pub(crate) source_value: Option<String>,
    pub(crate) targets: Option<Vec<ReplacementTarget>>,
}

/// Where a replacement takes its value; parts match exactly.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplacementSource {
    pub(crate) gvk: Gvk,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) field_path: String,
    pub(crate) options: Option<FieldOptions>,
}

/// Where a replacement puts its value.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplacementTarget {
    pub(crate) select: Option<Selector>,
    pub(crate) reject: Vec<Selector>,
    pub(crate) field_paths: Vec<String>,
    pub(crate) options: Option<FieldOptions>,
}

/// Which piece of a text is meant, and whether a missing field is created.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldOptions {
    pub(crate) delimiter: String,
    pub(crate) index: i64,
    pub(crate) create: bool,
}

/// An entry of `vars`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) gvk: Gvk,
    pub(crate) object_name: String,
    pub(crate) object_namespace: String,
    pub(crate) field_path: String,
    /// The entry before defaults, as messages show it.
    pub(crate) stated: String,
}

/// `sortOptions`.
#[derive(Debug, Clone, Default)]
pub(crate) struct SortOptions {
    pub(crate) order: String,
    pub(crate) legacy: Option<(Vec<String>, Vec<String>)>,
}

/// An entry of `configMapGenerator` or `secretGenerator`.
#[derive(Debug, Clone, Default)]
pub(crate) struct GeneratorArguments {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) behavior: String,
    pub(crate) literals: Vec<String>,
    pub(crate) files: Vec<String>,
    pub(crate) envs: Vec<String>,
    pub(crate) options: Option<GeneratorOptions>,
    /// Of a Secret; empty means `Opaque`.
    pub(crate) secret_type: String,
}

/// `generatorOptions`, and `options` of one generator.
#[derive(Debug, Clone, Default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) disable_name_suffix_hash: bool,
    pub(crate) immutable: bool,
}

impl GeneratorOptions {
    /// Adds the file's options to a generator's own, which win.
    pub(crate) fn with_global(local: Option<Self>, global: Option<&Self>) -> Option<Self> {
        let Some(global) = global else { return local };
        let mut options = local.unwrap_or_default();
        for (mine, theirs) in
            [(&mut options.labels, &global.labels), (&mut options.annotations, &global.annotations)]
        {
            for (key, value) in theirs {
                mine.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        options.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        options.immutable |= global.immutable;
        Some(options)
    }
}

impl Kustomization {
    /// Reads a kustomization file. `root` is its directory, for messages.
    pub(crate) fn parse(content: &[u8], root: &str) -> Result<Self, Error> {
        let invalid = || "invalid Kustomization";
        let value = ferroflux_yaml::read_value(content, &crate::limits::sigs())
            .map_err(|error| Error::new(ErrorKind::Kustomization, error.to_string()))
            .context(invalid)?;
        let null = Value::Object(serde_json::Map::new());
        let value = if value.is_null() { &null } else { &value };
        let place = Place::root(KUSTOMIZATION_KIND, true);
        let (kustomization, empty) = decode_object(value, &place, |fields| {
            let kustomization = Self::decode(fields)?;
            Ok((kustomization, is_empty(value)))
        })
        .context(invalid)?;
        if empty {
            return Err(Error::new(ErrorKind::Kustomization, "kustomization.yaml is empty"));
        }
        kustomization.check(root)?;
        Ok(kustomization)
    }

    fn check(&self, root: &str) -> Result<(), Error> {
        let mut problems = Vec::new();
        if self.kind != KUSTOMIZATION_KIND && self.kind != COMPONENT_KIND {
            problems.push(format!("kind should be {KUSTOMIZATION_KIND} or {COMPONENT_KIND}"));
        }
        let expected = api_version_of(&self.kind);
        if self.api_version != expected {
            problems.push(format!("apiVersion for {} should be {expected}", self.kind));
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Kustomization,
            format!("Failed to read kustomization file under {root}:\n{}", problems.join("\n")),
        ))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, Error> {
        let mut file = Self {
            kind: fields.text("kind")?,
            api_version: fields.text("apiVersion")?,
            openapi: fields.text_map("openapi")?,
            name_prefix: fields.text("namePrefix")?,
            name_suffix: fields.text("nameSuffix")?,
            namespace: fields.text("namespace")?,
            common_labels: fields.text_map("commonLabels")?,
            labels: fields.objects("labels", "Label", fields::labels)?.unwrap_or_default(),
            common_annotations: fields.text_map("commonAnnotations")?.unwrap_or_default(),
            patches_strategic_merge: fields.optional_texts("patchesStrategicMerge")?,
            patches_json_6902: fields.objects("patchesJson6902", "Patch", patch)?,
            patches: fields.objects("patches", "Patch", patch)?.unwrap_or_default(),
            images: fields.objects("images", "Image", image)?.unwrap_or_default(),
            replacements: replacement_entries(fields)?,
            replicas: fields.objects("replicas", "Replica", replica)?.unwrap_or_default(),
            variables: fields.objects("vars", "Var", fields::variable)?,
            sort_options: fields.object("sortOptions", "SortOptions", fields::sort_options)?,
            resources: fields.texts("resources")?,
            components: fields.texts("components")?,
            crds: fields.texts("crds")?,
            config_maps: fields
                .objects("configMapGenerator", "ConfigMapArgs", |inner| generator(inner, false))?
                .unwrap_or_default(),
            secrets: fields
                .objects("secretGenerator", "SecretArgs", |inner| generator(inner, true))?
                .unwrap_or_default(),
            generator_options: fields.object("generatorOptions", "GeneratorOptions", generator_options)?,
            configurations: fields.texts("configurations")?,
            generators: fields.texts("generators")?,
            transformers: fields.texts("transformers")?,
            validators: fields.texts("validators")?,
            build_metadata: fields.texts("buildMetadata")?.into(),
            ..Self::default()
        };
        fields.object("metadata", "ObjectMeta", fields::object_metadata)?;
        fields.object("helmGlobals", "HelmGlobals", fields::helm_globals)?;
        file.decode_legacy(fields)?;
        if file.kind.is_empty() {
            file.kind = KUSTOMIZATION_KIND.into();
        }
        if file.api_version.is_empty() {
            file.api_version = api_version_of(&file.kind).into();
        }
        Ok(file)
    }

    /// Fields that have moved, and Helm, which is refused later.
    fn decode_legacy(&mut self, fields: &mut Fields<'_>) -> Result<(), Error> {
        let bases = fields.optional_texts("bases")?;
        let image_tags = fields.objects("imageTags", "Image", image)?;
        let mut note = |present: bool, old, new| {
            if present {
                self.deprecated.push((old, new));
            }
        };
        note(bases.is_some(), "bases", "resources");
        note(self.common_labels.is_some(), "commonLabels", "labels");
        note(image_tags.is_some(), "imageTags", "images");
        note(self.patches_json_6902.is_some(), "patchesJson6902", "patches");
        note(self.patches_strategic_merge.is_some(), "patchesStrategicMerge", "patches");
        note(self.variables.is_some(), "vars", "replacements");
        self.resources.extend(bases.unwrap_or_default());
        self.images.extend(image_tags.unwrap_or_default());
        self.helm_charts = fields.objects("helmCharts", "HelmChart", fields::helm_chart)?.unwrap_or_default();
        self.helm_charts.extend(
            fields
                .objects("helmChartInflationGenerator", "HelmChartArgs", fields::helm_chart_arguments)?
                .unwrap_or_default(),
        );
        Ok(())
    }
}

fn api_version_of(kind: &str) -> &'static str {
    if kind == COMPONENT_KIND {
        "kustomize.config.k8s.io/v1alpha1"
    } else {
        "kustomize.config.k8s.io/v1beta1"
    }
}

/// A file that says nothing beside its type: fields that are absent, null, or a text without content.
fn is_empty(value: &Value) -> bool {
    let Value::Object(map) = value else { return false };
    map.iter().all(|(name, value)| {
        name.eq_ignore_ascii_case("kind")
            || name.eq_ignore_ascii_case("apiVersion")
            || value.is_null()
            || value.as_str() == Some("")
            // Old lists are moved to others before the check, and nothing of an empty one is left.
            || (["bases", "imageTags", "helmChartInflationGenerator"]
                .iter()
                .any(|old| name.eq_ignore_ascii_case(old))
                && value.as_array().is_some_and(Vec::is_empty))
    })
}
