//! Decoding of the nested parts of a kustomization file; plugin configurations use the same forms.

use std::sync::Arc;

use serde_json::Value;

use super::{
    FieldOptions, GeneratorArguments, GeneratorOptions, Image, Labels, Patch, PatchOptions, Replacement,
    ReplacementEntry, ReplacementSource, ReplacementTarget, Replica, Selector, SortOptions, Variable,
};
use crate::{decode::Fields, error::Error, field_spec::FieldSpec, id::Gvk};

pub(crate) fn gvk(fields: &mut Fields<'_>) -> Result<Gvk, Error> {
    Ok(Gvk {
        group: fields.text("group")?.into(),
        version: fields.text("version")?.into(),
        kind: fields.text("kind")?.into(),
    })
}

pub(crate) fn field_specs(
    fields: &mut Fields<'_>,
    name: &'static str,
) -> Result<Option<Vec<FieldSpec>>, Error> {
    fields.objects(name, "FieldSpec", |inner| {
        Ok(FieldSpec::new(gvk(inner)?, &inner.text("path")?, inner.flag("create")?))
    })
}

pub(super) fn labels(fields: &mut Fields<'_>) -> Result<Labels, Error> {
    Ok(Labels {
        pairs: fields.text_map("pairs")?.unwrap_or_default(),
        include_selectors: fields.flag("includeSelectors")?,
        include_templates: fields.flag("includeTemplates")?,
        fields: field_specs(fields, "fields")?.unwrap_or_default(),
    })
}

pub(crate) fn patch(fields: &mut Fields<'_>) -> Result<Patch, Error> {
    let path = fields.text("path")?;
    let inline = fields.text("patch")?;
    let target = fields.object("target", "Selector", selector)?;
    let options = fields.object("options", "PatchArgs", |inner| {
        Ok(PatchOptions {
            allow_name_change: inner.flag("allowNameChange")?,
            allow_kind_change: inner.flag("allowKindChange")?,
        })
    })?;
    let mut source = serde_json::Map::new();
    for (name, text) in [("path", &path), ("patch", &inline)] {
        if !text.is_empty() {
            source.insert(name.into(), Value::String(text.clone()));
        }
    }
    for name in ["target", "options"] {
        if let Some(value) = fields.raw(name) {
            source.insert(name.into(), value.clone());
        }
    }
    Ok(Patch { path, inline, target, options: options.unwrap_or_default(), source: Value::Object(source) })
}

pub(crate) fn selector(fields: &mut Fields<'_>) -> Result<Selector, Error> {
    Ok(Selector {
        gvk: gvk(fields)?,
        name: fields.text("name")?,
        namespace: fields.text("namespace")?,
        annotations: fields.text("annotationSelector")?,
        labels: fields.text("labelSelector")?,
    })
}

/// A selector as messages show it.
pub(crate) fn string_selector(selector: &Selector) -> String {
    let or = |text: &str, missing: &str| if text.is_empty() { missing.to_owned() } else { text.to_owned() };
    format!(
        "{}/{}.{}:a={}:l={}",
        selector.gvk,
        or(&selector.name, "[noName]"),
        or(&selector.namespace, "[noNs]"),
        selector.annotations,
        selector.labels
    )
}

pub(crate) fn image(fields: &mut Fields<'_>) -> Result<Image, Error> {
    Ok(Image {
        name: fields.text("name")?,
        new_name: fields.text("newName")?,
        tag_suffix: fields.text("tagSuffix")?,
        new_tag: fields.text("newTag")?,
        digest: fields.text("digest")?,
    })
}

pub(crate) fn replica(fields: &mut Fields<'_>) -> Result<Replica, Error> {
    Ok(Replica { name: fields.text("name")?, count: fields.integer("count")? })
}

pub(crate) fn replacement_entries(fields: &mut Fields<'_>) -> Result<Vec<ReplacementEntry>, Error> {
    let entries = fields.objects("replacements", "ReplacementField", |inner| {
        Ok(ReplacementEntry { path: inner.text("path")?, replacement: replacement(inner)? })
    })?;
    Ok(entries.unwrap_or_default())
}

pub(crate) fn replacement(fields: &mut Fields<'_>) -> Result<Replacement, Error> {
    Ok(Replacement {
        source: fields.object("source", "SourceSelector", |inner| {
            Ok(ReplacementSource {
                gvk: gvk(inner)?,
                name: inner.text("name")?,
                namespace: inner.text("namespace")?,
                field_path: inner.text("fieldPath")?,
                options: inner.object("options", "FieldOptions", field_options)?,
            })
        })?,
        source_value: fields.optional_text("sourceValue")?,
        targets: fields.objects("targets", "TargetSelector", |inner| {
            Ok(ReplacementTarget {
                select: inner.object("select", "Selector", selector)?,
                reject: inner.objects("reject", "Selector", selector)?.unwrap_or_default(),
                field_paths: inner.texts("fieldPaths")?,
                options: inner.object("options", "FieldOptions", field_options)?,
            })
        })?,
    })
}

fn field_options(fields: &mut Fields<'_>) -> Result<FieldOptions, Error> {
    fields.text("encoding")?;
    Ok(FieldOptions {
        delimiter: fields.text("delimiter")?,
        index: fields.integer("index")?,
        create: fields.flag("create")?,
    })
}

