//! HelmChart: a packaged chart from a Helm repository, a Git repository or a bucket (source.md 2.4).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Artifact, Condition, Duration, LocalObjectReference},
    source::v1::{OIDCIdentityMatch, VerificationProvider},
};

custom_resource! {
    /// Makes an artifact from a Helm chart, packaging it where it is not.
    pub struct HelmChart {
        spec: HelmChartSpec,
        status: HelmChartStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "HelmChart",
        plural: "helmcharts",
        singular: "helmchart",
        short_names: &["hc"],
        categories: &["all", "fluxcd", "fluxcd-sources"],
        controller: "source-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::string("Chart", ".spec.chart"),
            PrinterColumn::string("Version", ".spec.version"),
            PrinterColumn::string("Source Kind", ".spec.sourceRef.kind"),
            PrinterColumn::string("Source Name", ".spec.sourceRef.name"),
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
        ],
    }
}

/// Which chart, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"!has(self.verify) || self.sourceRef.kind == 'HelmRepository'", r"spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'"),
    ])))
)]
pub struct HelmChartSpec {
    /// Name of the chart in a Helm repository, or its path in another source.
    pub chart: String,
    /// Version range of the chart in a Helm repository; the newest when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "*")))]
    pub version: Option<String>,
    /// Source that holds the chart.
    pub source_ref: LocalHelmChartSourceReference,
    /// Time between two checks of the source.
    pub interval: Duration,
    /// What makes a new artifact.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "ChartVersion")))]
    pub reconcile_strategy: ReconcileStrategy,
    /// Values files in the chart or source that make up the chart's default values, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_files: Vec<String>,
    /// Goes on without values files that do not exist.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub ignore_missing_values_files: bool,
    /// Stops further reconciliations; the artifact stays available.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
    /// Signatures that a chart from an OCI registry must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<HelmChartVerification>,
}

impl crate::Spec for HelmChartSpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        Some(&self.interval)
    }
}

/// The artifact, and what it was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmChartStatus {
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Revision of the source's artifact that the chart was taken from.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub observed_source_artifact_revision: Option<String>,
    /// Name of the chart.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub observed_chart_name: Option<String>,
    /// Values files that the chart was made with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed_values_files: Vec<String>,
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Address of the last made artifact.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The last made artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Artifact>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(HelmChartStatus, observed_generation, last_handled_reconcile_at);

/// Names the source of a chart in the chart's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LocalHelmChartSourceReference {
    /// API version of the source; not used to find it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the source.
    pub kind: HelmChartSourceKind,
    /// Name of the source.
    pub name: String,
}

/// How to verify the signature of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmChartVerification {
    /// Technique of the signature.
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "cosign")))]
    pub provider: VerificationProvider,
    /// Secret with public keys or trust policies; keyless verification when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Identities of which one must have signed, for keyless verification.
    #[serde(rename = "matchOIDCIdentity", default, skip_serializing_if = "Vec::is_empty")]
    pub match_oidc_identity: Vec<OIDCIdentityMatch>,
}

string_enum! {
    /// Kinds that a chart can come from.
    pub enum HelmChartSourceKind {
        /// A Helm repository.
        HelmRepository = "HelmRepository",
        /// A Git repository.
        GitRepository = "GitRepository",
        /// A bucket.
        Bucket = "Bucket",
    }
}

string_enum! {
    /// What makes a new chart artifact.
    #[derive(Default)]
    pub enum ReconcileStrategy {
        /// Another version of the chart.
        #[default]
        ChartVersion = "ChartVersion",
        /// Another revision of the source.
        Revision = "Revision",
    }
}
