//! One life of a store: a directory that is only ever added to.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use gix_hash::ObjectId;

use super::{create_private, failed};
use crate::Error;

/// After so many packs a new generation is cheaper than searching all of them.
const MAX_PACKS: usize = 50;

/// So many commits at hand are told to the server; more do not make a better answer.
const MAX_HAVES: usize = 32;

/// Bytes of decoded objects that are kept while a tree is read, because other objects are deltas on them.
const DELTA_CACHE: usize = 8 << 20;

/// One life of a store.
#[derive(Debug)]
pub(crate) struct Generation {
    directory: PathBuf,
    retired: AtomicBool,
}

impl Generation {
    /// The newest generation below a store's directory; a first one is made. When the store is `opened`, nobody can be
    /// reading older ones, and they are deleted.
    pub(super) fn latest(store: &Path, opened: bool) -> Result<Self, Error> {
        create_private(store)?;
        let mut numbers = Vec::new();
        for entry in fs::read_dir(store).map_err(failed(store))? {
            let entry = entry.map_err(failed(store))?;
            let number = entry.file_name().to_str().and_then(|name| name.parse::<u64>().ok());
            numbers.extend(number.map(|number| (number, entry.path())));
        }
        numbers.sort();
        let next = numbers.last().map_or(0, |(number, _)| number + 1);
        let usable = numbers.pop_if(|(_, path)| !path.join(RETIRED).exists());
        for (_, path) in numbers.iter().filter(|_| opened) {
            // What cannot be deleted now is found again the next time.
            let _ = fs::remove_dir_all(path);
        }
        let directory = usable.map_or_else(|| store.join(next.to_string()), |(_, path)| path);
        let generation = Self { directory, retired: AtomicBool::new(false) };
        create_private(&generation.packs())?;
        create_private(&generation.commits_directory())?;
        create_private(&generation.tags_directory())?;
        generation.sweep();
        Ok(generation)
    }

    /// The object database.
    pub(crate) fn objects(&self) -> PathBuf {
        self.directory.join("objects")
    }

    /// Where packs go.
    pub(crate) fn packs(&self) -> PathBuf {
        self.objects().join("pack")
    }

    fn commits_directory(&self) -> PathBuf {
        self.directory.join("commits")
    }

    fn tags_directory(&self) -> PathBuf {
        self.directory.join("tags")
    }

    /// Whether everything that the commit or tag leads to was fetched.
    pub(crate) fn has(&self, id: ObjectId) -> bool {
        let id = id.to_string();
        self.commits_directory().join(&id).exists() || self.tags_directory().join(&id).exists()
    }

    /// Notes that everything that the commit leads to is there.
    pub(crate) fn record(&self, id: ObjectId) -> Result<(), Error> {
        let path = self.commits_directory().join(id.to_string());
        fs::write(&path, b"").map_err(failed(&path))
    }

    /// The same for a tag object. Servers are told of commits only, so the two are kept apart.
    pub(crate) fn record_tag(&self, id: ObjectId) -> Result<(), Error> {
        let path = self.tags_directory().join(id.to_string());
        fs::write(&path, b"").map_err(failed(&path))
    }

    /// The commits that were fetched completely, newest first.
    pub(crate) fn complete(&self) -> Vec<ObjectId> {
        let mut commits: Vec<(SystemTime, ObjectId)> = Vec::new();
        for entry in fs::read_dir(self.commits_directory()).into_iter().flatten().flatten() {
            let id = entry.file_name().to_str().and_then(|name| ObjectId::from_hex(name.as_bytes()).ok());
            let time = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            commits.extend(time.zip(id));
        }
        commits.sort_by(|left, right| right.cmp(left));
        commits.truncate(MAX_HAVES);
        commits.into_iter().map(|(_, id)| id).collect()
    }

    /// Opens the object database for reading.
    pub(crate) fn database(&self) -> io::Result<gix_odb::Handle> {
        let mut database = gix_odb::at(self.objects(), gix_hash::Kind::Sha1)?;
        // Trees and the bases of deltas come again and again while a whole tree is read.
        database.set_pack_cache(|| Box::new(gix_pack::cache::lru::MemoryCappedHashmap::new(DELTA_CACHE)));
        Ok(database)
    }

    /// Whether the next fetch should begin anew, because there are too many packs.
    pub(crate) fn is_crowded(&self) -> bool {
        let packs = fs::read_dir(self.packs()).into_iter().flatten().flatten();
        packs.filter(|entry| entry.path().extension().is_some_and(|kind| kind == "pack")).count() > MAX_PACKS
    }

    /// Whether nobody new may use it.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Lets nobody new use it; it is deleted when its last user is done, or by the next process.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        if let Err(error) = fs::write(self.directory.join(RETIRED), b"") {
            tracing::debug!(%error, "cannot mark a store as retired");
        }
    }

    /// Deletes what a killed process has left of packs that it did not finish.
    fn sweep(&self) {
        for entry in fs::read_dir(self.packs()).into_iter().flatten().flatten() {
            let finished = entry.file_name().to_str().is_some_and(|name| name.starts_with("pack-"));
            if !finished {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        if self.is_retired() {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// A file of this name marks a generation that must not be used again.
const RETIRED: &str = "retired";
