//! Version `v1` of group `source.toolkit.fluxcd.io`.

mod bucket;
mod external_artifact;
mod git_repository;
mod helm_chart;
mod helm_repository;
mod oci_repository;
pub mod reasons;
mod shared;

pub use self::{
    bucket::{Bucket, BucketProvider, BucketSTS, BucketSTSProvider, BucketSpec, BucketStatus},
    external_artifact::{
        ExternalArtifact, ExternalArtifactSourceReference, ExternalArtifactSpec, ExternalArtifactStatus,
    },
    git_repository::{
        GitProvider, GitRepository, GitRepositoryInclude, GitRepositoryRef, GitRepositorySpec,
        GitRepositoryStatus, GitRepositoryVerification, GitVerificationMode,
    },
    helm_chart::{
        HelmChart, HelmChartSourceKind, HelmChartSpec, HelmChartStatus, HelmChartVerification,
        LocalHelmChartSourceReference, ReconcileStrategy,
    },
    helm_repository::{HelmRepository, HelmRepositorySpec, HelmRepositoryStatus, HelmRepositoryType},
    oci_repository::{
        OCILayerOperation, OCILayerSelector, OCIRepository, OCIRepositoryRef, OCIRepositorySpec,
        OCIRepositoryStatus, OCIRepositoryVerification,
    },
    shared::{AccessFrom, CloudProvider, NamespaceSelector, OIDCIdentityMatch, VerificationProvider},
};

/// The API group.
pub const GROUP: &str = "source.toolkit.fluxcd.io";
/// The API version.
pub const VERSION: &str = "v1";
