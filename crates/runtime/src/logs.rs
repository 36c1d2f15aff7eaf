//! Log lines as Flux writes them: one JSON object per line on stderr (contract/install-and-cli.md 4.9).

use crate::events::Record;
use crate::report::Severity;

/// At level trace every event is a log line, too.
pub(crate) fn trace_event(record: &Record) {
    if !tracing::enabled!(tracing::Level::TRACE) {
        return;
    }
    let involved = &record.involved;
    let annotations = serde_json::to_string(&record.metadata).unwrap_or_default();
    match record.severity {
        Severity::Error => tracing::error!(
            name = %involved.name, namespace = %involved.namespace, "reconciler kind" = %involved.kind,
            annotations, error = record.reason, "{}", record.message
        ),
        Severity::Info | Severity::Trace => tracing::info!(
            name = %involved.name, namespace = %involved.namespace, "reconciler kind" = %involved.kind,
            annotations, reason = record.reason, "{}", record.message
        ),
    }
}
