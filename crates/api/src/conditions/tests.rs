//! Tests of the rules for conditions.

use k8s_openapi::jiff::Timestamp;

use super::{
    Conditions, MAX_MESSAGE_BYTES, Polarity, TransitionRule, cut_message, get, is_true, summarise, types,
};
use crate::meta::{Condition, ConditionStatus};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("the second is in range")
}

fn order(list: &[Condition]) -> Vec<&str> {
    list.iter().map(|condition| condition.type_.as_str()).collect()
}

#[test]
fn a_new_condition_has_generation_and_whole_seconds() {
    let mut list = Vec::new();
    let now = Timestamp::from_millisecond(1_500).expect("the time is in range");
    assert!(Conditions::new(&mut list, 7, now).mark_true(types::READY, "Succeeded", "done"));
    assert_eq!(
        serde_json::to_value(&list).expect("conditions can be written"),
        serde_json::json!([{
            "type": "Ready", "status": "True", "observedGeneration": 7, "reason": "Succeeded", "message": "done",
            "lastTransitionTime": "1970-01-01T00:00:01Z",
        }])
    );
    assert_eq!(list[0].last_transition_time.0, at(1), "what is kept equals what is written");
}

/// source.md 3.3, kustomize.md 5.2
#[test]
fn the_three_well_known_conditions_come_first() {
    let mut list = Vec::new();
    let mut conditions = Conditions::new(&mut list, 1, at(0));
    for type_ in ["Zebra", "Ready", "Reconciling", "Apple", "Stalled"] {
        conditions.mark_true(type_, "Reason", "");
    }
    assert_eq!(order(&list), ["Stalled", "Reconciling", "Ready", "Apple", "Zebra"]);
}

/// source.md 3.3
#[test]
fn other_conditions_come_by_generation_and_then_by_type() {
    let mut list = Vec::new();
    Conditions::new(&mut list, 1, at(0)).mark_true("Apple", "Reason", "");
    let mut conditions = Conditions::new(&mut list, 2, at(0));
    conditions.mark_true("Zebra", "Reason", "");
    conditions.mark_true("Middle", "Reason", "");
    assert_eq!(order(&list), ["Middle", "Zebra", "Apple"]);
}

#[test]
fn the_time_changes_with_status_reason_or_message() {
    let mut list = Vec::new();
    Conditions::new(&mut list, 1, at(1)).mark_false("Ready", "A", "a");
    let mut time_after = |second, status, reason: &str, message: &str| {
        let changed = Conditions::new(&mut list, 1, at(second)).set("Ready", status, reason, message);
        (changed, list[0].last_transition_time.0.as_second())
    };
    assert_eq!(time_after(2, ConditionStatus::False, "A", "a"), (false, 1));
    assert_eq!(time_after(3, ConditionStatus::False, "A", "b"), (true, 3));
    assert_eq!(time_after(4, ConditionStatus::False, "B", "b"), (true, 4));
    assert_eq!(time_after(5, ConditionStatus::True, "B", "b"), (true, 5));
}

/// helm.md 24.1
#[test]
fn a_release_changes_the_time_with_the_status_only() {
    let mut list = Vec::new();
    Conditions::new(&mut list, 1, at(1)).mark_true("Released", "InstallSucceeded", "a");
    let mut conditions = Conditions::new(&mut list, 2, at(2)).with_rule(TransitionRule::StatusChange);
    assert!(conditions.mark_true("Released", "UpgradeSucceeded", "b"));
    assert_eq!(conditions.get("Released").map(|condition| condition.last_transition_time.0), Some(at(1)));
    assert!(conditions.mark_false("Released", "UpgradeFailed", "c"));
    assert_eq!(conditions.get("Released").map(|condition| condition.last_transition_time.0), Some(at(2)));
}

#[test]
fn an_unchanged_condition_gets_the_new_generation_and_keeps_its_time() {
    let mut list = Vec::new();
    Conditions::new(&mut list, 1, at(1)).mark_true("Ready", "A", "a");
    assert!(!Conditions::new(&mut list, 2, at(9)).mark_true("Ready", "A", "a"));
    assert_eq!((list[0].observed_generation, list[0].last_transition_time.0), (Some(2), at(1)));
}

