//! Waiting for objects to become healthy, by watch, outside of any caller's slot (contract/kustomize.md 9.9).

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ferroflux_objects::health::{Health, Status, always_current, health_of, with_pods};
use ferroflux_objects::{GroupKind, ObjectId};
use futures::StreamExt as _;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::api::{self, segment};
use crate::mapper::{Mapping, MappingError};
use crate::target::Target;
use crate::watch::{Hub, Lease};

/// How often objects are read that no watch covers.
const POLL: Duration = Duration::from_secs(5);
/// How often everything pending is read although watches cover it; a safety net.
const SAFETY: Duration = Duration::from_mins(1);
/// Changes that come this close together cost one read.
const DEBOUNCE: Duration = Duration::from_millis(30);
/// Reads at the same time.
const PARALLEL: usize = 4;

/// When a wait ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthMode {
    /// As soon as one object has failed.
    FailFast,
    /// When every object is either failed or current.
    Complete,
}

/// The objects to wait for.
#[derive(Clone)]
pub struct HealthRequest {
    /// Cluster and identity that read them.
    pub target: Target,
    /// Objects with the API version to read them in.
    pub objects: Vec<(ObjectId, String)>,
    /// Jobs with a time to live, which count as current when they are gone.
    pub may_be_gone: HashSet<ObjectId>,
    /// Objects that are known to exist; kinds that are healthy by existing are not read then.
    pub known: HashSet<ObjectId>,
    /// When the wait ends early.
    pub mode: HealthMode,
    /// The limit that messages and deadline are computed from.
    pub timeout: Duration,
    /// Whether the objects carry an owner label, so that the applier's watches cover them.
    pub owned: bool,
}

/// Why a health check did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthFailure {
    /// The time is over; lists everything that is not current.
    Timeout(Vec<(ObjectId, Health)>),
    /// Ended before the limit; lists what failed.
    Stalled(Vec<(ObjectId, Health)>),
}

impl fmt::Display for HealthFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, list) = match self {
            Self::Timeout(list) => ("timeout waiting for", list),
            Self::Stalled(list) => ("failed early due to stalled resources", list),
        };
        write!(f, "{words}: [")?;
        for (index, (id, health)) in list.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{id} status: '{}'", health.status.as_str())?;
            // Only what could not be read has an error; the reason of a verdict is not part of the list.
            if health.status == Status::Unknown && !health.message.is_empty() {
                write!(f, ": {}", health.message)?;
            }
        }
        f.write_str("]")
    }
}

impl std::error::Error for HealthFailure {}

/// The state of a health check that is under way.
#[derive(Debug, Clone, Default)]
struct Board(HashMap<ObjectId, Health>);

impl Board {
    fn pending(&self) -> impl Iterator<Item = &ObjectId> {
        self.0.iter().filter(|(_, health)| health.status != Status::Current).map(|(id, _)| id)
    }

    fn listed(
        &self,
        order: &[(ObjectId, String)],
        wanted: impl Fn(Status) -> bool,
    ) -> Vec<(ObjectId, Health)> {
        let listed = order.iter().filter_map(|(id, _)| {
            self.0.get(id).filter(|health| wanted(health.status)).map(|health| (id.clone(), health.clone()))
        });
        listed.collect()
    }

    /// The result, if there is one yet.
    fn verdict(&self, request: &HealthRequest) -> Option<Result<(), HealthFailure>> {
        let count = |wanted: Status| self.0.values().filter(|health| health.status == wanted).count();
        let (failed, current) = (count(Status::Failed), count(Status::Current));
        let over = match request.mode {
            HealthMode::FailFast => failed > 0,
            HealthMode::Complete => failed > 0 && failed + current == self.0.len(),
        };
        if current == self.0.len() {
            return Some(Ok(()));
        }
        over.then(|| {
            Err(HealthFailure::Stalled(self.listed(&request.objects, |status| status == Status::Failed)))
        })
    }

    fn timeout(&self, request: &HealthRequest) -> HealthFailure {
        HealthFailure::Timeout(self.listed(&request.objects, |status| status != Status::Current))
    }
}

