//! Version `v1` of group `source.toolkit.fluxcd.io`.

mod git_repository;
pub mod reasons;

pub use self::git_repository::{
    GitProvider, GitRepository, GitRepositoryInclude, GitRepositoryRef, GitRepositorySpec,
    GitRepositoryStatus, GitRepositoryVerification, GitVerificationMode,
};

/// The API group.
pub const GROUP: &str = "source.toolkit.fluxcd.io";
/// The API version.
pub const VERSION: &str = "v1";
