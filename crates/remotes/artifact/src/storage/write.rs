//! Writing artifacts: temporary file, rename, stable link.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File},
    io::{self, BufWriter, Read, Write},
    os::unix::fs::{DirBuilderExt, symlink},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ferroflux_api::meta::Artifact;
use ferroflux_archive::{Archive, Content, Digest, Entry, digest::HashingWriter, write::write_archive};
use jiff::Timestamp;
use tempfile::NamedTempFile;

use super::{Error, Inner, Storage, blocking, check::Known, io_error};
use crate::layout::{ArtifactPath, ObjectDirectory};

/// Tells blocking work that its caller is gone.
#[derive(Debug, Clone, Default)]
pub(super) struct Cancelled(Arc<AtomicBool>);

/// Sets the flag when it is dropped.
#[derive(Debug)]
pub(super) struct CancelOnDrop(Cancelled);

impl Cancelled {
    pub(super) fn on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn check(&self) -> io::Result<()> {
        // Not `Interrupted`, which writers would answer by trying again.
        if self.is_set() { Err(io::Error::other("cancelled")) } else { Ok(()) }
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// What was written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Digest of the bytes, computed while they were written.
    pub digest: Digest,
    /// Number of bytes.
    pub size: u64,
    /// When, to the second.
    pub time: Timestamp,
}

/// Where the bytes of a new file go; fails as soon as nobody waits for the file any more.
#[derive(Debug)]
pub struct FileOutput<'a> {
    file: BufWriter<&'a File>,
    cancelled: &'a Cancelled,
}

impl Write for FileOutput<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.cancelled.check()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Storage {
    /// Packs `entries` into the archive `path`; `open` gives a file's content when its turn comes.
    pub async fn archive<C: Send + 'static>(
        &self,
        path: ArtifactPath,
        revision: String,
        metadata: BTreeMap<String, String>,
        entries: Vec<Entry<C>>,
        open: impl FnMut(C) -> io::Result<Content<'static>> + Send + 'static,
    ) -> Result<Artifact, Error> {
        self.write_with(path, revision, metadata, move |algorithm, output| {
            let (_, summary) = write_archive(entries, algorithm, output, open)?;
            Ok((summary.digest, summary.size))
        })
        .await
    }

    /// Writes the archive `path` entry by entry, for callers that meet their entries in walk order.
    pub async fn archive_with<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        &self,
        path: ArtifactPath,
        revision: String,
        metadata: BTreeMap<String, String>,
        fill: impl FnOnce(&mut Archive<&mut FileOutput<'_>>) -> Result<(), E> + Send + 'static,
    ) -> Result<Artifact, Error> {
        self.write_with(path, revision, metadata, move |algorithm, output| {
            let mut archive = Archive::new(output, algorithm)?;
            fill(&mut archive).map_err(Into::into)?;
            let (_, summary) = archive.finish()?;
            Ok((summary.digest, summary.size))
        })
        .await
    }

    /// Writes the bytes of `content` as they are: an index, a chart package, an image layer. More than `limit`
    /// bytes are an error.
    pub async fn copy(
        &self,
        path: ArtifactPath,
        revision: String,
        metadata: BTreeMap<String, String>,
        content: impl Read + Send + 'static,
        limit: u64,
    ) -> Result<Artifact, Error> {
        let name = path.to_string();
        self.write_with(path, revision, metadata, move |algorithm, output| {
            let mut output = HashingWriter::new(output, algorithm);
            let copied = io::copy(&mut content.take(limit.saturating_add(1)), &mut output)?;
            if copied > limit {
                return Err(Error::TooLarge { path: name, limit }.into());
            }
            let (_, digest, size) = output.finish();
            Ok((digest, size))
        })
        .await
    }

    /// Points the stable link of the file's kind at it and gives the link's URL, or nothing if the kind has none.
    pub async fn link(&self, path: ArtifactPath) -> Result<Option<String>, Error> {
        let Some(link) = path.directory().kind().stable_link() else { return Ok(None) };
        let inner = self.0.clone();
        let link = format!("{}/{link}", path.directory());
        let made = link.clone();
        blocking(link.clone(), move |_| {
            let temporary = inner.at(format!("{link}.tmp"));
            match fs::remove_file(&temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(io_error("replace", &link)(error));
                }
                _ => {}
            }
            symlink(inner.at(&path), &temporary).map_err(io_error("link", &link))?;
            fs::rename(&temporary, inner.at(&link)).map_err(io_error("link", &link))
        })
        .await?;
        Ok(Some(self.url(&made)))
    }

    /// Makes the object's directory and what is above it, with mode 0700.
    pub async fn create_directory(&self, directory: ObjectDirectory) -> Result<(), Error> {
        let inner = self.0.clone();
        blocking(directory.to_string(), move |_| inner.create_directory(&directory)).await
    }

    /// Removes everything of an object (contract/source.md 3.7); fine if there is nothing.
    pub async fn remove(&self, directory: ObjectDirectory) -> Result<(), Error> {
        let inner = self.0.clone();
        blocking(directory.to_string(), move |_| inner.remove(&directory)).await
    }

    async fn write_with(
        &self,
        path: ArtifactPath,
        revision: String,
        metadata: BTreeMap<String, String>,
        write: impl FnOnce(
            ferroflux_archive::Algorithm,
            &mut FileOutput<'_>,
        ) -> Result<(Digest, u64), Box<dyn std::error::Error + Send + Sync>>
        + Send
        + 'static,
    ) -> Result<Artifact, Error> {
        let inner = self.0.clone();
        let target = path.clone();
        let written =
            blocking(path.to_string(), move |cancelled| inner.write(&target, cancelled, write)).await?;
        Ok(self.artifact(&path, revision, &written, metadata))
    }
}