/// Reads the objects once; `None` means that they have to be waited for.
///
/// `fresh` holds live forms read or written a moment ago, which are not read again.
pub async fn check_health(
    request: &HealthRequest,
    fresh: &HashMap<ObjectId, Value>,
) -> Option<Result<(), HealthFailure>> {
    let mut board = Board::default();
    let now = Timestamp::now();
    let mut unread = Vec::new();
    for (id, version) in &request.objects {
        let exists = fresh.contains_key(id) || request.known.contains(id);
        if exists && always_current(&id.group, &id.kind) {
            board.0.insert(id.clone(), Health { status: Status::Current, message: String::new() });
            continue;
        }
        match fresh.get(id) {
            Some(live) if health_of(live, now).status == Status::Current && !controller_pending(live) => {
                board.0.insert(id.clone(), health_of(live, now));
            }
            _ => unread.push((id.clone(), version.clone())),
        }
    }
    read_all(request, unread, &mut board).await;
    board.verdict(request)
}

/// A custom resource that its controller has not looked at yet counts as current by the generic rules; so does a
/// workload without any status. Right after its creation the API server must be asked again, as a poll would.
fn controller_pending(live: &Value) -> bool {
    live.get("status").is_none() && live.pointer("/metadata/generation").is_some()
}

async fn read_all(request: &HealthRequest, objects: Vec<(ObjectId, String)>, board: &mut Board) {
    let reads = objects.into_iter().map(|(id, version)| async move {
        let health = read(request, &id, &version).await;
        (id, health)
    });
    let mut reads = futures::stream::iter(reads).buffer_unordered(PARALLEL);
    while let Some((id, health)) = reads.next().await {
        board.0.insert(id, health);
    }
}

fn unknown(message: impl Into<String>) -> Health {
    Health { status: Status::Unknown, message: message.into() }
}

async fn mapping_of(request: &HealthRequest, id: &ObjectId, version: &str) -> Result<Mapping, MappingError> {
    let api_version =
        if id.group.is_empty() { version.to_owned() } else { format!("{}/{version}", id.group) };
    request.target.mapper.mapping(&request.target, &api_version, &id.kind).await
}

async fn read(request: &HealthRequest, id: &ObjectId, version: &str) -> Health {
    let mapping = match mapping_of(request, id, version).await {
        Ok(mapping) => mapping,
        Err(error) => return unknown(error.to_string()),
    };
    match api::get_opt(&request.target, &mapping.object(&id.namespace, &id.name)).await {
        Ok(None) if request.may_be_gone.contains(id) => {
            Health { status: Status::Current, message: "Job was removed after its time to live".to_owned() }
        }
        Ok(None) => Health::not_found(),
        Ok(Some(live)) => {
            let health = health_of(&live, Timestamp::now());
            if health.status == Status::InProgress && owns_pods(id) {
                return with_pods(health, &pods_of(request, &live).await, Timestamp::now());
            }
            health
        }
        Err(failure) => unknown(failure.to_string()),
    }
}

fn owns_pods(id: &ObjectId) -> bool {
    id.group == "apps" && matches!(id.kind.as_str(), "StatefulSet" | "ReplicaSet")
}

/// Pods selected by a workload. An identity that may not list pods simply cannot fail early.
async fn pods_of(request: &HealthRequest, live: &Value) -> Vec<Value> {
    let labels = live.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let Some(labels) = labels.filter(|labels| !labels.is_empty()) else { return Vec::new() };
    let selector: Vec<String> = labels
        .iter()
        .filter_map(|(key, value)| Some(format!("{}%3D{}", segment(key), segment(value.as_str()?))))
        .collect();
    let namespace = live.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    let path = format!(
        "/api/v1/namespaces/{}/pods?limit=100&labelSelector={}",
        segment(namespace),
        selector.join("%2C")
    );
    match api::get(&request.target, &path).await {
        Ok(list) => list.get("items").and_then(Value::as_array).into_iter().flatten().map(as_pod).collect(),
        Err(_) => Vec::new(),
    }
}

/// Items of a list carry no kind of their own.
fn as_pod(item: &Value) -> Value {
    let mut pod = item.clone();
    if let Some(map) = pod.as_object_mut() {
        map.insert("apiVersion".to_owned(), Value::String("v1".to_owned()));
        map.insert("kind".to_owned(), Value::String("Pod".to_owned()));
    }
    pod
}

