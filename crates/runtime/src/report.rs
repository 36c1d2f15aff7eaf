//! What a driver hands back: the new status, how the run ended, what happened on the way, and when to come back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::{Failure, FailureKind};

/// The result of one run. The runtime turns it into one status patch, events, metrics and a place in the queue.
#[derive(Debug)]
pub struct Report<S> {
    /// The status as the driver wants it, conditions included. `lastHandledReconcileAt`, `observedGeneration` and the
    /// summary conditions are the runtime's and are set after this.
    pub status: S,
    /// How the run ended.
    pub outcome: Outcome,
    /// Events in the order they happened. The event of a failure is made from the [`Failure`] and comes last.
    pub events: Vec<Event>,
    /// When to run again if nothing wakes the object before.
    pub next: Requeue,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// Everything that the spec asks for is done, or was done already.
    Succeeded,
    /// The first part is done and the rest is being waited for ([`Requeue::Wait`]): the status is published as it is,
    /// the request (`requestedAt`) does not count as handled yet, and the run goes on counting for its duration.
    InProgress,
    /// Begin again at once, limited by the back-off; the request counts as handled.
    Again,
    /// The run failed.
    Failed(Failure),
}

/// When an object runs again if no event wakes it before. Any event (spec, `requestedAt`, a mapped watch, a
/// [`Waker`](crate::Waker)) runs it at once, whatever was asked for here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// Only when an event wakes it. Resets the back-off.
    Never,
    /// At once, after everything that is already due; limited by the object's back-off.
    Immediately,
    /// After the interval, jittered by `--interval-jitter-percentage`. Resets the back-off.
    Interval(Duration),
    /// After exactly this time. Resets the back-off.
    After(Duration),
    /// After the object's exponential back-off between `--min-retry-delay` and `--max-retry-delay`.
    Retry,
    /// When something wakes it, at the latest at the deadline. Shown in the metric of waits. Resets the back-off.
    Wait(Wait),
}

/// A wait that holds no slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What is waited for, as the metric shows it: `health`, `artifact`, `dependency default/backend`. Bounded in
    /// number for one object; the series goes when the wait ends.
    pub what: Cow<'static, str>,
    /// When the object runs again although nothing woke it.
    pub until: Instant,
}

impl Wait {
    /// Waits for `what` until `until`.
    pub fn new(what: impl Into<Cow<'static, str>>, until: Instant) -> Self {
        Self { what: what.into(), until }
    }
}

/// How the cleaning up of a deleted object ended.
#[derive(Debug)]
pub enum Finalization<S> {
    /// Nothing of the object is left: the finalizer goes. Events are recorded before it does.
    Done(Vec<Event>),
    /// Not yet: status, outcome, events and requeue as in any run; the finalizer stays.
    Pending(Report<S>),
}

/// Importance of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// A Normal Kubernetes event that is never sent to the notification endpoint.
    Trace,
    /// A Normal Kubernetes event and a notification of severity `info`.
    Info,
    /// A Warning Kubernetes event and a notification of severity `error`.
    Error,
}

/// One event about the reconciled object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Importance.
    pub severity: Severity,
    /// Reason in CamelCase.
    pub reason: Cow<'static, str>,
    /// Message; cut at 32 KiB on a character boundary when it is written.
    pub message: String,
    /// Annotations of the Kubernetes event and metadata of the notification, with full keys
    /// (`source.toolkit.fluxcd.io/revision`). The object's own `event.toolkit.fluxcd.io/` annotations are added.
    pub metadata: BTreeMap<String, String>,
}

impl Event {
    /// An event without metadata.
    pub fn new(severity: Severity, reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { severity, reason: reason.into(), message: message.into(), metadata: BTreeMap::new() }
    }

    /// An event of severity [`Severity::Info`].
    pub fn info(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, reason, message)
    }

    /// An event of severity [`Severity::Trace`].
    pub fn trace(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Trace, reason, message)
    }

    /// An event of severity [`Severity::Error`].
    pub fn error(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, reason, message)
    }

    /// Adds one entry of metadata.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }
}

impl<S> Report<S> {
    /// A run that did all there is to do; comes back after the jittered interval.
    pub fn succeeded(status: S, interval: Duration) -> Self {
        Self { status, outcome: Outcome::Succeeded, events: Vec::new(), next: Requeue::Interval(interval) }
    }

    /// A run that did its part and waits for the rest without holding a slot.
    pub fn waiting(status: S, wait: Wait) -> Self {
        Self { status, outcome: Outcome::InProgress, events: Vec::new(), next: Requeue::Wait(wait) }
    }

    /// A run to be repeated at once, limited by the back-off.
    pub fn again(status: S) -> Self {
        Self { status, outcome: Outcome::Again, events: Vec::new(), next: Requeue::Immediately }
    }

    /// A failed run; when it comes back follows from the kind of failure: never when stalled, after the back-off, after
    /// the given time, or at once when it was interrupted.
    pub fn failed(status: S, failure: Failure) -> Self {
        let next = match failure.kind() {
            FailureKind::Stalled => Requeue::Never,
            FailureKind::Retry => Requeue::Retry,
            FailureKind::Waiting(delay) => Requeue::After(delay),
            FailureKind::Interrupted => Requeue::Immediately,
        };
        Self { status, outcome: Outcome::Failed(failure), events: Vec::new(), next }
    }

    /// Replaces when to come back (the appliers' `retryInterval` instead of the back-off).
    pub fn next(mut self, next: Requeue) -> Self {
        self.next = next;
        self
    }

    /// Adds an event.
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}
