//! Metrics of requests to API servers.

use prometheus::{CounterVec, Opts};

use super::{Metrics, constant, names};

/// Counts requests by status code, host and method.
#[derive(Clone)]
pub(crate) struct ClientMetrics {
    requests: CounterVec,
}

impl ClientMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let options =
            Opts::new(names::REST_REQUESTS, "Requests to API servers by status code, method and host.");
        let labels = &["code", "host", "method"];
        Self { requests: metrics.register(constant(CounterVec::new(options, labels))) }
    }

    /// Counts an answered request, or one that got no answer.
    pub(crate) fn request(&self, code: Option<u16>, host: &str, method: &str) {
        let code = code.map_or_else(|| "<error>".to_owned(), |code| code.to_string());
        self.requests.with_label_values(&[code.as_str(), host, method]).inc();
    }
}
