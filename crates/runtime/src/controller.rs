//! The controller of one kind: takes due objects from the queue, frames each run, ends it in one status write.

use std::any::Any;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ferroflux_api::Status;
use futures::FutureExt as _;
use kube::core::object::HasStatus as _;
use kube::{Client, Resource as _, ResourceExt as _};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, error, info};

use crate::clock::Clock;
use crate::conditions::frame;
use crate::driver::{Driver, Key, StatusOf};
use crate::events::Recorder;
use crate::failure::{Failure, FailureKind};
use crate::jitter::Jitter;
use crate::kind::{Kind, requested_at};
use crate::metrics::{ControllerMetrics, RunResult};
use crate::queue::{Job, Next};
use crate::report::{Event, Finalization, Outcome, Report, Requeue, Severity};
use crate::rules::Scheme;
use crate::run::{Cause, Run};
use crate::status::{StatusError, StatusWriter};
use crate::store::Held;

mod invalid;

/// What a controller needs of the process.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) jitter: Jitter,
    pub(crate) shutdown: CancellationToken,
    pub(crate) grace: Duration,
    pub(crate) cancel_runs: bool,
}

/// The controller of one kind.
pub(crate) struct Controller<D: Driver> {
    driver: D,
    kind: Kind<D::Object>,
    around: Surroundings,
    metrics: ControllerMetrics,
    recorder: Recorder,
    slots: Mutex<HashMap<Key, Slot<D>>>,
}

/// What is kept of one object between its runs.
struct Slot<D: Driver> {
    uid: Option<String>,
    memory: Arc<Mutex<D::Memory>>,
    /// When the work began that is still being waited for.
    began: Option<Instant>,
}

/// How a run ended, for queue and metrics.
struct Ended {
    next: Next,
    result: RunResult,
}

impl Ended {
    fn new(next: Next, result: RunResult) -> Self {
        Self { next, result }
    }
}

impl<D: Driver> Controller<D> {
    pub(crate) fn new(driver: D, kind: Kind<D::Object>, around: Surroundings, recorder: Recorder) -> Self {
        let metrics = kind.metrics.clone();
        Self { driver, kind, around, metrics, recorder, slots: Mutex::default() }
    }

    /// The object is gone from this process's view: nothing of it is kept.
    pub(crate) fn forget(&self, key: &Key) {
        self.kind.queue.forget(key);
        self.drop_slot(key);
        self.metrics.forget(key);
    }

    /// Whether no version of the object is known any more.
    pub(crate) fn is_gone(&self, key: &Key) -> bool {
        self.kind.store().held(key).is_none()
    }

    pub(crate) fn relevant(&self, object: &D::Object) -> bool {
        self.driver.relevant(object)
    }

