//! Exponential back-off of one object.

use std::time::Duration;

/// `--min-retry-delay` doubled with every failure, up to `--max-retry-delay`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Delay after the first failure.
    pub min: Duration,
    /// The longest delay.
    pub max: Duration,
}

impl Backoff {
    /// The delay after `earlier` failures before this one.
    pub fn delay(self, earlier: u32) -> Duration {
        let factor = 1_u32.checked_shl(earlier.min(31)).unwrap_or(u32::MAX);
        self.min.saturating_mul(factor).min(self.max)
    }
}

impl Default for Backoff {
    /// The defaults of the flags.
    fn default() -> Self {
        Self { min: Duration::from_millis(750), max: Duration::from_mins(15) }
    }
}
