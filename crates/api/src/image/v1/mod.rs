//! Version `v1` of group `image.toolkit.fluxcd.io`.

mod image_policy;
mod image_repository;
mod image_update_automation;
pub mod reasons;

pub use self::{
    image_policy::{
        AlphabeticalPolicy, ImagePolicy, ImagePolicyChoice, ImagePolicySpec, ImagePolicyStatus, ImageRef,
        ImageRepositoryReference, NumericalPolicy, PolicyOrder, ReflectionPolicy, SemVerPolicy, TagFilter,
    },
    image_repository::{ImageRepository, ImageRepositorySpec, ImageRepositoryStatus, ScanResult},
    image_update_automation::{
        AutomationSourceKind, CommitSpec, CommitUser, CrossNamespaceSourceReference, GitCheckoutSpec,
        GitSpec, ImageUpdateAutomation, ImageUpdateAutomationSpec, ImageUpdateAutomationStatus, PushSpec,
        SigningKey, SigningKeyType, UpdateStrategy, UpdateStrategyName,
    },
};

/// The API group.
pub const GROUP: &str = "image.toolkit.fluxcd.io";
/// The API version.
pub const VERSION: &str = "v1";
