//! What every controller shares: flags, logs, metrics, probes, leases, work queue, status writer, events, watches, identities.
