//! Names, help texts and buckets.

/// Duration of finished reconciliations by object.
pub const GOTK_RECONCILE_DURATION: &str = "gotk_reconcile_duration_seconds";
/// Finished runs by result.
pub const RECONCILE_TOTAL: &str = "controller_runtime_reconcile_total";
/// Duration of runs.
pub const RECONCILE_TIME: &str = "controller_runtime_reconcile_time_seconds";
/// Runs that ended in an error.
pub const RECONCILE_ERRORS: &str = "controller_runtime_reconcile_errors_total";
/// Runs that ended in an error that is not retried.
pub const TERMINAL_ERRORS: &str = "controller_runtime_terminal_reconcile_errors_total";
/// Runs that panicked.
pub const RECONCILE_PANICS: &str = "controller_runtime_reconcile_panics_total";
/// Runs that exceeded their time; never, because waits hold no slot.
pub const RECONCILE_TIMEOUTS: &str = "controller_runtime_reconcile_timeouts_total";
/// Slots.
pub const MAX_CONCURRENT: &str = "controller_runtime_max_concurrent_reconciles";
/// Slots in use.
pub const ACTIVE_WORKERS: &str = "controller_runtime_active_workers";
/// Objects that are due.
pub const QUEUE_DEPTH: &str = "workqueue_depth";
/// Objects that became due.
pub const QUEUE_ADDS: &str = "workqueue_adds_total";
/// Objects that became due through the back-off.
pub const QUEUE_RETRIES: &str = "workqueue_retries_total";
/// Time between due and running.
pub const QUEUE_DURATION: &str = "workqueue_queue_duration_seconds";
/// Time of running.
pub const WORK_DURATION: &str = "workqueue_work_duration_seconds";
/// Time that running objects have run so far.
pub const UNFINISHED_WORK: &str = "workqueue_unfinished_work_seconds";
/// Time that the object has run that runs longest.
pub const LONGEST_RUNNING: &str = "workqueue_longest_running_processor_seconds";
/// Ours: for how long an object has waited, for what, without holding a slot.
pub const WAIT_SECONDS: &str = "ferroflux_object_wait_seconds";
/// Ours: events that no queue had room for.
pub const EVENTS_DROPPED: &str = "ferroflux_events_dropped_total";
/// Ours: notifications by result.
pub const EVENTS_DELIVERED: &str = "ferroflux_notifications_total";
/// Requests to API servers.
pub const REST_REQUESTS: &str = "rest_client_requests_total";
/// Whether this process holds the lease.
pub const LEADER_STATUS: &str = "leader_election_master_status";

/// Ten geometric steps from 10 ms to half an hour.
pub const RECONCILE_DURATION_BUCKETS: [f64; 10] =
    [0.01, 0.038_363_6, 0.147_176, 0.564_622, 2.166_09, 8.309_9, 31.879_8, 122.302, 469.195, 1800.0];

/// Buckets of [`RECONCILE_TIME`].
pub const RECONCILE_TIME_BUCKETS: [f64; 40] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25,
    1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0,
    50.0, 60.0,
];

/// Buckets of the queue's histograms: powers of ten from 10 ns to 1,000 s.
pub const QUEUE_BUCKETS: [f64; 12] =
    [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0];
