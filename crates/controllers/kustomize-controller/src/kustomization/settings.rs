//! The times a Kustomization asks for (pure; contract/kustomize.md 1.2, 3.6).

use std::time::Duration;

use ferroflux_api::kustomize::v1::KustomizationSpec;
use ferroflux_api::meta::InvalidDuration;

/// No timeout is shorter, whatever the spec says.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Parsed and defaulted durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Between successful reconciliations.
    pub(crate) interval: Duration,
    /// After a failed reconciliation.
    pub(crate) retry: Duration,
    /// Of health checks and termination.
    pub(crate) timeout: Duration,
}

impl Settings {
    pub(crate) fn of(spec: &KustomizationSpec) -> Result<Self, InvalidDuration> {
        let interval = spec.interval.parse()?;
        let retry = spec.retry_interval.as_ref().map_or(Ok(interval), |retry| retry.parse())?;
        let timeout = match &spec.timeout {
            Some(timeout) => timeout.parse()?,
            None => interval.saturating_sub(SHORTEST_TIMEOUT),
        };
        Ok(Self { interval, retry, timeout: timeout.max(SHORTEST_TIMEOUT) })
    }
}

/// A duration as Go prints it: `1h2m3s`, `1.5s`, `750ms`, `0s`.
pub(crate) fn go_duration(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    if nanoseconds < 1_000_000_000 {
        let (unit, name) = match nanoseconds {
            ..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        return format!("{}{name}", decimal(nanoseconds, unit));
    }
    let (hours, minutes) = (duration.as_secs() / 3600, duration.as_secs() / 60 % 60);
    let seconds = decimal(nanoseconds % 60_000_000_000, 1_000_000_000);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// `value / unit` without closing zeros; `unit` is a power of ten.
fn decimal(value: u128, unit: u128) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}
