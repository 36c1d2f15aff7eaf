//! One run of a driver over one object: why it runs, what it may do meanwhile, what it remembers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ferroflux_api::Status;
use ferroflux_api::conditions::{Conditions, TransitionRule};
use jiff::Timestamp;
use kube::Resource as _;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::driver::{Driver, Key, ObjectRef, StatusOf};
use crate::events::Recorder;
use crate::queue::{Priority, Queue};
use crate::report::Event;
use crate::rules::Rules;
use crate::status::{StatusError, StatusWriter};

/// What every condition set in one run is stamped with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// `metadata.generation` of the object that was read.
    pub generation: i64,
    /// The time of the run.
    pub now: Timestamp,
    /// When the time of a condition changes.
    pub rule: TransitionRule,
}

impl Stamp {
    /// Opens a status's conditions for changes.
    pub fn conditions<S: Status>(self, status: &mut S) -> Conditions<'_> {
        Conditions::new(status.conditions_mut(), self.generation, self.now).with_rule(self.rule)
    }
}

/// Why an object runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The process found it when it started.
    Start,
    /// Its spec, `requestedAt` or deletion timestamp changed, or it is new.
    Changed(ObjectRef),
    /// Another object that it depends on changed: a source, a dependency, a watched Secret, a health-checked object.
    Related(ObjectRef),
    /// Its interval, or the time that the last run asked for, has passed.
    Interval,
    /// The back-off after a failure has passed.
    Retry,
    /// The deadline of a wait has passed.
    Deadline,
    /// The last run asked to go on at once.
    Continued,
}

impl Cause {
    /// The object whose change woke this one, if one did.
    pub fn object(&self) -> Option<&ObjectRef> {
        match self {
            Self::Changed(object) | Self::Related(object) => Some(object),
            _ => None,
        }
    }
}

/// Wakes objects of one kind. Cheap to clone; given to watches, deliveries and indexes.
#[derive(Clone)]
pub struct Waker {
    pub(crate) queue: Arc<Queue>,
}

impl Waker {
    /// Makes the object due now, or again if it is running. An object that does not exist is dropped without a trace.
    pub fn wake(&self, key: &Key, cause: Cause) {
        self.queue.wake(key, cause, Priority::NORMAL);
    }

    /// The waker of one object, to be kept by what it waits for.
    pub fn of(&self, key: Key) -> ObjectWaker {
        ObjectWaker { waker: self.clone(), key }
    }
}

/// Wakes one object.
#[derive(Clone)]
pub struct ObjectWaker {
    waker: Waker,
    key: Key,
}

impl ObjectWaker {
    /// Makes the object due now, or again if it is running.
    pub fn wake(&self, cause: Cause) {
        self.waker.wake(&self.key, cause);
    }

    /// The object's key.
    pub fn key(&self) -> &Key {
        &self.key
    }
}

/// One run of a driver over one object.
pub struct Run<D: Driver> {
    pub(crate) key: Key,
    pub(crate) id: String,
    pub(crate) rules: &'static Rules,
    pub(crate) causes: Vec<Cause>,
    pub(crate) now: Timestamp,
    /// When the work began that this run continues.
    pub(crate) began: Instant,
    pub(crate) memory: Arc<Mutex<D::Memory>>,
    pub(crate) waker: Waker,
    pub(crate) interruptions: watch::Receiver<u64>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) writer: StatusWriter<D::Object>,
    pub(crate) recorder: Recorder,
}

impl<D: Driver> Run<D> {
    /// The reconciled object's namespace and name.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// `reconcileID` of the log lines.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Everything that woke the object since its last run, oldest first.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The wall clock at the beginning of the run. Use this instead of asking the clock, so that a run has one time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The monotonic clock now, for deadlines.
    pub fn instant(&self) -> Instant {
        Instant::now()
    }

    /// Time since the work began: the first run of a chain that ended in
    /// [`Outcome::InProgress`](crate::Outcome::InProgress).
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// What conditions set in this run are stamped with.
    pub fn stamp(&self, object: &D::Object) -> Stamp {
        Stamp {
            generation: object.meta().generation.unwrap_or(0),
            now: self.now,
            rule: self.rules.transitions,
        }
    }

    /// Reads or changes what the driver remembers of this object. The closure must not block.
    pub fn memory<T>(&self, change: impl FnOnce(&mut D::Memory) -> T) -> T {
        change(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Publishes an intermediate status now (`Building manifests …`). Nothing changed since the last write, nothing is
    /// written.
    pub async fn progress(&self, status: &StatusOf<D>) -> Result<(), StatusError> {
        self.writer.write(status.clone()).await
    }

    /// Records an event now instead of at the end of the run.
    pub fn event(&self, event: Event) {
        self.recorder.record(self.writer.reference(), self.writer.annotations(), event);
    }

    /// Wakes this object; to be given to whatever it will wait for.
    pub fn waker(&self) -> ObjectWaker {
        self.waker.of(self.key.clone())
    }

    /// What woke the object since this run began: when not empty, something newer waits for this run to end.
    pub fn newer(&self) -> Vec<Cause> {
        if *self.interruptions.borrow() == 0 {
            return Vec::new();
        }
        self.waker.queue.pending_causes(&self.key)
    }

    /// Ends when something newer wakes the object during this run, with what it was.
    pub async fn interrupted(&self) -> Vec<Cause> {
        let mut interruptions = self.interruptions.clone();
        if interruptions.wait_for(|count| *count > 0).await.is_err() {
            // The queue dropped the run's entry: nothing newer can come any more.
            std::future::pending::<()>().await;
        }
        self.waker.queue.pending_causes(&self.key)
    }

    /// Cancelled when the process is to end: give up what can be done again later.
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }
}
