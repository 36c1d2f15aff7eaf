//! Reasons of the source kinds' conditions and events (source.md 3.9).

pub use crate::meta::reasons::{
    FAILED, FEATURE_GATE_DISABLED, INVALID_PATH, PROGRESSING, PROGRESSING_WITH_RETRY, SUCCEEDED,
};

/// `URLInvalid`.
pub const URL_INVALID: &str = "URLInvalid";
/// `AuthenticationFailed`.
pub const AUTHENTICATION_FAILED: &str = "AuthenticationFailed";
/// `VerificationError`.
pub const VERIFICATION_ERROR: &str = "VerificationError";
/// `DirectoryCreationFailed`.
pub const DIRECTORY_CREATION_FAILED: &str = "DirectoryCreationFailed";
/// `StatOperationFailed`.
pub const STAT_OPERATION_FAILED: &str = "StatOperationFailed";
/// `ReadOperationFailed`.
pub const READ_OPERATION_FAILED: &str = "ReadOperationFailed";
/// `AcquireLockFailed`.
pub const ACQUIRE_LOCK_FAILED: &str = "AcquireLockFailed";
/// `ArchiveOperationFailed`.
pub const ARCHIVE_OPERATION_FAILED: &str = "ArchiveOperationFailed";
/// `SymlinkUpdateFailed`.
pub const SYMLINK_UPDATE_FAILED: &str = "SymlinkUpdateFailed";
/// `ArtifactUpToDate`.
pub const ARTIFACT_UP_TO_DATE: &str = "ArtifactUpToDate";
/// `CacheOperationFailed`.
pub const CACHE_OPERATION_FAILED: &str = "CacheOperationFailed";
/// `PatchOperationFailed`.
pub const PATCH_OPERATION_FAILED: &str = "PatchOperationFailed";
/// `InvalidSTSConfiguration`.
pub const INVALID_STS_CONFIGURATION: &str = "InvalidSTSConfiguration";
/// `InvalidProviderConfiguration`.
pub const INVALID_PROVIDER_CONFIGURATION: &str = "InvalidProviderConfiguration";
/// `GitOperationSucceeded`.
pub const GIT_OPERATION_SUCCEEDED: &str = "GitOperationSucceeded";
/// `GitOperationFailed`.
pub const GIT_OPERATION_FAILED: &str = "GitOperationFailed";
/// `EmptyGitRepository`.
pub const EMPTY_GIT_REPOSITORY: &str = "EmptyGitRepository";
/// `SourceIgnoreError`.
pub const SOURCE_IGNORE_ERROR: &str = "SourceIgnoreError";
/// `IllegalPath`.
pub const ILLEGAL_PATH: &str = "IllegalPath";
/// `CopyFailure`.
pub const COPY_FAILURE: &str = "CopyFailure";
/// `NotFound`.
pub const NOT_FOUND: &str = "NotFound";
/// `NoArtifact`.
pub const NO_ARTIFACT: &str = "NoArtifact";
/// `IncludeChange`.
pub const INCLUDE_CHANGE: &str = "IncludeChange";
/// `NewRevision`.
pub const NEW_REVISION: &str = "NewRevision";
/// `NewChart`.
pub const NEW_CHART: &str = "NewChart";
/// `InvalidVerificationMode`.
pub const INVALID_VERIFICATION_MODE: &str = "InvalidVerificationMode";
/// `InvalidGitObject`.
pub const INVALID_GIT_OBJECT: &str = "InvalidGitObject";
/// `InvalidTagSignature`.
pub const INVALID_TAG_SIGNATURE: &str = "InvalidTagSignature";
/// `InvalidCommitSignature`.
pub const INVALID_COMMIT_SIGNATURE: &str = "InvalidCommitSignature";
/// `OCIArtifactPullFailed`.
pub const OCI_ARTIFACT_PULL_FAILED: &str = "OCIArtifactPullFailed";
/// `OCIArtifactLayerOperationFailed`.
pub const OCI_ARTIFACT_LAYER_OPERATION_FAILED: &str = "OCIArtifactLayerOperationFailed";
/// `IndexationFailed`.
pub const INDEXATION_FAILED: &str = "IndexationFailed";
/// `ChartPullSucceeded`.
pub const CHART_PULL_SUCCEEDED: &str = "ChartPullSucceeded";
/// `ChartPackageSucceeded`.
pub const CHART_PACKAGE_SUCCEEDED: &str = "ChartPackageSucceeded";
/// `InvalidChartReference`.
pub const INVALID_CHART_REFERENCE: &str = "InvalidChartReference";
/// `ChartPullError`.
pub const CHART_PULL_ERROR: &str = "ChartPullError";
/// `MetadataPatchError`.
pub const METADATA_PATCH_ERROR: &str = "MetadataPatchError";
/// `ValuesFilesError`.
pub const VALUES_FILES_ERROR: &str = "ValuesFilesError";
/// `DependencyBuildError`.
pub const DEPENDENCY_BUILD_ERROR: &str = "DependencyBuildError";
/// `ChartPackageError`.
pub const CHART_PACKAGE_ERROR: &str = "ChartPackageError";
/// `ChartVerificationError`.
pub const CHART_VERIFICATION_ERROR: &str = "ChartVerificationError";
/// `Unknown`.
pub const UNKNOWN: &str = "Unknown";
/// `SourceUnavailable`.
pub const SOURCE_UNAVAILABLE: &str = "SourceUnavailable";
/// `UnsupportedSourceKind`.
pub const UNSUPPORTED_SOURCE_KIND: &str = "UnsupportedSourceKind";
/// `NoSourceArtifact`.
pub const NO_SOURCE_ARTIFACT: &str = "NoSourceArtifact";
/// `BucketOperationFailed`.
pub const BUCKET_OPERATION_FAILED: &str = "BucketOperationFailed";
/// `BucketOperationSucceeded`.
pub const BUCKET_OPERATION_SUCCEEDED: &str = "BucketOperationSucceeded";
/// `GarbageCollectionFailed`.
pub const GARBAGE_COLLECTION_FAILED: &str = "GarbageCollectionFailed";
/// `GarbageCollectionSucceeded`.
pub const GARBAGE_COLLECTION_SUCCEEDED: &str = "GarbageCollectionSucceeded";
/// `NewArtifact`.
pub const NEW_ARTIFACT: &str = "NewArtifact";
/// `ArtifactVerificationFailed`.
pub const ARTIFACT_VERIFICATION_FAILED: &str = "ArtifactVerificationFailed";
/// `ResolvedDependencies`.
pub const RESOLVED_DEPENDENCIES: &str = "ResolvedDependencies";
