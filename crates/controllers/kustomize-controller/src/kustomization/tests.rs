//! The pure steps.

use std::collections::BTreeMap;
use std::time::Duration;

use ferroflux_api::conditions::{self, types};
use ferroflux_api::kustomize::v1::{Kustomization, KustomizationStatus};
use ferroflux_api::meta::{ConditionStatus, Time};
use ferroflux_archive::{EntryPath, Snapshot, snapshot::Builder};
use ferroflux_runtime::{Key, Stamp};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::build::build_now;
use super::dependencies::{Circle, judge, sort};
use super::report::{HealthOutcome, Revision, Step, Success, progress, progress_message, record, succeeded};
use super::settings::{Settings, go_duration};
use super::substitute::Variables;

fn kustomization(spec: Value) -> Kustomization {
    let mut full = json!({
        "interval": "10m", "prune": true, "sourceRef": {"kind": "GitRepository", "name": "app"}});
    merge(&mut full, spec);
    let object = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "default", "generation": 1}, "spec": full});
    serde_json::from_value(object).expect("a valid Kustomization")
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    let mut builder = Builder::default();
    for (path, content) in files {
        let path = EntryPath::new(*path).expect("a test path is clean");
        builder.file(&path, 0o644, content.as_bytes()).expect("test files do not collide");
    }
    builder.build()
}

fn subjects(files: &[(&str, &str)], path: &str, spec: Value) -> Result<Vec<String>, String> {
    let object = kustomization(spec);
    let built = build_now(snapshot(files), path, &object.spec, &Variables::default())
        .map_err(|error| error.to_string())?;
    Ok(built.objects.iter().map(|object| object.id().to_string()).collect())
}

const SETTINGS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";
const OTHER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n";

/// kustomize.md 18: scenario 1
#[test]
fn without_a_kustomization_file_every_yaml_file_is_built_and_json_is_not() {
    let files = [("a.yaml", SETTINGS), ("deep/b.yml", OTHER), ("c.json", "{}"), ("README.md", "# no")];
    let built = subjects(&files, "", json!({})).expect("both files are manifests");
    assert_eq!(built, ["ConfigMap/settings", "ConfigMap/other"]);
}

#[test]
fn a_directory_with_its_own_kustomization_file_is_a_base() {
    let files = [
        ("base/kustomization.yaml", "namePrefix: p-\nresources: [settings.yaml]\n"),
        ("base/settings.yaml", SETTINGS),
        ("base/ignored.yaml", OTHER),
    ];
    assert_eq!(subjects(&files, "", json!({})).expect("it builds"), ["ConfigMap/p-settings"]);
}

#[test]
fn a_values_file_between_manifests_is_named() {
    let error = subjects(&[("a.yaml", SETTINGS), ("values.yaml", "replicas: 1\n")], "", json!({}));
    let message = "failed to decode Kubernetes YAML from /artifact/values.yaml: missing Resource metadata";
    assert_eq!(error.expect_err("values are no manifest"), message);
}

/// kustomize.md 18: scenario 62
#[test]
fn an_empty_directory_builds_to_nothing() {
    assert_eq!(subjects(&[("deploy/README.md", "")], "deploy", json!({})).expect("it builds"), [""; 0]);
}

/// kustomize.md 18: scenario 29
#[test]
fn the_spec_is_laid_over_the_kustomization_file() {
    let files = [
        ("kustomization.yaml", "resources: [d.yaml]\nimages: [{name: web, newTag: '1'}]\n"),
        (
            "d.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers: [{name: web, image: 'web:0'}]\n",
        ),
        (
            "extra/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -c\n",
        ),
    ];
    let spec = json!({
        "targetNamespace": "team", "namePrefix": "p-", "components": ["extra", "missing"],
        "ignoreMissingComponents": true, "images": [{"name": "web", "digest": "sha256:00"}],
        "patches": [{"patch": "- op: add\n  path: /spec/replicas\n  value: 3\n", "target": {"kind": "Deployment"}}]});
    let object = kustomization(spec);
    let built = build_now(snapshot(&files), "", &object.spec, &Variables::default()).expect("it builds");
    let value = built.objects.into_iter().next().expect("one object").into_value();
    assert_eq!(value["metadata"]["name"], "p-web-c");
    assert_eq!(value["metadata"]["namespace"], "team");
    assert_eq!(value["spec"]["replicas"], 3);
    assert_eq!(value["spec"]["template"]["spec"]["containers"][0]["image"], "web@sha256:00");
}

