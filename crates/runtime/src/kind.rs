//! Handles of kinds: the one that is reconciled, and those that are only watched.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ferroflux_api::CustomResource;
use kube::{Resource, ResourceExt as _};
use tracing::error;

use crate::driver::{Key, Object, ObjectRef};
use crate::metrics::ControllerMetrics;
use crate::queue::{Priority, Queue};
use crate::run::{Cause, Waker};
use crate::store::{Change, Held, Put, Store};

type Listener<K> = Box<dyn Fn(&Change<K>) + Send + Sync>;

/// A watched kind: its store, and who is told of changes. Given by [`App::watch`](crate::App::watch).
pub struct Watched<K> {
    pub(crate) store: Store<K>,
    pub(crate) listeners: Arc<RwLock<Vec<Listener<K>>>>,
    /// Changes are told in the order in which they were stored, whoever stores them.
    order: Arc<Mutex<()>>,
}

impl<K> Clone for Watched<K> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), listeners: self.listeners.clone(), order: self.order.clone() }
    }
}

impl<K: Resource> Watched<K> {
    pub(crate) fn new() -> Self {
        Self { store: Store::new(), listeners: Arc::default(), order: Arc::default() }
    }

    /// The objects.
    pub fn store(&self) -> &Store<K> {
        &self.store
    }

    /// Calls `listener` on every change, in order, from the watch's task: it must be quick.
    pub fn on_change(&self, listener: impl Fn(&Change<K>) + Send + Sync + 'static) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(listener));
    }

    /// Takes in a version that the watch saw.
    pub(crate) fn apply(&self, key: Key, held: Held<K>) {
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.put(&order, key, held);
    }

    /// Takes in what a write returned, unless the object is gone meanwhile: it must not come back to life. Whether the
    /// write or the watch is first, the change is told of once.
    pub(crate) fn written(&self, key: &Key, held: Held<K>) {
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.store.held(key).is_some_and(|old| old.meta().uid == held.meta().uid);
        if known {
            self.put(&order, key.clone(), held);
        }
    }

    fn put(&self, _order: &MutexGuard<'_, ()>, key: Key, held: Held<K>) {
        let initial = !self.store.is_ready();
        let after = held.valid();
        let Put::Stored(before) = self.store.put(&key, held) else { return };
        let before = before.and_then(|before| before.valid());
        self.tell(&Change { key, before, after, initial });
    }

    pub(crate) fn remove(&self, key: Key) {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = self.store.remove(&key) else { return };
        self.tell(&Change { key, before: before.valid(), after: None, initial: false });
    }

    fn tell(&self, change: &Change<K>) {
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            // One object that a listener cannot deal with must not end the watch for all others.
            if catch_unwind(AssertUnwindSafe(|| listener(change))).is_err() {
                error!(name = %change.key.name, namespace = %change.key.namespace, "Observed a panic in a watch");
            }
        }
    }
}

/// A kind that this process reconciles: store, queue, and what wakes its objects. Given by
/// [`App::kind`](crate::App::kind); wire it, then hand it to [`App::reconcile`](crate::App::reconcile).
pub struct Kind<K: Object> {
    pub(crate) watched: Watched<K>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) slots: usize,
    pub(crate) metrics: ControllerMetrics,
}

impl<K: Object> Kind<K> {
    /// The objects of this kind that this process reconciles (after label selector and namespace).
    pub fn store(&self) -> &Store<K> {
        &self.watched.store
    }

    /// The watch of this kind.
    pub fn watched(&self) -> &Watched<K> {
        &self.watched
    }

    /// Wakes objects of this kind.
    pub fn waker(&self) -> Waker {
        Waker { queue: self.queue.clone() }
    }

    /// Wakes the objects that `map` names whenever an object of another kind changes, in the order given. `map` gets
    /// the change and this kind's store and decides whether the change matters at all. It must not block.
    pub fn woken_by<W>(
        &self,
        other: &Watched<W>,
        map: impl Fn(&Change<W>, &Store<K>) -> Vec<Key> + Send + Sync + 'static,
    ) where
        W: Resource<DynamicType = ()> + 'static,
    {
        let store = self.watched.store.clone();
        let waker = self.waker();
        other.on_change(move |change| {
            let keys = map(change, &store);
            if keys.is_empty() {
                return;
            }
            let object = ObjectRef { kind: W::kind(&()).into_owned().into(), key: change.key.clone() };
            for key in keys {
                waker.wake(&key, Cause::Related(object.clone()));
            }
        });
    }
}

/// What an own change means for the queue; none when it does not matter (status, labels).
pub(crate) fn own_change<K: CustomResource>(change: &Change<K>) -> Option<(Cause, Priority)> {
    let after = change.after.as_ref()?;
    let changed = || (Cause::Changed(ObjectRef::of(after.as_ref())), Priority::NORMAL);
    let Some(before) = &change.before else {
        return Some(if change.initial { (Cause::Start, Priority::LOW) } else { changed() });
    };
    let (old, new) = (before.meta(), after.meta());
    let matters = old.uid != new.uid
        || old.generation != new.generation
        || old.deletion_timestamp.is_none() && new.deletion_timestamp.is_some()
        || requested_at(before.as_ref()) != requested_at(after.as_ref());
    matters.then(changed)
}

/// The value of the annotation that asks for a run now.
pub(crate) fn requested_at<K: Resource>(object: &K) -> Option<&str> {
    object.annotations().get(ferroflux_api::names::annotations::REQUESTED_AT).map(String::as_str)
}
