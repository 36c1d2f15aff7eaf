//! The template of the HelmChart that a HelmRelease creates (helm.md 2.2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    meta::{Duration, LocalObjectReference},
    source::v1::{HelmChartSourceKind, ReconcileStrategy, VerificationProvider},
};

/// Template of a HelmChart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmChartTemplate {
    /// Labels and annotations of the HelmChart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<HelmChartTemplateMetadata>,
    /// What the HelmChart asks for.
    pub spec: HelmChartTemplateSpec,
}

/// Labels and annotations of a HelmChart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmChartTemplateMetadata {
    /// Labels to set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations to set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// What a HelmChart asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmChartTemplateSpec {
    /// Name of the chart in a Helm repository, or its path in another source.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 2048)))]
    pub chart: String,
    /// Version range of the chart in a Helm repository; the newest when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "*")))]
    pub version: Option<String>,
    /// Source that holds the chart.
    pub source_ref: HelmChartTemplateSourceReference,
    /// Time between two checks of the source; the HelmRelease's interval when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// What makes a new chart.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "ChartVersion")))]
    pub reconcile_strategy: ReconcileStrategy,
    /// Values files in the chart or source that make up the chart's default values, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_files: Vec<String>,
    /// Goes on without values files that do not exist.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub ignore_missing_values_files: bool,
    /// Signatures that a chart from an OCI registry must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<HelmChartTemplateVerification>,
}

/// Names the source of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmChartTemplateSourceReference {
    /// API version of the source; not used to find it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the source.
    pub kind: HelmChartSourceKind,
    /// Name of the source.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub name: String,
    /// Namespace of the source; the HelmRelease's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 63)))]
    pub namespace: Option<String>,
}

/// How to verify the signature of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmChartTemplateVerification {
    /// Technique of the signature.
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "cosign")))]
    pub provider: VerificationProvider,
    /// Secret with public keys or trust policies; keyless verification when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
}
