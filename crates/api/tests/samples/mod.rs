//! Objects of every kind that set every field, shared by the tests.

use ferroflux_api::CustomResource;
use ferroflux_yaml::{ReadOptions, read_values};
use serde_json::Value;

/// All samples, in no particular order.
pub(crate) fn all() -> Vec<Value> {
    let files: [&[u8]; 5] = [
        include_bytes!("helm.yaml"),
        include_bytes!("image.yaml"),
        include_bytes!("kustomize.yaml"),
        include_bytes!("notification.yaml"),
        include_bytes!("source.yaml"),
    ];
    files
        .iter()
        .flat_map(|file| read_values(file, &ReadOptions::sigs()).expect("the samples are YAML"))
        .collect()
}

/// The kind of an object.
pub(crate) fn kind(object: &Value) -> &str {
    object["kind"].as_str().expect("samples have a kind")
}

/// Something to do with the type of a kind.
pub(crate) trait Visitor {
    type Output;
    fn visit<K: CustomResource>(self) -> Self::Output;
}

/// Hands the type of a kind to a visitor.
pub(crate) fn with_kind<V: Visitor>(kind: &str, visitor: V) -> V::Output {
    use ferroflux_api::{helm, image, kustomize, notification, source, source_extensions};
    match kind {
        "Alert" => visitor.visit::<notification::v1beta3::Alert>(),
        "ArtifactGenerator" => visitor.visit::<source_extensions::v1beta1::ArtifactGenerator>(),
        "Bucket" => visitor.visit::<source::v1::Bucket>(),
        "ExternalArtifact" => visitor.visit::<source::v1::ExternalArtifact>(),
        "GitRepository" => visitor.visit::<source::v1::GitRepository>(),
        "HelmChart" => visitor.visit::<source::v1::HelmChart>(),
        "HelmRelease" => visitor.visit::<helm::v2::HelmRelease>(),
        "HelmRepository" => visitor.visit::<source::v1::HelmRepository>(),
        "ImagePolicy" => visitor.visit::<image::v1::ImagePolicy>(),
        "ImageRepository" => visitor.visit::<image::v1::ImageRepository>(),
        "ImageUpdateAutomation" => visitor.visit::<image::v1::ImageUpdateAutomation>(),
        "Kustomization" => visitor.visit::<kustomize::v1::Kustomization>(),
        "OCIRepository" => visitor.visit::<source::v1::OCIRepository>(),
        "Provider" => visitor.visit::<notification::v1beta3::Provider>(),
        "Receiver" => visitor.visit::<notification::v1::Receiver>(),
        other => panic!("`{other}` is no kind of the suite"),
    }
}

/// Reads an object into its type and writes it again.
pub(crate) fn through_type(object: &Value) -> Value {
    struct ThroughType<'a>(&'a Value);

    impl Visitor for ThroughType<'_> {
        type Output = Value;

        fn visit<K: CustomResource>(self) -> Value {
            let typed: K = ferroflux_api::decode::from_value(self.0).expect("the object can be read");
            let written = serde_json::to_value(&typed).expect("the object can be written");
            let again: K = ferroflux_api::decode::from_value(&written).expect("what was written can be read");
            assert_eq!(again, typed);
            written
        }
    }

    with_kind(kind(object), ThroughType(object))
}
