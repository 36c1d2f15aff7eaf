//! One kind's controller against a real API server.

mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferroflux_api::conditions::is_true;
use ferroflux_api::source::v1::GitRepository;
use ferroflux_runtime::{App, Cause, Change, Clock, Key, Metrics, Store};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt as _;
use serde_json::{Value, json};
use world::{GIT, Toy, ToyDriver, cluster, config, ready, repository, start, until, writes};

fn conditions(object: &kube::core::DynamicObject) -> Vec<String> {
    let list =
        object.data.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |condition: &Value, key: &str| condition[key].as_str().unwrap_or_default().to_owned();
    list.iter()
        .map(|condition| {
            let parts = ["type", "status", "reason", "message"].map(|key| text(condition, key));
            format!("{}={} {}: {}", parts[0], parts[1], parts[2], parts[3])
        })
        .collect()
}

/// source.md 3.2 and 3.5: finalizer, announcement, result; then a run that changes nothing writes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_object_costs_three_writes_and_an_unchanged_one_none() {
    let cluster = cluster().await;
    let objects = cluster.namespace("writes").await.expect("a namespace");
    let process = start(&objects, config(objects.namespace())).await;
    objects.apply(&repository("app", "ok")).await.expect("it is accepted");
    ready(&objects, "app").await;
    let object = objects.get(GIT, "app").await.expect("it is there");
    assert_eq!(object.metadata.finalizers.as_deref(), Some(&["finalizers.fluxcd.io".to_owned()][..]));
    assert_eq!(object.data.pointer("/status/observedGeneration"), Some(&json!(1)));
    assert_eq!(
        conditions(&object),
        [
            "Ready=True Succeeded: stored https://toy/ok",
            "ArtifactInStorage=True Succeeded: stored https://toy/ok"
        ]
    );
    let managers = object.metadata.managed_fields.clone().unwrap_or_default();
    assert!(managers.iter().any(|entry| entry.manager.as_deref() == Some("source-controller")));

    let before = process.toy.runs("app");
    process.waker.wake(&Key::new(objects.namespace(), "app"), Cause::Interval);
    until("it ran again", || process.toy.runs("app") == before + 1).await;
    until("the run ended", || {
        process.metric("controller_runtime_active_workers{controller=\"gitrepository\"}") == Some(0.0)
    })
    .await;
    let counts = writes(cluster, objects.namespace()).await;
    // One of the two patches of the object is the test's own apply.
    assert_eq!(counts.get("patch app/").copied(), Some(2), "{counts:?}");
    assert_eq!(counts.get("patch app/status").copied(), Some(2), "{counts:?}");
    process.stop().await.expect("it ends well");
}

/// install-and-cli.md 12: scenario 41; source.md 3.2: step 6
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_handled_at_once_and_recorded_with_its_result() {
    let cluster = cluster().await;
    let objects = cluster.namespace("requested").await.expect("a namespace");
    let process = start(&objects, config(objects.namespace())).await;
    objects.apply(&repository("app", "ok")).await.expect("it is accepted");
    ready(&objects, "app").await;
    let patch = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "2026-11-24T10:00:00.123456789Z"}}});
    objects.merge(GIT, "app", &patch).await.expect("it is accepted");
    let handled = objects
        .wait_for(GIT, "app", "the request is handled", |object| {
            object.data.pointer("/status/lastHandledReconcileAt").and_then(Value::as_str)
                == Some("2026-11-24T10:00:00.123456789Z")
        })
        .await
        .expect("it is handled");
    assert!(conditions(&handled)[0].starts_with("Ready=True"), "{:?}", conditions(&handled));
    process.stop().await.expect("it ends well");
}

