//! Objects of any kind: applied from YAML, read, changed, deleted, waited for.

use std::{fmt, time::Duration};

use ferroflux_yaml::ReadOptions;
use futures::{StreamExt as _, TryStreamExt as _};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams},
    discovery::{ApiCapabilities, Scope, pinned_kind},
    runtime::{WatchStreamExt as _, watcher},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, cluster::poll};

/// The field manager of [`Objects::apply`].
pub const FIELD_MANAGER: &str = "ferroflux-test";

/// How long [`Objects::wait_for`] waits. Generous: a machine that builds and tests at once is slow, and only a
/// failing test waits this long.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Reads and writes objects as one identity, in one namespace unless an object names another.
///
/// Kinds are written `apps/v1/Deployment` or `v1/ConfigMap`. Requests are made through discovery, so custom
/// resources work like all others.
#[derive(Clone)]
pub struct Objects {
    client: Client,
    namespace: Option<String>,
}

impl fmt::Debug for Objects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Objects").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Objects {
    /// With the identity of `client`, and `namespace` (else `default`) for what names none.
    pub fn new(client: Client, namespace: Option<String>) -> Self {
        Self { client, namespace }
    }

    /// The client that all requests go through.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The namespace of objects that name none.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("default")
    }

    /// The same identity in another namespace.
    pub fn within(&self, namespace: impl Into<String>) -> Self {
        Self { client: self.client.clone(), namespace: Some(namespace.into()) }
    }

    /// A typed client for a namespaced kind, in this namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    /// Applies every document of a YAML stream server-side, with force, as [`FIELD_MANAGER`]. A custom resource
    /// definition is served when this returns.
    pub async fn apply(&self, manifests: &str) -> Result<Vec<DynamicObject>, Error> {
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let mut applied = Vec::new();
        for document in documents(manifests)? {
            applied.push(self.apply_object(&document, &params).await?);
        }
        Ok(applied)
    }

    /// Applies one object server-side with the given field manager, force and dry-run.
    pub async fn apply_object(&self, object: &Value, params: &PatchParams) -> Result<DynamicObject, Error> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let missing = |what: &str| Error::Manifest { reason: format!("it has no {what}") };
        let api_version = text("/apiVersion").ok_or_else(|| missing("apiVersion"))?;
        let kind = text("/kind").ok_or_else(|| missing("kind"))?;
        let name = text("/metadata/name").ok_or_else(|| missing("metadata.name"))?;
        let kind = format!("{api_version}/{kind}");
        let namespace = text("/metadata/namespace").unwrap_or_else(|| self.namespace());
        let api = self.dynamic_in(&kind, Some(namespace)).await?;
        let applied = api
            .patch(name, params, &Patch::Apply(object))
            .await
            .map_err(|error| Error::request(format!("apply {kind} `{namespace}/{name}`"), error))?;
        if kind == "apiextensions.k8s.io/v1/CustomResourceDefinition" && !params.dry_run {
            let established = self.wait_for_condition(&kind, name, "Established", "True").await?;
            self.wait_until_served(&established).await?;
            return Ok(established);
        }
        Ok(applied)
    }

    /// An established definition enters discovery and the API server's routes a moment later.
    async fn wait_until_served(&self, definition: &DynamicObject) -> Result<(), Error> {
        let text = |value: &Value, pointer: &str| {
            value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let group = text(&definition.data, "/spec/group");
        let kind = text(&definition.data, "/spec/names/kind");
        let versions = definition.data.pointer("/spec/versions").and_then(Value::as_array);
        for version in versions.into_iter().flatten() {
            if version.get("served") != Some(&Value::Bool(true)) {
                continue;
            }
            let kind = format!("{group}/{}/{kind}", text(version, "/name"));
            poll(&format!("{kind} is served"), async || {
                let Ok(api) = self.dynamic(&kind).await else { return Ok(None) };
                Ok(api.list(&ListParams::default().limit(1)).await.ok().map(drop))
            })
            .await?;
        }
        Ok(())
    }

    /// The object, or an error with code 404.
    pub async fn get(&self, kind: &str, name: &str) -> Result<DynamicObject, Error> {
        let api = self.dynamic(kind).await?;
        api.get(name).await.map_err(|error| Error::request(self.describe("get", kind, name), error))
    }

    /// The object, if there is one.
    pub async fn find(&self, kind: &str, name: &str) -> Result<Option<DynamicObject>, Error> {
        let api = self.dynamic(kind).await?;
        api.get_opt(name).await.map_err(|error| Error::request(self.describe("get", kind, name), error))
    }

    /// All objects of a kind in this namespace, or in the cluster if the kind has no namespaces.
    pub async fn list(&self, kind: &str) -> Result<Vec<DynamicObject>, Error> {
        self.list_labelled(kind, "").await
    }

    /// The objects of a kind that a label selector matches.
    pub async fn list_labelled(&self, kind: &str, selector: &str) -> Result<Vec<DynamicObject>, Error> {
        let api = self.dynamic(kind).await?;
        let list = api.list(&ListParams::default().labels(selector)).await;
        list.map(|list| list.items).map_err(|error| Error::request(format!("list {kind}"), error))
    }

    /// Changes an object by a JSON merge patch.
    pub async fn merge(&self, kind: &str, name: &str, patch: &Value) -> Result<DynamicObject, Error> {
        let api = self.dynamic(kind).await?;
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
        api.patch(name, &params, &Patch::Merge(patch))
            .await
            .map_err(|error| Error::request(self.describe("patch", kind, name), error))
    }

    /// Changes an object's status by a JSON merge patch.
    pub async fn merge_status(&self, kind: &str, name: &str, patch: &Value) -> Result<DynamicObject, Error> {
        let api = self.dynamic(kind).await?;
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
        api.patch_status(name, &params, &Patch::Merge(patch))
            .await
            .map_err(|error| Error::request(self.describe("patch the status of", kind, name), error))
    }

    /// Begins the deletion of an object; its dependents follow in the background.
    pub async fn delete(&self, kind: &str, name: &str) -> Result<(), Error> {
        let api = self.dynamic(kind).await?;
        let deleted = api.delete(name, &DeleteParams::background()).await;
        deleted.map(drop).map_err(|error| Error::request(self.describe("delete", kind, name), error))
    }

    /// Waits until the object is gone.
    pub async fn wait_until_gone(&self, kind: &str, name: &str) -> Result<(), Error> {
        self.watch(kind, name, &format!("{kind} `{name}` is gone"), PATIENCE, |object| object.is_none())
            .await
            .map(drop)
    }

    /// Waits until the object exists and the condition holds for it, and returns it as it then was. `what`
    /// completes the sentence "… did not come true".
    pub async fn wait_for(
        &self,
        kind: &str,
        name: &str,
        what: &str,
        condition: impl Fn(&DynamicObject) -> bool,
    ) -> Result<DynamicObject, Error> {
        self.wait_within(PATIENCE, kind, name, what, condition).await
    }

    /// As [`Objects::wait_for`], with a deadline of the test's choice.
    pub async fn wait_within(
        &self,
        patience: Duration,
        kind: &str,
        name: &str,
        what: &str,
        condition: impl Fn(&DynamicObject) -> bool,
    ) -> Result<DynamicObject, Error> {
        let found = self.watch(kind, name, what, patience, |object| object.is_some_and(&condition)).await?;
        found.ok_or_else(|| Error::Manifest { reason: format!("{kind} `{name}` was gone at once") })
    }

    /// Waits until `status.conditions` has the condition `kind_of_condition` with this status, for the object's
    /// current generation where the condition says one.
    pub async fn wait_for_condition(
        &self,
        kind: &str,
        name: &str,
        kind_of_condition: &str,
        status: &str,
    ) -> Result<DynamicObject, Error> {
        let what = format!("{kind} `{name}` is {kind_of_condition}={status}");
        self.wait_for(kind, name, &what, |object| {
            condition(object, kind_of_condition).is_some_and(|condition| {
                let observed = condition.get("observedGeneration").and_then(Value::as_i64);
                let current = observed.is_none() || observed >= object.metadata.generation;
                current && condition.get("status").and_then(Value::as_str) == Some(status)
            })
        })
        .await
    }

    /// As [`Objects::wait_for`] for a type of one's own.
    pub async fn wait_for_typed<K>(
        &self,
        api: Api<K>,
        name: &str,
        what: &str,
        condition: impl Fn(&K) -> bool,
    ) -> Result<K, Error>
    where
        K: Resource + Clone + DeserializeOwned + fmt::Debug + Send + 'static,
    {
        let found =
            wait(api, name, what, PATIENCE, |object: Option<&K>| object.is_some_and(&condition)).await?;
        found.ok_or_else(|| Error::Manifest { reason: format!("`{name}` was gone at once") })
    }

    /// A client for a kind: in this namespace, or for the cluster if the kind has no namespaces.
    pub async fn dynamic(&self, kind: &str) -> Result<Api<DynamicObject>, Error> {
        self.dynamic_in(kind, None).await
    }

    async fn dynamic_in(&self, kind: &str, namespace: Option<&str>) -> Result<Api<DynamicObject>, Error> {
        let (resource, capabilities) = self.discover(kind).await?;
        Ok(match capabilities.scope {
            Scope::Cluster => Api::all_with(self.client.clone(), &resource),
            Scope::Namespaced => {
                let namespace = namespace.unwrap_or_else(|| self.namespace());
                Api::namespaced_with(self.client.clone(), namespace, &resource)
            }
        })
    }

    async fn discover(&self, kind: &str) -> Result<(ApiResource, ApiCapabilities), Error> {
        let parts: Vec<&str> = kind.split('/').collect();
        let kind = match parts.as_slice() {
            [version, kind] => GroupVersionKind::gvk("", version, kind),
            [group, version, kind] => GroupVersionKind::gvk(group, version, kind),
            _ => return Err(Error::Kind { kind: kind.to_owned() }),
        };
        pinned_kind(&self.client, &kind)
            .await
            .map_err(|error| Error::request(format!("discover {}", kind.kind), error))
    }

    async fn watch(
        &self,
        kind: &str,
        name: &str,
        what: &str,
        patience: Duration,
        condition: impl Fn(Option<&DynamicObject>) -> bool,
    ) -> Result<Option<DynamicObject>, Error> {
        wait(self.dynamic(kind).await?, name, what, patience, condition).await
    }

    fn describe(&self, verb: &str, kind: &str, name: &str) -> String {
        format!("{verb} {kind} `{name}` in or beside namespace `{}`", self.namespace())
    }
}

