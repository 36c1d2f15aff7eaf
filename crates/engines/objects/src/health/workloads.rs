//! Health of the kinds that run pods.

use serde_json::Value;

use super::{Health, at, condition, condition_is, int, text};

/// The value of `progressDeadlineSeconds` that means "no deadline".
const NO_DEADLINE: i64 = 2_147_483_647;

pub(super) fn stateful_set(live: &Value) -> Health {
    if text(live, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        return Health::current("StatefulSet is using the ondelete update strategy");
    }
    let wanted = int(live, &["spec", "replicas"], 1);
    let status = |field: &str| int(live, &["status", field], 0);
    let (replicas, ready) = (status("replicas"), status("readyReplicas"));
    let (current, updated) = (status("currentReplicas"), status("updatedReplicas"));
    if wanted > replicas {
        return Health::in_progress(format!("Replicas: {replicas}/{wanted}"));
    }
    if wanted > ready {
        return Health::in_progress(format!("Ready: {ready}/{wanted}"));
    }
    if replicas > wanted {
        return Health::in_progress(format!("Pending termination: {}", replicas - wanted));
    }
    let partition = int(live, &["spec", "updateStrategy", "rollingUpdate", "partition"], 0);
    if partition != 0 {
        let to_update = wanted - partition;
        if updated < to_update {
            return Health::in_progress(format!("updated: {updated}/{to_update}"));
        }
        return Health::current(format!("Partition rollout complete. updated: {updated}"));
    }
    if wanted > current {
        return Health::in_progress(format!("current: {current}/{wanted}"));
    }
    if text(live, &["status", "currentRevision"]) != text(live, &["status", "updateRevision"]) {
        return Health::in_progress("Waiting for updated revision to match current");
    }
    Health::current(format!("All replicas scheduled as expected. Replicas: {replicas}"))
}

pub(super) fn daemon_set(live: &Value) -> Health {
    if at(live, &["metadata", "generation"]).is_none() {
        return Health::in_progress("DaemonSet metadata.generation not found");
    }
    if at(live, &["status", "observedGeneration"]).is_none() {
        return Health::in_progress("DaemonSet status.observedGeneration not found");
    }
    let desired = int(live, &["status", "desiredNumberScheduled"], -1);
    if desired == -1 {
        return Health::in_progress("Missing .status.desiredNumberScheduled");
    }
    for (label, field) in [
        ("Current", "currentNumberScheduled"),
        ("Updated", "updatedNumberScheduled"),
        ("Available", "numberAvailable"),
        ("Ready", "numberReady"),
    ] {
        let count = int(live, &["status", field], 0);
        if desired > count {
            return Health::in_progress(format!("{label}: {count}/{desired}"));
        }
    }
    Health::current(format!("All replicas scheduled as expected. Replicas: {desired}"))
}

pub(super) fn deployment(live: &Value) -> Health {
    let deadline = at(live, &["spec", "progressDeadlineSeconds"]).and_then(Value::as_i64);
    let progressing = condition(live, "Progressing");
    if progressing.is_some_and(|condition| text(condition, &["reason"]) == "ProgressDeadlineExceeded") {
        return Health::failed("Progress deadline exceeded");
    }
    let progressed = deadline.is_none_or(|deadline| deadline == NO_DEADLINE)
        || progressing.is_some_and(|condition| {
            text(condition, &["status"]) == "True" && text(condition, &["reason"]) == "NewReplicaSetAvailable"
        });
    let wanted = int(live, &["spec", "replicas"], 1);
    let status = |field: &str| int(live, &["status", field], 0);
    let (replicas, updated) = (status("replicas"), status("updatedReplicas"));
    let (available, ready) = (status("availableReplicas"), status("readyReplicas"));
    if wanted > replicas {
        return Health::in_progress(format!("Replicas: {replicas}/{wanted}"));
    }
    if wanted > updated {
        return Health::in_progress(format!("Updated: {updated}/{wanted}"));
    }
    if replicas > wanted {
        return Health::in_progress(format!("Pending termination: {}", replicas - wanted));
    }
    if updated > available {
        return Health::in_progress(format!("Available: {available}/{updated}"));
    }
    if wanted > ready {
        return Health::in_progress(format!("Ready: {ready}/{wanted}"));
    }
    if !progressed {
        return Health::in_progress("ReplicaSet not Available");
    }
    if !condition_is(live, "Available", "True") {
        return Health::in_progress("Deployment not Available");
    }
    Health::current(format!("Deployment is available. Replicas: {replicas}"))
}

pub(super) fn replica_set(live: &Value) -> Health {
    if condition_is(live, "ReplicaFailure", "True") {
        return Health::in_progress("Replica Failure condition. Check Pods");
    }
    let wanted = int(live, &["spec", "replicas"], 1);
    for (label, field) in
        [("Labelled", "fullyLabeledReplicas"), ("Available", "availableReplicas"), ("Ready", "readyReplicas")]
    {
        let count = int(live, &["status", field], 0);
        if wanted > count {
            return Health::in_progress(format!("{label}: {count}/{wanted}"));
        }
    }
    let replicas = int(live, &["status", "replicas"], 0);
    if replicas > wanted {
        return Health::in_progress(format!("Pending termination: {}", replicas - wanted));
    }
    Health::current(format!("ReplicaSet is available. Replicas: {replicas}"))
}

pub(super) fn job(live: &Value) -> Health {
    if at(live, &["spec", "suspend"]).and_then(Value::as_bool) == Some(true) {
        return Health::current("Job is suspended");
    }
    let completions = int(live, &["spec", "completions"], int(live, &["spec", "parallelism"], 1));
    let status = |field: &str| int(live, &["status", field], 0);
    let (succeeded, active, failed) = (status("succeeded"), status("active"), status("failed"));
    if condition_is(live, "Complete", "True") {
        return Health::current(format!("Job Completed. succeeded: {succeeded}/{completions}"));
    }
    if condition_is(live, "Failed", "True") {
        return Health::failed(format!("Job Failed. failed: {failed}/{completions}"));
    }
    if text(live, &["status", "startTime"]).is_empty() {
        return Health::in_progress("Job not started");
    }
    Health::in_progress(format!("Job in progress. success:{succeeded}, active: {active}, failed: {failed}"))
}
