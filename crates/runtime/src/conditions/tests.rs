//! The frame of a run over real statuses.

use std::time::Duration;

use ferroflux_api::conditions::types::{
    ARTIFACT_IN_STORAGE, FETCH_FAILED, READY, RECONCILING, SOURCE_VERIFIED, STALLED, STORAGE_OPERATION_FAILED,
};
use ferroflux_api::conditions::{Polarity, TransitionRule, get, is_true};
use ferroflux_api::kustomize::v1::KustomizationStatus;
use ferroflux_api::meta::{Condition, ConditionStatus};
use ferroflux_api::source::v1::GitRepositoryStatus;
use jiff::Timestamp;

use super::frame::{begin, finish, suspended};
use super::*;
use crate::failure::Failure;
use crate::report::Outcome;
use crate::rules::{Rules, Scheme, Summary};
use crate::run::Stamp;

static SOURCES: Rules = Rules {
    controller: "source-controller",
    field_manager: "source-controller",
    finalizer: None,
    owned_conditions: &[READY, RECONCILING, STALLED, FETCH_FAILED, ARTIFACT_IN_STORAGE],
    transitions: TransitionRule::AnyChange,
    scheme: Scheme::Summary(Summary {
        conditions: &[
            (STORAGE_OPERATION_FAILED, Polarity::Negative),
            (FETCH_FAILED, Polarity::Negative),
            (ARTIFACT_IN_STORAGE, Polarity::Positive),
            (SOURCE_VERIFIED, Polarity::Positive),
            (STALLED, Polarity::Negative),
            (RECONCILING, Polarity::Negative),
        ],
        veto: Some(SOURCE_VERIFIED),
        suspended_message: "reconciliation is suspended for this object",
    }),
};

static APPLIERS: Rules = Rules {
    controller: "kustomize-controller",
    field_manager: "gotk-kustomize-controller",
    finalizer: None,
    owned_conditions: &[READY, RECONCILING, STALLED],
    transitions: TransitionRule::AnyChange,
    scheme: Scheme::Plain,
};

fn stamp(generation: i64, second: i64) -> Stamp {
    Stamp {
        generation,
        now: Timestamp::from_second(second).expect("a time"),
        rule: TransitionRule::AnyChange,
    }
}

/// `Type=Status Reason: message` of every condition, in order.
fn shown(conditions: &[Condition]) -> Vec<String> {
    conditions
        .iter()
        .map(|condition| {
            let Condition { type_, status, reason, message, .. } = condition;
            format!("{type_}={status} {reason}: {message}")
        })
        .collect()
}

fn stored(second: i64) -> GitRepositoryStatus {
    let mut status = GitRepositoryStatus::default();
    stamp(1, second).conditions(&mut status).mark_true(ARTIFACT_IN_STORAGE, "Succeeded", "stored artifact");
    assert!(matches!(
        finish(&SOURCES, &mut status, stamp(1, second), None, Outcome::Succeeded),
        Outcome::Succeeded
    ));
    status
}

fn fetch_failure() -> Failure {
    Failure::retry("GitOperationFailed", "connection refused").on(FETCH_FAILED)
}

/// source.md 3.2: step 6
#[test]
fn a_new_generation_is_announced_with_the_observed_and_the_new_one() {
    let mut status = GitRepositoryStatus::default();
    assert!(begin(&SOURCES, &mut status, stamp(1, 10), None));
    let message = "Progressing: processing object: new generation -1 -> 1";
    assert_eq!(
        shown(&status.conditions),
        [format!("Reconciling=True {message}"), format!("Ready=Unknown {message}")]
    );
}

/// source.md 3.2: steps 5 and 6
#[test]
fn a_request_is_published_at_once_and_a_periodic_run_is_not() {
    let mut status = stored(10);
    assert!(!begin(&SOURCES, &mut status.clone(), stamp(1, 20), None));
    status.last_handled_reconcile_at = Some("a".to_owned());
    assert!(!begin(&SOURCES, &mut status.clone(), stamp(1, 20), Some("a")));
    assert!(begin(&SOURCES, &mut status, stamp(1, 20), Some("b")));
    assert_eq!(
        shown(&status.conditions)[..2],
        ["Reconciling=True Progressing: reconciliation in progress", "Ready=True Succeeded: stored artifact"]
    );
}

/// source.md 3.3 and 3.4: success
#[test]
fn success_removes_progress_and_observes_the_generation() {
    let mut status = GitRepositoryStatus::default();
    begin(&SOURCES, &mut status, stamp(3, 10), Some("token"));
    stamp(3, 10).conditions(&mut status).mark_true(ARTIFACT_IN_STORAGE, "Succeeded", "stored artifact");
    finish(&SOURCES, &mut status, stamp(3, 10), Some("token"), Outcome::Succeeded);
    assert_eq!(
        shown(&status.conditions),
        ["Ready=True Succeeded: stored artifact", "ArtifactInStorage=True Succeeded: stored artifact"]
    );
    assert_eq!(status.observed_generation, Some(3));
    assert_eq!(status.last_handled_reconcile_at.as_deref(), Some("token"));
}