/// kustomize.md 18: scenario 30
#[test]
fn a_remote_component_is_refused() {
    let spec = json!({"components": ["https://example.com/x"]});
    let error = subjects(&[("a.yaml", SETTINGS)], "", spec).expect_err("it is remote");
    assert_eq!(error, "component path 'https://example.com/x' must be local and relative");
}

/// kustomize.md 18: scenario 10, security class: traversal (read)
#[test]
fn a_path_cannot_leave_the_artifact() {
    assert_eq!(super::generate::normal("", "../../../etc"), "etc");
    let outside = [("kustomization.yaml", "resources: [../../etc/passwd]\n")];
    assert!(subjects(&outside, "", json!({})).is_err());
}

#[test]
fn only_files_that_a_build_read_are_its_inputs() {
    let files = [
        ("one/kustomization.yaml", "resources: [settings.yaml, ../shared]\n"),
        ("one/settings.yaml", SETTINGS),
        ("shared/other.yaml", OTHER),
        ("shared/kustomization.yaml", "resources: [other.yaml]\n"),
        ("two/x.yaml", SETTINGS),
    ];
    let object = kustomization(json!({}));
    let built = build_now(snapshot(&files), "one", &object.spec, &Variables::default()).expect("it builds");
    let changed = |path: &str, content: &str| {
        let mut files: BTreeMap<&str, &str> = files.into_iter().collect();
        files.insert(path, content);
        let files: Vec<(&str, &str)> = files.into_iter().collect();
        !built.inputs.hold_in(&snapshot(&files))
    };
    assert!(built.inputs.hold_in(&snapshot(&files)));
    assert!(!changed("two/x.yaml", OTHER));
    assert!(!changed("one/unused.yaml", OTHER));
    assert!(changed("one/settings.yaml", OTHER));
    assert!(changed("shared/other.yaml", SETTINGS));
    let generated =
        build_now(snapshot(&files), "two", &object.spec, &Variables::default()).expect("it builds");
    assert!(!generated.inputs.hold_in(&snapshot(&[("two/x.yaml", SETTINGS), ("two/y.yaml", OTHER)])));
}

/// kustomize.md 18: scenario 3
#[test]
fn the_timeout_follows_the_interval_and_is_never_below_thirty_seconds() {
    for (spec, timeout) in [
        (json!({"interval": "10m"}), "9m30s"),
        (json!({"interval": "30s"}), "30s"),
        (json!({"interval": "10m", "timeout": "5s"}), "30s"),
        (json!({"interval": "10m", "timeout": "2m"}), "2m0s"),
    ] {
        let settings = Settings::of(&kustomization(spec).spec).expect("valid durations");
        assert_eq!(
            progress_message(Step::Fetching, "main@sha1:1", &settings),
            format!("Fetching manifests for revision main@sha1:1 with a timeout of {timeout}")
        );
    }
}

#[test]
fn durations_are_printed_as_go_prints_them() {
    for (nanoseconds, text) in [
        (0, "0s"),
        (1_500_000, "1.5ms"),
        (350_200_000, "350.2ms"),
        (1_234_567_891, "1.234567891s"),
        (30_000_000_000, "30s"),
        (60_000_000_000, "1m0s"),
        (3_600_000_000_000, "1h0m0s"),
    ] {
        assert_eq!(go_duration(Duration::from_nanos(nanoseconds)), text);
    }
}

fn stamp() -> Stamp {
    Stamp {
        generation: 1,
        now: Timestamp::from_second(1_000).expect("in range"),
        rule: ferroflux_api::conditions::TransitionRule::AnyChange,
    }
}

fn revision(name: &str) -> Revision {
    Revision { revision: name.to_owned(), origin: None }
}

/// kustomize.md 18: scenario 4
#[test]
fn a_success_names_the_revision_and_carries_one_commit_status_event() {
    let settings = Settings::of(&kustomization(json!({})).spec).expect("valid durations");
    let mut status = KustomizationStatus::default();
    progress(&mut status, stamp(), Step::Building, "main@sha1:1", &settings);
    assert_eq!(conditions::status(&status.conditions, types::READY), ConditionStatus::Unknown);
    let revision = revision("main@sha1:1");
    let success = Success {
        revision: &revision,
        digest: "sha256:0",
        health: HealthOutcome::NotChecked,
        took: Duration::from_millis(1500),
    };
    let report = succeeded(status, stamp(), &settings, &success);
    let ready = conditions::get(&report.status.conditions, types::READY).expect("Ready is set");
    assert_eq!(
        (ready.reason.as_str(), ready.message.as_str()),
        ("ReconciliationSucceeded", "Applied revision: main@sha1:1")
    );
    let finished: Vec<_> = report
        .events
        .iter()
        .filter(|event| {
            event
                .metadata
                .get("kustomize.toolkit.fluxcd.io/commit_status")
                .is_some_and(|status| status == "update")
        })
        .collect();
    assert_eq!(finished.len(), 1);
    assert_eq!(finished[0].message, "Reconciliation finished in 1.5s, next run in 10m0s");
    assert_eq!(finished[0].metadata["kustomize.toolkit.fluxcd.io/revision"], "main@sha1:1");
}

