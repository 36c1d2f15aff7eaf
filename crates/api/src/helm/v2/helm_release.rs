//! HelmRelease: a Helm release kept equal to a chart and values (helm.md 2, 3).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Definition, PrinterColumn, StatusSchema,
    helm::v2::{
        DriftDetection, HelmChartTemplate, Install, PostRenderer, Rollback, Snapshot, Test, Uninstall,
        Upgrade, ValuesReference,
    },
    meta::{
        CommonMetadata, Condition, CustomHealthCheck, DependencyReference, Duration, KubeConfigReference,
        ResourceInventory,
    },
};

custom_resource! {
    /// Installs a Helm chart and keeps the release equal to chart and values.
    pub struct HelmRelease {
        spec: HelmReleaseSpec,
        status: HelmReleaseStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "HelmRelease",
        plural: "helmreleases",
        singular: "helmrelease",
        short_names: &["hr"],
        categories: &["all", "fluxcd", "fluxcd-appliers"],
        controller: "helm-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
        ],
    }
}

/// Which chart and values, and how to release them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))", r"either chart or chartRef must be set"),
    ])))
)]
pub struct HelmReleaseSpec {
    /// Template of a HelmChart to create and to release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<HelmChartTemplate>,
    /// Existing source whose chart is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart_ref: Option<CrossNamespaceSourceReference>,
    /// Time between two reconciliations.
    pub interval: Duration,
    /// Remote cluster to release to, instead of the one the controller runs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kube_config: Option<KubeConfigReference>,
    /// Stops further reconciliations; the release stays.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
    /// Name of the release; made from target namespace and name when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 53)))]
    pub release_name: Option<String>,
    /// Namespace of the release; the object's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 63)))]
    pub target_namespace: Option<String>,
    /// Namespace in which Helm keeps its records; the object's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 63)))]
    pub storage_namespace: Option<String>,
    /// HelmReleases that must be ready before this one is released.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<DependencyReference>,
    /// Time that one Helm action may take; five minutes when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Number of release records to keep; 5 when left out, all with 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::integer"))]
    pub max_history: Option<i64>,
    /// ServiceAccount to impersonate when releasing.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub service_account_name: Option<String>,
    /// Keeps one Kubernetes client during all steps of a reconciliation; true when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistent_client: Option<bool>,
    /// What to do about objects that differ from the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift_detection: Option<DriftDetection>,
    /// How to install.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<Install>,
    /// How to upgrade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<Upgrade>,
    /// How to run the chart's tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Test>,
    /// How to roll back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
    /// How to uninstall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uninstall: Option<Uninstall>,
    /// ConfigMaps and Secrets with values, merged in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_from: Vec<ValuesReference>,
    /// Values; they win over those of `valuesFrom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::any"))]
    pub values: Option<Value>,
    /// Labels and annotations that every rendered object gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_metadata: Option<CommonMetadata>,
    /// Changes to the rendered objects, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_renderers: Vec<PostRenderer>,
    /// Whether and how hooks go through the post-renderers; `combined` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_render_strategy: Option<PostRenderStrategy>,
    /// How to wait for objects to become ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_strategy: Option<WaitStrategy>,
    /// Health of custom resources, told by CEL expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_check_exprs: Vec<CustomHealthCheck>,
}

impl crate::Spec for HelmReleaseSpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        Some(&self.interval)
    }
}

/// What was last released.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmReleaseStatus {
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Digest of `spec.postRenderers` at the last reconciliation.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub observed_post_renderers_digest: Option<String>,
    /// Digest of `spec.commonMetadata` at the last reconciliation.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub observed_common_metadata_digest: Option<String>,
    /// Generation of the last spec that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempted_generation: Option<i64>,
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Namespace and name of the HelmChart made from the template.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub helm_chart: Option<String>,
    /// Namespace in which Helm keeps its records of the current release.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 63)))]
    pub storage_namespace: Option<String>,
    /// The last releases, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Snapshot>,
    /// The last action that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempted_release_action: Option<ReleaseAction>,
    /// How long that action took, in Go's notation.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_attempted_release_action_duration: Option<String>,
    /// Number of failures since the last success; counts towards the back-off.
    #[serde(default, skip_serializing_if = "crate::absent::is_zero")]
    pub failures: i64,
    /// Number of failed installs since the last success.
    #[serde(default, skip_serializing_if = "crate::absent::is_zero")]
    pub install_failures: i64,
    /// Number of failed upgrades since the last success.
    #[serde(default, skip_serializing_if = "crate::absent::is_zero")]
    pub upgrade_failures: i64,
    /// Version of the chart last tried.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_attempted_revision: Option<String>,
    /// Digest of the chart's OCI artifact last tried.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_attempted_revision_digest: Option<String>,
    /// Old form of `lastAttemptedConfigDigest`.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_attempted_values_checksum: Option<String>,
    /// Old form of the newest entry of `history`.
    #[serde(default, skip_serializing_if = "crate::absent::is_zero")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::integer"))]
    pub last_release_revision: i64,
    /// Digest of the values last tried.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_attempted_config_digest: Option<String>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Value of the last handled force request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_force_at: Option<String>,
    /// Value of the last handled reset request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reset_at: Option<String>,
    /// Objects of the current release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<ResourceInventory>,
}

crate::status::impl_status!(HelmReleaseStatus, observed_generation, last_handled_reconcile_at);

/// Names an existing source of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CrossNamespaceSourceReference {
    /// API version of the source; not used to find it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the source.
    pub kind: ChartRefKind,
    /// Name of the source.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub name: String,
    /// Namespace of the source; the HelmRelease's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 63)))]
    pub namespace: Option<String>,
}

/// How to wait for objects to become ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WaitStrategy {
    /// The strategy.
    pub name: WaitStrategyName,
}

string_enum! {
    /// Kinds that a chart can be taken from directly.
    pub enum ChartRefKind {
        /// An OCI artifact.
        OCIRepository = "OCIRepository",
        /// A HelmChart.
        HelmChart = "HelmChart",
        /// An artifact made by another controller.
        ExternalArtifact = "ExternalArtifact",
    }
}

string_enum! {
    /// Whether and how hooks go through the post-renderers.
    #[derive(Default)]
    pub enum PostRenderStrategy {
        /// They do not.
        NoHooks = "nohooks",
        /// Together with the other objects.
        #[default]
        Combined = "combined",
        /// By themselves.
        Separate = "separate",
    }
}

string_enum! {
    /// Ways to wait for objects to become ready.
    #[derive(Default)]
    pub enum WaitStrategyName {
        /// By the status of every kind, and by `healthCheckExprs`.
        #[default]
        Poller = "poller",
        /// As Helm 3 does.
        Legacy = "legacy",
    }
}

string_enum! {
    /// Actions that make a release.
    pub enum ReleaseAction {
        /// The chart was installed.
        Install = "install",
        /// The release was upgraded.
        Upgrade = "upgrade",
    }
}