    /// Works until shutdown, then lets running objects end within the time of grace. Begun when all stores are filled.
    pub(crate) async fn work(self: Arc<Self>) {
        let mut runs = JoinSet::new();
        let stop = self.around.shutdown.clone();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(_) = runs.join_next(), if !runs.is_empty() => {}
                job = self.kind.queue.next(), if runs.len() < self.kind.slots => {
                    runs.spawn(self.clone().execute(job));
                }
            }
        }
        let drained =
            tokio::time::timeout(self.around.grace, async { while runs.join_next().await.is_some() {} });
        if drained.await.is_err() {
            info!(
                controller = %Self::controller(),
                "{} runs did not end within {:?} and are dropped", runs.len(), self.around.grace
            );
            runs.shutdown().await;
        }
    }

    fn controller() -> String {
        D::Object::kind(&()).to_lowercase()
    }

    /// One run, with everything that may go wrong in it contained.
    async fn execute(self: Arc<Self>, job: Job) {
        let started = Instant::now();
        self.metrics.run_started();
        let id = new_id();
        let key = job.key.clone();
        let kind = D::Object::kind(&());
        let span = tracing::info_span!(
            "reconcile",
            controller = %Self::controller(),
            controllerGroup = %D::Object::group(&()),
            controllerKind = %kind,
            namespace = %key.namespace,
            name = %key.name,
            reconcileID = %id,
        );
        let run = AssertUnwindSafe(self.run(job, id, started)).catch_unwind();
        let ended = async {
            run.await.unwrap_or_else(|panic| {
                error!(error = panic_text(&*panic), "Observed a panic");
                self.metrics.panicked();
                Ended::new(Next::Retry, RunResult::Error)
            })
        }
        .instrument(span)
        .await;
        self.metrics.run_finished(ended.result, started.elapsed());
        self.kind.queue.finish(&key, ended.next);
        if self.kind.store().held(&key).is_none() {
            self.forget(&key);
        }
    }

    async fn run(&self, job: Job, id: String, started: Instant) -> Ended {
        let object = match self.kind.store().held(&job.key) {
            None => return Ended::new(Next::Forget, RunResult::Success),
            Some(Held::Valid(object)) => object,
            Some(Held::Invalid(invalid)) => return self.report_invalid(&invalid).await,
        };
        let rules = self.driver.rules();
        let writer =
            StatusWriter::new(self.around.client.clone(), rules, self.kind.watched.clone(), object.as_ref());
        let deleting = object.meta().deletion_timestamp.is_some();
        let has_finalizer = rules
            .finalizer
            .is_some_and(|finalizer| object.finalizers().iter().any(|other| other == finalizer));
        if deleting && !has_finalizer {
            return Ended::new(Next::Never, RunResult::Success);
        }
        if let (false, false, Some(finalizer)) = (deleting, has_finalizer, rules.finalizer) {
            return match writer.set_finalizer(finalizer, true).await {
                Ok(()) => Ended::new(Next::Immediately, RunResult::Requeue),
                Err(cause) => Self::write_failed(&cause),
            };
        }
        let (memory, began) = self.slot(&job.key, object.meta().uid.as_deref(), started);
        let run = Run {
            key: job.key,
            id,
            rules,
            causes: job.causes,
            now: self.around.clock.now(),
            began,
            memory,
            waker: self.kind.waker(),
            interruptions: job.interruptions,
            shutdown: if self.around.cancel_runs {
                self.around.shutdown.clone()
            } else {
                CancellationToken::new()
            },
            writer,
            recorder: self.recorder.clone(),
        };
        if deleting {
            self.finalize(object, &run).await
        } else if self.driver.is_suspended(&object) {
            self.suspend(&object, &run).await
        } else {
            self.reconcile(object, &run).await
        }
    }

    async fn suspend(&self, object: &Arc<D::Object>, run: &Run<D>) -> Ended {
        let rules = self.driver.rules();
        match &rules.scheme {
            Scheme::Summary(summary) => info!("{}", summary.suspended_message),
            Scheme::Plain => info!("Reconciliation is suspended for this object"),
        }
        self.driver.suspended(object, run);
        let mut status = object.status().cloned().unwrap_or_default();
        frame::suspended(rules, &mut status, run.stamp(object), requested_at(object.as_ref()));
        let written = run.writer.write(status).await;
        self.settle(run, false);
        match written {
            Ok(()) => Ended::new(Next::Never, RunResult::Success),
            Err(cause) => Self::write_failed(&cause),
        }
    }

    async fn reconcile(&self, object: Arc<D::Object>, run: &Run<D>) -> Ended {
        let rules = self.driver.rules();
        let mut status = object.status().cloned().unwrap_or_default();
        let publish = frame::begin(rules, &mut status, run.stamp(&object), requested_at(object.as_ref()));
        let begun = object_with_status(&object, &status);
        if publish && let Err(cause) = run.writer.write(status).await {
            return Self::write_failed(&cause);
        }
        let report = self.driver.reconcile(begun, run).await;
        self.conclude(&object, run, report).await
    }

    async fn finalize(&self, object: Arc<D::Object>, run: &Run<D>) -> Ended {
        match self.driver.finalize(object.clone(), run).await {
            Finalization::Pending(report) => self.conclude(&object, run, report).await,
            Finalization::Done(events) => {
                for event in events {
                    run.event(event);
                }
                if let Some(finalizer) = self.driver.rules().finalizer
                    && let Err(cause) = run.writer.set_finalizer(finalizer, false).await
                {
                    return Self::write_failed(&cause);
                }
                self.drop_slot(&run.key);
                self.metrics.forget(&run.key);
                Ended::new(Next::Never, RunResult::Success)
            }
        }
    }

    /// Completes and writes the status, records events, decides when to come back.
    async fn conclude(&self, object: &D::Object, run: &Run<D>, report: Report<StatusOf<D>>) -> Ended {
        let Report { mut status, outcome, events, mut next } = report;
        let succeeded = matches!(outcome, Outcome::Succeeded);
        let stamp = run.stamp(object);
        let outcome = frame::finish(self.driver.rules(), &mut status, stamp, requested_at(object), outcome);
        if let (true, Outcome::Failed(_)) = (succeeded, &outcome) {
            next = Requeue::Retry;
        }
        let written = run.writer.write(status).await;
        for event in events {
            run.event(event);
        }
        if let Outcome::Failed(failure) = &outcome {
            Self::report_failure(run, failure, &next);
        }
        self.settle(run, matches!(outcome, Outcome::InProgress));
        if let Err(cause) = written {
            return Self::write_failed(&cause);
        }
        self.ended(&outcome, next)
    }

    fn ended(&self, outcome: &Outcome, next: Requeue) -> Ended {
        let stalled = matches!(outcome, Outcome::Failed(failure) if failure.kind() == FailureKind::Stalled);
        let jitter = |interval| self.around.jitter.apply(interval, fastrand::f64());
        match next {
            Requeue::Never if stalled && matches!(self.driver.rules().scheme, Scheme::Plain) => {
                self.metrics.terminal_error();
                Ended::new(Next::Never, RunResult::Error)
            }
            Requeue::Never => Ended::new(Next::Never, RunResult::Success),
            Requeue::Immediately => Ended::new(Next::Immediately, RunResult::Requeue),
            Requeue::Retry => Ended::new(Next::Retry, RunResult::Error),
            Requeue::Interval(interval) => {
                Ended::new(Next::After(jitter(interval), Cause::Interval), RunResult::RequeueAfter)
            }
            Requeue::After(delay) => Ended::new(Next::After(delay, Cause::Interval), RunResult::RequeueAfter),
            Requeue::Wait(wait) => Ended::new(Next::Wait(wait), RunResult::RequeueAfter),
        }
    }

    /// The log line and the event of a failed run.
    fn report_failure(run: &Run<D>, failure: &Failure, next: &Requeue) {
        let message = failure.message();
        match failure.kind() {
            FailureKind::Stalled => error!(error = message, "reconciliation stalled"),
            FailureKind::Waiting(_) => info!(reason = message, "reconciliation waiting"),
            FailureKind::Interrupted => info!(reason = message, "reconciliation interrupted"),
            FailureKind::Retry => match next {
                Requeue::After(delay) | Requeue::Interval(delay) => error!(
                    error = message,
                    "Reconciliation failed after {}, next try in {}",
                    crate::text::go_duration(run.elapsed()),
                    crate::text::go_duration(*delay)
                ),
                _ => error!(error = message, "Reconciler error"),
            },
        }
        if !failure.has_event() {
            return;
        }
        let severity = match failure.kind() {
            FailureKind::Waiting(_) => Severity::Trace,
            _ => Severity::Error,
        };
        let mut event = Event::new(severity, failure.reason().to_owned(), message);
        event.metadata.clone_from(failure.metadata());
        run.event(event);
    }

    fn write_failed(cause: &StatusError) -> Ended {
        if matches!(cause, StatusError::Gone) {
            // The watch tells of the deletion; if it already did, the queue forgets the object.
            return Ended::new(Next::Never, RunResult::Success);
        }
        error!(error = crate::failure::chain(cause), "Reconciler error");
        Ended::new(Next::Retry, RunResult::Error)
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Slot<D>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The object's memory, and when the work began that this run continues.
    fn slot(&self, key: &Key, uid: Option<&str>, started: Instant) -> (Arc<Mutex<D::Memory>>, Instant) {
        let mut slots = self.slots();
        let slot = slots.entry(key.clone()).or_insert_with(|| Slot {
            uid: uid.map(str::to_owned),
            memory: Arc::default(),
            began: None,
        });
        if slot.uid.as_deref() != uid {
            // Deleted and made anew under the same name.
            *slot = Slot { uid: uid.map(str::to_owned), memory: Arc::default(), began: None };
        }
        (slot.memory.clone(), *slot.began.get_or_insert(started))
    }

    /// Ends the count of a reconciliation's duration, unless it goes on.
    fn settle(&self, run: &Run<D>, goes_on: bool) {
        if goes_on {
            return;
        }
        if let Some(slot) = self.slots().get_mut(&run.key) {
            slot.began = None;
        }
        self.metrics.reconciled(&run.key, run.began.elapsed());
    }

    fn drop_slot(&self, key: &Key) {
        // Dropped outside the lock: memories hold watches whose end may run code of the driver.
        let slot = self.slots().remove(key);
        drop(slot);
    }
}

/// What the driver sees: the object with the status that the beginning of the run gave it.
fn object_with_status<K: crate::driver::Object>(object: &Arc<K>, status: &K::Status) -> Arc<K>
where
    K::Status: Status,
{
    if object.status() == Some(status) {
        return object.clone();
    }
    let mut changed = object.as_ref().clone();
    *changed.status_mut() = Some(status.clone());
    Arc::new(changed)
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {} [recovered]", text.unwrap_or_else(|| "no message".to_owned()))
}

/// A random UUID (version 4).
pub(crate) fn new_id() -> String {
    let bits = (fastrand::u128(..) & !(0xf000 << 64) & !(0xc000 << 48)) | (0x4000 << 64) | (0x8000 << 48);
    let hex = format!("{bits:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}
