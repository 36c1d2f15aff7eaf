//! Metrics of one kind's controller and its queue.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::{Counter, CounterVec, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, Opts};

use super::{Metrics, constant, names};
use crate::driver::Key;
use crate::queue::{Observer, Queue};

/// What the metrics of all kinds share: the vectors, one label value per kind.
#[derive(Clone)]
pub(crate) struct ControllerVectors {
    duration: HistogramVec,
    total: CounterVec,
    time: HistogramVec,
    errors: CounterVec,
    terminal: CounterVec,
    panics: CounterVec,
    timeouts: CounterVec,
    max_concurrent: GaugeVec,
    active: GaugeVec,
    depth: GaugeVec,
    adds: CounterVec,
    retries: CounterVec,
    queue_duration: HistogramVec,
    work_duration: HistogramVec,
    unfinished: GaugeVec,
    longest: GaugeVec,
    waits: GaugeVec,
}

fn counter(metrics: &Metrics, name: &str, help: &str, labels: &[&str]) -> CounterVec {
    metrics.register(constant(CounterVec::new(Opts::new(name, help), labels)))
}

fn gauge(metrics: &Metrics, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
    metrics.register(constant(GaugeVec::new(Opts::new(name, help), labels)))
}

fn histogram(metrics: &Metrics, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
    let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
    metrics.register(constant(HistogramVec::new(options, labels)))
}

impl ControllerVectors {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let controller = &["controller"];
        let queue = &["name", "controller"];
        let object = &["kind", "name", "namespace"];
        Self {
            duration: histogram(
                metrics,
                names::GOTK_RECONCILE_DURATION,
                "The duration in seconds of a finished reconciliation.",
                object,
                &names::RECONCILE_DURATION_BUCKETS,
            ),
            total: counter(metrics, names::RECONCILE_TOTAL, "Runs by result.", &["controller", "result"]),
            time: histogram(
                metrics,
                names::RECONCILE_TIME,
                "Duration of runs.",
                controller,
                &names::RECONCILE_TIME_BUCKETS,
            ),
            errors: counter(metrics, names::RECONCILE_ERRORS, "Runs that ended in an error.", controller),
            terminal: counter(
                metrics,
                names::TERMINAL_ERRORS,
                "Runs that ended in an error that is not retried.",
                controller,
            ),
            panics: counter(metrics, names::RECONCILE_PANICS, "Runs that panicked.", controller),
            timeouts: counter(
                metrics,
                names::RECONCILE_TIMEOUTS,
                "Runs that exceeded their time.",
                controller,
            ),
            max_concurrent: gauge(metrics, names::MAX_CONCURRENT, "Slots.", controller),
            active: gauge(metrics, names::ACTIVE_WORKERS, "Slots in use.", controller),
            depth: gauge(
                metrics,
                names::QUEUE_DEPTH,
                "Objects that are due, by priority.",
                &["name", "controller", "priority"],
            ),
            adds: counter(metrics, names::QUEUE_ADDS, "Objects that became due.", queue),
            retries: counter(
                metrics,
                names::QUEUE_RETRIES,
                "Objects that became due through the back-off.",
                queue,
            ),
            queue_duration: histogram(
                metrics,
                names::QUEUE_DURATION,
                "Time between due and running.",
                queue,
                &names::QUEUE_BUCKETS,
            ),
            work_duration: histogram(
                metrics,
                names::WORK_DURATION,
                "Time of running.",
                queue,
                &names::QUEUE_BUCKETS,
            ),
            unfinished: gauge(
                metrics,
                names::UNFINISHED_WORK,
                "Time that running objects have run so far.",
                queue,
            ),
            longest: gauge(
                metrics,
                names::LONGEST_RUNNING,
                "Time that the object has run that runs longest.",
                queue,
            ),
            waits: gauge(
                metrics,
                names::WAIT_SECONDS,
                "For how long an object has waited, and for what; a wait holds no slot.",
                &["kind", "name", "namespace", "what"],
            ),
        }
    }
}

/// The result label of a finished run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunResult {
    Success,
    Error,
    Requeue,
    RequeueAfter,
}

impl RunResult {
    const ALL: [Self; 4] = [Self::Success, Self::Error, Self::Requeue, Self::RequeueAfter];

    fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Requeue => "requeue",
            Self::RequeueAfter => "requeue_after",
        }
    }
}

/// The metrics of one kind.
#[derive(Clone)]
pub(crate) struct ControllerMetrics {
    kind: String,
    controller: String,
    vectors: ControllerVectors,
    time: Histogram,
    errors: Counter,
    terminal: Counter,
    panics: Counter,
    active: Gauge,
}

