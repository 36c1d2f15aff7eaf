//! Reasons of an ArtifactGenerator's conditions and events (source.md 3.9, 14).

pub use crate::meta::reasons::{
    ACCESS_DENIED, BUILD_FAILED, PROGRESSING, PROGRESSING_WITH_RETRY, RECONCILIATION_FAILED, SUCCEEDED,
};

/// `ValidationFailed`.
pub const VALIDATION_FAILED: &str = "ValidationFailed";
/// `SourceFetchFailed`.
pub const SOURCE_FETCH_FAILED: &str = "SourceFetchFailed";
/// `ReconciliationDisabled`.
pub const RECONCILIATION_DISABLED: &str = "ReconciliationDisabled";
/// `Ready`.
pub const READY: &str = "Ready";