/// source.md 3.3 and 3.4: generic error; the old artifact stays and Ready is False.
#[test]
fn a_failure_keeps_progress_with_retry_and_does_not_observe_the_generation() {
    let mut status = stored(10);
    begin(&SOURCES, &mut status, stamp(2, 20), Some("token"));
    let outcome = Outcome::Failed(fetch_failure());
    finish(&SOURCES, &mut status, stamp(2, 20), Some("token"), outcome);
    assert_eq!(
        shown(&status.conditions),
        [
            "Reconciling=True ProgressingWithRetry: processing object: new generation 1 -> 2",
            "Ready=False GitOperationFailed: connection refused",
            "FetchFailed=True GitOperationFailed: connection refused",
            "ArtifactInStorage=True Succeeded: stored artifact",
        ]
    );
    assert_eq!(status.observed_generation, Some(1));
    assert_eq!(status.last_handled_reconcile_at.as_deref(), Some("token"));
}

/// source.md 3.4: stalling error
#[test]
fn a_stalled_run_observes_the_generation_and_removes_progress() {
    let mut status = GitRepositoryStatus::default();
    begin(&SOURCES, &mut status, stamp(2, 20), None);
    let failure = Failure::stalled("URLInvalid", "no scheme").on(FETCH_FAILED);
    finish(&SOURCES, &mut status, stamp(2, 20), None, Outcome::Failed(failure));
    assert_eq!(
        shown(&status.conditions),
        [
            "Stalled=True URLInvalid: no scheme",
            "Ready=False URLInvalid: no scheme",
            "FetchFailed=True URLInvalid: no scheme",
        ]
    );
    assert_eq!(status.observed_generation, Some(2));
}

/// source.md 3.3: a True negative condition wins, here Reconciling at the end of a run that asks for another.
#[test]
fn a_run_that_goes_on_at_once_is_not_ready() {
    let mut status = stored(10);
    begin(&SOURCES, &mut status, stamp(1, 20), None);
    finish(&SOURCES, &mut status, stamp(1, 20), None, Outcome::Again);
    assert_eq!(shown(&status.conditions)[1], "Ready=False ProgressingWithRetry: reconciliation in progress");
}

/// source.md 3.3: rule 4
#[test]
fn a_failed_verification_overrides_everything_else() {
    let mut status = stored(10);
    begin(&SOURCES, &mut status, stamp(1, 20), None);
    stamp(1, 20).conditions(&mut status).mark_false(SOURCE_VERIFIED, "InvalidCommitSignature", "unsigned");
    finish(&SOURCES, &mut status, stamp(1, 20), None, Outcome::Failed(fetch_failure()));
    let ready = get(&status.conditions, READY).expect("it is there");
    assert_eq!((ready.status, ready.reason.as_str()), (ConditionStatus::False, "InvalidCommitSignature"));
}

/// source.md 3.3: rule 5
#[test]
fn a_success_that_is_not_ready_becomes_a_failure() {
    let mut status = GitRepositoryStatus::default();
    begin(&SOURCES, &mut status, stamp(1, 20), None);
    stamp(1, 20).conditions(&mut status).mark_true(FETCH_FAILED, "GitOperationFailed", "left over");
    let outcome = finish(&SOURCES, &mut status, stamp(1, 20), None, Outcome::Succeeded);
    let Outcome::Failed(failure) = outcome else { panic!("it should fail: {outcome:?}") };
    assert_eq!((failure.reason(), failure.message()), ("GitOperationFailed", "left over"));
}

/// source.md 3.2: step 4
#[test]
fn suspension_records_the_request_and_leaves_an_object_that_never_ran_without_conditions() {
    let mut fresh = GitRepositoryStatus::default();
    suspended(&SOURCES, &mut fresh, stamp(5, 10), Some("token"));
    assert!(fresh.conditions.is_empty());
    assert_eq!(fresh.observed_generation, None);
    assert_eq!(fresh.last_handled_reconcile_at.as_deref(), Some("token"));

    let mut ran = stored(10);
    suspended(&SOURCES, &mut ran, stamp(2, 20), Some("token"));
    assert!(is_true(&ran.conditions, READY));
    assert_eq!(ran.observed_generation, Some(2));
}

/// kustomize.md 3.5
#[test]
fn an_applier_fails_with_its_last_progress_and_retries() {
    let mut status = KustomizationStatus::default();
    assert!(!begin(&APPLIERS, &mut status, stamp(2, 10), Some("token")));
    let mut conditions = stamp(2, 10).conditions(&mut status);
    conditions.mark_reconciling("Progressing", "Building manifests");
    conditions.mark_unknown(READY, "Progressing", "Reconciliation in progress");
    let failure = Failure::retry("BuildFailed", "no such file");
    finish(&APPLIERS, &mut status, stamp(2, 10), Some("token"), Outcome::Failed(failure));
    assert_eq!(
        shown(&status.conditions),
        [
            "Reconciling=True ProgressingWithRetry: Building manifests",
            "Ready=False BuildFailed: no such file"
        ]
    );
    assert_eq!(status.observed_generation, None);
    assert_eq!(status.last_handled_reconcile_at.as_deref(), Some("token"));
}

