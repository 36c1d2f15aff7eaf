//! What this program counts beside the runtime's metrics.

use std::sync::Arc;

use ferroflux_kube_apply::Hub;
use ferroflux_runtime::Metrics;
use prometheus::{IntCounter, IntGauge};

/// Counters of the kustomize-controller.
#[derive(Clone)]
pub(crate) struct KustomizeMetrics {
    /// Builds that ran; a run whose inputs are unchanged needs none.
    pub(crate) builds: IntCounter,
    /// Objects that needed no request because they are known to be as desired.
    pub(crate) settled: IntCounter,
}

fn counter(name: &str, help: &str) -> IntCounter {
    IntCounter::new(name, help).expect("the name is a valid metric name")
}

fn gauge(name: &str, help: &str) -> IntGauge {
    IntGauge::new(name, help).expect("the name is a valid metric name")
}

impl KustomizeMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        Self {
            builds: metrics
                .register(counter("ferroflux_kustomize_builds_total", "Builds of a Kustomization's path.")),
            settled: metrics.register(counter(
                "ferroflux_kustomize_settled_objects_total",
                "Objects that were known to be as desired without asking the API server.",
            )),
        }
    }
}

/// Shows how many watches over applied objects there are.
pub(crate) fn show_watches(metrics: &Metrics, hub: &Arc<Hub>) {
    let wanted = metrics
        .register(gauge("ferroflux_apply_watches", "Watches over kinds of applied objects that are wanted."));
    let live = metrics.register(gauge(
        "ferroflux_apply_watches_live",
        "Watches over kinds of applied objects that are complete.",
    ));
    let tracked =
        metrics.register(gauge("ferroflux_apply_tracked_objects", "Applied objects whose state is known."));
    let hub = Arc::clone(hub);
    metrics.before_scrape(move || {
        let counts = hub.counts();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        wanted.set(number(counts.wanted));
        live.set(number(counts.live));
        tracked.set(number(hub.tracker().len()));
    });
}