/// design.md 3: decision 1; install-and-cli.md 12: scenario 36
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_waiting_objects_hold_no_slot_and_are_shown_in_a_metric() {
    let cluster = cluster().await;
    let objects = cluster.namespace("waiting").await.expect("a namespace");
    let process = start(&objects, config(objects.namespace())).await;
    let all: Vec<String> = (0..100).map(|number| repository(&format!("wait-{number}"), "wait")).collect();
    objects.apply(&all.join("---\n")).await.expect("they are accepted");
    until("all are waiting", || process.toy.waiting() == 100).await;
    for name in ["a", "b", "c"] {
        objects.apply(&repository(name, "ok")).await.expect("it is accepted");
    }
    for name in ["a", "b", "c"] {
        ready(&objects, name).await;
    }
    until("the waits are shown", || process.series("ferroflux_object_wait_seconds{") == 100).await;
    assert_eq!(process.metric("controller_runtime_active_workers{controller=\"gitrepository\"}"), Some(0.0));
    let longest =
        "workqueue_longest_running_processor_seconds{controller=\"gitrepository\",name=\"gitrepository\"}";
    assert_eq!(process.metric(longest), Some(0.0));
    let waiting = objects.get(GIT, "wait-7").await.expect("it is there");
    assert!(conditions(&waiting)[0].starts_with("Reconciling=True"), "{:?}", conditions(&waiting));
    for number in 0..100 {
        process.toy.release(&format!("wait-{number}"));
    }
    for number in 0..100 {
        ready(&objects, &format!("wait-{number}")).await;
    }
    until("the waits are gone", || process.series("ferroflux_object_wait_seconds{") == 0).await;
    let observed = format!(
        "gotk_reconcile_duration_seconds_count{{kind=\"GitRepository\",name=\"wait-7\",namespace=\"{}\"}}",
        objects.namespace()
    );
    assert_eq!(process.metric(&observed), Some(1.0), "two runs are one reconciliation");
    process.stop().await.expect("it ends well");
}

/// install-and-cli.md 12: scenario 24
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_one_failed_run_of_one_object() {
    let cluster = cluster().await;
    let objects = cluster.namespace("panic").await.expect("a namespace");
    let process = start(&objects, config(objects.namespace())).await;
    objects.apply(&repository("bad", "panic")).await.expect("it is accepted");
    until("it is retried", || process.toy.runs("bad") >= 3).await;
    objects.apply(&repository("good", "ok")).await.expect("it is accepted");
    ready(&objects, "good").await;
    let panics = process.metric("controller_runtime_reconcile_panics_total{controller=\"gitrepository\"}");
    assert!(panics >= Some(2.0), "{panics:?}");
    process.stop().await.expect("it ends well");
}

/// source.md 3.4, 16
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_object_is_retried_with_back_off_and_a_stalled_one_is_not() {
    let cluster = cluster().await;
    let objects = cluster.namespace("failing").await.expect("a namespace");
    let process = start(&objects, config(objects.namespace())).await;
    objects.apply(&repository("fail", "fail")).await.expect("it is accepted");
    objects.apply(&repository("stall", "stall")).await.expect("it is accepted");
    until("it is retried", || process.toy.runs("fail") >= 4).await;
    assert_eq!(process.toy.runs("stall"), 1);
    // Every retry of a generation that was never observed announces it again.
    let failing = objects
        .wait_for(GIT, "fail", "a run ended", |object| conditions(object)[0].contains("ProgressingWithRetry"))
        .await
        .expect("it fails");
    assert_eq!(
        conditions(&failing),
        [
            "Reconciling=True ProgressingWithRetry: processing object: new generation -1 -> 1",
            "Ready=False GitOperationFailed: connection refused",
            "FetchFailed=True GitOperationFailed: connection refused",
        ]
    );
    assert_eq!(failing.data.pointer("/status/observedGeneration"), Some(&json!(-1)));
    let stalled = objects.get(GIT, "stall").await.expect("it is there");
    assert!(conditions(&stalled)[0].starts_with("Stalled=True URLInvalid"));
    assert_eq!(stalled.data.pointer("/status/observedGeneration"), Some(&json!(1)));
    // Mending the spec runs both at once.
    objects.apply(&repository("stall", "ok")).await.expect("it is accepted");
    ready(&objects, "stall").await;
    process.stop().await.expect("it ends well");
}