/// kustomize.md 18: scenario 56
#[test]
fn the_history_keeps_five_results_and_counts_repetitions() {
    let mut status = KustomizationStatus::default();
    let mut add = |second: i64, digest: &str| {
        let now = Timestamp::from_second(second).expect("in range");
        record(
            &mut status,
            now,
            digest,
            "ReconciliationSucceeded",
            Duration::from_secs(1),
            &revision(digest),
        );
    };
    for second in 1..=6 {
        add(second, &format!("sha256:{second}"));
    }
    add(7, "sha256:4");
    let digests: Vec<&str> = status.history.iter().map(|entry| entry.digest.as_str()).collect();
    assert_eq!(digests, ["sha256:4", "sha256:6", "sha256:5", "sha256:3", "sha256:2"]);
    let first = &status.history[0];
    assert_eq!(first.total_reconciliations, 2);
    assert_eq!(first.first_reconciled, Time(Timestamp::from_second(4).expect("in range")));
    assert_eq!(first.metadata["revision"], "sha256:4");
}

/// kustomize.md 18: scenarios 12, 13
#[test]
fn a_dependency_must_be_ready_and_up_to_date() {
    let dependent = kustomization(json!({"dependsOn": [{"name": "a"}]}));
    let key = Key::new("ns", "a");
    let judged = |dependency: &Kustomization| {
        judge(&dependent, dependency, key.clone(), "r2").map_err(|error| error.to_string())
    };
    let mut dependency = kustomization(json!({}));
    assert_eq!(judged(&dependency), Err("dependency 'ns/a' is not ready".to_owned()));
    let mut status = KustomizationStatus { observed_generation: Some(1), ..Default::default() };
    stamp().conditions(&mut status).mark_true(types::READY, "ReconciliationSucceeded", "");
    status.last_applied_revision = Some("r1".to_owned());
    dependency.status = Some(status);
    assert_eq!(judged(&dependency), Err("dependency 'ns/a' revision is not up to date".to_owned()));
    dependency.status.as_mut().expect("it was set").last_applied_revision = Some("r2".to_owned());
    assert_eq!(judged(&dependency), Ok(()));
    dependency.spec.source_ref.name = "elsewhere".to_owned();
    dependency.status.as_mut().expect("it was set").last_applied_revision = None;
    assert_eq!(judged(&dependency), Ok(()));
}

/// kustomize.md 18: scenarios 15, 16
#[test]
fn dependencies_come_first_and_a_circle_is_named() {
    let key = |name: &str| Key::new("ns", name);
    let graph = |edges: &[(&str, &[&str])]| -> BTreeMap<Key, Vec<Key>> {
        edges.iter().map(|(name, on)| (key(name), on.iter().map(|name| key(name)).collect())).collect()
    };
    let sorted = sort(&graph(&[("a", &["b"]), ("b", &["c", "outside"]), ("c", &[])])).expect("no circle");
    assert_eq!(sorted, [key("c"), key("b"), key("a")]);
    let circle = sort(&graph(&[("a", &["b"]), ("b", &["a"])])).expect_err("a circle");
    assert_eq!(circle, Circle(vec![key("a"), key("b"), key("a")]));
    assert_eq!(circle.to_string(), "circular dependency detected: ns/a -> ns/b -> ns/a");
}

#[test]
fn a_field_that_is_not_built_yet_is_named() {
    for (spec, field) in [
        (json!({"decryption": {"provider": "sops"}}), "spec.decryption"),
        (json!({"dependsOn": [{"name": "a", "readyExpr": "true"}]}), "spec.dependsOn[].readyExpr"),
        (json!({"kubeConfig": {"configMapRef": {"name": "a"}}}), "spec.kubeConfig.configMapRef"),
    ] {
        assert_eq!(super::plan::unsupported_field(&kustomization(spec).spec), Some(field));
    }
    assert_eq!(super::plan::unsupported_field(&kustomization(json!({})).spec), None);
}
