//! What happened to each object of a run, and the lines that report it (contract/kustomize.md 9.8).

use std::fmt;

use crate::id::ObjectId;

/// What was done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It did not exist, or was recreated.
    Created,
    /// It existed and was changed.
    Configured,
    /// Nothing had to be done.
    Unchanged,
    /// It was deleted, or was gone already.
    Deleted,
    /// A policy left it alone.
    Skipped,
    /// It could not be told.
    Unknown,
}

impl Action {
    /// The word used in change lines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }
}

/// One object and what was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The object.
    pub id: ObjectId,
    /// What was done.
    pub action: Action,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.action.as_str())
    }
}

/// Changes in the order in which they happened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// The changes.
    pub changes: Vec<Change>,
}

impl ChangeSet {
    /// Adds a change.
    pub fn push(&mut self, id: ObjectId, action: Action) {
        self.changes.push(Change { id, action });
    }

    /// Lines of the created and configured objects, joined by line feeds; `None` when there is none.
    pub fn applied_lines(&self) -> Option<String> {
        self.lines(|action| matches!(action, Action::Created | Action::Configured))
    }

    /// Lines of every change, joined by line feeds; `None` when there is none.
    pub fn all_lines(&self) -> Option<String> {
        self.lines(|_| true)
    }

    fn lines(&self, wanted: impl Fn(Action) -> bool) -> Option<String> {
        let lines: Vec<String> =
            self.changes.iter().filter(|change| wanted(change.action)).map(Change::to_string).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
