//! Version `v1` of group `kustomize.toolkit.fluxcd.io`.

mod kustomization;
pub mod reasons;

pub use self::kustomization::{
    BuildMetadata, CrossNamespaceSourceReference, Decryption, DecryptionProvider, DeletionPolicy,
    Kustomization, KustomizationSpec, KustomizationStatus, NamespacedObjectKindReference, PostBuild,
    Snapshot, SourceKind, SubstituteReference, SubstituteStrategy, ValuesKind,
};

/// The API group.
pub const GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// The API version.
pub const VERSION: &str = "v1";
