//! Reasons of the notification kinds' conditions and events (notification.md 4.7, 9.2).

pub use crate::meta::reasons::{
    FAILED, INVALID_CEL_EXPRESSION, PROGRESSING, PROGRESSING_WITH_RETRY, SUCCEEDED,
};

/// `TokenNotFound`: the Secret with the token, or the token in it, does not exist.
pub const TOKEN_NOT_FOUND: &str = "TokenNotFound";
/// `ValidationFailed`: parts of the spec contradict each other.
pub const VALIDATION_FAILED: &str = "ValidationFailed";
/// `NotificationDispatchFailed`: a notification could not be sent.
pub const NOTIFICATION_DISPATCH_FAILED: &str = "NotificationDispatchFailed";
/// `MetadataAppendFailed`: metadata of an alert clashes with that of an event.
pub const METADATA_APPEND_FAILED: &str = "MetadataAppendFailed";
