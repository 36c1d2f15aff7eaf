//! Archives on disk: written atomically, checked before they are believed, collected when they are old.
//!
//! Everything lies below one root, in a directory per object ([`crate::layout`]). Names are checked when they are
//! made, and a symbolic link in place of a directory is an error, so no path leads out of the root. A file
//! appears under its name only when it is whole; readers have the old one or the new one. Nothing is synced to
//! the device: what a power cut leaves half-written fails [`Storage::check`] and is written again.

mod check;
mod garbage;
mod lock;
mod write;

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ferroflux_api::meta::Artifact;
use ferroflux_archive::Algorithm;

use crate::{address, layout::ArtifactPath};

pub use self::{
    check::{Check, OpenArtifact},
    lock::ArtifactLock,
    write::{FileOutput, Written},
};

/// How long old artifacts stay (contract/source.md 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Files that were last written longer ago than this are removed.
    pub ttl: Duration,
    /// As many files of an object stay at most, the current one among them.
    pub records: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self { ttl: Duration::from_mins(1), records: 2 }
    }
}

/// What a storage is made of.
#[derive(Debug, Clone)]
pub struct StorageOptions {
    /// `--storage-path`; must be a directory.
    pub root: PathBuf,
    /// What [`address::advertised_address`] gives; with or without a scheme.
    pub advertised: String,
    /// `--artifact-retention-ttl` and `--artifact-retention-records`.
    pub retention: Retention,
    /// `--artifact-digest-algo`: digests of new artifacts.
    pub algorithm: Algorithm,
}

/// Why something could not be done in the storage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The root is no directory.
    #[error("invalid dir path: {}", .0.display())]
    Root(PathBuf),
    /// A file or directory could not be read or written.
    #[error("cannot {action} '{path}'")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where, relative to the root.
        path: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A directory on the way is a symbolic link or a file.
    #[error("'{0}' is not a directory of the storage")]
    NotADirectory(String),
    /// `status.artifact.path` holds something that this storage never wrote.
    #[error("'{0}' is not the path of an artifact")]
    Path(String),
    /// `status.artifact.digest` cannot be read.
    #[error("artifact '{path}' has an unusable digest")]
    Digest {
        /// The artifact's path.
        path: String,
        /// What is wrong with it.
        #[source]
        source: ferroflux_archive::digest::ParseError,
    },
    /// The file is gone.
    #[error("artifact '{0}' is not in storage")]
    Missing(String),
    /// The file is not what its digest says.
    #[error("artifact '{path}' is damaged")]
    Damaged {
        /// The artifact's path.
        path: String,
        /// The two digests.
        #[source]
        source: ferroflux_archive::digest::Mismatch,
    },
    /// The file is larger than the caller takes.
    #[error("artifact '{path}' has more than {limit} bytes")]
    TooLarge {
        /// The artifact's path.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// An archive's content could not be put together.
    #[error("cannot write '{path}'")]
    Content {
        /// The file that was to be written.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The work was given up because nobody waits for it any more, or because it panicked.
    #[error("work on '{0}' was given up")]
    Abandoned(String),
}

/// A storage root. Clones share it.
#[derive(Debug, Clone)]
pub struct Storage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    base_url: String,
    retention: Retention,
    algorithm: Algorithm,
    /// Files whose content this process wrote or verified, as they were then.
    known: Mutex<HashMap<ArtifactPath, check::Known>>,
}

impl Storage {
    /// Opens the storage at an existing directory.
    pub fn open(options: StorageOptions) -> Result<Self, Error> {
        let root = fs::canonicalize(&options.root).map_err(|_| Error::Root(options.root.clone()))?;
        if !root.is_dir() {
            return Err(Error::Root(options.root));
        }
        Ok(Self(Arc::new(Inner {
            root,
            base_url: address::base_url(&options.advertised),
            retention: options.retention,
            algorithm: options.algorithm,
            known: Mutex::default(),
        })))
    }

    /// The root, without symbolic links; what a [`crate::Server`] serves.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// The algorithm of new digests.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// The URL of the file or link at `path`, which is relative to the root.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{}", self.0.base_url, path.trim_start_matches('/'))
    }

    /// `url` with the scheme and host under which this process publishes; an empty URL stays empty.
    pub fn rewrite_url(&self, url: &str) -> String {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        match rest.split_once('/') {
            Some((_, path)) => self.url(path),
            None => String::new(),
        }
    }

    /// Puts the current address into an artifact's URL; everything else in it stays (contract/source.md 3.8).
    pub fn rewrite(&self, artifact: &mut Artifact) {
        artifact.url = self.url(&artifact.path);
    }

    /// The record of a file that was just written.
    fn artifact(
        &self,
        path: &ArtifactPath,
        revision: String,
        written: &Written,
        metadata: BTreeMap<String, String>,
    ) -> Artifact {
        let path = path.to_string();
        Artifact {
            url: self.url(&path),
            path,
            revision,
            digest: written.digest.to_string(),
            last_update_time: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(written.time),
            size: i64::try_from(written.size).ok(),
            metadata,
        }
    }
}

impl Inner {
    fn at(&self, path: impl std::fmt::Display) -> PathBuf {
        self.root.join(path.to_string())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<ArtifactPath, check::Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes sure that every component of `path` below the root is a directory; `false` if one does not exist.
    fn is_directory(&self, path: &str) -> Result<bool, Error> {
        let mut at = self.root.clone();
        for component in path.split('/') {
            at.push(component);
            match fs::symlink_metadata(&at) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => return Err(Error::NotADirectory(path.to_owned())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(source) => return Err(io_error("look at", path)(source)),
            }
        }
        Ok(true)
    }
}

fn io_error(action: &'static str, path: impl std::fmt::Display) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_string();
    move |source| Error::Io { action, path, source }
}

/// Runs blocking work. If the caller goes away, `cancelled` tells the work, which then leaves nothing behind.
async fn blocking<T: Send + 'static>(
    what: String,
    work: impl FnOnce(&write::Cancelled) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let cancelled = write::Cancelled::default();
    let guard = cancelled.on_drop();
    let result = tokio::task::spawn_blocking(move || work(&cancelled)).await;
    drop(guard);
    result.map_err(|_| Error::Abandoned(what))?
}

#[cfg(test)]
mod tests;
