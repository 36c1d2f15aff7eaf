//! ExternalArtifact: an artifact that another controller made (source.md 2.6).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Artifact, Condition},
};

custom_resource! {
    /// Presents an artifact that another controller made and serves.
    pub struct ExternalArtifact {
        spec: ExternalArtifactSpec,
        status: ExternalArtifactStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "ExternalArtifact",
        plural: "externalartifacts",
        singular: "externalartifact",
        short_names: &["ea"],
        categories: &["all", "fluxcd", "fluxcd-sources"],
        controller: "source-controller",
        status: StatusSchema::Plain,
        printer_columns: &[
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
            PrinterColumn::string("Source", ".spec.sourceRef.name"),
        ],
    }
}

/// Where the artifact comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExternalArtifactSpec {
    /// Object for which the artifact was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ref: Option<ExternalArtifactSourceReference>,
}

impl crate::Spec for ExternalArtifactSpec {}

/// The artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExternalArtifactStatus {
    /// The last made artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Artifact>,
    /// State of the artifact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

crate::status::impl_status!(ExternalArtifactStatus,);

/// Names the object for which an artifact was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExternalArtifactSourceReference {
    /// API version of the object.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the object.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// Namespace of the object; the artifact's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}
