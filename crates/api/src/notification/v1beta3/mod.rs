//! Version `v1beta3` of group `notification.toolkit.fluxcd.io`.

mod alert;
mod provider;

pub use self::{
    alert::{Alert, AlertSpec, CrossNamespaceObjectReference, EventSeverity},
    provider::{Provider, ProviderSpec, ProviderType},
};

/// The API group.
pub const GROUP: &str = "notification.toolkit.fluxcd.io";
/// The API version.
pub const VERSION: &str = "v1beta3";
