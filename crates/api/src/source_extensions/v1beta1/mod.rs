//! Version `v1beta1` of group `source.extensions.fluxcd.io`.

mod artifact_generator;
pub mod reasons;

pub use self::artifact_generator::{
    ArtifactGenerator, ArtifactGeneratorSpec, ArtifactGeneratorStatus, CopyOperation, CopyStrategy,
    ExternalArtifactReference, GeneratorSourceKind, OutputArtifact, SourceReference,
};

/// The API group.
pub const GROUP: &str = "source.extensions.fluxcd.io";
/// The API version.
pub const VERSION: &str = "v1beta1";
