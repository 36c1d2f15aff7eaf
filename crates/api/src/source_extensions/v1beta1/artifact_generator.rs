//! ArtifactGenerator: artifacts put together from those of several sources (source.md 2.7).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{CommonMetadata, Condition},
};

custom_resource! {
    /// Puts artifacts together from those of one or more sources.
    pub struct ArtifactGenerator {
        spec: ArtifactGeneratorSpec,
        status: ArtifactGeneratorStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "ArtifactGenerator",
        plural: "artifactgenerators",
        singular: "artifactgenerator",
        short_names: &["ag"],
        categories: &["all", "fluxcd", "fluxcd-sources"],
        controller: "source-watcher",
        status: StatusSchema::Plain,
        printer_columns: &[
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
        ],
    }
}

/// Which sources, and which artifacts to make from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"has(self.pathPattern) && size(self.pathPattern) > 0 || self.artifacts.all(a, a.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'))", r"artifact names must be valid Kubernetes object names when pathPattern is not set"),
    ])))
)]
pub struct ArtifactGeneratorSpec {
    /// Labels and annotations that the made ExternalArtifacts get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_metadata: Option<CommonMetadata>,
    /// Pattern `@alias/path` with named wildcards; every matching directory makes one set of artifacts.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)/(.*)$"), length(max = 1024))
    )]
    pub path_pattern: Option<String>,
    /// Sources whose artifacts are used.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 1000)))]
    pub sources: Vec<SourceReference>,
    /// Artifacts to make.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 1000)))]
    pub artifacts: Vec<OutputArtifact>,
}

impl crate::Spec for ArtifactGeneratorSpec {}

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ArtifactGeneratorStatus {
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// ExternalArtifacts that were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inventory: Vec<ExternalArtifactReference>,
    /// Digest of the revisions of all sources for the last made artifacts.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub observed_sources_digest: Option<String>,
}

crate::status::impl_status!(ArtifactGeneratorStatus, last_handled_reconcile_at);

/// A source, and the name by which copy operations call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SourceReference {
    /// Name for the source, unique in the generator.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$"), length(max = 63))
    )]
    pub alias: String,
    /// Kind of the source.
    pub kind: GeneratorSourceKind,
    /// Name of the source.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"), length(max = 253))
    )]
    pub name: String,
    /// Namespace of the source; the generator's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"), length(min = 1, max = 63))
    )]
    pub namespace: Option<String>,
}

/// An artifact to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OutputArtifact {
    /// Name of the ExternalArtifact.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub name: String,
    /// `@alias` of the source whose revision the artifact takes; its content's digest when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)$"), length(max = 64))
    )]
    pub revision: Option<String>,
    /// `@alias` of the source whose origin revision the artifact names.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)$"), length(max = 64))
    )]
    pub origin_revision: Option<String>,
    /// Files that the artifact consists of, copied in order.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub copy: Vec<CopyOperation>,
}

/// Copies files from a source into an artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CopyOperation {
    /// `@alias/pattern` of the files in a source.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)/(.*)$"), length(min = 1, max = 1024))
    )]
    pub from: String,
    /// `@artifact/path` of their place in the artifact.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^@(artifact)/(.*)$"), length(min = 1, max = 1024))
    )]
    pub to: String,
    /// Patterns of files to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub exclude: Vec<String>,
    /// What to do with a file that is there already; `Overwrite` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<CopyStrategy>,
}

/// An ExternalArtifact that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExternalArtifactReference {
    /// Name of the ExternalArtifact.
    pub name: String,
    /// Namespace of the ExternalArtifact.
    pub namespace: String,
    /// Digest of the artifact.
    pub digest: String,
    /// Name of the archive file.
    pub filename: String,
}

string_enum! {
    /// Kinds whose artifacts can be put together.
    pub enum GeneratorSourceKind {
        /// A bucket.
        Bucket = "Bucket",
        /// A Git repository.
        GitRepository = "GitRepository",
        /// An OCI artifact.
        OCIRepository = "OCIRepository",
        /// A Helm chart.
        HelmChart = "HelmChart",
        /// An artifact made by another controller.
        ExternalArtifact = "ExternalArtifact",
    }
}

string_enum! {
    /// What to do with a file that is there already.
    #[derive(Default)]
    pub enum CopyStrategy {
        /// The copied file takes its place.
        #[default]
        Overwrite = "Overwrite",
        /// YAML maps are merged into it.
        Merge = "Merge",
        /// The source file is an archive and is unpacked.
        Extract = "Extract",
    }
}
