//! The rules by which an object's conditions are kept (source.md 3.3, kustomize.md 5, helm.md 24).
//!
//! The list is ordered: `Stalled`, `Reconciling`, `Ready`, then the others by the generation they were set for, newest
//! first, and by type. Every change stamps the generation. The time of a condition changes with its content and is
//! written in whole seconds. Overlong messages are cut. `Reconciling` and `Stalled` exclude each other.
//!
//! Pure: the time is an argument. Which condition is set when is the controllers' business.

use std::cmp::Reverse;

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

use crate::meta::{Condition, ConditionStatus};

/// Types of conditions.
pub mod types {
    /// The object is as wanted: the summary of all others.
    pub const READY: &str = "Ready";
    /// Work on the object is under way.
    pub const RECONCILING: &str = "Reconciling";
    /// Nothing more will be tried until the spec changes.
    pub const STALLED: &str = "Stalled";
    /// What was applied is healthy (Kustomization).
    pub const HEALTHY: &str = "Healthy";
    /// The artifact is stored (sources).
    pub const ARTIFACT_IN_STORAGE: &str = "ArtifactInStorage";
    /// The stored artifact is not the newest one (sources).
    pub const ARTIFACT_OUTDATED: &str = "ArtifactOutdated";
    /// The signature is valid (GitRepository, OCIRepository, HelmChart).
    pub const SOURCE_VERIFIED: &str = "SourceVerified";
    /// The source could not be fetched (sources).
    pub const FETCH_FAILED: &str = "FetchFailed";
    /// The chart could not be built (HelmChart).
    pub const BUILD_FAILED: &str = "BuildFailed";
    /// Reading or writing the storage failed (sources).
    pub const STORAGE_OPERATION_FAILED: &str = "StorageOperationFailed";
    /// An included artifact is not available (GitRepository).
    pub const INCLUDE_UNAVAILABLE: &str = "IncludeUnavailable";
    /// The last release succeeded (HelmRelease).
    pub const RELEASED: &str = "Released";
    /// The tests of the last release passed (HelmRelease).
    pub const TEST_SUCCESS: &str = "TestSuccess";
    /// A failed release was undone (HelmRelease).
    pub const REMEDIATED: &str = "Remediated";
    /// The cluster differs from the release (HelmRelease).
    pub const DRIFTED: &str = "Drifted";
}

/// Longest message in bytes; the API server refuses longer ones.
pub const MAX_MESSAGE_BYTES: usize = 32_768;

/// When the time of a condition changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransitionRule {
    /// With its status, reason or message: every kind but HelmRelease.
    #[default]
    AnyChange,
    /// With its status only: HelmRelease (helm.md 24.1).
    StatusChange,
}

/// The conditions of an object, open for changes by one reconciliation.
#[derive(Debug)]
pub struct Conditions<'a> {
    list: &'a mut Vec<Condition>,
    generation: i64,
    now: Timestamp,
    rule: TransitionRule,
}

impl<'a> Conditions<'a> {
    /// Opens a list for changes on behalf of this generation of the object, at this time.
    pub fn new(list: &'a mut Vec<Condition>, generation: i64, now: Timestamp) -> Self {
        Self { list, generation, now, rule: TransitionRule::default() }
    }

    /// The same, with another rule for times.
    pub fn with_rule(self, rule: TransitionRule) -> Self {
        Self { rule, ..self }
    }

    /// The conditions as they are now.
    pub fn list(&self) -> &[Condition] {
        self.list
    }

    /// The condition of this type.
    pub fn get(&self, type_: &str) -> Option<&Condition> {
        get(self.list, type_)
    }

    /// Sets a condition; returns whether its status, reason or message changed.
    pub fn set(
        &mut self,
        type_: &str,
        status: ConditionStatus,
        reason: &str,
        message: impl Into<String>,
    ) -> bool {
        let message = cut_message(message.into());
        let generation = Some(self.generation);
        let changed = match self.list.iter_mut().find(|condition| condition.type_ == type_) {
            Some(condition) => {
                let status_changed = condition.status != status;
                let changed = status_changed || condition.reason != reason || condition.message != message;
                let moves = match self.rule {
                    TransitionRule::AnyChange => changed,
                    TransitionRule::StatusChange => status_changed,
                };
                if moves {
                    condition.last_transition_time = whole_seconds(self.now);
                }
                if changed {
                    condition.status = status;
                    reason.clone_into(&mut condition.reason);
                    condition.message = message;
                }
                condition.observed_generation = generation;
                changed
            }
            None => {
                self.list.push(Condition {
                    type_: type_.to_owned(),
                    status,
                    observed_generation: generation,
                    last_transition_time: whole_seconds(self.now),
                    reason: reason.to_owned(),
                    message,
                });
                true
            }
        };
        sort(self.list);
        changed
    }

    /// Sets a condition to True.
    pub fn mark_true(&mut self, type_: &str, reason: &str, message: impl Into<String>) -> bool {
        self.set(type_, ConditionStatus::True, reason, message)
    }

    /// Sets a condition to False.
    pub fn mark_false(&mut self, type_: &str, reason: &str, message: impl Into<String>) -> bool {
        self.set(type_, ConditionStatus::False, reason, message)
    }

