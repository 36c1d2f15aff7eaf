//! What was applied and in which state it was last seen, kept true by metadata watches.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use ferroflux_objects::{Digest, LiveState, ObjectId, Owner, keys};
use serde_json::Value;
use tokio::sync::mpsc;

/// Called when an object that an owner applied has changed in the cluster.
pub type DriftListener = Arc<dyn Fn(&Owner, &ObjectId) + Send + Sync>;

/// An object as its owner last left it.
#[derive(Debug, Clone)]
pub struct Owned {
    /// Who applied it.
    pub owner: Owner,
    /// Digest of what was applied.
    pub desired: Digest,
    /// Its state then.
    pub live: LiveState,
    /// The field manager that applied it.
    pub manager: Arc<str>,
    /// Its resource version then; older events say nothing new.
    version: u64,
    /// Whether it was seen in another state since.
    dirty: bool,
}

type Key = (Arc<str>, ObjectId);

/// Objects and the resource versions under which they are remembered.
#[derive(Default)]
pub(crate) struct Expected(Vec<(ObjectId, u64)>);

#[derive(Default)]
struct State {
    owned: HashMap<Key, Owned>,
    waiters: HashMap<Key, Vec<mpsc::UnboundedSender<ObjectId>>>,
}

/// Whether the labels name another owner.
fn adopted(metadata: &Value, owner: &Owner) -> bool {
    let label = |key: &str| metadata.get("labels").and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let (name, namespace) = (label(keys::OWNER_NAME), label(keys::OWNER_NAMESPACE));
    name.is_some()
        && namespace.is_some()
        && (name != Some(&owner.name) || namespace != Some(&owner.namespace))
}

/// Shared memory of everything applied, per cluster and identity.
pub struct Tracker {
    state: Mutex<State>,
    listener: DriftListener,
}

/// The resource version as a number; the API server promises since Kubernetes 1.35 that they can be compared, and
/// etcd's have always been.
fn version_of(metadata: &Value) -> u64 {
    metadata
        .get("resourceVersion")
        .and_then(Value::as_str)
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}

impl Tracker {
    /// An empty memory; `listener` is told about drift and must not block.
    pub fn new(listener: DriftListener) -> Self {
        Self { state: Mutex::default(), listener }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // The guarded maps are never left half-changed: a panic elsewhere does not make them wrong.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Remembers an object as applied (or found unchanged) by its owner.
    pub fn remember(
        &self,
        identity: &Arc<str>,
        id: &ObjectId,
        (owner, manager): (&Owner, &Arc<str>),
        desired: Digest,
        live: &Value,
    ) {
        let owned = Owned {
            owner: owner.clone(),
            desired,
            live: LiveState::of(live, manager),
            manager: Arc::clone(manager),
            version: live.get("metadata").map(version_of).unwrap_or_default(),
            dirty: false,
        };
        self.with(|state| state.owned.insert((Arc::clone(identity), id.clone()), owned));
    }

    /// Forgets an object: it was pruned, or it must be looked at again.
    pub fn forget(&self, identity: &Arc<str>, id: &ObjectId) {
        self.with(|state| state.owned.remove(&(Arc::clone(identity), id.clone())));
    }

    /// Forgets everything of an owner.
    pub fn forget_owner(&self, owner: &Owner) {
        self.with(|state| state.owned.retain(|_, owned| owned.owner != *owner));
    }

    /// Whether the object is still in the state in which this owner left it with this content.
    pub fn is_settled(&self, identity: &Arc<str>, id: &ObjectId, owner: &Owner, desired: Digest) -> bool {
        self.with(|state| {
            state
                .owned
                .get(&(Arc::clone(identity), id.clone()))
                .is_some_and(|owned| !owned.dirty && owned.desired == desired && owned.owner == *owner)
        })
    }

    /// Sends the ids of these objects whenever a watch reports them.
    pub(crate) fn wait_for(
        &self,
        identity: &Arc<str>,
        ids: impl Iterator<Item = ObjectId>,
    ) -> mpsc::UnboundedReceiver<ObjectId> {
        // Bounded by its consumer: a waiter drains everything before it looks at any object.
        let (sender, receiver) = mpsc::unbounded_channel();
        self.with(|state| {
            for id in ids {
                state.waiters.entry((Arc::clone(identity), id)).or_default().push(sender.clone());
            }
        });
        receiver
    }

    fn wake(state: &mut State, key: &Key) {
        if let Some(waiters) = state.waiters.get_mut(key) {
            waiters.retain(|waiter| waiter.send(key.1.clone()).is_ok());
            if waiters.is_empty() {
                state.waiters.remove(key);
            }
        }
    }

    /// Drops waiters whose receiver is gone.
    pub(crate) fn sweep_waiters(&self) {
        self.with(|state| {
            state.waiters.retain(|_, waiters| {
                waiters.retain(|waiter| !waiter.is_closed());
                !waiters.is_empty()
            });
        });
    }

    /// A watch reported an object, by its metadata.
    pub(crate) fn seen(&self, identity: &Arc<str>, id: ObjectId, metadata: &Value) {
        let key = (Arc::clone(identity), id);
        let drifted = self.with(|state| {
            Self::wake(state, &key);
            let owned = state.owned.get_mut(&key)?;
            let live = Value::Object(serde_json::Map::from_iter([("metadata".to_owned(), metadata.clone())]));
            if owned.dirty
                || version_of(metadata) <= owned.version
                || LiveState::of(&live, &owned.manager) == owned.live
            {
                return None;
            }
            owned.dirty = true;
            // Two owners that apply the same object must not wake each other for ever: the last writer wins until
            // the other's interval.
            (!adopted(metadata, &owned.owner)).then(|| owned.owner.clone())
        });
        if let Some(owner) = drifted {
            (self.listener)(&owner, &key.1);
        }
    }

    /// A watch reported the deletion of an object.
    pub(crate) fn deleted(&self, identity: &Arc<str>, id: ObjectId, version: Option<u64>) {
        let key = (Arc::clone(identity), id);
        let drifted = self.with(|state| {
            Self::wake(state, &key);
            let owned = state.owned.get_mut(&key)?;
            if owned.dirty || version.is_some_and(|version| version <= owned.version) {
                return None;
            }
            owned.dirty = true;
            Some(owned.owner.clone())
        });
        if let Some(owner) = drifted {
            (self.listener)(&owner, &key.1);
        }
    }

    /// What is remembered of the objects that a watch should see, taken when it begins to list.
    pub(crate) fn expected(&self, identity: &Arc<str>, belongs: impl Fn(&ObjectId) -> bool) -> Expected {
        self.with(|state| {
            let owned = state.owned.iter().filter(|(key, _)| key.0 == *identity && belongs(&key.1));
            Expected(owned.map(|(key, owned)| (key.1.clone(), owned.version)).collect())
        })
    }

    /// A watch has listed everything it sees: what was expected, not seen and not applied since is gone.
    pub(crate) fn listed(&self, identity: &Arc<str>, expected: Expected, seen: &HashSet<ObjectId>) {
        for (id, version) in expected.0 {
            if seen.contains(&id) {
                continue;
            }
            let untouched = self.with(|state| {
                let owned = state.owned.get(&(Arc::clone(identity), id.clone()));
                owned.is_some_and(|owned| owned.version == version)
            });
            if untouched {
                self.deleted(identity, id, None);
            }
        }
    }

    /// How many objects are remembered.
    pub fn len(&self) -> usize {
        self.with(|state| state.owned.len())
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

pub(crate) fn metadata_version(metadata: &Value) -> u64 {
    version_of(metadata)
}