/// The condition of that type in an object's `status.conditions`.
pub fn condition<'a>(object: &'a DynamicObject, kind_of_condition: &str) -> Option<&'a Value> {
    let conditions = object.data.pointer("/status/conditions")?.as_array()?;
    conditions
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind_of_condition))
}

/// The objects in a YAML stream, read as kubectl reads it; empty documents are left out, lists are taken apart.
pub fn documents(manifests: &str) -> Result<Vec<Value>, Error> {
    let parsed = ferroflux_yaml::read_values(manifests.as_bytes(), &ReadOptions::sigs())
        .map_err(|error| Error::Manifest { reason: format!("it is not YAML: {error}") })?;
    let mut objects = Vec::new();
    for document in parsed {
        match document {
            Value::Null => {}
            Value::Object(mut list) if list.get("kind").and_then(Value::as_str) == Some("List") => {
                if let Some(Value::Array(items)) = list.remove("items") {
                    objects.extend(items);
                }
            }
            document => objects.push(document),
        }
    }
    Ok(objects)
}

/// Watches one object until the condition holds. A broken watch starts again; only the deadline ends it.
async fn wait<K>(
    api: Api<K>,
    name: &str,
    what: &str,
    patience: Duration,
    condition: impl Fn(Option<&K>) -> bool,
) -> Result<Option<K>, Error>
where
    K: Resource + Clone + DeserializeOwned + fmt::Debug + Send + 'static,
{
    let mut last = String::from("nothing");
    let watched = async {
        let mut changes = watcher::watch_object(api, name).default_backoff().boxed();
        loop {
            match changes.try_next().await {
                Ok(Some(object)) if condition(object.as_ref()) => return object,
                Ok(Some(Some(object))) => last = shown(&object),
                Ok(Some(None)) => "no such object".clone_into(&mut last),
                Ok(None) => std::future::pending().await,
                Err(error) => last = format!("a failing watch: {error}"),
            }
        }
    };
    let found = tokio::time::timeout(patience, watched).await;
    found.map_err(|_elapsed| Error::TimedOut { what: what.to_owned(), waited: patience, last })
}

/// The object for a person, without what nobody compares.
fn shown<K: Resource + Clone + fmt::Debug>(object: &K) -> String {
    let mut object = object.clone();
    object.managed_fields_mut().clear();
    format!("{object:?}")
}
