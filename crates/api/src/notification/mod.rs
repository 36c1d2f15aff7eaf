//! Group `notification.toolkit.fluxcd.io`.

mod kind;
pub mod v1;
pub mod v1beta3;

pub use self::kind::NotificationObjectKind;
