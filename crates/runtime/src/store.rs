//! What the API server holds of one kind, kept true by a watch, with indexes.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ferroflux_api::CustomResource;
use ferroflux_api::decode::{InvalidObject, Tolerant};
use kube::Resource;
use tokio::sync::watch;

use crate::driver::Key;

/// One change of the store.
#[derive(Debug)]
pub struct Change<K> {
    /// Which object.
    pub key: Key,
    /// The object before; none when it is new or could not be decoded.
    pub before: Option<Arc<K>>,
    /// The object now; none when it is gone or cannot be decoded.
    pub after: Option<Arc<K>>,
    /// Whether it was found when the process listed the kind for the first time.
    pub initial: bool,
}

/// Names an index of a store; given by [`Store::add_index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexId(usize);

type IndexFunction<K> = Box<dyn Fn(&K) -> Vec<String> + Send + Sync>;

/// A shared, indexed view of all watched objects of one kind.
pub struct Store<K> {
    inner: Arc<RwLock<Inner<K>>>,
    ready: watch::Receiver<bool>,
    /// Kept by every copy so that `ready` never closes.
    set_ready: Arc<watch::Sender<bool>>,
}

impl<K> Clone for Store<K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), ready: self.ready.clone(), set_ready: self.set_ready.clone() }
    }
}

struct Inner<K> {
    objects: HashMap<Key, Held<K>>,
    indexes: Vec<Index<K>>,
}

struct Index<K> {
    function: IndexFunction<K>,
    entries: HashMap<String, BTreeSet<Key>>,
}

/// An object as it was last seen.
pub(crate) enum Held<K> {
    Valid(Arc<K>),
    Invalid(Arc<InvalidObject>),
}

/// What became of an object that was put into a store.
pub(crate) enum Put<K> {
    /// It is in the store, in place of this.
    Stored(Option<Held<K>>),
    /// The store holds the same version or a newer one.
    Old,
}

impl<K> Clone for Held<K> {
    fn clone(&self) -> Self {
        match self {
            Self::Valid(object) => Self::Valid(object.clone()),
            Self::Invalid(invalid) => Self::Invalid(invalid.clone()),
        }
    }
}

impl<K: Resource> Held<K> {
    pub(crate) fn meta(&self) -> &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
        match self {
            Self::Valid(object) => object.meta(),
            Self::Invalid(invalid) => &invalid.metadata,
        }
    }

    fn version(&self) -> u64 {
        self.meta().resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn valid(&self) -> Option<Arc<K>> {
        match self {
            Self::Valid(object) => Some(object.clone()),
            Self::Invalid(_) => None,
        }
    }
}

impl<K: Resource> Store<K> {
    pub(crate) fn new() -> Self {
        let (set_ready, ready) = watch::channel(false);
        let inner = Inner { objects: HashMap::new(), indexes: Vec::new() };
        Self { inner: Arc::new(RwLock::new(inner)), ready, set_ready: Arc::new(set_ready) }
    }

    /// Nothing under this lock panics: index functions are caught.
    fn read(&self) -> RwLockReadGuard<'_, Inner<K>> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner<K>> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an index: every object is found under each of the strings that the function returns for it.
    pub fn add_index(&self, function: impl Fn(&K) -> Vec<String> + Send + Sync + 'static) -> IndexId {
        let mut inner = self.write();
        let mut index = Index { function: Box::new(function), entries: HashMap::new() };
        for (key, held) in &inner.objects {
            if let Held::Valid(object) = held {
                index.add(key, object);
            }
        }
        inner.indexes.push(index);
        IndexId(inner.indexes.len() - 1)
    }

    /// The object with this key, unless it cannot be decoded.
    pub fn get(&self, key: &Key) -> Option<Arc<K>> {
        self.held(key)?.valid()
    }

    /// All objects that can be decoded, in no order.
    pub fn list(&self) -> Vec<Arc<K>> {
        self.read().objects.values().filter_map(Held::valid).collect()
    }