/// kustomize.md 3.3 and 3.5
#[test]
fn an_applier_that_stalls_or_succeeds_observes_the_generation() {
    let mut status = KustomizationStatus::default();
    stamp(2, 10).conditions(&mut status).mark_reconciling("Progressing", "Fetching");
    let failure = Failure::stalled("AccessDenied", "can't access");
    finish(&APPLIERS, &mut status, stamp(2, 10), None, Outcome::Failed(failure));
    assert_eq!(
        shown(&status.conditions),
        ["Stalled=True AccessDenied: can't access", "Ready=False AccessDenied: can't access"]
    );
    assert_eq!(status.observed_generation, Some(2));

    let mut conditions = stamp(3, 20).conditions(&mut status);
    conditions.mark_reconciling("Progressing", "Fetching");
    conditions.mark_true(READY, "ReconciliationSucceeded", "Applied revision: main@sha1:1");
    finish(&APPLIERS, &mut status, stamp(3, 20), None, Outcome::Succeeded);
    assert_eq!(
        shown(&status.conditions),
        ["Ready=True ReconciliationSucceeded: Applied revision: main@sha1:1"]
    );
    assert_eq!(status.observed_generation, Some(3));
}

/// install-and-cli.md 8.1: the request counts as handled together with its result, not while it is waited for.
#[test]
fn a_wait_does_not_settle_the_request() {
    let mut status = KustomizationStatus::default();
    stamp(2, 10).conditions(&mut status).mark_reconciling("Progressing", "Running health checks");
    let outcome = finish(&APPLIERS, &mut status, stamp(2, 10), Some("token"), Outcome::InProgress);
    assert!(matches!(outcome, Outcome::InProgress));
    assert_eq!(status.last_handled_reconcile_at, None);
    assert_eq!(shown(&status.conditions), ["Reconciling=True Progressing: Running health checks"]);
}

/// source.md 15.10: the next start does the work again; consumers must not see a good object turn bad meanwhile.
#[test]
fn an_interrupted_source_stays_ready_and_its_request_unhandled() {
    let mut status = stored(10);
    begin(&SOURCES, &mut status, stamp(1, 20), Some("token"));
    let failure = Failure::interrupted("Failed", "the process ends").on(FETCH_FAILED);
    finish(&SOURCES, &mut status, stamp(1, 20), Some("token"), Outcome::Failed(failure));
    assert_eq!(
        shown(&status.conditions),
        [
            "Reconciling=True Progressing: reconciliation in progress",
            "Ready=True Succeeded: stored artifact",
            "ArtifactInStorage=True Succeeded: stored artifact",
        ]
    );
    assert_eq!(status.last_handled_reconcile_at, None);
}

#[test]
fn a_condition_that_ends_as_it_began_keeps_its_time() {
    let before = stored(10).conditions;
    let mut after = stored(10);
    begin(&SOURCES, &mut after, stamp(1, 99), None);
    stamp(1, 99).conditions(&mut after).mark_unknown(READY, "Progressing", "…");
    finish(&SOURCES, &mut after, stamp(1, 99), None, Outcome::Succeeded);
    assert_ne!(before, after.conditions);
    keep_transition_times(&before, &mut after.conditions);
    assert_eq!(before, after.conditions);
}

/// source.md 3.5, kustomize.md 5.3
#[test]
fn conditions_of_others_survive_and_own_ones_overwrite() {
    let condition = |type_: &str, message: &str| Condition {
        type_: type_.to_owned(),
        status: ConditionStatus::True,
        observed_generation: Some(1),
        last_transition_time: ferroflux_api::meta::Time(Timestamp::UNIX_EPOCH),
        reason: "Reason".to_owned(),
        message: message.to_owned(),
    };
    let before = [condition("Ready", "old"), condition("Theirs", "old"), condition("Removed", "old")];
    let ours = [condition("Ready", "ours"), condition("Theirs", "old"), condition("Removed", "old")];
    let latest = [condition("Ready", "theirs"), condition("Theirs", "new"), condition("Stalled", "left")];
    let merged = merge_owned(&before, &ours, &latest, &["Ready", "Stalled"]);
    assert_eq!(merged, [condition("Ready", "ours"), condition("Theirs", "new")]);
}

#[test]
fn a_failures_message_is_its_chain_of_causes() {
    #[derive(Debug, thiserror::Error)]
    #[error("failed to fetch `{0}`")]
    struct Outer(&'static str, #[source] std::io::Error);
    let failure = Failure::retry("Failed", Outer("x", std::io::Error::other("timed out")));
    assert_eq!(failure.message(), "failed to fetch `x`: timed out");
    assert_eq!(
        crate::Report::failed((), Failure::waiting(Duration::from_secs(3), "NoArtifact", "absent")).next,
        crate::Requeue::After(Duration::from_secs(3))
    );
}
