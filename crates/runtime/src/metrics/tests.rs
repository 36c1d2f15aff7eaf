//! Names, labels and lifetimes of series.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::driver::Key;
use crate::queue::{Backoff, Next, Priority, Queue};
use crate::report::Wait;
use crate::run::Cause;

fn text(metrics: &Metrics) -> String {
    String::from_utf8(metrics.encode().expect("metrics")).expect("UTF-8")
}

fn assert_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "`{line}` is missing in\n{text}");
    }
}

/// install-and-cli.md 7.1: counters with fixed labels begin at zero.
#[test]
fn a_kinds_series_are_there_from_the_start() {
    let metrics = Metrics::new();
    let vectors = ControllerVectors::register(&metrics);
    let controller = ControllerMetrics::new(vectors, "GitRepository", 2);
    let queue = Arc::new(Queue::new(Backoff::default(), controller.queue_observer()));
    controller.observe_queue(&metrics, queue);
    let queue_labels = "{controller=\"gitrepository\",name=\"gitrepository\"}";
    assert_lines(
        &text(&metrics),
        &[
            "controller_runtime_reconcile_total{controller=\"gitrepository\",result=\"error\"} 0",
            "controller_runtime_reconcile_total{controller=\"gitrepository\",result=\"requeue\"} 0",
            "controller_runtime_reconcile_total{controller=\"gitrepository\",result=\"requeue_after\"} 0",
            "controller_runtime_reconcile_total{controller=\"gitrepository\",result=\"success\"} 0",
            "controller_runtime_reconcile_errors_total{controller=\"gitrepository\"} 0",
            "controller_runtime_terminal_reconcile_errors_total{controller=\"gitrepository\"} 0",
            "controller_runtime_reconcile_panics_total{controller=\"gitrepository\"} 0",
            "controller_runtime_reconcile_timeouts_total{controller=\"gitrepository\"} 0",
            "controller_runtime_max_concurrent_reconciles{controller=\"gitrepository\"} 2",
            "controller_runtime_active_workers{controller=\"gitrepository\"} 0",
            "controller_runtime_reconcile_time_seconds_count{controller=\"gitrepository\"} 0",
            "workqueue_depth{controller=\"gitrepository\",name=\"gitrepository\",priority=\"-100\"} 0",
            "workqueue_depth{controller=\"gitrepository\",name=\"gitrepository\",priority=\"0\"} 0",
            &format!("workqueue_adds_total{queue_labels} 0"),
            &format!("workqueue_retries_total{queue_labels} 0"),
            &format!("workqueue_queue_duration_seconds_count{queue_labels} 0"),
            &format!("workqueue_work_duration_seconds_count{queue_labels} 0"),
            &format!("workqueue_unfinished_work_seconds{queue_labels} 0"),
            &format!("workqueue_longest_running_processor_seconds{queue_labels} 0"),
        ],
    );
}

/// install-and-cli.md 12: scenario 35
#[test]
fn an_objects_series_go_with_it() {
    let metrics = Metrics::new();
    let controller = ControllerMetrics::new(ControllerVectors::register(&metrics), "Kustomization", 4);
    let key = Key::new("apps", "web");
    controller.reconciled(&key, Duration::from_millis(30));
    let labels = "kind=\"Kustomization\",name=\"web\",namespace=\"apps\"";
    assert_lines(
        &text(&metrics),
        &[
            &format!("gotk_reconcile_duration_seconds_bucket{{{labels},le=\"0.01\"}} 0"),
            &format!("gotk_reconcile_duration_seconds_bucket{{{labels},le=\"0.0383636\"}} 1"),
            &format!("gotk_reconcile_duration_seconds_bucket{{{labels},le=\"1800\"}} 1"),
            &format!("gotk_reconcile_duration_seconds_count{{{labels}}} 1"),
        ],
    );
    controller.forget(&key);
    assert!(!text(&metrics).contains("gotk_reconcile_duration_seconds_count{"));
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_a_series_until_it_ends() {
    let metrics = Metrics::new();
    let controller = ControllerMetrics::new(ControllerVectors::register(&metrics), "Kustomization", 4);
    let queue = Arc::new(Queue::new(Backoff::default(), controller.queue_observer()));
    controller.observe_queue(&metrics, queue.clone());
    let key = Key::new("apps", "web");
    queue.wake(&key, Cause::Start, Priority::LOW);
    queue.next().await;
    let until = tokio::time::Instant::now() + Duration::from_mins(5);
    queue.finish(&key, Next::Wait(Wait::new("health", until)));
    tokio::time::advance(Duration::from_secs(7)).await;
    let series = "ferroflux_object_wait_seconds{kind=\"Kustomization\",name=\"web\",namespace=\"apps\",what=\"health\"} 7";
    assert_lines(&text(&metrics), &[series]);
    queue.forget(&key);
    assert!(!text(&metrics).contains("ferroflux_object_wait_seconds{"));
}

/// install-and-cli.md 7.1
#[test]
fn the_process_shows_its_own_figures() {
    let metrics = Metrics::new();
    metrics.register(ProcessCollector::new("1.2.3"));
    let text = text(&metrics);
    let value = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("the series is there");
        line.trim().parse().expect("a number")
    };
    assert!(value("process_resident_memory_bytes ") > 1e6);
    assert!(value("go_memstats_alloc_bytes ") > 1e5);
    assert!(value("process_open_fds ") >= 3.0);
    assert!(value("process_max_fds ") >= 3.0);
    assert!(value("process_start_time_seconds ") > 1.7e9);
    assert!(value("process_virtual_memory_bytes ") > 1e6);
    assert!(value("process_cpu_seconds_total ") >= 0.0);
    assert_lines(&text, &["go_info{version=\"1.2.3\"} 1"]);
}