/// A health check under way. Dropping it ends it.
pub struct HealthWaits {
    task: JoinHandle<()>,
}

impl Drop for HealthWaits {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl HealthWaits {
    /// Waits in the background and calls `done` with the result, once, unless it is dropped before.
    pub fn start(
        hub: &Arc<Hub>,
        request: HealthRequest,
        done: impl FnOnce(Result<(), HealthFailure>) + Send + 'static,
    ) -> Self {
        let hub = Arc::clone(hub);
        let deadline = Instant::now() + request.timeout;
        let task = tokio::spawn(async move {
            let result = wait(&hub, &request, deadline).await;
            done(result);
        });
        Self { task }
    }
}

async fn wait(hub: &Arc<Hub>, request: &HealthRequest, deadline: Instant) -> Result<(), HealthFailure> {
    let ids = request.objects.iter().map(|(id, _)| id.clone());
    let mut changes = hub.tracker().wait_for(&request.target.identity, ids);
    let versions: HashMap<&ObjectId, &String> =
        request.objects.iter().map(|(id, version)| (id, version)).collect();
    let mut board = Board(request.objects.iter().map(|(id, _)| (id.clone(), unknown(""))).collect());
    let result = tokio::time::timeout_at(deadline, async {
        let mut leases = Vec::new();
        let mut next: Vec<ObjectId> = board.pending().cloned().collect();
        let mut swept = Instant::now();
        loop {
            let read = next.iter().filter_map(|id| Some((id.clone(), (*versions.get(id)?).clone())));
            read_all(request, read.collect(), &mut board).await;
            if let Some(verdict) = board.verdict(request) {
                return verdict;
            }
            let pending: Vec<ObjectId> = board.pending().cloned().collect();
            cover(hub, request, &versions, &pending, &mut leases).await;
            let uncovered: HashSet<&ObjectId> =
                pending.iter().filter(|id| needs_polling(request, &leases, id)).collect();
            let pause = if uncovered.is_empty() { SAFETY } else { POLL };
            next = changed(&mut changes, swept + pause).await;
            if next.is_empty() {
                next = pending;
                swept = Instant::now();
            }
        }
    })
    .await;
    hub.tracker().sweep_waiters();
    result.unwrap_or_else(|_| Err(board.timeout(request)))
}

/// Pods change without their owner changing, and a pod's scheduling grace runs out without any event.
fn needs_polling(request: &HealthRequest, leases: &[Lease], id: &ObjectId) -> bool {
    let covered = leases.iter().any(|lease| lease.is_live() && lease.covers(&request.target.identity, id));
    !covered || owns_pods(id) || (id.group.is_empty() && id.kind == "Pod")
}

async fn cover(
    hub: &Arc<Hub>,
    request: &HealthRequest,
    versions: &HashMap<&ObjectId, &String>,
    pending: &[ObjectId],
    leases: &mut Vec<Lease>,
) {
    let mut missing: HashSet<(GroupKind, &str)> = HashSet::new();
    for id in pending {
        if leases.iter().any(|lease| lease.covers(&request.target.identity, id)) {
            continue;
        }
        if !missing.insert((id.group_kind(), &id.namespace)) {
            continue;
        }
        let Some(version) = versions.get(id) else { continue };
        let Ok(mapping) = mapping_of(request, id, version).await else { continue };
        leases.extend(hub.cover(&request.target, &mapping, &id.namespace, request.owned));
    }
}

/// The next objects that changed, collected for a moment; empty when `until` passed without any.
async fn changed(changes: &mut mpsc::UnboundedReceiver<ObjectId>, until: Instant) -> Vec<ObjectId> {
    let first = match tokio::time::timeout_at(until, changes.recv()).await {
        Ok(Some(id)) => id,
        Ok(None) => {
            tokio::time::sleep_until(until).await;
            return Vec::new();
        }
        Err(_) => return Vec::new(),
    };
    let mut seen = HashSet::from([first]);
    let settle = Instant::now() + DEBOUNCE;
    while let Ok(Some(id)) = tokio::time::timeout_at(settle, changes.recv()).await {
        seen.insert(id);
    }
    seen.into_iter().collect()
}
