//! Unpacked artifacts by digest, shared by everyone and bounded in bytes; one fetch serves all who wait for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use ferroflux_archive::{Digest, Snapshot};
use lru::LruCache;
use tokio::{sync::watch, task::AbortHandle};

/// A cache of [`Snapshot`]s. Clones share it.
///
/// The least recently used go first. What is handed out stays alive with those who hold it and is no longer
/// counted here once it was dropped from the cache.
#[derive(Debug, Clone)]
pub struct SnapshotCache(Arc<Mutex<Cached>>);

#[derive(Debug)]
struct Cached {
    capacity: usize,
    bytes: usize,
    snapshots: LruCache<Digest, Snapshot>,
}

impl SnapshotCache {
    /// A cache that holds at most `capacity` bytes. 0 keeps nothing.
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Mutex::new(Cached { capacity, bytes: 0, snapshots: LruCache::unbounded() })))
    }

    /// The snapshot of the archive with this digest.
    pub fn get(&self, digest: &Digest) -> Option<Snapshot> {
        self.locked().snapshots.get(digest).cloned()
    }

    /// Keeps a snapshot, unless it alone is larger than the cache.
    pub fn insert(&self, digest: Digest, snapshot: Snapshot) {
        let mut cached = self.locked();
        let size = snapshot.memory();
        if size > cached.capacity {
            return;
        }
        cached.bytes += size;
        if let Some((_, old)) = cached.snapshots.push(digest, snapshot) {
            cached.bytes -= old.memory();
        }
        while cached.bytes > cached.capacity {
            let Some((_, old)) = cached.snapshots.pop_lru() else { break };
            cached.bytes -= old.memory();
        }
    }

    /// Bytes that are held.
    pub fn bytes(&self) -> usize {
        self.locked().bytes
    }

    /// Number of snapshots that are held.
    pub fn len(&self) -> usize {
        self.locked().snapshots.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn locked(&self) -> MutexGuard<'_, Cached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work under way, by key. Who asks for a key that is worked on waits for that work; when the last who waits
/// goes away, the work is stopped.
#[derive(Debug)]
pub(crate) struct Flights<K, T>(Arc<Mutex<HashMap<K, Weak<Flight<T>>>>>);

#[derive(Debug)]
struct Flight<T> {
    result: watch::Receiver<Option<T>>,
    work: AbortHandle,
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, T> Flights<K, T>
where
    K: Clone + Eq + std::hash::Hash + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// The result of the work on `key`, which is begun if nobody has begun it. `None` if the work panicked.
    pub(crate) async fn join<W>(&self, key: K, work: impl FnOnce() -> W) -> Option<T>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let flight = self.board(key, work);
        let mut result = flight.result.clone();
        let value = result.wait_for(Option::is_some).await.ok()?.clone();
        drop(flight);
        value
    }

    fn board<W>(&self, key: K, work: impl FnOnce() -> W) -> Arc<Flight<T>>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        // The flights that nobody waits for any more.
        flights.retain(|_, flight| flight.strong_count() > 0);
        let (sender, result) = watch::channel(None);
        let work = work();
        let (all, own) = (self.0.clone(), key.clone());
        let task = tokio::spawn(async move {
            let value = work.await;
            // Taken off first, so that nobody joins a flight whose result is already history.
            let mut flights = all.lock().unwrap_or_else(PoisonError::into_inner);
            flights.remove(&own);
            let _ = sender.send(Some(value));
        });
        let flight = Arc::new(Flight { result, work: task.abort_handle() });
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }
}

#[cfg(test)]
mod tests;
