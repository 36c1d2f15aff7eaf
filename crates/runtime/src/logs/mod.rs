//! Log lines as Flux writes them: one JSON object per line on stderr (contract/install-and-cli.md 4.9).
//!
//! Only this project's own events are written: libraries below log requests with headers and addresses, in which
//! credentials could stand.

use std::io::Write as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry};

use crate::clock::Clock;
use crate::events::Record;
use crate::report::Severity;

mod layer;
mod line;

pub(crate) use layer::LogLayer;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// One JSON object per line.
    #[default]
    Json,
    /// For people.
    Console,
}

impl Encoding {
    /// The encoding of `--log-encoding`; anything unknown means JSON.
    pub fn of_flag(text: &str) -> Self {
        if text == "console" { Self::Console } else { Self::Json }
    }
}

/// The level of `--log-level`; anything unknown means info.
pub fn level_of_flag(text: &str) -> LevelFilter {
    match text {
        "trace" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "error" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

/// Sends this process's log lines to stderr from now on. Only the first call of a process has an effect.
pub fn install(level: LevelFilter, encoding: Encoding) {
    let layer = LogLayer::new(encoding, Clock::system(), |line: &[u8]| {
        // A closed stderr is no reason to stop working, and there is nowhere to report it.
        let _ = std::io::stderr().lock().write_all(line);
    });
    let ours = tracing_subscriber::filter::filter_fn(|metadata| metadata.target().starts_with("ferroflux"));
    let subscriber = Registry::default().with(layer.with_filter(ours).with_filter(level));
    // Fails when a subscriber is installed already, as in tests.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// At level trace every event is a log line, too.
pub(crate) fn trace_event(record: &Record) {
    if !tracing::enabled!(tracing::Level::TRACE) {
        return;
    }
    let involved = &record.involved;
    let annotations = serde_json::to_string(&record.metadata).unwrap_or_default();
    // These lines carry no controller keys: they stand outside of the run's span.
    match record.severity {
        Severity::Error => tracing::error!(
            parent: None, name = %involved.name, namespace = %involved.namespace,
            "reconciler kind" = %involved.kind, annotations, error = record.reason, "{}", record.message
        ),
        Severity::Info | Severity::Trace => tracing::info!(
            parent: None, name = %involved.name, namespace = %involved.namespace,
            "reconciler kind" = %involved.kind, annotations, reason = record.reason, "{}", record.message
        ),
    }
}

#[cfg(test)]
mod tests;