pub(super) fn variable(fields: &mut Fields<'_>) -> Result<Variable, Error> {
    let name = fields.text("name")?;
    let object = fields.object("objref", "Target", |inner| {
        let mut gvk = gvk(inner)?;
        let stated = gvk.clone();
        let api_version = inner.text("apiVersion")?;
        let parts: Vec<&str> = api_version.split('/').collect();
        match parts.as_slice() {
            [version] if !version.is_empty() => gvk.version = Arc::from(*version),
            [group, version] => (gvk.group, gvk.version) = (Arc::from(*group), Arc::from(*version)),
            _ => {}
        }
        Ok((gvk, inner.text("name")?, inner.text("namespace")?, stated))
    })?;
    let field_path = fields.object("fieldref", "FieldSelector", |inner| inner.text("fieldPath"))?;
    let (gvk, object_name, object_namespace, stated) = object.unwrap_or_default();
    let mut field_path = field_path.unwrap_or_default();
    let stated = format!("{{{name} {stated} {{{field_path}}}}}");
    if field_path.is_empty() {
        field_path = "metadata.name".into();
    }
    Ok(Variable { name, gvk, object_name, object_namespace, field_path, stated })
}

pub(super) fn sort_options(fields: &mut Fields<'_>) -> Result<SortOptions, Error> {
    Ok(SortOptions {
        order: fields.text("order")?,
        legacy: fields.object("legacySortOptions", "LegacySortOptions", |inner| {
            Ok((inner.texts("orderFirst")?, inner.texts("orderLast")?))
        })?,
    })
}

pub(crate) fn generator(fields: &mut Fields<'_>, secret: bool) -> Result<GeneratorArguments, Error> {
    let mut envs = fields.texts("envs")?;
    let env = fields.text("env")?;
    if !env.is_empty() {
        envs.push(env);
    }
    Ok(GeneratorArguments {
        name: fields.text("name")?,
        namespace: fields.text("namespace")?,
        behavior: fields.text("behavior")?,
        literals: fields.texts("literals")?,
        files: fields.texts("files")?,
        envs,
        options: fields.object("options", "GeneratorOptions", generator_options)?,
        secret_type: if secret { fields.text("type")? } else { String::new() },
    })
}

pub(crate) fn generator_options(fields: &mut Fields<'_>) -> Result<GeneratorOptions, Error> {
    Ok(GeneratorOptions {
        labels: fields.text_map("labels")?.unwrap_or_default(),
        annotations: fields.text_map("annotations")?.unwrap_or_default(),
        disable_name_suffix_hash: fields.flag("disableNameSuffixHash")?,
        immutable: fields.flag("immutable")?,
    })
}

pub(super) fn object_metadata(fields: &mut Fields<'_>) -> Result<(), Error> {
    fields.text("name")?;
    fields.text("namespace")?;
    fields.text_map("labels")?;
    fields.text_map("annotations")?;
    Ok(())
}

pub(super) fn helm_globals(fields: &mut Fields<'_>) -> Result<(), Error> {
    fields.text("chartHome")?;
    fields.text("configHome")?;
    Ok(())
}

/// A chart to inflate: checked, then kept for the message that refuses it.
pub(super) fn helm_chart(fields: &mut Fields<'_>) -> Result<Value, Error> {
    let mut chart = serde_json::Map::new();
    for name in [
        "name",
        "version",
        "repo",
        "releaseName",
        "namespace",
        "valuesFile",
        "valuesMerge",
        "kubeVersion",
        "nameTemplate",
    ] {
        let text = fields.text(name)?;
        if !text.is_empty() {
            chart.insert(name.into(), Value::String(text));
        }
    }
    for name in ["includeCRDs", "skipHooks", "skipTests", "debug", "devel"] {
        if fields.flag(name)? {
            chart.insert(name.into(), Value::Bool(true));
        }
    }
    for name in ["additionalValuesFiles", "apiVersions"] {
        let texts = fields.texts(name)?;
        if !texts.is_empty() {
            chart.insert(name.into(), texts.into());
        }
    }
    if let Some(values) = fields.raw("valuesInline") {
        chart.insert("valuesInline".into(), values.clone());
    }
    Ok(Value::Object(chart))
}

pub(super) fn helm_chart_arguments(fields: &mut Fields<'_>) -> Result<Value, Error> {
    let mut chart = serde_json::Map::new();
    for (old, new) in [
        ("chartName", "name"),
        ("chartVersion", "version"),
        ("chartRepoUrl", "repo"),
        ("values", "valuesFile"),
        ("valuesMerge", "valuesMerge"),
        ("releaseName", "releaseName"),
        ("chartHome", ""),
        ("chartRepoName", ""),
        ("helmBin", ""),
        ("helmHome", ""),
        ("releaseNamespace", ""),
    ] {
        let text = fields.text(old)?;
        if !text.is_empty() && !new.is_empty() {
            chart.insert(new.into(), Value::String(text));
        }
    }
    fields.texts("extraArgs")?;
    if let Some(values) = fields.raw("valuesLocal") {
        chart.insert("valuesInline".into(), values.clone());
    }
    Ok(Value::Object(chart))
}
