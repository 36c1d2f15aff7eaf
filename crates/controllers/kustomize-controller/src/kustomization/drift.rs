//! Wakes a Kustomization when something that it applied has changed, but never in a storm.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ferroflux_api::kustomize::v1::Kustomization;
use ferroflux_objects::{ObjectId, Owner};
use ferroflux_runtime::{Cause, Key, Store, Waker};
use kube::ResourceExt as _;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Annotation of a Kustomization that says what drift does: `enabled` (reverted at once, the default), `warn` (only
/// reported at once) or `disabled` (seen at the interval).
pub(crate) const ANNOTATION: &str = "kustomize.toolkit.fluxcd.io/drift-detection";

/// The pause after a second revert; it doubles up to the longest while somebody keeps changing things back.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// After this long without drift, the next is reverted at once again.
const FORGET: Duration = Duration::from_mins(10);

/// What an object's drift does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Revert,
    Warn,
    Off,
}

/// The mode that an object asks for.
pub(crate) fn mode(object: &Kustomization) -> Mode {
    match object.annotations().get(ANNOTATION).map(String::as_str) {
        Some("disabled") => Mode::Off,
        Some("warn") => Mode::Warn,
        _ => Mode::Revert,
    }
}

#[derive(Default)]
struct Seen {
    drifted: BTreeSet<ObjectId>,
    pause: Duration,
    woken: Option<Instant>,
    scheduled: bool,
}

/// Drift that was seen and not yet handled.
#[derive(Clone, Default)]
pub(crate) struct Drift(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    seen: HashMap<Key, Seen>,
    waking: Option<(Waker, Store<Kustomization>)>,
    tasks: JoinSet<()>,
}

impl Drift {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says whom to wake.
    pub(crate) fn wire(&self, waker: Waker, store: Store<Kustomization>) {
        self.with(|inner| inner.waking = Some((waker, store)));
    }

    /// A watch saw that an object is not as its owner left it.
    pub(crate) fn report(&self, owner: &Owner, id: &ObjectId) {
        let key = Key::new(&owner.namespace, &owner.name);
        let drift = self.clone();
        self.with(|inner| {
            let Some((waker, store)) = inner.waking.clone() else { return };
            let Some(object) = store.get(&key) else { return };
            if mode(&object) == Mode::Off || object.spec.suspend {
                return;
            }
            while inner.tasks.try_join_next().is_some() {}
            let now = Instant::now();
            let seen = inner.seen.entry(key.clone()).or_default();
            seen.drifted.insert(id.clone());
            if seen.woken.is_none_or(|woken| now.duration_since(woken) > FORGET) {
                seen.pause = Duration::ZERO;
            }
            let due = seen.woken.map_or(now, |woken| woken + seen.pause);
            if seen.scheduled {
                return;
            }
            seen.pause = (seen.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
            if due <= now {
                seen.woken = Some(now);
                waker.wake(&key, Cause::Continued);
                return;
            }
            seen.scheduled = true;
            inner.tasks.spawn(async move {
                tokio::time::sleep_until(due).await;
                drift.with(|inner| {
                    if let Some(seen) = inner.seen.get_mut(&key) {
                        seen.scheduled = false;
                        seen.woken = Some(Instant::now());
                    }
                });
                waker.wake(&key, Cause::Continued);
            });
        });
    }

    /// Takes what has drifted of an object's.
    pub(crate) fn take(&self, key: &Key) -> BTreeSet<ObjectId> {
        self.with(|inner| {
            inner.seen.get_mut(key).map(|seen| std::mem::take(&mut seen.drifted)).unwrap_or_default()
        })
    }

    /// Whether drift of an object's waits to be handled.
    pub(crate) fn is_pending(&self, key: &Key) -> bool {
        self.with(|inner| inner.seen.get(key).is_some_and(|seen| !seen.drifted.is_empty()))
    }

    /// Forgets an object.
    pub(crate) fn forget(&self, key: &Key) {
        self.with(|inner| inner.seen.remove(key));
    }
}
