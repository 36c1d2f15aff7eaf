//! client-go's correlation rules (kustomize.md 12.1).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;

fn record(object: &str, reason: &str, message: &str) -> Record {
    Record {
        controller: "kustomize-controller",
        involved: InvolvedObject {
            name: object.to_owned(),
            uid: object.to_owned(),
            ..InvolvedObject::default()
        },
        severity: Severity::Info,
        reason: reason.to_owned(),
        message: message.to_owned(),
        metadata: BTreeMap::new(),
        timestamp: Timestamp::UNIX_EPOCH,
    }
}

fn decide(aggregator: &mut Aggregator, record: &Record, now: Instant) -> Decision {
    let (same, decision) = aggregator.decide(record, now);
    match &decision {
        Decision::Create { .. } => {
            aggregator.remember(same, Some((format!("{}.1", record.involved.name), 1)));
        }
        Decision::Count { name, count, .. } => aggregator.remember(same, Some((name.clone(), *count))),
        Decision::Drop => {}
    }
    decision
}

#[tokio::test(start_paused = true)]
async fn the_same_event_is_counted_also_when_the_object_has_changed() {
    let mut aggregator = Aggregator::default();
    let now = Instant::now();
    let mut event = record("app", "Applied", "done");
    assert_eq!(decide(&mut aggregator, &event, now), Decision::Create { message: "done".to_owned() });
    event.involved.resource_version = "7".to_owned();
    for count in 2..4 {
        let expected = Decision::Count { name: "app.1".to_owned(), count, message: "done".to_owned() };
        assert_eq!(decide(&mut aggregator, &event, now), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_has_25_events_at_once_and_one_more_every_five_minutes() {
    let mut aggregator = Aggregator::default();
    let start = Instant::now();
    let event = record("app", "Applied", "done");
    for _ in 0..25 {
        assert_ne!(decide(&mut aggregator, &event, start), Decision::Drop);
    }
    assert_eq!(decide(&mut aggregator, &event, start), Decision::Drop);
    assert_ne!(decide(&mut aggregator, &record("other", "Applied", "done"), start), Decision::Drop);
    let later = start + Duration::from_secs(301);
    assert_ne!(decide(&mut aggregator, &event, later), Decision::Drop);
    assert_eq!(decide(&mut aggregator, &event, later), Decision::Drop);
}

#[tokio::test(start_paused = true)]
async fn more_than_ten_similar_events_are_combined_into_one() {
    let mut aggregator = Aggregator::default();
    let now = Instant::now();
    for number in 0..10 {
        let decision = decide(&mut aggregator, &record("app", "Applied", &number.to_string()), now);
        assert_eq!(decision, Decision::Create { message: number.to_string() });
    }
    let decision = decide(&mut aggregator, &record("app", "Applied", "10"), now);
    assert_eq!(decision, Decision::Create { message: "(combined from similar events): 10".to_owned() });
    let decision = decide(&mut aggregator, &record("app", "Applied", "11"), now);
    let message = "(combined from similar events): 11".to_owned();
    assert_eq!(decision, Decision::Count { name: "app.1".to_owned(), count: 2, message });
    let later = now + Duration::from_mins(11);
    let decision = decide(&mut aggregator, &record("app", "Applied", "12"), later);
    assert_eq!(decision, Decision::Create { message: "12".to_owned() });
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut bounded = Bounded::default();
    for number in 0..REMEMBERED + 10 {
        bounded.insert(number, ());
    }
    assert_eq!(bounded.map.len(), REMEMBERED);
    assert!(bounded.get(&9).is_none() && bounded.get(&10).is_some());
}
