//! Whether an artifact is in storage and still what it was (contract/source.md 3.8), and reading it.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Seek},
    os::unix::fs::MetadataExt,
};

use ferroflux_api::meta::Artifact;
use ferroflux_archive::{
    Digest, Snapshot, UnpackOptions,
    digest::{Mismatch, digest_reader},
    unpack_snapshot,
};

use super::{Error, Inner, Storage, blocking, io_error};
use crate::layout::{ArtifactPath, ObjectDirectory, SourceKind};

/// A file as it was when its content was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    size: u64,
    modified: (i64, i64),
    inode: u64,
    digest: Digest,
}

impl Known {
    pub(super) fn new(metadata: &Metadata, digest: Digest) -> Self {
        Self {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            inode: metadata.ino(),
            digest,
        }
    }
}

/// What [`Storage::check`] found.
#[derive(Debug)]
pub enum Check {
    /// The file is there and is what its digest says.
    Present,
    /// There is no such file.
    Missing,
    /// The file was something else and has been removed.
    Removed(Mismatch),
    /// The file is something else and could not be removed.
    Stuck(Mismatch, Error),
}

/// An artifact's file, opened once and verified: whatever happens to the name, these bytes stay.
#[derive(Debug)]
pub struct OpenArtifact {
    file: File,
    size: u64,
}

impl OpenArtifact {
    /// Number of bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Read for OpenArtifact {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Storage {
    /// Looks whether the artifact is there, and whether its content still has its digest. The content is read
    /// only if the file is not as this process last saw it.
    pub async fn check(&self, artifact: &Artifact) -> Result<Check, Error> {
        let (path, digest) = parts(artifact)?;
        let inner = self.0.clone();
        blocking(artifact.path.clone(), move |_| inner.check(&path, digest)).await
    }

    /// Opens the artifact's file after making sure that it has the artifact's digest.
    pub async fn open_artifact(&self, artifact: &Artifact, limit: u64) -> Result<OpenArtifact, Error> {
        let (path, digest) = parts(artifact)?;
        let inner = self.0.clone();
        blocking(artifact.path.clone(), move |_| inner.open_verified(&path, digest, limit)).await
    }

    /// Unpacks the artifact into memory, from verified bytes.
    pub async fn snapshot(&self, artifact: &Artifact, options: UnpackOptions) -> Result<Snapshot, Error> {
        let (path, digest) = parts(artifact)?;
        let inner = self.0.clone();
        blocking(artifact.path.clone(), move |_| {
            let file = inner.open_verified(&path, digest, options.limits.compressed)?;
            unpack_snapshot(file, &options)
                .map_err(|source| Error::Content { path: path.to_string(), source: source.into() })
        })
        .await
    }
}

impl Inner {
    fn check(&self, path: &ArtifactPath, digest: Digest) -> Result<Check, Error> {
        match self.open_verified(path, digest, u64::MAX) {
            Ok(_) => Ok(Check::Present),
            Err(Error::Missing(_)) => Ok(Check::Missing),
            Err(Error::Damaged { source, .. }) => Ok(match fs::remove_file(self.at(path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Check::Stuck(source, io_error("remove", path)(error))
                }
                _ => Check::Removed(source),
            }),
            Err(error) => Err(error),
        }
    }

    fn open_verified(&self, path: &ArtifactPath, digest: Digest, limit: u64) -> Result<OpenArtifact, Error> {
        let missing = || Error::Missing(path.to_string());
        let at = self.at(path);
        if !self.is_directory(&path.directory().to_string())? {
            return Err(missing());
        }
        // Asked before opening, because opening a named pipe would wait for its other end.
        match fs::symlink_metadata(&at) {
            Ok(metadata) if metadata.is_file() => {}
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(io_error("look at", path)(error));
            }
            _ => {
                self.known().remove(path);
                return Err(missing());
            }
        }
        let mut file = OpenOptions::new().read(true).open(&at).map_err(io_error("open", path))?;
        let metadata = file.metadata().map_err(io_error("look at", path))?;
        if metadata.len() > limit {
            return Err(Error::TooLarge { path: path.to_string(), limit });
        }
        let seen = Known::new(&metadata, digest);
        if self.known().get(path) != Some(&seen) {
            let (computed, _) = digest_reader(digest.algorithm(), &file).map_err(io_error("read", path))?;
            if let Err(source) = digest.verify_computed(computed) {
                self.known().remove(path);
                return Err(Error::Damaged { path: path.to_string(), source });
            }
            file.rewind().map_err(io_error("read", path))?;
            self.known().insert(path.clone(), seen);
        }
        Ok(OpenArtifact { file, size: metadata.len() })
    }
}

/// The path and digest of an artifact, if this storage can have written it.
fn parts(artifact: &Artifact) -> Result<(ArtifactPath, Digest), Error> {
    let digest =
        artifact.digest.parse().map_err(|source| Error::Digest { path: artifact.path.clone(), source })?;
    Ok((parse_path(&artifact.path)?, digest))
}

/// Reads back what `status.artifact.path` holds.
pub(super) fn parse_path(path: &str) -> Result<ArtifactPath, Error> {
    let parse = || {
        let mut components = path.split('/');
        let kind = components.next()?;
        let kind = SourceKind::ALL.into_iter().find(|known| known.directory() == kind)?;
        let directory = ObjectDirectory::new(kind, components.next()?, components.next()?).ok()?;
        let file = directory.file(components.next()?).ok()?;
        components.next().is_none().then_some(file)
    };
    parse().ok_or_else(|| Error::Path(path.to_owned()))
}
