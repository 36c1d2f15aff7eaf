//! Keeps a store true: lists and watches one kind over kube's `watcher`.

use std::collections::HashSet;
use std::time::Duration;

use ferroflux_api::CustomResource;
use ferroflux_api::decode::Tolerant;
use futures::{Stream, StreamExt as _};
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::driver::Key;
use crate::kind::Watched;
use crate::store::{Held, held};

/// Pauses after a failed list or watch; they double.
const FIRST_PAUSE: Duration = Duration::from_millis(800);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often a kind that is not installed is looked for.
const MISSING_PAUSE: Duration = Duration::from_secs(15);

/// What of a kind is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchScope {
    /// Only this namespace; all when none.
    pub namespace: Option<String>,
    /// Only objects with these labels; all when none.
    pub labels: Option<String>,
}

impl WatchScope {
    fn config(&self) -> watcher::Config {
        let config = watcher::Config::default();
        match &self.labels {
            Some(labels) => config.labels(labels),
            None => config,
        }
    }
}

/// Watches custom resources until `stop`.
pub(crate) async fn watch<K: CustomResource>(
    client: Client,
    scope: WatchScope,
    watched: Watched<K>,
    stop: CancellationToken,
) {
    let api: Api<Tolerant<K>> = match &scope.namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let events = watcher::watcher(api, scope.config());
    follow(events, held, watched, stop).await;
}

/// Watches only the metadata of a built-in kind until `stop`.
pub(crate) async fn watch_metadata<K>(
    client: Client,
    scope: WatchScope,
    watched: Watched<PartialObjectMeta<K>>,
    stop: CancellationToken,
) where
    K: Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let api: Api<PartialObjectMeta<K>> = match &scope.namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let events = watcher::watcher(api, scope.config());
    follow(events, |object| Held::Valid(std::sync::Arc::new(object)), watched, stop).await;
}

/// One watch: feeds the store, tells the listeners, survives errors.
async fn follow<R, K>(
    events: impl Stream<Item = watcher::Result<Event<R>>> + Send,
    convert: impl Fn(R) -> Held<K> + Send,
    watched: Watched<K>,
    stop: CancellationToken,
) where
    R: Resource<DynamicType = ()>,
    K: Resource<DynamicType = ()>,
{
    let mut events = std::pin::pin!(events);
    let kind = R::kind(&()).into_owned();
    let mut listed: Option<HashSet<Key>> = None;
    let mut pause = FIRST_PAUSE;
    let mut reported_missing = false;
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = stop.cancelled() => return,
        };
        match event {
            Some(Ok(event)) => {
                pause = FIRST_PAUSE;
                reported_missing = false;
                handle(&watched, &convert, &mut listed, event);
            }
            Some(Err(cause)) => {
                let missing = is_missing(&cause);
                if missing && !reported_missing {
                    info!("kind `{kind}` is not installed, waiting for its definition");
                    reported_missing = true;
                } else if !missing {
                    error!(error = crate::failure::chain(&cause), "watch of `{kind}` failed, retrying");
                }
                if missing {
                    clear(&watched);
                }
                if missing || is_forbidden(&cause) {
                    // The process works without this kind; it must not wait for it for ever.
                    watched.store.set_ready();
                }
                let wait = if missing { MISSING_PAUSE } else { pause };
                pause = (pause * 2).min(LONGEST_PAUSE);
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = stop.cancelled() => return,
                }
            }
            // kube's watcher never ends; if it did, the process must not go on with a store that no longer changes.
            None => return,
        }
    }
}

fn is_missing(cause: &watcher::Error) -> bool {
    code(cause) == Some(404)
}

fn is_forbidden(cause: &watcher::Error) -> bool {
    code(cause) == Some(403)
}

fn code(cause: &watcher::Error) -> Option<u16> {
    match cause {
        watcher::Error::InitialListFailed(kube::Error::Api(answer))
        | watcher::Error::WatchStartFailed(kube::Error::Api(answer)) => Some(answer.code),
        watcher::Error::WatchError(answer) => Some(answer.code),
        _ => None,
    }
}

fn handle<R, K>(
    watched: &Watched<K>,
    convert: &impl Fn(R) -> Held<K>,
    listed: &mut Option<HashSet<Key>>,
    event: Event<R>,
) where
    R: Resource<DynamicType = ()>,
    K: Resource,
{
    match event {
        Event::Init => *listed = Some(HashSet::new()),
        Event::InitApply(object) => {
            let key = Key::of(&object);
            if let Some(listed) = listed {
                listed.insert(key.clone());
            }
            watched.apply(key, convert(object));
        }
        Event::InitDone => {
            if let Some(listed) = listed.take() {
                for key in watched.store.keys() {
                    if !listed.contains(&key) {
                        watched.remove(key);
                    }
                }
            }
            watched.store.set_ready();
        }
        Event::Apply(object) => watched.apply(Key::of(&object), convert(object)),
        Event::Delete(object) => watched.remove(Key::of(&object)),
    }
}

/// The definition is gone and every object with it.
fn clear<K: Resource>(watched: &Watched<K>) {
    for key in watched.store.keys() {
        watched.remove(key);
    }
}
