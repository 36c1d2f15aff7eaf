//! Reasons that several kinds share (kustomize.md 15.1).

/// `Succeeded`: the work is done.
pub const SUCCEEDED: &str = "Succeeded";
/// `Failed`: the work failed for a reason that has no name of its own.
pub const FAILED: &str = "Failed";
/// `Progressing`: the work is under way.
pub const PROGRESSING: &str = "Progressing";
/// `ProgressingWithRetry`: the last attempt failed and another will follow.
pub const PROGRESSING_WITH_RETRY: &str = "ProgressingWithRetry";
/// `Suspended`: the user asked not to reconcile.
pub const SUSPENDED: &str = "Suspended";
/// `DependencyNotReady`: another object must become ready first.
pub const DEPENDENCY_NOT_READY: &str = "DependencyNotReady";
/// `InvalidPath`: a path is not inside what it refers to.
pub const INVALID_PATH: &str = "InvalidPath";
/// `InvalidURL`: an address cannot be used.
pub const INVALID_URL: &str = "InvalidURL";
/// `InsecureConnectionsDisallowed`: plain HTTP is switched off.
pub const INSECURE_CONNECTIONS_DISALLOWED: &str = "InsecureConnectionsDisallowed";
/// `UnsupportedConnectionType`: the scheme of an address is not supported.
pub const UNSUPPORTED_CONNECTION_TYPE: &str = "UnsupportedConnectionType";
/// `PruneFailed`: objects could not be deleted.
pub const PRUNE_FAILED: &str = "PruneFailed";
/// `ArtifactFailed`: the artifact could not be fetched or is not there.
pub const ARTIFACT_FAILED: &str = "ArtifactFailed";
/// `BuildFailed`: the manifests could not be built.
pub const BUILD_FAILED: &str = "BuildFailed";
/// `HealthCheckFailed`: applied objects did not become healthy.
pub const HEALTH_CHECK_FAILED: &str = "HealthCheckFailed";
/// `HealthCheckCanceled`: a newer revision ended the health check.
pub const HEALTH_CHECK_CANCELED: &str = "HealthCheckCanceled";
/// `ReconciliationSucceeded`: everything is applied.
pub const RECONCILIATION_SUCCEEDED: &str = "ReconciliationSucceeded";
/// `ReconciliationFailed`: applying failed.
pub const RECONCILIATION_FAILED: &str = "ReconciliationFailed";
/// `InvalidCELExpression`: an expression of the spec cannot be compiled.
pub const INVALID_CEL_EXPRESSION: &str = "InvalidCELExpression";
/// `FeatureGateDisabled`: the spec uses what a feature gate switches off.
pub const FEATURE_GATE_DISABLED: &str = "FeatureGateDisabled";
/// `AccessDenied`: the spec refers to another namespace, which is not allowed.
pub const ACCESS_DENIED: &str = "AccessDenied";
