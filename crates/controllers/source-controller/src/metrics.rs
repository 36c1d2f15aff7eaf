//! What this program counts beside the runtime's metrics.

use ferroflux_runtime::Metrics;
use prometheus::{IntCounterVec, Opts};

/// Counters of the source-controller.
#[derive(Clone, Debug)]
pub struct SourceMetrics {
    /// Checkouts by what came of them: `unchanged`, `fetched`, `failed`.
    pub checkouts: IntCounterVec,
    /// Archives that were written, by kind.
    pub archives: IntCounterVec,
}

fn counters(name: &str, help: &str, label: &str) -> IntCounterVec {
    IntCounterVec::new(Opts::new(name, help), &[label]).expect("name and label are valid for metrics")
}

impl SourceMetrics {
    /// Registers all of them.
    pub fn register(metrics: &Metrics) -> Self {
        Self {
            checkouts: metrics.register(counters(
                "ferroflux_git_checkouts_total",
                "Checkouts of Git references by what came of them.",
                "result",
            )),
            archives: metrics.register(counters(
                "ferroflux_artifact_archives_total",
                "Archives that were written to the storage.",
                "kind",
            )),
        }
    }
}
