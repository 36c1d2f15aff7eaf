//! Conditions of several writers in one list.

use ferroflux_api::conditions::{get, sort};
use ferroflux_api::meta::Condition;

/// What to write when somebody else wrote in between: the types in `owned` come from `ours`, everything else from
/// `latest`. Types that are neither owned nor in `latest` but that this run set are kept too.
pub(crate) fn merge_owned(
    before: &[Condition],
    ours: &[Condition],
    latest: &[Condition],
    owned: &[&str],
) -> Vec<Condition> {
    let is_owned = |condition: &Condition| owned.contains(&condition.type_.as_str());
    let mut merged: Vec<Condition> = ours.iter().filter(|condition| is_owned(condition)).cloned().collect();
    merged.extend(latest.iter().filter(|condition| !is_owned(condition)).cloned());
    for condition in ours.iter().filter(|condition| !is_owned(condition)) {
        let changed_by_us = get(before, &condition.type_) != Some(condition);
        if changed_by_us && get(&merged, &condition.type_).is_none() {
            merged.push(condition.clone());
        }
    }
    sort(&mut merged);
    merged
}

/// Gives a condition that ends as it began its old transition time back, so that a run that changes nothing writes
/// nothing although it marked and unmarked progress on the way.
pub(crate) fn keep_transition_times(before: &[Condition], after: &mut [Condition]) {
    for condition in after {
        let Some(old) = get(before, &condition.type_) else { continue };
        if old.status == condition.status
            && old.reason == condition.reason
            && old.message == condition.message
        {
            condition.last_transition_time = old.last_transition_time.clone();
        }
    }
}