impl ControllerMetrics {
    pub(crate) fn new(vectors: ControllerVectors, kind: &str, slots: usize) -> Self {
        let controller = kind.to_lowercase();
        let label = &[controller.as_str()];
        for result in RunResult::ALL {
            vectors.total.with_label_values(&[controller.as_str(), result.label()]);
        }
        vectors.timeouts.with_label_values(label);
        vectors.max_concurrent.with_label_values(label).set(slots as f64);
        Self {
            kind: kind.to_owned(),
            time: vectors.time.with_label_values(label),
            errors: vectors.errors.with_label_values(label),
            terminal: vectors.terminal.with_label_values(label),
            panics: vectors.panics.with_label_values(label),
            active: vectors.active.with_label_values(label),
            controller,
            vectors,
        }
    }

    pub(crate) fn run_started(&self) {
        self.active.inc();
    }

    pub(crate) fn run_finished(&self, result: RunResult, took: Duration) {
        self.active.dec();
        self.time.observe(took.as_secs_f64());
        self.vectors.total.with_label_values(&[self.controller.as_str(), result.label()]).inc();
        if result == RunResult::Error {
            self.errors.inc();
        }
    }

    pub(crate) fn terminal_error(&self) {
        self.terminal.inc();
    }

    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }

    /// One finished reconciliation, from the first run to the last.
    pub(crate) fn reconciled(&self, key: &Key, took: Duration) {
        self.vectors
            .duration
            .with_label_values(&[self.kind.as_str(), &key.name, &key.namespace])
            .observe(took.as_secs_f64());
    }

    /// The object is gone: its series go.
    pub(crate) fn forget(&self, key: &Key) {
        // Absent when the object never finished a reconciliation.
        let _ = self.vectors.duration.remove_label_values(&[self.kind.as_str(), &key.name, &key.namespace]);
    }

    /// What the queue reports to as things happen.
    pub(crate) fn queue_observer(&self) -> Arc<QueueObserver> {
        let label = &[self.controller.as_str(), self.controller.as_str()];
        Arc::new(QueueObserver {
            adds: self.vectors.adds.with_label_values(label),
            retries: self.vectors.retries.with_label_values(label),
            queue_duration: self.vectors.queue_duration.with_label_values(label),
            work_duration: self.vectors.work_duration.with_label_values(label),
        })
    }

    /// Reads the queue's state before every scrape.
    pub(crate) fn observe_queue(&self, metrics: &Metrics, queue: Arc<Queue>) {
        let this = self.clone();
        let shown: Mutex<HashSet<[String; 4]>> = Mutex::default();
        metrics.before_scrape(move || this.refresh(&queue, &shown));
    }

    fn refresh(&self, queue: &Queue, shown: &Mutex<HashSet<[String; 4]>>) {
        let snapshot = queue.snapshot();
        let controller = self.controller.as_str();
        let label = &[controller, controller];
        self.vectors.unfinished.with_label_values(label).set(snapshot.unfinished.as_secs_f64());
        self.vectors.longest.with_label_values(label).set(snapshot.longest.as_secs_f64());
        for priority in crate::queue::Priority::USED {
            let depth = snapshot.depth.get(&priority).copied().unwrap_or(0);
            let priority = priority.0.to_string();
            self.vectors.depth.with_label_values(&[controller, controller, &priority]).set(depth as f64);
        }
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = HashSet::new();
        for (key, what, age) in snapshot.waits {
            let labels = [self.kind.clone(), key.name.to_string(), key.namespace.to_string(), what];
            self.vectors.waits.with_label_values(&labels).set(age.as_secs_f64());
            now.insert(labels);
        }
        for ended in shown.difference(&now) {
            let _ = self.vectors.waits.remove_label_values(ended);
        }
        *shown = now;
    }
}

/// Counts what happens in a queue.
pub(crate) struct QueueObserver {
    adds: Counter,
    retries: Counter,
    queue_duration: Histogram,
    work_duration: Histogram,
}

impl Observer for QueueObserver {
    fn added(&self, retry: bool) {
        self.adds.inc();
        if retry {
            self.retries.inc();
        }
    }

    fn started(&self, queued_for: Duration) {
        self.queue_duration.observe(queued_for.as_secs_f64());
    }

    fn finished(&self, worked_for: Duration) {
        self.work_duration.observe(worked_for.as_secs_f64());
    }
}
