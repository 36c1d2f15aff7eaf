//! One table row per rule of contract/kustomize.md 9.11.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Health, Status, health_of, with_pods};

fn verdict(live: Value) -> (Status, String) {
    let Health { status, message } = health_of(&live, Timestamp::from_second(100).expect("in range"));
    (status, message)
}

fn expect(live: Value, status: Status, message: &str) {
    assert_eq!(verdict(live.clone()), (status, message.to_owned()), "{live}");
}

#[test]
fn generic_rules_come_before_those_of_a_kind() {
    let secret = |metadata: Value, status: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "status": status});
    let deleted = secret(json!({"deletionTimestamp": "2026-01-01T00:00:00Z"}), json!({}));
    expect(deleted, Status::Terminating, "Resource scheduled for deletion");
    expect(
        secret(json!({"generation": 2}), json!({"observedGeneration": 1})),
        Status::InProgress,
        "Secret generation is 2, but latest observed generation is 1",
    );
    let conditions = |first: &str, second: &str| {
        json!({"conditions": [{"type": first, "status": "True", "message": "one"},
                              {"type": second, "status": "True", "message": "two"}]})
    };
    expect(secret(json!({}), conditions("Reconciling", "Stalled")), Status::InProgress, "one");
    expect(secret(json!({}), conditions("Stalled", "Reconciling")), Status::Failed, "one");
    expect(secret(json!({}), json!({})), Status::Current, "Resource is always ready");
}

#[test]
fn a_custom_resource_follows_its_ready_condition() {
    let custom = |status: &str| {
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"generation": 1},
               "status": {"conditions": [{"type": "Ready", "status": status, "message": "why"}]}})
    };
    expect(custom("True"), Status::Current, "Resource is Ready");
    expect(custom("False"), Status::InProgress, "why");
    expect(custom("Unknown"), Status::InProgress, "why");
    let bare = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {}});
    expect(bare, Status::Current, "Resource is current");
}

#[test]
fn a_deployment_is_current_when_it_is_available() {
    let deployment = |status: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"generation": 1},
               "spec": {"replicas": 2, "progressDeadlineSeconds": 600}, "status": status})
    };
    let conditions = json!([
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        {"type": "Available", "status": "True"}]);
    expect(deployment(json!({})), Status::InProgress, "Replicas: 0/2");
    expect(deployment(json!({"replicas": 2})), Status::InProgress, "Updated: 0/2");
    expect(
        deployment(json!({"replicas": 3, "updatedReplicas": 2})),
        Status::InProgress,
        "Pending termination: 1",
    );
    let mut status = json!({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 1});
    expect(deployment(status.clone()), Status::InProgress, "Available: 1/2");
    status["availableReplicas"] = json!(2);
    expect(deployment(status.clone()), Status::InProgress, "Ready: 0/2");
    status["readyReplicas"] = json!(2);
    expect(deployment(status.clone()), Status::InProgress, "ReplicaSet not Available");
    status["conditions"] = json!([conditions[0]]);
    expect(deployment(status.clone()), Status::InProgress, "Deployment not Available");
    status["conditions"] = conditions;
    expect(deployment(status), Status::Current, "Deployment is available. Replicas: 2");
    let late = json!({"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]});
    expect(deployment(late), Status::Failed, "Progress deadline exceeded");
}

/// kustomize.md 18: scenario 47
#[test]
fn a_job_is_current_when_suspended_or_complete_and_fails_when_failed() {
    let job = |spec: Value, status: Value| {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generation": 1}, "spec": spec,
               "status": status})
    };
    expect(job(json!({"suspend": true}), json!({})), Status::Current, "Job is suspended");
    expect(job(json!({}), json!({})), Status::InProgress, "Job not started");
    expect(
        job(json!({"parallelism": 2}), json!({"startTime": "x", "active": 2})),
        Status::InProgress,
        "Job in progress. success:0, active: 2, failed: 0",
    );
    let done = json!({"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]});
    expect(job(json!({"completions": 1}), done), Status::Current, "Job Completed. succeeded: 1/1");
    let broken = json!({"failed": 3, "conditions": [{"type": "Failed", "status": "True"}]});
    expect(job(json!({"completions": 1}), broken), Status::Failed, "Job Failed. failed: 3/1");
}

#[test]
fn a_stateful_set_waits_for_its_update_and_honours_its_partition() {
    let set = |spec: Value, status: Value| {
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"generation": 1}, "spec": spec,
               "status": status})
    };
    let ready = json!({"replicas": 2, "readyReplicas": 2, "currentReplicas": 2, "updatedReplicas": 1,
                       "currentRevision": "a", "updateRevision": "b"});
    let two = json!({"replicas": 2});
    expect(set(two.clone(), json!({"replicas": 1})), Status::InProgress, "Replicas: 1/2");
    expect(set(two.clone(), json!({"replicas": 2})), Status::InProgress, "Ready: 0/2");
    let waiting = "Waiting for updated revision to match current";
    expect(set(two, ready.clone()), Status::InProgress, waiting);
    let partition =
        |number: i64| json!({"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": number}}});
    expect(set(partition(1), ready.clone()), Status::Current, "Partition rollout complete. updated: 1");
    let mut none = ready;
    none["updatedReplicas"] = json!(0);
    expect(set(partition(1), none), Status::InProgress, "updated: 0/1");
}

