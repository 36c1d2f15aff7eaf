//! Metadata watches, shared by cluster, identity, kind and namespace, counted and capped.
//!
//! One watch serves drift detection and health: both only need to hear that an object changed. Where the identity
//! may not watch, or the cap is reached, nothing is covered and callers fall back to asking.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use ferroflux_objects::{ObjectId, keys};
use futures::StreamExt as _;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::mapper::Mapping;
use crate::memory::{Expected, Tracker, metadata_version};
use crate::target::Target;

/// How long a watch that the identity may not have is left alone; a role may be granted meanwhile.
const FORBIDDEN_PAUSE: Duration = Duration::from_mins(10);

/// How many watches there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubOptions {
    /// Watches at the same time over all identities. Each holds a connection to its API server.
    pub max_watches: usize,
}

impl Default for HubOptions {
    fn default() -> Self {
        // Some 60 KiB each: 15 MiB, and far below what an API server serves.
        Self { max_watches: 256 }
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    identity: Arc<str>,
    mapping: Mapping,
    /// Empty: all namespaces.
    namespace: String,
    /// Only objects that carry the owner label.
    owned: bool,
}

impl Key {
    fn belongs(&self, id: &ObjectId) -> bool {
        id.group == self.mapping.group
            && id.kind == self.mapping.kind
            && (self.namespace.is_empty() || id.namespace == self.namespace)
    }
}

struct Entry {
    users: usize,
    live: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

/// How many watches there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WatchCounts {
    /// Watches that are wanted and have a task.
    pub wanted: usize,
    /// Watches that are connected and complete.
    pub live: usize,
}

/// All watches of the process.
pub struct Hub {
    tracker: Arc<Tracker>,
    options: HubOptions,
    entries: Mutex<HashMap<Key, Entry>>,
}

/// The right to a watch; it ends with the last lease.
pub(crate) struct Lease {
    hub: Weak<Hub>,
    key: Key,
    live: Arc<AtomicBool>,
}

impl Lease {
    /// Whether the watch is connected and has seen everything.
    pub(crate) fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }

    pub(crate) fn covers(&self, identity: &str, id: &ObjectId) -> bool {
        *self.key.identity == *identity && self.key.belongs(id)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.release(&self.key);
        }
    }
}

impl Hub {
    /// A hub without watches that reports to `tracker`.
    pub fn new(tracker: Arc<Tracker>, options: HubOptions) -> Arc<Self> {
        Arc::new(Self { tracker, options, entries: Mutex::default() })
    }

    /// The memory this hub reports to.
    pub fn tracker(&self) -> &Arc<Tracker> {
        &self.tracker
    }

    /// How many watches there are.
    pub fn counts(&self) -> WatchCounts {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let live = entries.values().filter(|entry| entry.live.load(Ordering::Acquire)).count();
        WatchCounts { wanted: entries.len(), live }
    }

    /// Joins or starts the watch over a kind; `None` when the cap is reached.
    pub(crate) fn cover(
        self: &Arc<Self>,
        target: &Target,
        mapping: &Mapping,
        namespace: &str,
        owned: bool,
    ) -> Option<Lease> {
        let everywhere = target.cluster_wide || !mapping.namespaced;
        let key = Key {
            identity: Arc::clone(&target.identity),
            mapping: mapping.clone(),
            namespace: if everywhere { String::new() } else { namespace.to_owned() },
            owned,
        };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let full = entries.len() >= self.options.max_watches;
        let live = match entries.get_mut(&key) {
            Some(entry) => {
                entry.users += 1;
                Arc::clone(&entry.live)
            }
            None if full => return None,
            None => {
                let live = Arc::new(AtomicBool::new(false));
                let run = run(target.clone(), key.clone(), Arc::clone(&live), Arc::clone(&self.tracker));
                let task = tokio::spawn(run);
                entries.insert(key.clone(), Entry { users: 1, live: Arc::clone(&live), task });
                live
            }
        };
        Some(Lease { hub: Arc::downgrade(self), key, live })
    }

