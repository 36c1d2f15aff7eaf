//! Object stores on disk, one per repository and identity, shared by everything that fetches from there.
//!
//! A store is a directory with packs and a list of the commits whose content is complete. A commit enters the list
//! after its pack has been indexed and renamed into place, so what a killed process leaves behind is never taken for
//! content. A store that has grown too large, or turns out to be damaged, is retired: the next fetch begins a new
//! generation, and the old one is deleted when its last reader is done.

mod generation;
mod index;

use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

pub(crate) use self::{generation::Generation, index::Indexer};
use crate::{ClientOptions, Error, session::RemoteReference};

/// Every store of this process.
#[derive(Debug)]
pub(crate) struct Stores {
    directory: PathBuf,
    salt: Vec<u8>,
    max_bytes: u64,
    open: Mutex<HashMap<String, Arc<Store>>>,
    /// Keeps other processes out of the directory as long as this one lives.
    _lock: File,
}

/// The store of one repository and identity. The lock is held while its remote is asked or fetched from.
#[derive(Debug)]
pub(crate) struct Store {
    directory: PathBuf,
    pub(crate) state: tokio::sync::Mutex<StoreState>,
}

/// What is known of a store.
#[derive(Debug, Default)]
pub(crate) struct StoreState {
    generation: Option<Arc<Generation>>,
    /// The last list of references, for those who asked while it was being made.
    pub(crate) listing: Option<Listing>,
}

/// A list of references and when it was begun.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) begun: Instant,
    pub(crate) prefixes: Vec<String>,
    pub(crate) references: Arc<Vec<RemoteReference>>,
}

impl Stores {
    /// Opens the stores below the directory of the options. Several processes may name the same one: each gets a
    /// subdirectory of its own.
    pub(crate) fn open(options: &ClientOptions) -> Result<Self, Error> {
        for number in 0u32.. {
            let directory = options.directory.join(format!("stores-{number}"));
            create_private(&directory)?;
            let lock_path = directory.join("lock");
            let lock = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(&lock_path)
                .map_err(failed(&lock_path))?;
            match lock.try_lock() {
                Ok(()) => {
                    let salt = salt(&directory.join("salt"))?;
                    let max_bytes = options.max_store_bytes;
                    return Ok(Self { directory, salt, max_bytes, open: Mutex::default(), _lock: lock });
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => return Err(failed(&lock_path)(source)),
            }
        }
        let path = options.directory.clone();
        Err(Error::Store { path, source: io::Error::other("all subdirectories are in use") })
    }

    /// What keys of stores are mixed with, so that their names say nothing about credentials.
    pub(crate) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// The store of this key.
    pub(crate) fn get(&self, key: &str) -> Arc<Store> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let store = open.entry(key.to_owned()).or_insert_with(|| {
            Arc::new(Store { directory: self.directory.join(key), state: tokio::sync::Mutex::default() })
        });
        Arc::clone(store)
    }

    /// Deletes the least recently used stores that nobody uses until the rest fits. Does file I/O.
    pub(crate) fn collect(&self) {
        let mut stores = Vec::new();
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let used = entry.metadata().and_then(|metadata| metadata.modified()).ok();
                stores.push((used, size(&entry.path()), entry.path()));
            }
        }
        let mut total: u64 = stores.iter().map(|(_, size, _)| size).sum();
        stores.sort();
        for (_, size, path) in stores {
            if total <= self.max_bytes {
                return;
            }
            if self.remove_idle(&path) {
                total = total.saturating_sub(size);
            }
        }
    }

    fn remove_idle(&self, path: &Path) -> bool {
        let Some(key) = path.file_name().and_then(|name| name.to_str()) else { return false };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = open.get(key) {
            // One reference is the table's own; a second belongs to somebody who uses the store.
            let idle = Arc::strong_count(store) == 1
                && store.state.try_lock().is_ok_and(|state| {
                    state.generation.as_ref().is_none_or(|generation| Arc::strong_count(generation) == 1)
                });
            if !idle {
                return false;
            }
            open.remove(key);
        }
        fs::remove_dir_all(path).is_ok()
    }
}

impl Store {
    /// The generation to use. Does file I/O.
    pub(crate) fn generation(&self, state: &mut StoreState) -> Result<Arc<Generation>, Error> {
        if let Some(generation) = &state.generation
            && !generation.is_retired()
        {
            return Ok(Arc::clone(generation));
        }
        let generation = Arc::new(Generation::latest(&self.directory, state.generation.is_none())?);
        state.generation = Some(Arc::clone(&generation));
        Ok(generation)
    }

    /// Marks the store as used now, which keeps it from being collected.
    pub(crate) fn touch(&self) {
        let touched =
            File::open(&self.directory).and_then(|file| file.set_modified(std::time::SystemTime::now()));
        if let Err(error) = touched {
            tracing::debug!(%error, "cannot mark a store as used");
        }
    }
}

/// Makes a directory that only this user can enter.
pub(crate) fn create_private(path: &Path) -> Result<(), Error> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed(path))
}

pub(crate) fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Store { path, source }
}

/// Reads the salt of a directory, or makes one.
fn salt(path: &Path) -> Result<Vec<u8>, Error> {
    const LENGTH: u64 = 32;
    let mut salt = Vec::new();
    if let Ok(file) = File::open(path)
        && file.take(LENGTH).read_to_end(&mut salt).is_ok()
        && salt.len() as u64 == LENGTH
    {
        return Ok(salt);
    }
    salt.clear();
    let random = Path::new("/dev/urandom");
    File::open(random).and_then(|file| file.take(LENGTH).read_to_end(&mut salt)).map_err(failed(random))?;
    let mut file = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(failed(path))?;
    io::Write::write_all(&mut file, &salt).map_err(failed(path))?;
    Ok(salt)
}

/// Size of all files below a directory; what vanishes meanwhile counts nothing.
pub(crate) fn size(path: &Path) -> u64 {
    let mut total = 0;
    let mut directories = vec![path.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => directories.push(entry.path()),
                Ok(metadata) => total += metadata.len(),
                Err(_) => {}
            }
        }
    }
    total
}