    /// Number of objects, decodable or not.
    pub fn len(&self) -> usize {
        self.read().objects.len()
    }

    /// Whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The objects that the index has under `value`, ordered by key.
    pub fn by_index(&self, index: IndexId, value: &str) -> Vec<Arc<K>> {
        let inner = self.read();
        let Some(keys) = inner.indexes.get(index.0).and_then(|index| index.entries.get(value)) else {
            return Vec::new();
        };
        keys.iter().filter_map(|key| inner.objects.get(key)?.valid()).collect()
    }

    /// The keys that the index has under `value`, ordered.
    pub fn keys_by_index(&self, index: IndexId, value: &str) -> Vec<Key> {
        let inner = self.read();
        inner
            .indexes
            .get(index.0)
            .and_then(|index| index.entries.get(value))
            .map(|keys| keys.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Whether the kind has been listed once since the process started.
    pub fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// Waits until the kind has been listed once, or is known not to be installed.
    pub async fn wait_until_ready(&self) {
        let mut ready = self.ready.clone();
        // The sender lives as long as the store, so this cannot fail.
        let _ = ready.wait_for(|ready| *ready).await;
    }

    pub(crate) fn set_ready(&self) {
        self.set_ready.send_replace(true);
    }

    pub(crate) fn held(&self, key: &Key) -> Option<Held<K>> {
        self.read().objects.get(key).cloned()
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        self.read().objects.keys().cloned().collect()
    }

    /// Puts an object in unless a newer version of it is there.
    pub(crate) fn put(&self, key: &Key, held: Held<K>) -> Put<K> {
        let mut inner = self.write();
        if let Some(old) = inner.objects.get(key) {
            let same_object = old.meta().uid == held.meta().uid;
            if same_object && held.version() != 0 && held.version() <= old.version() {
                return Put::Old;
            }
        }
        let old = inner.objects.insert(key.clone(), held.clone());
        inner.reindex(key, old.as_ref(), Some(&held));
        Put::Stored(old)
    }

    pub(crate) fn remove(&self, key: &Key) -> Option<Held<K>> {
        let mut inner = self.write();
        let old = inner.objects.remove(key)?;
        inner.reindex(key, Some(&old), None);
        Some(old)
    }
}

impl<K> Index<K> {
    /// Under what the object is found; nothing if the function cannot deal with it, so that it harms no other.
    fn values(&self, object: &K) -> Vec<String> {
        catch_unwind(AssertUnwindSafe(|| (self.function)(object))).unwrap_or_default()
    }

    fn add(&mut self, key: &Key, object: &K) {
        for value in self.values(object) {
            self.entries.entry(value).or_default().insert(key.clone());
        }
    }

    fn remove(&mut self, key: &Key, object: &K) {
        for value in self.values(object) {
            if let Some(keys) = self.entries.get_mut(&value) {
                keys.remove(key);
                if keys.is_empty() {
                    self.entries.remove(&value);
                }
            }
        }
    }
}

impl<K> Inner<K> {
    fn reindex(&mut self, key: &Key, old: Option<&Held<K>>, new: Option<&Held<K>>) {
        for index in &mut self.indexes {
            if let Some(Held::Valid(object)) = old {
                index.remove(key, object);
            }
            if let Some(Held::Valid(object)) = new {
                index.add(key, object);
            }
        }
    }
}

/// An object from the wire as the store holds it, without the field managers' bookkeeping, which nothing here reads.
pub(crate) fn held<K: CustomResource>(object: Tolerant<K>) -> Held<K> {
    match object.into_result() {
        Ok(mut object) => {
            object.meta_mut().managed_fields = None;
            Held::Valid(Arc::new(object))
        }
        Err(mut invalid) => {
            invalid.metadata.managed_fields = None;
            Held::Invalid(Arc::new(invalid))
        }
    }
}

#[cfg(test)]
mod tests;
