//! Where each object's files lie below the storage root (contract/source.md 4.1).

use std::fmt;

use ferroflux_archive::EntryPath;

/// A kind that has artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// Packed from a commit.
    GitRepository,
    /// Packed or copied from an image layer.
    OciRepository,
    /// A repository index.
    HelmRepository,
    /// A chart package.
    HelmChart,
    /// Packed from a bucket's objects.
    Bucket,
    /// Built from other artifacts.
    ExternalArtifact,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::GitRepository,
        Self::OciRepository,
        Self::HelmRepository,
        Self::HelmChart,
        Self::Bucket,
        Self::ExternalArtifact,
    ];

    /// The kind's directory: its name in lower case.
    pub const fn directory(self) -> &'static str {
        match self {
            Self::GitRepository => "gitrepository",
            Self::OciRepository => "ocirepository",
            Self::HelmRepository => "helmrepository",
            Self::HelmChart => "helmchart",
            Self::Bucket => "bucket",
            Self::ExternalArtifact => "externalartifact",
        }
    }

    /// The name of the link that always leads to the newest file, for kinds that have one.
    pub const fn stable_link(self) -> Option<&'static str> {
        match self {
            Self::OciRepository | Self::HelmChart | Self::Bucket => Some("latest.tar.gz"),
            Self::HelmRepository => Some("index.yaml"),
            Self::GitRepository | Self::ExternalArtifact => None,
        }
    }
}

/// A name that cannot be one component of a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' cannot be the name of a file or directory")]
pub struct InvalidName(String);

/// The directory that holds everything of one object: `<kind>/<namespace>/<name>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectDirectory {
    kind: SourceKind,
    namespace: Box<str>,
    name: Box<str>,
}

impl ObjectDirectory {
    /// The directory of the object `namespace/name`.
    pub fn new(kind: SourceKind, namespace: &str, name: &str) -> Result<Self, InvalidName> {
        Ok(Self { kind, namespace: component(namespace)?.into(), name: component(name)?.into() })
    }

    /// The object's kind.
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// The object's namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A file in this directory.
    pub fn file(&self, name: &str) -> Result<ArtifactPath, InvalidName> {
        Ok(ArtifactPath { directory: self.clone(), file: component(name)?.into() })
    }
}

impl fmt::Display for ObjectDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.directory(), self.namespace, self.name)
    }
}

/// A file of one object; its text is what `status.artifact.path` holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArtifactPath {
    directory: ObjectDirectory,
    file: Box<str>,
}

impl ArtifactPath {
    /// The object's directory.
    pub fn directory(&self) -> &ObjectDirectory {
        &self.directory
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.directory, self.file)
    }
}

/// Whether `name` is a single, visible component: what begins with a dot is a temporary file of ours.
fn component(name: &str) -> Result<&str, InvalidName> {
    let fits = EntryPath::new(name).is_ok() && !name.contains(['/', '\\']) && !name.starts_with('.');
    if fits && name.len() <= 250 { Ok(name) } else { Err(InvalidName(name.chars().take(160).collect())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lies_in_its_objects_directory() {
        let object = ObjectDirectory::new(SourceKind::OciRepository, "apps", "podinfo").unwrap();
        let file = object.file("sha256:00ff.tar.gz").unwrap();
        assert_eq!(file.to_string(), "ocirepository/apps/podinfo/sha256:00ff.tar.gz");
        assert_eq!(object.kind().stable_link(), Some("latest.tar.gz"));
    }

    /// security.md: path joins in artifact storage, names with odd characters.
    #[test]
    fn names_that_would_lead_elsewhere_are_refused() {
        for name in ["", ".", "..", "../x", "a/b", "/etc", "a\\b", ".hidden", "nul\0", &"x".repeat(251)] {
            assert!(ObjectDirectory::new(SourceKind::Bucket, name, "x").is_err(), "{name:?}");
            assert!(ObjectDirectory::new(SourceKind::Bucket, "x", name).is_err(), "{name:?}");
            let object = ObjectDirectory::new(SourceKind::Bucket, "x", "x").unwrap();
            assert!(object.file(name).is_err(), "{name:?}");
        }
    }
}
