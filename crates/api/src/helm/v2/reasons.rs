//! Reasons of a HelmRelease's conditions and events (helm.md 24.1).

pub use crate::meta::reasons::{
    ACCESS_DENIED, ARTIFACT_FAILED, DEPENDENCY_NOT_READY, HEALTH_CHECK_CANCELED, INVALID_CEL_EXPRESSION,
    PROGRESSING, PROGRESSING_WITH_RETRY,
};

/// `SourceNotReady`.
pub const SOURCE_NOT_READY: &str = "SourceNotReady";
/// `ValuesError`.
pub const VALUES_ERROR: &str = "ValuesError";
/// `ChartMutateError`.
pub const CHART_MUTATE_ERROR: &str = "ChartMutateError";
/// `RESTClientError`.
pub const REST_CLIENT_ERROR: &str = "RESTClientError";
/// `ResourceManagerError`.
pub const RESOURCE_MANAGER_ERROR: &str = "ResourceManagerError";
/// `FactoryError`.
pub const FACTORY_ERROR: &str = "FactoryError";
/// `ConfigFactoryErr`.
pub const CONFIG_FACTORY_ERR: &str = "ConfigFactoryErr";
/// `StateError`.
pub const STATE_ERROR: &str = "StateError";
/// `ReconcileError`.
pub const RECONCILE_ERROR: &str = "ReconcileError";
/// `RetriesExceeded`.
pub const RETRIES_EXCEEDED: &str = "RetriesExceeded";
/// `MissingRollbackTarget`.
pub const MISSING_ROLLBACK_TARGET: &str = "MissingRollbackTarget";
/// `InstallSucceeded`.
pub const INSTALL_SUCCEEDED: &str = "InstallSucceeded";
/// `InstallFailed`.
pub const INSTALL_FAILED: &str = "InstallFailed";
/// `UpgradeSucceeded`.
pub const UPGRADE_SUCCEEDED: &str = "UpgradeSucceeded";
/// `UpgradeFailed`.
pub const UPGRADE_FAILED: &str = "UpgradeFailed";
/// `UninstallSucceeded`.
pub const UNINSTALL_SUCCEEDED: &str = "UninstallSucceeded";
/// `UninstallFailed`.
pub const UNINSTALL_FAILED: &str = "UninstallFailed";
/// `PendingRelease`.
pub const PENDING_RELEASE: &str = "PendingRelease";
/// `TestSucceeded`.
pub const TEST_SUCCEEDED: &str = "TestSucceeded";
/// `TestFailed`.
pub const TEST_FAILED: &str = "TestFailed";
/// `AwaitingTests`.
pub const AWAITING_TESTS: &str = "AwaitingTests";
/// `RollbackSucceeded`.
pub const ROLLBACK_SUCCEEDED: &str = "RollbackSucceeded";
/// `RollbackFailed`.
pub const ROLLBACK_FAILED: &str = "RollbackFailed";
/// `DriftDetected`.
pub const DRIFT_DETECTED: &str = "DriftDetected";
/// `NoDriftDetected`.
pub const NO_DRIFT_DETECTED: &str = "NoDriftDetected";
/// `HelmChartCreated`: the HelmChart was created.
pub const HELM_CHART_CREATED: &str = "HelmChartCreated";
/// `HelmChartConfigured`: the HelmChart was changed.
pub const HELM_CHART_CONFIGURED: &str = "HelmChartConfigured";
/// `HelmChartDeleted`: the HelmChart was deleted.
pub const HELM_CHART_DELETED: &str = "HelmChartDeleted";
/// `HelmChartSyncErr`: the HelmChart could not be written.
pub const HELM_CHART_SYNC_ERR: &str = "HelmChartSyncErr";
/// `InventoryBuildFailed`: the objects of the release could not be told.
pub const INVENTORY_BUILD_FAILED: &str = "InventoryBuildFailed";
/// `NamespaceCheckSkipped`: the target namespace could not be looked at.
pub const NAMESPACE_CHECK_SKIPPED: &str = "NamespaceCheckSkipped";
/// `DriftCorrected`: differing objects were corrected.
pub const DRIFT_CORRECTED: &str = "DriftCorrected";
/// `DriftCorrectionFailed`: differing objects could not be corrected.
pub const DRIFT_CORRECTION_FAILED: &str = "DriftCorrectionFailed";
