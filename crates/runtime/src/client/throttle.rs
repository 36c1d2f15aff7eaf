//! A token bucket for requests (`--kube-api-qps`, `--kube-api-burst`).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::ApiRate;

/// Tokens come at a rate up to a burst; who finds none gets the time to wait for his.
pub(super) struct Throttle {
    rate: ApiRate,
    state: Mutex<(f64, Instant)>,
}

impl Throttle {
    pub(super) fn new(rate: ApiRate) -> Self {
        Self { rate, state: Mutex::new((f64::from(rate.burst), Instant::now())) }
    }

    /// Takes a token; returns how long to wait for it.
    pub(super) fn reserve(&self) -> Duration {
        if self.rate.qps <= 0.0 {
            // As in client-go: a rate that is not positive switches the limit off.
            return Duration::ZERO;
        }
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let refilled = now.duration_since(state.1).as_secs_f64() * self.rate.qps;
        let tokens = (state.0 + refilled).min(f64::from(self.rate.burst)) - 1.0;
        *state = (tokens, now);
        if tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-tokens / self.rate.qps) }
    }
}
