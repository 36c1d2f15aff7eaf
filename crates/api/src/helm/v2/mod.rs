//! Version `v2` of group `helm.toolkit.fluxcd.io`.

mod actions;
mod chart_template;
mod drift;
mod helm_release;
pub mod reasons;
mod snapshot;
mod values;

pub use self::{
    actions::{
        ActionStrategyName, CRDsPolicy, ChartNameChangeStrategy, DeletionPropagation, Install,
        InstallRemediation, InstallStrategy, RemediationStrategy, Rollback, ServerSideApplyMode, Test,
        TestFilter, Uninstall, Upgrade, UpgradeRemediation, UpgradeStrategy,
    },
    chart_template::{
        HelmChartTemplate, HelmChartTemplateMetadata, HelmChartTemplateSourceReference,
        HelmChartTemplateSpec, HelmChartTemplateVerification,
    },
    drift::{DriftDetection, DriftDetectionMode, Kustomize, PostRenderer},
    helm_release::{
        ChartRefKind, CrossNamespaceSourceReference, HelmRelease, HelmReleaseSpec, HelmReleaseStatus,
        PostRenderStrategy, ReleaseAction, WaitStrategy, WaitStrategyName,
    },
    snapshot::{Snapshot, TestHookStatus},
    values::{ValuesKind, ValuesReference},
};

/// The API group.
pub const GROUP: &str = "helm.toolkit.fluxcd.io";
/// The API version.
pub const VERSION: &str = "v2";
