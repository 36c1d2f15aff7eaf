//! Whether an object has reached its desired state (contract/kustomize.md 9.11, the kstatus rules).

mod core;
mod workloads;

use jiff::Timestamp;
use serde_json::Value;

/// Verdict on one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The desired state is reached.
    Current,
    /// On the way.
    InProgress,
    /// Will not get there by itself.
    Failed,
    /// Being deleted.
    Terminating,
    /// Does not exist.
    NotFound,
    /// Cannot be told.
    Unknown,
}

impl Status {
    /// The word used in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "Current",
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
            Self::Unknown => "Unknown",
        }
    }
}

/// Verdict and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The verdict.
    pub status: Status,
    /// Why.
    pub message: String,
}

impl Health {
    fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    fn current(message: impl Into<String>) -> Self {
        Self::new(Status::Current, message)
    }

    fn in_progress(message: impl Into<String>) -> Self {
        Self::new(Status::InProgress, message)
    }

    fn failed(message: impl Into<String>) -> Self {
        Self::new(Status::Failed, message)
    }

    /// The verdict on an object that the API server does not know.
    pub fn not_found() -> Self {
        Self::new(Status::NotFound, "Resource not found")
    }
}

/// Computes the health of a live object; `now` only serves the scheduling grace of pods.
pub fn health_of(live: &Value, now: Timestamp) -> Health {
    if let Some(decided) = generic(live) {
        return decided;
    }
    let api_version = text(live, &["apiVersion"]);
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    match (group, text(live, &["kind"])) {
        ("", "Service") => core::service(live),
        ("", "Pod") => core::pod(live, now),
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => Health::current("Resource is always ready"),
        ("", "PersistentVolumeClaim") => core::volume_claim(live),
        ("apps", "StatefulSet") => workloads::stateful_set(live),
        ("apps" | "extensions", "DaemonSet") => workloads::daemon_set(live),
        ("apps" | "extensions", "Deployment") => workloads::deployment(live),
        ("apps" | "extensions", "ReplicaSet") => workloads::replica_set(live),
        ("policy", "PodDisruptionBudget") => Health::current("AllowedDisruptions has been computed."),
        ("batch", "Job") => workloads::job(live),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => core::definition(live),
        _ => by_ready_condition(live),
    }
}

/// Whether a kind is healthy as soon as it exists, so that nothing has to be read or watched for it.
pub fn always_current(group: &str, kind: &str) -> bool {
    matches!((group, kind), ("", "Secret" | "ConfigMap") | ("batch", "CronJob"))
}

/// A ReplicaSet or StatefulSet on its way fails when pods of it have failed (contract/kustomize.md 9.11).
pub fn with_pods(owner: Health, pods: &[Value], now: Timestamp) -> Health {
    if owner.status != Status::InProgress {
        return owner;
    }
    let failed = pods
        .iter()
        .filter(|pod| {
            let health = health_of(pod, now);
            health.status == Status::Failed && health.message != core::UNSCHEDULABLE
        })
        .count();
    if failed == 0 { owner } else { Health::failed(format!("{failed} pods have failed")) }
}

fn generic(live: &Value) -> Option<Health> {
    if at(live, &["metadata", "deletionTimestamp"]).is_some_and(|value| !value.is_null()) {
        return Some(Health::new(Status::Terminating, "Resource scheduled for deletion"));
    }
    let generation = at(live, &["metadata", "generation"]).and_then(Value::as_i64);
    let observed = at(live, &["status", "observedGeneration"]).and_then(Value::as_i64);
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        let kind = text(live, &["kind"]);
        return Some(Health::in_progress(format!(
            "{kind} generation is {generation}, but latest observed generation is {observed}"
        )));
    }
    conditions(live).find_map(|condition| match (text(condition, &["type"]), text(condition, &["status"])) {
        ("Reconciling", "True") => Some(Health::in_progress(text(condition, &["message"]))),
        ("Stalled", "True") => Some(Health::failed(text(condition, &["message"]))),
        _ => None,
    })
}

fn by_ready_condition(live: &Value) -> Health {
    match condition(live, "Ready") {
        None => Health::current("Resource is current"),
        Some(ready) => match text(ready, &["status"]) {
            "True" => Health::current("Resource is Ready"),
            "False" | "Unknown" => Health::in_progress(text(ready, &["message"])),
            _ => Health::current("Resource is current"),
        },
    }
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

fn int(value: &Value, path: &[&str], default: i64) -> i64 {
    at(value, path).and_then(Value::as_i64).unwrap_or(default)
}

fn conditions(live: &Value) -> impl Iterator<Item = &Value> {
    at(live, &["status", "conditions"]).and_then(Value::as_array).into_iter().flatten()
}

fn condition<'a>(live: &'a Value, kind: &str) -> Option<&'a Value> {
    conditions(live).find(|condition| text(condition, &["type"]) == kind)
}

fn condition_is(live: &Value, kind: &str, status: &str) -> bool {
    condition(live, kind).is_some_and(|condition| text(condition, &["status"]) == status)
}

#[cfg(test)]
mod tests;