impl Inner {
    fn write(
        &self,
        path: &ArtifactPath,
        cancelled: &Cancelled,
        write: impl FnOnce(
            ferroflux_archive::Algorithm,
            &mut FileOutput<'_>,
        ) -> Result<(Digest, u64), Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<Written, Error> {
        self.create_directory(path.directory())?;
        // Made with mode 0600, and removed again unless it is renamed.
        let temporary = tempfile::Builder::new()
            .prefix(&format!(".{}.", path.file().get(..32).unwrap_or(path.file())))
            .suffix(".tmp")
            .tempfile_in(self.at(path.directory()))
            .map_err(io_error("create a file in", path.directory()))?;
        let mut output =
            FileOutput { file: BufWriter::with_capacity(1 << 16, temporary.as_file()), cancelled };
        let (digest, size) = write(self.algorithm, &mut output)
            .and_then(|written| Ok(output.flush().map(|()| written)?))
            .map_err(|source| content_error(path, source))?;
        drop(output);
        self.publish(path, temporary, cancelled, digest, size)
    }

    fn publish(
        &self,
        path: &ArtifactPath,
        temporary: NamedTempFile,
        cancelled: &Cancelled,
        digest: Digest,
        size: u64,
    ) -> Result<Written, Error> {
        // Behind this point the file appears; in front of it, nothing is left behind.
        if cancelled.is_set() {
            return Err(Error::Abandoned(path.to_string()));
        }
        let file = temporary.persist(self.at(path)).map_err(|error| io_error("rename", path)(error.error))?;
        let metadata = file.metadata().map_err(io_error("look at", path))?;
        self.known().insert(path.clone(), Known::new(&metadata, digest));
        let now = Timestamp::now();
        let time = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Ok(Written { digest, size, time })
    }

    fn create_directory(&self, directory: &ObjectDirectory) -> Result<(), Error> {
        let path = directory.to_string();
        if !self.is_directory(&path)? {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(self.at(&path))
                .map_err(io_error("create", &path))?;
        }
        Ok(())
    }

    pub(super) fn remove(&self, directory: &ObjectDirectory) -> Result<(), Error> {
        let path = directory.to_string();
        self.known().retain(|file, _| file.directory() != directory);
        if !self.is_directory(&path)? {
            return Ok(());
        }
        match fs::remove_dir_all(self.at(&path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove", &path)(error)),
            _ => Ok(()),
        }
    }
}

/// Errors of our own pass through; all others get the file's name.
fn content_error(path: &ArtifactPath, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    match source.downcast::<Error>() {
        Ok(error) => *error,
        Err(source) => Error::Content { path: path.to_string(), source },
    }
}