    fn release(&self, key: &Key) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = entries.get_mut(key) else { return };
        entry.users = entry.users.saturating_sub(1);
        if entry.users == 0 {
            entry.task.abort();
            entries.remove(key);
        }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let entries = self.entries.get_mut().unwrap_or_else(PoisonError::into_inner);
        for entry in entries.values() {
            entry.task.abort();
        }
    }
}

async fn run(target: Target, key: Key, live: Arc<AtomicBool>, tracker: Arc<Tracker>) {
    loop {
        watch(&target, &key, &live, &tracker).await;
        live.store(false, Ordering::Release);
        tokio::time::sleep(FORBIDDEN_PAUSE).await;
    }
}

/// Watches until the identity turns out not to be allowed to.
async fn watch(target: &Target, key: &Key, live: &AtomicBool, tracker: &Tracker) {
    let resource = ApiResource {
        group: key.mapping.group.clone(),
        version: key.mapping.version.clone(),
        api_version: key.mapping.api_version(),
        kind: key.mapping.kind.clone(),
        plural: key.mapping.plural.clone(),
    };
    let client = target.client.clone();
    let api: Api<PartialObjectMeta<DynamicObject>> = if key.namespace.is_empty() {
        Api::all_with(client, &resource)
    } else {
        Api::namespaced_with(client, &key.namespace, &resource)
    };
    let mut config = watcher::Config::default();
    if key.owned {
        config = config.labels(keys::OWNER_NAME);
    }
    let mut stream = std::pin::pin!(watcher(api, config).default_backoff());
    let mut listing = Listing::default();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => listing.take(event, key, live, tracker),
            Err(error) => {
                live.store(false, Ordering::Release);
                if refused(&error) {
                    tracing::debug!(identity = %key.identity, kind = %key.mapping.kind, namespace = %key.namespace,
                        "the identity may not watch, falling back to asking");
                    return;
                }
            }
        }
    }
}

fn refused(error: &watcher::Error) -> bool {
    let refuses = |error: &kube::Error| matches!(error, kube::Error::Api(status) if matches!(status.code, 401 | 403 | 404 | 405));
    match error {
        watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error) => refuses(error),
        _ => false,
    }
}

/// An initial list under way.
#[derive(Default)]
struct Listing {
    expected: Expected,
    seen: HashSet<ObjectId>,
}

impl Listing {
    fn take(
        &mut self,
        event: Event<PartialObjectMeta<DynamicObject>>,
        key: &Key,
        live: &AtomicBool,
        tracker: &Tracker,
    ) {
        let identity = &key.identity;
        match event {
            Event::Init => {
                live.store(false, Ordering::Release);
                self.expected = tracker.expected(identity, |id| key.belongs(id));
                self.seen.clear();
            }
            Event::InitApply(object) => {
                if let Some((id, metadata)) = identify(key, &object) {
                    tracker.seen(identity, id.clone(), &metadata);
                    self.seen.insert(id);
                }
            }
            Event::InitDone => {
                let (expected, seen) = (std::mem::take(&mut self.expected), std::mem::take(&mut self.seen));
                // Objects that lost their owner label are missing from the list too, which is drift as well.
                tracker.listed(identity, expected, &seen);
                live.store(true, Ordering::Release);
            }
            Event::Apply(object) => {
                if let Some((id, metadata)) = identify(key, &object) {
                    tracker.seen(identity, id, &metadata);
                }
            }
            Event::Delete(object) => {
                if let Some((id, metadata)) = identify(key, &object) {
                    tracker.deleted(identity, id, Some(metadata_version(&metadata)));
                }
            }
        }
    }
}

fn identify(key: &Key, object: &PartialObjectMeta<DynamicObject>) -> Option<(ObjectId, Value)> {
    let id = ObjectId {
        namespace: object.metadata.namespace.clone().unwrap_or_default(),
        name: object.metadata.name.clone()?,
        group: key.mapping.group.clone(),
        kind: key.mapping.kind.clone(),
    };
    Some((id, serde_json::to_value(&object.metadata).ok()?))
}
