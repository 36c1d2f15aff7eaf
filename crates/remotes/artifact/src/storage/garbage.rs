//! Removing old artifacts (contract/source.md 4.5).

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use ferroflux_api::meta::Artifact;

use super::{Error, Inner, Storage, blocking, check, io_error, write::Cancelled};
use crate::layout::{ArtifactPath, ObjectDirectory, SourceKind};

/// Files that are looked at in one directory, and the time that one collection may take.
const MAX_FILES: usize = 1000;
const MAX_TIME: Duration = Duration::from_secs(5);

const LOCK_SUFFIX: &str = ".lock";

/// A file that may go.
struct Candidate {
    name: String,
    modified: SystemTime,
    temporary: bool,
}

impl Storage {
    /// Removes what is too old in the artifact's directory, never the artifact itself. Gives the number of
    /// removed files, locks not counted.
    pub async fn collect_garbage(&self, artifact: &Artifact) -> Result<usize, Error> {
        let current = check::parse_path(&artifact.path)?;
        let inner = self.0.clone();
        let work = move |cancelled: &Cancelled| inner.collect_garbage(&current, cancelled, SystemTime::now());
        blocking(artifact.path.clone(), work).await
    }

    /// Removes the directories of objects that `exists` does not know and in which nothing was written for the
    /// retention time. Not for a storage that is shared with other shards, whose objects `exists` cannot know.
    pub async fn sweep(
        &self,
        exists: impl Fn(&ObjectDirectory) -> bool + Send + 'static,
    ) -> Result<Vec<ObjectDirectory>, Error> {
        let inner = self.0.clone();
        blocking("orphaned directories".into(), move |cancelled| inner.sweep(exists, cancelled)).await
    }
}

impl Inner {
    fn collect_garbage(
        &self,
        current: &ArtifactPath,
        cancelled: &Cancelled,
        now: SystemTime,
    ) -> Result<usize, Error> {
        let directory = current.directory();
        if !self.is_directory(&directory.to_string())? {
            return Ok(0);
        }
        let at = self.at(directory);
        let deadline = Instant::now() + MAX_TIME;
        let (candidates, locks) = candidates(&at, current.file()).map_err(io_error("list", directory))?;
        let expired =
            |modified: SystemTime| now.duration_since(modified).is_ok_and(|age| age > self.retention.ttl);
        let (mut old, mut kept): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|candidate| expired(candidate.modified));
        // A young temporary file is being written; it is no artifact yet.
        kept.retain(|candidate| !candidate.temporary);
        kept.sort_by(|left, right| (left.modified, &left.name).cmp(&(right.modified, &right.name)));
        let spare = (kept.len() + 1).saturating_sub(self.retention.records.max(1));
        old.extend(kept.drain(..spare));
        let mut removed = 0;
        for Candidate { name, .. } in old {
            if cancelled.is_set() || Instant::now() > deadline {
                break;
            }
            if remove_if_there(&at.join(&name)).map_err(io_error("remove", format!("{directory}/{name}")))? {
                removed += 1;
            }
            if let Ok(path) = directory.file(&name) {
                self.known().remove(&path);
            }
        }
        for lock in locks {
            let archive = lock.strip_suffix(LOCK_SUFFIX).unwrap_or(&lock);
            if archive != current.file() && !at.join(archive).exists() {
                remove_lock(&at.join(&lock)).map_err(io_error("remove", format!("{directory}/{lock}")))?;
            }
        }
        Ok(removed)
    }

    fn sweep(
        &self,
        exists: impl Fn(&ObjectDirectory) -> bool,
        cancelled: &Cancelled,
    ) -> Result<Vec<ObjectDirectory>, Error> {
        let mut removed = Vec::new();
        for kind in SourceKind::ALL {
            if !self.is_directory(kind.directory())? {
                continue;
            }
            for namespace in directories(&self.at(kind.directory())) {
                for name in directories(&self.at(format!("{}/{namespace}", kind.directory()))) {
                    let Ok(object) = ObjectDirectory::new(kind, &namespace, &name) else { continue };
                    if cancelled.is_set() {
                        return Ok(removed);
                    }
                    if !exists(&object) && self.is_idle(&object) {
                        self.remove(&object)?;
                        removed.push(object);
                    }
                }
            }
        }
        Ok(removed)
    }

    /// Whether nothing was written in the directory for the retention time.
    fn is_idle(&self, directory: &ObjectDirectory) -> bool {
        let at = self.at(directory);
        let entries = fs::read_dir(&at).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.take(MAX_FILES).chain([at.clone()]).all(|path| {
            let modified = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
            let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
            age.is_some_and(|age| age > self.retention.ttl)
        })
    }
}

/// The regular files of a directory besides `current`, and the names of its locks.
fn candidates(directory: &Path, current: &str) -> io::Result<(Vec<Candidate>, Vec<String>)> {
    let (mut files, mut locks) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory)?.take(MAX_FILES) {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Another collection or the object's removal may be quicker.
        let Ok(metadata) = entry.metadata() else { continue };
        if !metadata.is_file() || name == current {
            continue;
        }
        if name.ends_with(LOCK_SUFFIX) {
            locks.push(name);
        } else {
            let temporary = name.ends_with(".tmp");
            files.push(Candidate { name, modified: metadata.modified()?, temporary });
        }
    }
    Ok((files, locks))
}

/// Removes a lock that nobody holds.
fn remove_lock(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(file) if file.try_lock().is_err() => Ok(()),
        // Held while it is removed; who opened it before finds out that it is gone.
        Ok(_file) => remove_if_there(path).map(drop),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn remove_if_there(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The names of the directories in `path`; none if it cannot be read.
fn directories(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
