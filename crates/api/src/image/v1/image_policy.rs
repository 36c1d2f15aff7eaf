//! ImagePolicy: which tag of an image is the latest (image.md 2.2).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Condition, Duration},
};

custom_resource! {
    /// Chooses the latest tag of an image.
    pub struct ImagePolicy {
        spec: ImagePolicySpec,
        status: ImagePolicyStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "ImagePolicy",
        plural: "imagepolicies",
        singular: "imagepolicy",
        short_names: &["imgpol", "imagepol"],
        categories: &["all", "fluxcd", "fluxcd-images"],
        controller: "image-reflector-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::string("Image", ".status.latestRef.name"),
            PrinterColumn::string("Tag", ".status.latestRef.tag"),
            PrinterColumn::READY,
            PrinterColumn::STATUS,
            PrinterColumn::AGE,
        ],
    }
}

/// Which image, and by which order its tags are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"!has(self.interval) || (has(self.digestReflectionPolicy) && self.digestReflectionPolicy == 'Always')", r"spec.interval is only accepted when spec.digestReflectionPolicy is set to 'Always'"),
        (r"has(self.interval) || !has(self.digestReflectionPolicy) || self.digestReflectionPolicy != 'Always'", r"spec.interval must be set when spec.digestReflectionPolicy is set to 'Always'"),
    ])))
)]
pub struct ImagePolicySpec {
    /// ImageRepository with the tags.
    pub image_repository_ref: ImageRepositoryReference,
    /// Order by which tags are compared.
    pub policy: ImagePolicyChoice,
    /// Which tags are compared, and which part of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_tags: Option<TagFilter>,
    /// When the digest of the chosen tag is looked up.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "Never")))]
    pub digest_reflection_policy: ReflectionPolicy,
    /// Time between two look-ups of the digest, for `Always`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// Stops further reconciliations.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
}

impl crate::Spec for ImagePolicySpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        self.interval.as_ref()
    }
}

/// The chosen image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImagePolicyStatus {
    /// The chosen image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_ref: Option<ImageRef>,
    /// The image that was chosen before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_previous_ref: Option<ImageRef>,
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(ImagePolicyStatus, observed_generation, last_handled_reconcile_at);

/// Names an ImageRepository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageRepositoryReference {
    /// Name of the ImageRepository.
    pub name: String,
    /// Namespace of the ImageRepository; the policy's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Order by which tags are compared; of several, semver wins over alphabetical, that over numerical.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImagePolicyChoice {
    /// By semantic version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver: Option<SemVerPolicy>,
    /// By alphabet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alphabetical: Option<AlphabeticalPolicy>,
    /// By number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerical: Option<NumericalPolicy>,
}

/// Compares tags as semantic versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SemVerPolicy {
    /// Range that versions must be in.
    pub range: String,
}

/// Compares tags as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AlphabeticalPolicy {
    /// Which end of the order is the latest.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "asc")))]
    pub order: PolicyOrder,
}

/// Compares tags as numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NumericalPolicy {
    /// Which end of the order is the latest.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "asc")))]
    pub order: PolicyOrder,
}

/// Which tags are compared, and which part of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TagFilter {
    /// Regular expression that tags must match.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What is compared: text with references to groups of the pattern; the whole tag when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub extract: Option<String>,
}

/// An image with its tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageRef {
    /// Name of the image.
    pub name: String,
    /// Tag of the image.
    pub tag: String,
    /// Digest of the image.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

string_enum! {
    /// Orders of tags.
    #[derive(Default)]
    pub enum PolicyOrder {
        /// The last one is the latest.
        #[default]
        Ascending = "asc",
        /// The first one is the latest.
        Descending = "desc",
    }
}

string_enum! {
    /// When the digest of the chosen tag is looked up.
    #[derive(Default)]
    pub enum ReflectionPolicy {
        /// Every time.
        Always = "Always",
        /// When another tag is chosen.
        IfNotPresent = "IfNotPresent",
        /// Never.
        #[default]
        Never = "Never",
    }
}
