//! Reasons of a Kustomization's conditions and events (kustomize.md 5.1).

pub use crate::meta::reasons::{
    ACCESS_DENIED, ARTIFACT_FAILED, BUILD_FAILED, DEPENDENCY_NOT_READY, FEATURE_GATE_DISABLED,
    HEALTH_CHECK_CANCELED, HEALTH_CHECK_FAILED, INVALID_CEL_EXPRESSION, PROGRESSING, PROGRESSING_WITH_RETRY,
    PRUNE_FAILED, RECONCILIATION_FAILED, RECONCILIATION_SUCCEEDED, SUCCEEDED,
};

/// The working directory could not be made.
pub const DIRECTORY_CREATION_FAILED: &str = "DirectoryCreationFailed";
