//! Reading of `configurations` files.

use super::{Configuration, NameReference};
use crate::{
    decode::{Place, decode_object},
    error::{Context as _, Error},
    field_spec::FieldSpecs,
    kustomization,
};

pub(super) fn parse(content: &[u8]) -> Result<Configuration, Error> {
    let value = ferroflux_yaml::read_value(content, &crate::limits::sigs_strict())
        .map_err(|error| Error::yaml(format!("error converting YAML to JSON: {error}")))?;
    if value.is_null() {
        return Ok(Configuration::default());
    }
    let place = Place::root("TransformerConfig", true);
    decode_object(&value, &place, |fields| {
        let mut list = |name| {
            kustomization::field_specs(fields, name).map(|specs| FieldSpecs(specs.unwrap_or_default()))
        };
        let mut configuration = Configuration {
            name_prefix: list("namePrefix")?,
            name_suffix: list("nameSuffix")?,
            namespace: list("namespace")?,
            common_labels: list("commonLabels")?,
            labels: list("labels")?,
            template_labels: list("templateLabels")?,
            common_annotations: list("commonAnnotations")?,
            variables: list("varReference")?,
            images: list("images")?,
            replicas: list("replicas")?,
            name_references: Vec::new(),
        };
        let references = fields.objects("nameReference", "NameBackReferences", |inner| {
            Ok(NameReference {
                target: kustomization::gvk(inner)?,
                referrers: FieldSpecs(kustomization::field_specs(inner, "fieldSpecs")?.unwrap_or_default()),
            })
        })?;
        configuration.name_references = references.unwrap_or_default();
        configuration.sort();
        Ok(configuration)
    })
    .context(|| "error unmarshaling JSON: while decoding JSON")
}