/// source.md 3.5, kustomize.md 5.3
#[tokio::test(flavor = "multi_thread")]
async fn a_condition_of_somebody_else_survives_progress_and_result() {
    let cluster = cluster().await;
    let objects = cluster.namespace("foreign").await.expect("a namespace");
    objects.apply(&repository("app", "progress")).await.expect("it is accepted");
    let foreign = json!({
        "type": "Audited", "status": "True", "reason": "Audit", "message": "fine",
        "lastTransitionTime": "2026-11-24T10:00:00Z",
    });
    objects
        .merge_status(GIT, "app", &json!({"status": {"conditions": [foreign]}}))
        .await
        .expect("it is accepted");
    let process = start(&objects, config(objects.namespace())).await;
    ready(&objects, "app").await;
    let done = objects.get(GIT, "app").await.expect("it is there");
    assert!(conditions(&done).iter().any(|condition| condition == "Audited=True Audit: fine"));
    process.stop().await.expect("it ends well");
}

/// source.md 3.2: steps 2 and 4, 3.7
#[tokio::test(flavor = "multi_thread")]
async fn suspension_stops_the_driver_and_deletion_does_not_wait_for_it() {
    let cluster = cluster().await;
    let objects = cluster.namespace("suspend").await.expect("a namespace");
    let process = start(&objects, config(objects.namespace())).await;
    objects.apply(&repository("app", "ok")).await.expect("it is accepted");
    ready(&objects, "app").await;
    let runs = process.toy.runs("app");
    let patch = json!({
        "spec": {"suspend": true},
        "metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}},
    });
    objects.merge(GIT, "app", &patch).await.expect("it is accepted");
    objects
        .wait_for(GIT, "app", "the request is recorded", |object| {
            object.data.pointer("/status/lastHandledReconcileAt").and_then(Value::as_str) == Some("now")
        })
        .await
        .expect("it is recorded");
    assert_eq!(process.toy.runs("app"), runs);
    objects.delete(GIT, "app").await.expect("it is accepted");
    objects.wait_until_gone(GIT, "app").await.expect("the finalizer goes");
    assert_eq!(process.toy.finalized(), ["app"]);
    until("its memory is dropped", || process.toy.dropped_memories() == 1).await;
    let series = format!(
        "gotk_reconcile_duration_seconds_count{{kind=\"GitRepository\",name=\"app\",namespace=\"{}\"}}",
        objects.namespace()
    );
    until("its series are gone", || process.metric(&series).is_none()).await;
    process.stop().await.expect("it ends well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_sees_what_interrupts_it_and_the_object_runs_again() {
    let cluster = cluster().await;
    let objects = cluster.namespace("interrupt").await.expect("a namespace");
    let process = start(&objects, config(objects.namespace())).await;
    objects.apply(&repository("app", "until-interrupted")).await.expect("it is accepted");
    until("it runs", || process.toy.busy.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
    objects.apply(&repository("app", "ok")).await.expect("it is accepted");
    ready(&objects, "app").await;
    assert_eq!(process.toy.runs("app"), 2);
    process.stop().await.expect("it ends well");
}

/// source.md 15.5
#[tokio::test(flavor = "multi_thread")]
async fn a_shard_sees_only_its_objects_and_lets_go_of_those_that_leave() {
    let cluster = cluster().await;
    let objects = cluster.namespace("shards").await.expect("a namespace");
    let mut one = config(objects.namespace());
    one.watch_labels = Some("sharding.fluxcd.io/key=one".to_owned());
    let mut rest = config(objects.namespace());
    rest.watch_labels = Some("!sharding.fluxcd.io/key".to_owned());
    let (one, rest) = (start(&objects, one).await, start(&objects, rest).await);
    objects.apply(&repository("app", "wait")).await.expect("it is accepted");
    until("the main instance waits for it", || rest.toy.waiting() == 1).await;
    let label = json!({"metadata": {"labels": {"sharding.fluxcd.io/key": "one"}}});
    objects.merge(GIT, "app", &label).await.expect("it is accepted");
    until("the shard waits for it", || one.toy.waiting() == 1).await;
    until("the main instance forgot it", || rest.toy.dropped_memories() == 1).await;
    rest.toy.release("app");
    one.toy.release("app");
    ready(&objects, "app").await;
    assert_eq!(rest.toy.runs("app"), 1);
    one.stop().await.expect("it ends well");
    rest.stop().await.expect("it ends well");
}

/// kustomize.md 2: dependencies and configuration wake the objects that refer to them, also when the change is this
/// process's own status write.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_related_objects_wake_what_refers_to_them() {
    let cluster = cluster().await;
    let objects = cluster.namespace("related").await.expect("a namespace");
    let metrics = Metrics::new();
    let mut app = App::new(config(objects.namespace()), objects.client(), Clock::system(), metrics);
    let toy = Arc::new(Toy::default());
    let kind = app.kind::<GitRepository>();
    let by_label =
        kind.store().add_index(|object: &GitRepository| object.labels().values().cloned().collect());
    // `needs: <name>` wakes the object when the named one becomes ready or the named ConfigMap changes.
    let becomes_ready = move |change: &Change<GitRepository>, store: &Store<GitRepository>| {
        let is_ready = |object: &Option<Arc<GitRepository>>| {
            let status = object.as_ref().and_then(|object| object.status.as_ref());
            status.is_some_and(|status| is_true(&status.conditions, "Ready"))
        };
        let became_ready = !is_ready(&change.before) && is_ready(&change.after);
        if became_ready { store.keys_by_index(by_label, &change.key.name) } else { Vec::new() }
    };
    kind.woken_by(kind.watched(), becomes_ready);
    let configs = app.watch_metadata::<ConfigMap>(app.configs_scope());
    kind.woken_by(&configs, move |change, store| store.keys_by_index(by_label, &change.key.name));
    app.reconcile(kind, ToyDriver(toy.clone()));
    let shutdown = app.shutdown().clone();
    let ended = tokio::spawn(app.run());

    let dependent = repository("dependent", "wait")
        .replace("{name: dependent}", "{name: dependent, labels: {needs: base}}");
    objects.apply(&dependent).await.expect("it is accepted");
    until("it waits", || toy.runs("dependent") == 1).await;
    objects.apply(&repository("base", "ok")).await.expect("it is accepted");
    until("the dependency woke it", || toy.runs("dependent") == 2).await;
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base, labels: {reconcile.fluxcd.io/watch: WATCH}}\n";
    objects.apply(&settings.replace("WATCH", "Disabled")).await.expect("it is accepted");
    objects.apply(&settings.replace("WATCH", "Enabled")).await.expect("it is accepted");
    until("the configuration woke it", || toy.runs("dependent") == 3).await;
    objects.delete("v1/ConfigMap", "base").await.expect("it is accepted");
    until("its deletion woke it, too", || toy.runs("dependent") == 4).await;
    shutdown.cancel();
    ended.await.expect("it does not panic").expect("it ends well");
}

/// install-and-cli.md 4.6
#[tokio::test(flavor = "multi_thread")]
async fn shutdown_cancels_runs_and_drops_those_that_do_not_end() {
    let cluster = cluster().await;
    let objects = cluster.namespace("shutdown").await.expect("a namespace");
    let mut config = config(objects.namespace());
    config.shutdown = ferroflux_runtime::ShutdownPolicy::Cancel(Duration::from_secs(1));
    let process = start(&objects, config).await;
    objects.apply(&repository("polite", "until-shutdown")).await.expect("it is accepted");
    objects.apply(&repository("stuck", "stuck")).await.expect("it is accepted");
    until("both run", || process.toy.busy.load(std::sync::atomic::Ordering::SeqCst) == 2).await;
    let begun = Instant::now();
    process.stop().await.expect("it ends well");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let polite = objects.get(GIT, "polite").await.expect("it is there");
    let expected = "Reconciling=True Progressing: processing object: new generation -1 -> 1";
    assert_eq!(conditions(&polite)[0], expected, "it is not judged by a run that was cut short");
}
