//! The one place that writes an object's status and finalizers.
//!
//! A write is one JSON merge patch of what changed since the last one, with an optimistic lock when conditions are among
//! it (contract/source.md 3.5, contract/kustomize.md 5.3). Nothing changed, nothing is written.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ferroflux_api::Status as _;
use ferroflux_api::conditions::sort;
use ferroflux_api::decode::Tolerant;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, Resource as _, ResourceExt as _};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::conditions::{keep_transition_times, merge_owned};
use crate::driver::{Key, Object};
use crate::events::InvolvedObject;
use crate::kind::Watched;
use crate::rules::Rules;
use crate::store::{Held, held};

/// Attempts of a write that meets conflicts, and the pause before the second one; it doubles.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Why a status could not be written. The message is the contract's; the cause is the source.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The API server refused the patch or could not be reached.
    #[error("failed to update status")]
    Patch(#[source] Box<kube::Error>),
    /// The status cannot be written as JSON.
    #[error("failed to update status")]
    Encode(#[from] serde_json::Error),
    /// The object is gone, or another one has its name.
    #[error("failed to update status: the object is gone")]
    Gone,
}

/// Writes one object's status during one run.
pub(crate) struct StatusWriter<K: Object> {
    inner: Arc<Inner<K>>,
}

impl<K: Object> Clone for StatusWriter<K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

struct Inner<K: Object> {
    api: Api<Tolerant<K>>,
    key: Key,
    rules: &'static Rules,
    watched: Watched<K>,
    reference: InvolvedObject,
    annotations: BTreeMap<String, String>,
    deleting: bool,
    written: Mutex<Written<K>>,
}

/// What the API server holds, as far as this run knows.
struct Written<K: Object> {
    status: Option<K::Status>,
    uid: Option<String>,
    resource_version: Option<String>,
    finalizers: Vec<String>,
}

impl<K: Object> Inner<K> {
    fn parameters(&self) -> PatchParams {
        PatchParams { field_manager: Some(self.rules.field_manager.to_owned()), ..PatchParams::default() }
    }

    /// Remembers what the server made of a write: it is the base of the next difference, and may hold defaulted fields.
    fn take_in(&self, written: &mut Written<K>, answer: Held<K>, ours: K::Status) {
        written.resource_version.clone_from(&answer.meta().resource_version);
        written.status = match &answer {
            Held::Valid(object) => object.status().cloned(),
            Held::Invalid(_) => Some(ours),
        };
        self.watched.written(&self.key, answer);
    }
}

/// The body of a status patch: always for this very object, and for this very version when conditions are part of it,
/// because a list is written as a whole.
fn body(uid: Option<&str>, version: Option<&str>, status: Value) -> Value {
    let mut metadata = Map::new();
    if let Some(uid) = uid {
        metadata.insert("uid".to_owned(), json!(uid));
    }
    if let (true, Some(version)) = (status.get("conditions").is_some(), version) {
        metadata.insert("resourceVersion".to_owned(), json!(version));
    }
    json!({ "metadata": metadata, "status": status })
}

impl<K: Object> StatusWriter<K> {
    pub(crate) fn new(client: Client, rules: &'static Rules, watched: Watched<K>, object: &K) -> Self {
        let key = Key::of(object);
        let meta = object.meta();
        Self {
            inner: Arc::new(Inner {
                api: Api::namespaced(client, &key.namespace),
                rules,
                watched,
                reference: InvolvedObject::of(object),
                annotations: meta.annotations.clone().unwrap_or_default(),
                deleting: meta.deletion_timestamp.is_some(),
                written: Mutex::new(Written {
                    status: object.status().cloned(),
                    uid: meta.uid.clone(),
                    resource_version: meta.resource_version.clone(),
                    finalizers: meta.finalizers.clone().unwrap_or_default(),
                }),
                key,
            }),
        }
    }

    pub(crate) fn reference(&self) -> &InvolvedObject {
        &self.inner.reference
    }

    pub(crate) fn annotations(&self) -> &BTreeMap<String, String> {
        &self.inner.annotations
    }

    /// Brings the object's status to `status`.
    pub(crate) async fn write(&self, mut status: K::Status) -> Result<(), StatusError> {
        let inner = &*self.inner;
        let mut written = inner.written.lock().await;
        let before = written.status.clone();
        let before_conditions =
            before.as_ref().map(|status| status.conditions().to_vec()).unwrap_or_default();
        sort(status.conditions_mut());
        keep_transition_times(&before_conditions, status.conditions_mut());
        let old = match &before {
            Some(before) => serde_json::to_value(before)?,
            None => Value::Object(Map::new()),
        };
        let mut version = written.resource_version.clone();
        for attempt in 0..ATTEMPTS {
            let Some(patch) = merge_patch(&old, &serde_json::to_value(&status)?) else { return Ok(()) };
            let body = body(written.uid.as_deref(), version.as_deref(), patch);
            match inner.api.patch_status(&inner.key.name, &inner.parameters(), &Patch::Merge(&body)).await {
                Ok(answer) => {
                    inner.take_in(&mut written, held(answer), status);
                    return Ok(());
                }
                Err(kube::Error::Api(answer)) if answer.code == 404 => {
                    return if inner.deleting { Ok(()) } else { Err(StatusError::Gone) };
                }
                Err(kube::Error::Api(answer)) if answer.code == 409 && attempt + 1 < ATTEMPTS => {
                    pause(attempt).await;
                    let latest = self.latest(written.uid.as_deref()).await?;
                    version.clone_from(&latest.meta().resource_version);
                    if let Held::Valid(object) = &latest {
                        let theirs = object.status().map(|status| status.conditions()).unwrap_or_default();
                        let owned = inner.rules.owned_conditions;
                        *status.conditions_mut() =
                            merge_owned(&before_conditions, status.conditions(), theirs, owned);
                    }
                }
                Err(error) => return Err(StatusError::Patch(Box::new(error))),
            }
        }
        Err(StatusError::Gone)
    }

    async fn latest(&self, uid: Option<&str>) -> Result<Held<K>, StatusError> {
        let found = self.inner.api.get_opt(&self.inner.key.name).await;
        match found.map_err(|error| StatusError::Patch(Box::new(error)))? {
            Some(object) if object.meta().uid.as_deref() == uid => Ok(held(object)),
            _ => Err(StatusError::Gone),
        }
    }

    /// Adds or removes the finalizer. Other owners' finalizers stay as they are.
    pub(crate) async fn set_finalizer(&self, finalizer: &str, present: bool) -> Result<(), StatusError> {
        let inner = &*self.inner;
        let mut written = inner.written.lock().await;
        for attempt in 0..ATTEMPTS {
            let mut finalizers = written.finalizers.clone();
            finalizers.retain(|existing| existing != finalizer);
            if present {
                finalizers.push(finalizer.to_owned());
            }
            if finalizers.len() == written.finalizers.len() {
                return Ok(());
            }
            let body = json!({ "metadata": {
                "uid": written.uid,
                "resourceVersion": written.resource_version,
                "finalizers": finalizers,
            }});
            match inner.api.patch(&inner.key.name, &inner.parameters(), &Patch::Merge(&body)).await {
                Ok(answer) => {
                    written.resource_version = answer.resource_version();
                    written.finalizers = finalizers;
                    inner.watched.written(&inner.key, held(answer));
                    return Ok(());
                }
                Err(kube::Error::Api(answer)) if answer.code == 404 => return Ok(()),
                Err(kube::Error::Api(answer)) if answer.code == 409 && attempt + 1 < ATTEMPTS => {
                    pause(attempt).await;
                    let latest = match self.latest(written.uid.as_deref()).await {
                        Err(StatusError::Gone) if !present => return Ok(()),
                        other => other?,
                    };
                    written.resource_version.clone_from(&latest.meta().resource_version);
                    written.finalizers = latest.meta().finalizers.clone().unwrap_or_default();
                }
                Err(error) => return Err(StatusError::Patch(Box::new(error))),
            }
        }
        Err(StatusError::Gone)
    }
}

/// The first conflict mostly means that the cache was a moment behind: the next try follows at once.
async fn pause(attempt: u32) {
    if let Some(exponent) = attempt.checked_sub(1) {
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(exponent)).await;
    }
}

/// The JSON merge patch (RFC 7386) that turns `old` into `new`; none when they are equal.
pub(crate) fn merge_patch(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return Some(new.clone()) };
    let mut patch = Map::new();
    for (key, value) in new {
        match old.get(key) {
            None => {
                patch.insert(key.clone(), value.clone());
            }
            Some(before) => {
                if let Some(change) = merge_patch(before, value) {
                    patch.insert(key.clone(), change);
                }
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    if patch.is_empty() { None } else { Some(Value::Object(patch)) }
}

#[cfg(test)]
mod tests;
