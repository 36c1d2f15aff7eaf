//! Version `v1` of group `notification.toolkit.fluxcd.io`.

pub mod reasons;
mod receiver;

pub use self::receiver::{
    OIDCProvider, OIDCValidation, OIDCVariable, Receiver, ReceiverResource, ReceiverSpec, ReceiverStatus,
    ReceiverType,
};

/// The API group.
pub const GROUP: &str = "notification.toolkit.fluxcd.io";
/// The API version.
pub const VERSION: &str = "v1";
