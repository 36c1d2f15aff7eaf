//! Health of the core kinds and of custom resource definitions.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Health, Status, at, condition, condition_is, conditions, text};

/// How long after its creation an unschedulable pod still counts as on its way.
const SCHEDULING_GRACE: SignedDuration = SignedDuration::from_secs(15);

/// The message of a pod that found no node; owners do not fail because of it.
pub(super) const UNSCHEDULABLE: &str = "Pod could not be scheduled";

pub(super) fn service(live: &Value) -> Health {
    let kind = text(live, &["spec", "type"]);
    if kind == "LoadBalancer" && text(live, &["spec", "clusterIP"]).is_empty() {
        return Health::in_progress("ClusterIP not set. Service type: LoadBalancer");
    }
    Health::current("Service is ready")
}

pub(super) fn volume_claim(live: &Value) -> Health {
    match text(live, &["status", "phase"]) {
        "Bound" => Health::current("PVC is Bound"),
        "" => Health::in_progress("PVC is not Bound. phase: unknown"),
        phase => Health::in_progress(format!("PVC is not Bound. phase: {phase}")),
    }
}

pub(super) fn pod(live: &Value, now: Timestamp) -> Health {
    match text(live, &["status", "phase"]) {
        "Succeeded" => Health::current("Pod has completed successfully"),
        "Failed" => Health::current("Pod has completed, but not successfully"),
        "Running" => running_pod(live),
        "Pending" => pending_pod(live, now),
        "" => Health::in_progress("Pod phase not available"),
        phase => Health::new(Status::Unknown, format!("unknown phase {phase}")),
    }
}

fn running_pod(live: &Value) -> Health {
    if condition_is(live, "Ready", "True") {
        return Health::current("Pod is Ready");
    }
    let statuses = at(live, &["status", "containerStatuses"]).and_then(Value::as_array);
    let crashing: Vec<&str> = statuses
        .into_iter()
        .flatten()
        .filter(|container| text(container, &["state", "waiting", "reason"]) == "CrashLoopBackOff")
        .map(|container| text(container, &["name"]))
        .collect();
    if crashing.is_empty() {
        Health::in_progress("Pod is running but is not Ready")
    } else {
        Health::failed(format!("Containers in CrashLoop state: {}", crashing.join(",")))
    }
}

fn pending_pod(live: &Value, now: Timestamp) -> Health {
    let unschedulable = condition(live, "PodScheduled").is_some_and(|scheduled| {
        text(scheduled, &["status"]) == "False" && text(scheduled, &["reason"]) == "Unschedulable"
    });
    if !unschedulable {
        return Health::in_progress("Pod is in the Pending phase");
    }
    let created = text(live, &["metadata", "creationTimestamp"]).parse::<Timestamp>();
    if created.is_ok_and(|created| now.duration_since(created) < SCHEDULING_GRACE) {
        return Health::in_progress("Pod has not been scheduled");
    }
    Health::failed(UNSCHEDULABLE)
}

pub(super) fn definition(live: &Value) -> Health {
    for condition in conditions(live) {
        let (status, message) = (text(condition, &["status"]), text(condition, &["message"]));
        match (text(condition, &["type"]), status) {
            ("NamesAccepted", "False") => return Health::failed(message),
            ("Established", "False") if text(condition, &["reason"]) != "Installing" => {
                return Health::failed(message);
            }
            ("Established", "True") => return Health::current("CRD is established"),
            _ => {}
        }
    }
    Health::in_progress("Install in progress")
}
