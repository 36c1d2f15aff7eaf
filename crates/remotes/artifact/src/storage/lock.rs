//! The lock next to an archive (contract/source.md 4.1).

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    time::Duration,
};

use super::{Error, Inner, Storage, io_error};
use crate::layout::ArtifactPath;

/// How soon and how late a held lock is asked for again.
const RETRY: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(250));

/// An exclusive, advisory lock on `<file>.lock`; it ends when this is dropped, or the process dies.
#[derive(Debug)]
pub struct ArtifactLock {
    _file: File,
}

impl Storage {
    /// Waits for the lock of the file `path`. Dropping the future gives up.
    pub async fn lock(&self, path: &ArtifactPath) -> Result<ArtifactLock, Error> {
        let mut pause = RETRY.0;
        loop {
            // A few system calls on an empty file; not worth another thread.
            if let Some(lock) = self.0.try_lock(path)? {
                return Ok(lock);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY.1);
        }
    }
}

impl Inner {
    fn try_lock(&self, path: &ArtifactPath) -> Result<Option<ArtifactLock>, Error> {
        let name = format!("{path}.lock");
        if !self.is_directory(&path.directory().to_string())? {
            return Err(Error::NotADirectory(path.directory().to_string()));
        }
        let at = self.at(&name);
        if fs::symlink_metadata(&at).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Error::NotADirectory(name));
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(&at)
            .map_err(io_error("open", &name))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(io_error("lock", &name)(source)),
        }
        // Garbage collection may have removed the name between opening and locking; then the lock guards nothing.
        let inode = |metadata: fs::Metadata| metadata.ino();
        let held = file.metadata().map(inode).map_err(io_error("look at", &name))?;
        let current = fs::symlink_metadata(&at).map(inode).ok();
        Ok((current == Some(held)).then_some(ArtifactLock { _file: file }))
    }
}