#[test]
fn reconciling_and_stalled_exclude_each_other() {
    let mut list = Vec::new();
    let mut conditions = Conditions::new(&mut list, 1, at(0));
    conditions.mark_reconciling("Progressing", "");
    conditions.mark_stalled("InvalidPath", "");
    assert_eq!(order(conditions.list()), ["Stalled"]);
    conditions.mark_reconciling("Progressing", "");
    assert_eq!(order(conditions.list()), ["Reconciling"]);
    assert!(conditions.delete("Reconciling"));
    assert!(!conditions.delete("Reconciling"));
    assert!(!is_true(&list, "Reconciling"));
}

/// source.md 3.3, image.md 3.2
#[test]
fn overlong_messages_are_cut_on_a_character_boundary() {
    let exact = "x".repeat(MAX_MESSAGE_BYTES);
    assert_eq!(cut_message(exact.clone()), exact);
    let cut = cut_message("x".repeat(MAX_MESSAGE_BYTES + 1));
    assert_eq!(cut.len(), MAX_MESSAGE_BYTES);
    assert!(cut.ends_with("x..."));
    let cut = cut_message("é".repeat(MAX_MESSAGE_BYTES));
    assert!(cut.ends_with("é...") && cut.len() <= MAX_MESSAGE_BYTES);
}

#[test]
fn cutting_the_same_message_again_changes_nothing() {
    let mut list = Vec::new();
    let message = "é".repeat(MAX_MESSAGE_BYTES);
    assert!(Conditions::new(&mut list, 1, at(1)).mark_false("Ready", "A", message.clone()));
    assert!(!Conditions::new(&mut list, 1, at(2)).mark_false("Ready", "A", message));
}

const SOURCE_ORDER: [(&str, Polarity); 5] = [
    (types::STORAGE_OPERATION_FAILED, Polarity::Negative),
    (types::FETCH_FAILED, Polarity::Negative),
    (types::ARTIFACT_IN_STORAGE, Polarity::Positive),
    (types::SOURCE_VERIFIED, Polarity::Positive),
    (types::RECONCILING, Polarity::Negative),
];

fn summary_of(set: &[(&str, ConditionStatus)]) -> Option<(ConditionStatus, String)> {
    let mut list = Vec::new();
    for (type_, status) in set {
        Conditions::new(&mut list, 1, at(0)).set(type_, *status, type_, "");
    }
    summarise(&list, &SOURCE_ORDER).map(|summary| (summary.status, summary.reason))
}

/// source.md 3.3
#[test]
fn bad_news_win_when_conditions_are_summed_up() {
    use ConditionStatus::{False, True, Unknown};
    let stored = (types::ARTIFACT_IN_STORAGE, True);
    assert_eq!(summary_of(&[stored]), Some((True, "ArtifactInStorage".to_owned())));
    assert_eq!(
        summary_of(&[stored, (types::FETCH_FAILED, True)]),
        Some((False, "FetchFailed".to_owned())),
        "although the old artifact is there"
    );
    assert_eq!(summary_of(&[stored, (types::RECONCILING, True)]), Some((False, "Reconciling".to_owned())));
    assert_eq!(
        summary_of(&[stored, (types::SOURCE_VERIFIED, False)]),
        Some((False, "SourceVerified".to_owned()))
    );
    assert_eq!(summary_of(&[(types::FETCH_FAILED, Unknown)]), Some((Unknown, "FetchFailed".to_owned())));
    assert_eq!(summary_of(&[]), None);
}

#[test]
fn among_equal_conditions_the_order_decides() {
    use ConditionStatus::True;
    let both = [(types::FETCH_FAILED, True), (types::STORAGE_OPERATION_FAILED, True)];
    assert_eq!(summary_of(&both).map(|(_, reason)| reason), Some("StorageOperationFailed".to_owned()));
}

#[test]
fn a_summary_becomes_a_condition() {
    let mut list = Vec::new();
    let mut conditions = Conditions::new(&mut list, 3, at(0));
    assert!(!conditions.set_summary(types::READY, None));
    conditions.mark_true(types::FETCH_FAILED, "GitOperationFailed", "no such host");
    let summary = summarise(conditions.list(), &SOURCE_ORDER);
    assert!(conditions.set_summary(types::READY, summary));
    let ready = get(&list, types::READY).expect("Ready is set");
    assert_eq!((ready.status, ready.reason.as_str()), (ConditionStatus::False, "GitOperationFailed"));
}
