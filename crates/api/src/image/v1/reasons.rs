//! Reasons of the image kinds' conditions and events (image.md 4.1, 5.2, 6).

pub use crate::meta::reasons::{
    ACCESS_DENIED, DEPENDENCY_NOT_READY, FAILED, FEATURE_GATE_DISABLED, PROGRESSING, PROGRESSING_WITH_RETRY,
    SUCCEEDED,
};

/// `Failure`: the work failed for a reason that has no name of its own.
pub const FAILURE: &str = "Failure";
/// `AuthenticationFailed`: credentials could not be had.
pub const AUTHENTICATION_FAILED: &str = "AuthenticationFailed";
/// `ReadOperationFailed`: the scan failed.
pub const READ_OPERATION_FAILED: &str = "ReadOperationFailed";
/// `ImageURLInvalid`: the name of the image is invalid.
pub const IMAGE_URL_INVALID: &str = "ImageURLInvalid";
/// `IntervalNotConfigured`: digests are to be looked up again and again, but no interval is given.
pub const INTERVAL_NOT_CONFIGURED: &str = "IntervalNotConfigured";
/// `InvalidPolicy`: the policy or its filter is invalid.
pub const INVALID_POLICY: &str = "InvalidPolicy";
/// `InvalidPolicySelector`: the selector of policies is invalid.
pub const INVALID_POLICY_SELECTOR: &str = "InvalidPolicySelector";
/// `InvalidSourceConfiguration`: the source cannot be written to as it is configured.
pub const INVALID_SOURCE_CONFIGURATION: &str = "InvalidSourceConfiguration";
/// `SourceManagerFailed`: the source could not be prepared.
pub const SOURCE_MANAGER_FAILED: &str = "SourceManagerFailed";
/// `GitOperationFailed`: a Git operation failed.
pub const GIT_OPERATION_FAILED: &str = "GitOperationFailed";
/// `InvalidUpdateStrategy`: the strategy is unknown.
pub const INVALID_UPDATE_STRATEGY: &str = "InvalidUpdateStrategy";
/// `UpdateFailed`: the values could not be written.
pub const UPDATE_FAILED: &str = "UpdateFailed";
/// `RemovedTemplateField`: the message template uses a field that exists no more.
pub const REMOVED_TEMPLATE_FIELD: &str = "RemovedTemplateField";
