//! Metrics of the ways that events leave the process.

use prometheus::{CounterVec, Opts};

use super::{Metrics, constant, names};

/// Counts events that were dropped and notifications by result.
#[derive(Clone)]
pub(crate) struct EventMetrics {
    dropped: CounterVec,
    delivered: CounterVec,
}

impl EventMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let dropped = Opts::new(names::EVENTS_DROPPED, "Events that no queue had room for.");
        let delivered = Opts::new(names::EVENTS_DELIVERED, "Notifications by result.");
        let this = Self {
            dropped: metrics.register(constant(CounterVec::new(dropped, &["sink"]))),
            delivered: metrics.register(constant(CounterVec::new(delivered, &["sink", "result"]))),
        };
        for sink in ["kubernetes", "notification"] {
            this.dropped.with_label_values(&[sink]);
        }
        for result in ["success", "failure"] {
            this.delivered.with_label_values(&["notification", result]);
        }
        this
    }

    pub(crate) fn dropped(&self, sink: &str) {
        self.dropped.with_label_values(&[sink]).inc();
    }

    pub(crate) fn delivered(&self, sink: &str) {
        self.delivered.with_label_values(&[sink, "success"]).inc();
    }

    pub(crate) fn failed(&self, sink: &str) {
        self.delivered.with_label_values(&[sink, "failure"]).inc();
    }
}