    /// Sets a condition to Unknown.
    pub fn mark_unknown(&mut self, type_: &str, reason: &str, message: impl Into<String>) -> bool {
        self.set(type_, ConditionStatus::Unknown, reason, message)
    }

    /// Sets Reconciling to True and removes Stalled.
    pub fn mark_reconciling(&mut self, reason: &str, message: impl Into<String>) -> bool {
        let removed = self.delete(types::STALLED);
        self.mark_true(types::RECONCILING, reason, message) || removed
    }

    /// Sets Stalled to True and removes Reconciling.
    pub fn mark_stalled(&mut self, reason: &str, message: impl Into<String>) -> bool {
        let removed = self.delete(types::RECONCILING);
        self.mark_true(types::STALLED, reason, message) || removed
    }

    /// Removes a condition; returns whether it was there.
    pub fn delete(&mut self, type_: &str) -> bool {
        let before = self.list.len();
        self.list.retain(|condition| condition.type_ != type_);
        before != self.list.len()
    }

    /// Sets a condition to what a summary says, unless there was nothing to sum up.
    pub fn set_summary(&mut self, type_: &str, summary: Option<Summary>) -> bool {
        summary.is_some_and(|summary| self.set(type_, summary.status, &summary.reason, summary.message))
    }
}

/// The condition of this type.
pub fn get<'a>(list: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    list.iter().find(|condition| condition.type_ == type_)
}

/// The status of a condition; Unknown when it is absent.
pub fn status(list: &[Condition], type_: &str) -> ConditionStatus {
    get(list, type_).map_or(ConditionStatus::Unknown, |condition| condition.status)
}

/// Whether a condition is there and True.
pub fn is_true(list: &[Condition], type_: &str) -> bool {
    status(list, type_) == ConditionStatus::True
}

/// Whether a condition is there and False.
pub fn is_false(list: &[Condition], type_: &str) -> bool {
    status(list, type_) == ConditionStatus::False
}

/// Brings a list into the order in which it is written.
pub fn sort(list: &mut [Condition]) {
    list.sort_by(|left, right| order(left).cmp(&order(right)));
}

/// The place of a condition: the well-known three, then the newest generation, then the type.
fn order(condition: &Condition) -> (u8, Reverse<i64>, &str) {
    match condition.type_.as_str() {
        types::STALLED => (0, Reverse(0), ""),
        types::RECONCILING => (1, Reverse(0), ""),
        types::READY => (2, Reverse(0), ""),
        other => (3, Reverse(condition.observed_generation.unwrap_or_default()), other),
    }
}

/// Cuts a message that is too long on a character boundary, ending it with `...`.
pub fn cut_message(mut message: String) -> String {
    const ELLIPSIS: &str = "...";
    if message.len() > MAX_MESSAGE_BYTES {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES - ELLIPSIS.len()));
        message.push_str(ELLIPSIS);
    }
    message
}

/// The time as conditions hold it.
fn whole_seconds(now: Timestamp) -> Time {
    // Rounding towards the past cannot leave the range of timestamps: its bounds are whole seconds.
    Time(Timestamp::from_second(now.as_second()).unwrap_or(now))
}

/// Whether a condition's True is good or bad news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// True is good: `ArtifactInStorage`.
    Positive,
    /// True is bad: `FetchFailed`, `Reconciling`.
    Negative,
}

/// What several conditions say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Status of the whole.
    pub status: ConditionStatus,
    /// Reason of the condition that decided.
    pub reason: String,
    /// Message of the condition that decided.
    pub message: String,
}

/// Sums conditions up as Ready does (source.md 3.3): bad news win, and among equals the one listed first.
///
/// `order` names the conditions that count. The result is none when the object has none of them.
pub fn summarise(list: &[Condition], order: &[(&str, Polarity)]) -> Option<Summary> {
    let present = order.iter().filter_map(|(type_, polarity)| Some((get(list, type_)?, *polarity)));
    // `min_by_key` returns the first of several minima, which is the order's meaning.
    let (condition, polarity) =
        present.min_by_key(|(condition, polarity)| group(condition.status, *polarity))?;
    let status = match (condition.status, polarity) {
        (ConditionStatus::True, Polarity::Negative) | (ConditionStatus::False, Polarity::Positive) => {
            ConditionStatus::False
        }
        (ConditionStatus::True, Polarity::Positive) | (ConditionStatus::False, Polarity::Negative) => {
            ConditionStatus::True
        }
        (ConditionStatus::Unknown, _) => ConditionStatus::Unknown,
    };
    Some(Summary { status, reason: condition.reason.clone(), message: condition.message.clone() })
}

/// The rank of a condition among those that are summed up; the lowest decides.
fn group(status: ConditionStatus, polarity: Polarity) -> u8 {
    match (status, polarity) {
        (ConditionStatus::True, Polarity::Negative) => 0,
        (ConditionStatus::False, Polarity::Positive) => 1,
        (ConditionStatus::True, Polarity::Positive) => 2,
        (ConditionStatus::False, Polarity::Negative) => 3,
        (ConditionStatus::Unknown, _) => 4,
    }
}

#[cfg(test)]
mod tests;
