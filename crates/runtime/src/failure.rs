//! Why a run failed: the one error type that decides condition, event, log line and requeue.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::time::Duration;

/// What a failure means for the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing will help but a change of the spec, of a referenced object, or a request: `Stalled=True`, no requeue.
    Stalled,
    /// May pass: retried with the object's back-off.
    Retry,
    /// Something that is not there yet; looked at again after this time at the latest.
    Waiting(Duration),
    /// Given up because something newer came or the process ends: run again at once, no event of its own.
    Interrupted,
}

/// A failed run. Every step error of a controller has one `From` into this.
#[derive(Debug)]
pub struct Failure {
    kind: FailureKind,
    reason: Cow<'static, str>,
    condition: Option<&'static str>,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    event: bool,
    metadata: BTreeMap<String, String>,
}

impl Failure {
    /// A failure of `kind` with a reason from the contract's catalogue, made from the error that caused it. The
    /// message is the error followed by its sources, each after a colon.
    pub fn new(
        kind: FailureKind,
        reason: impl Into<Cow<'static, str>>,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let source = error.into();
        Self {
            kind,
            reason: reason.into(),
            condition: None,
            message: chain(source.as_ref()),
            source: Some(source),
            event: !matches!(kind, FailureKind::Interrupted),
            metadata: BTreeMap::new(),
        }
    }

    /// A failure that only a change of the spec or of what it refers to can mend.
    pub fn stalled(
        reason: impl Into<Cow<'static, str>>,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::new(FailureKind::Stalled, reason, error)
    }

    /// A failure that is retried with back-off.
    pub fn retry(
        reason: impl Into<Cow<'static, str>>,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::new(FailureKind::Retry, reason, error)
    }

    /// Something that is not there yet and is looked for again after `delay`.
    pub fn waiting(
        delay: Duration,
        reason: impl Into<Cow<'static, str>>,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::new(FailureKind::Waiting(delay), reason, error)
    }

    /// A run that was given up for something newer or for the end of the process.
    pub fn interrupted(
        reason: impl Into<Cow<'static, str>>,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::new(FailureKind::Interrupted, reason, error)
    }

    /// Also sets this negative condition to True with the failure's reason and message (`FetchFailed`,
    /// `StorageOperationFailed`, `BuildFailed`). `Ready` needs no naming.
    pub fn on(mut self, condition: &'static str) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Records no event for this failure; events of the report are recorded all the same.
    pub fn without_event(mut self) -> Self {
        self.event = false;
        self
    }

    /// Adds one entry to the metadata of the failure's event (`kustomize.toolkit.fluxcd.io/revision`).
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Replaces the message that was made from the error, where the contract has one of its own.
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// What the failure means for the object.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The reason in conditions and events.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The message in conditions, events and the log.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The negative condition named by [`Failure::on`].
    pub fn condition(&self) -> Option<&'static str> {
        self.condition
    }

    /// Metadata of the failure's event.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// Whether the runtime records an event for it.
    pub fn has_event(&self) -> bool {
        self.event
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// An error and its sources in one line, `outer: inner: innermost`. A source whose text the outer one already ends with
/// is not repeated: many libraries print their source themselves.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {inner_text}");
        }
        source = inner.source();
    }
    text
}
