//! The beginning and the end of every run, as pure functions over the status (contract/source.md 3.2 to 3.4,
//! contract/kustomize.md 3.2 and 3.5).

use ferroflux_api::Status;
use ferroflux_api::conditions::types::{READY, RECONCILING, STALLED};
use ferroflux_api::conditions::{self, Conditions, summarise};
use ferroflux_api::meta::ConditionStatus;
use ferroflux_api::meta::reasons::{FAILED, PROGRESSING, PROGRESSING_WITH_RETRY};

use crate::failure::{Failure, FailureKind};
use crate::report::Outcome;
use crate::rules::{Rules, Scheme, Summary};
use crate::run::Stamp;

/// Marks the beginning of a run. Returns whether this state must be written before the driver runs.
pub(crate) fn begin<S: Status>(
    rules: &Rules,
    status: &mut S,
    stamp: Stamp,
    requested_at: Option<&str>,
) -> bool {
    let Scheme::Summary(_) = &rules.scheme else { return false };
    let observed = status.observed_generation().unwrap_or(-1);
    let new_generation = observed != stamp.generation;
    let message = if new_generation {
        format!("processing object: new generation {observed} -> {}", stamp.generation)
    } else {
        "reconciliation in progress".to_owned()
    };
    let requested = requested_at.is_some_and(|token| status.last_handled_reconcile_at() != Some(token));
    let mut conditions = stamp.conditions(status);
    conditions.mark_reconciling(PROGRESSING, message.as_str());
    if conditions::status(conditions.list(), READY) == ConditionStatus::Unknown {
        conditions.mark_unknown(READY, PROGRESSING, message);
    }
    new_generation || requested
}

/// What a suspended object's status becomes.
pub(crate) fn suspended<S: Status>(rules: &Rules, status: &mut S, stamp: Stamp, requested_at: Option<&str>) {
    handled(status, requested_at);
    match &rules.scheme {
        Scheme::Summary(summary) => {
            if status.conditions().is_empty() {
                // Never run: stays without conditions and without an observed generation until it is resumed.
                return;
            }
            set_ready(status, stamp, summary);
            status.set_observed_generation(stamp.generation);
        }
        Scheme::Plain => plain_end(status, stamp),
    }
}

/// Completes the status of a finished run. Returns the outcome that counts: a success whose conditions do not add up
/// to `Ready=True` is a failure.
pub(crate) fn finish<S: Status>(
    rules: &Rules,
    status: &mut S,
    stamp: Stamp,
    requested_at: Option<&str>,
    outcome: Outcome,
) -> Outcome {
    if goes_on(rules, &outcome) {
        conditions::sort(status.conditions_mut());
        return outcome;
    }
    handled(status, requested_at);
    if let Outcome::Failed(failure) = &outcome
        && let Some(condition) = failure.condition()
    {
        stamp.conditions(status).mark_true(condition, failure.reason(), failure.message());
    }
    match &rules.scheme {
        Scheme::Summary(summary) => {
            summary_end(status, stamp, &outcome);
            set_ready(status, stamp, summary);
            if matches!(outcome, Outcome::Succeeded) && !conditions::is_true(status.conditions(), READY) {
                return Outcome::Failed(not_ready(status));
            }
        }
        Scheme::Plain => {
            plain_outcome(status, stamp, &outcome);
            plain_end(status, stamp);
        }
    }
    conditions::sort(status.conditions_mut());
    outcome
}

/// Whether the run says nothing about the object yet. A source whose run was interrupted is as good as it was before;
/// an applier says itself that something was cancelled.
fn goes_on(rules: &Rules, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::InProgress => true,
        Outcome::Failed(failure) => {
            failure.kind() == FailureKind::Interrupted && matches!(rules.scheme, Scheme::Summary(_))
        }
        Outcome::Succeeded | Outcome::Again => false,
    }
}

fn handled<S: Status>(status: &mut S, requested_at: Option<&str>) {
    if let Some(token) = requested_at
        && status.last_handled_reconcile_at() != Some(token)
    {
        status.set_last_handled_reconcile_at(token);
    }
}

/// `Ready` from the other conditions; a vetoing condition that is False decides alone.
fn set_ready<S: Status>(status: &mut S, stamp: Stamp, summary: &Summary) {
    let list = status.conditions();
    let veto = summary.veto.and_then(|veto| conditions::get(list, veto));
    let sum = match veto.filter(|condition| condition.status == ConditionStatus::False) {
        Some(condition) => Some(conditions::Summary {
            status: ConditionStatus::False,
            reason: condition.reason.clone(),
            message: condition.message.clone(),
        }),
        None => summarise(list, summary.conditions),
    };
    stamp.conditions(status).set_summary(READY, sum);
}

fn summary_end<S: Status>(status: &mut S, stamp: Stamp, outcome: &Outcome) {
    match outcome {
        Outcome::Succeeded => {
            let mut conditions = stamp.conditions(status);
            conditions.delete(RECONCILING);
            conditions.delete(STALLED);
            status.set_observed_generation(stamp.generation);
        }
        Outcome::Failed(failure) if failure.kind() == FailureKind::Stalled => {
            stamp.conditions(status).mark_stalled(failure.reason(), failure.message());
            status.set_observed_generation(stamp.generation);
        }
        Outcome::Failed(_) | Outcome::Again => {
            let mut conditions = stamp.conditions(status);
            conditions.delete(STALLED);
            with_retry(&mut conditions);
        }
        Outcome::InProgress => {}
    }
}

fn plain_outcome<S: Status>(status: &mut S, stamp: Stamp, outcome: &Outcome) {
    let Outcome::Failed(failure) = outcome else { return };
    let mut conditions = stamp.conditions(status);
    conditions.mark_false(READY, failure.reason(), failure.message());
    if failure.kind() == FailureKind::Stalled {
        conditions.mark_stalled(failure.reason(), failure.message());
        status.set_observed_generation(stamp.generation);
    }
}

fn plain_end<S: Status>(status: &mut S, stamp: Stamp) {
    let mut conditions = stamp.conditions(status);
    if conditions::is_true(conditions.list(), READY) {
        conditions.delete(RECONCILING);
        conditions.delete(STALLED);
        status.set_observed_generation(stamp.generation);
    } else if conditions::is_false(conditions.list(), READY) {
        with_retry(&mut conditions);
    }
}

/// `Reconciling` keeps its message and says that there will be another try.
fn with_retry(conditions: &mut Conditions<'_>) {
    if let Some(message) = conditions.get(RECONCILING).map(|condition| condition.message.clone()) {
        conditions.mark_true(RECONCILING, PROGRESSING_WITH_RETRY, message);
    }
}

fn not_ready<S: Status>(status: &S) -> Failure {
    let (reason, message) = conditions::get(status.conditions(), READY).map_or_else(
        || (FAILED.to_owned(), String::new()),
        |ready| (ready.reason.clone(), ready.message.clone()),
    );
    let failure = Failure::retry(reason, NotReady);
    if message.is_empty() { failure } else { failure.with_message(message) }
}

#[derive(Debug, thiserror::Error)]
#[error("the run succeeded but the conditions do not add up to `Ready`")]
struct NotReady;