#[test]
fn a_daemon_set_counts_every_stage_of_its_roll_out() {
    let set = |metadata: Value, status: Value| json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "status": status});
    expect(set(json!({}), json!({})), Status::InProgress, "DaemonSet metadata.generation not found");
    let one = json!({"generation": 1});
    expect(set(one.clone(), json!({})), Status::InProgress, "DaemonSet status.observedGeneration not found");
    let observed = json!({"observedGeneration": 1});
    expect(set(one.clone(), observed), Status::InProgress, "Missing .status.desiredNumberScheduled");
    let partly = json!({"observedGeneration": 1, "desiredNumberScheduled": 1, "currentNumberScheduled": 1});
    expect(set(one.clone(), partly), Status::InProgress, "Updated: 0/1");
    let none = json!({"observedGeneration": 1, "desiredNumberScheduled": 0});
    expect(set(one, none), Status::Current, "All replicas scheduled as expected. Replicas: 0");
}

#[test]
fn a_pod_fails_when_it_crashes_or_stays_unschedulable() {
    let pod = |status: Value, created: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"creationTimestamp": created}, "status": status});
    let old = "1970-01-01T00:00:10Z";
    let crash = json!({"phase": "Running", "containerStatuses": [
        {"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}, {"name": "b"}]});
    expect(pod(crash.clone(), old), Status::Failed, "Containers in CrashLoop state: a");
    let pending = json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]});
    expect(pod(pending.clone(), old), Status::Failed, "Pod could not be scheduled");
    expect(pod(pending.clone(), "1970-01-01T00:01:30Z"), Status::InProgress, "Pod has not been scheduled");
    expect(pod(json!({"phase": "Odd"}), old), Status::Unknown, "unknown phase Odd");

    let now = Timestamp::from_second(100).expect("in range");
    let waiting = Health::in_progress("Ready: 0/1");
    assert_eq!(with_pods(waiting.clone(), &[pod(pending, old)], now), waiting);
    assert_eq!(with_pods(waiting, &[pod(crash, old)], now), Health::failed("1 pods have failed"));
}

#[test]
fn a_definition_is_current_when_established() {
    let definition = |conditions: Value| {
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
               "metadata": {"generation": 1}, "status": {"conditions": conditions}})
    };
    expect(definition(json!([])), Status::InProgress, "Install in progress");
    let established =
        json!([{"type": "NamesAccepted", "status": "True"}, {"type": "Established", "status": "True"}]);
    expect(definition(established), Status::Current, "CRD is established");
    let refused = json!([{"type": "NamesAccepted", "status": "False", "message": "taken"}]);
    expect(definition(refused), Status::Failed, "taken");
    let installing = json!([{"type": "Established", "status": "False", "reason": "Installing"}]);
    expect(definition(installing), Status::InProgress, "Install in progress");
}

#[test]
fn core_kinds_have_their_own_rules() {
    let core = |kind: &str, spec: Value, status: Value| json!({"apiVersion": "v1", "kind": kind, "metadata": {}, "spec": spec, "status": status});
    let balancer = json!({"type": "LoadBalancer"});
    let message = "ClusterIP not set. Service type: LoadBalancer";
    expect(core("Service", balancer, json!({})), Status::InProgress, message);
    expect(core("Service", json!({}), json!({})), Status::Current, "Service is ready");
    let claim = "PersistentVolumeClaim";
    expect(core(claim, json!({}), json!({})), Status::InProgress, "PVC is not Bound. phase: unknown");
    expect(core(claim, json!({}), json!({"phase": "Bound"})), Status::Current, "PVC is Bound");
}
