//! Metrics under the names that Flux's dashboards and alerts use (contract/install-and-cli.md 7.1).
//!
//! A registry per process, passed in; one struct per component. Numbers that are only known at one moment (queue depth,
//! waits, the process's memory) are read when somebody scrapes.

use std::sync::{Arc, Mutex, PoisonError};

use prometheus::core::Collector;
use prometheus::{Encoder as _, Registry, TextEncoder};

mod client;
mod controller;
mod events;
pub mod names;
mod process;

pub(crate) use client::ClientMetrics;
pub(crate) use controller::{ControllerMetrics, ControllerVectors, RunResult};
pub(crate) use events::EventMetrics;
pub(crate) use process::ProcessCollector;

type Refresh = Box<dyn Fn() + Send + Sync>;

/// The process's metrics. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    refreshes: Mutex<Vec<Refresh>>,
}

/// Why the metrics cannot be written out.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be encoded")]
pub struct EncodeError(#[from] prometheus::Error);

impl Metrics {
    /// An empty registry.
    pub fn new() -> Self {
        Self { inner: Arc::new(Inner { registry: Registry::new(), refreshes: Mutex::default() }) }
    }

    /// Registers a metric and returns it. Of two with one name the first is the one that is shown, which can only
    /// happen to a program that registers a component twice.
    pub fn register<C: Collector + Clone + 'static>(&self, metric: C) -> C {
        if let Err(cause) = self.inner.registry.register(Box::new(metric.clone())) {
            tracing::error!(error = crate::failure::chain(&cause), "unable to register metric");
        }
        metric
    }

    /// Calls `refresh` before every scrape: the place to set gauges.
    pub fn before_scrape(&self, refresh: impl Fn() + Send + Sync + 'static) {
        self.refreshes().push(Box::new(refresh));
    }

    /// All metrics in the Prometheus text format.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        for refresh in self.refreshes().iter() {
            refresh();
        }
        let mut text = Vec::with_capacity(64 * 1024);
        TextEncoder::new().encode(&self.inner.registry.gather(), &mut text)?;
        Ok(text)
    }

    fn refreshes(&self) -> std::sync::MutexGuard<'_, Vec<Refresh>> {
        self.inner.refreshes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes a metric whose name and labels are constants of this program.
pub(crate) fn constant<M>(made: prometheus::Result<M>) -> M {
    made.expect("the name and the labels are constants that a test registers")
}

#[cfg(test)]
mod tests;
