//! The queue, with tokio's paused clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::*;
use crate::driver::ObjectRef;

fn queue() -> Arc<Queue> {
    let backoff = Backoff { min: Duration::from_secs(1), max: Duration::from_secs(10) };
    Arc::new(Queue::new(backoff, Arc::new(())))
}

fn key(name: &str) -> Key {
    Key::new("ns", name)
}

fn related(name: &str) -> Cause {
    Cause::Related(ObjectRef { kind: "GitRepository".into(), key: key(name) })
}

/// Which object is due now, if one is.
async fn due(queue: &Queue) -> Option<Job> {
    timeout(Duration::from_nanos(1), queue.next()).await.ok()
}

async fn due_name(queue: &Queue) -> Option<String> {
    due(queue).await.map(|job| job.key.name.to_string())
}

#[tokio::test(start_paused = true)]
async fn objects_found_at_start_give_way_to_events_and_keep_their_order() {
    let queue = queue();
    for name in ["a", "b", "c"] {
        queue.wake(&key(name), Cause::Start, Priority::LOW);
    }
    queue.wake(&key("d"), related("x"), Priority::NORMAL);
    queue.wake(&key("c"), related("x"), Priority::NORMAL);
    let mut order = Vec::new();
    while let Some(name) = due_name(&queue).await {
        order.push(name);
    }
    assert_eq!(order, ["c", "d", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn an_object_woken_many_times_runs_once_and_knows_every_cause() {
    let queue = queue();
    queue.wake(&key("a"), Cause::Start, Priority::LOW);
    queue.wake(&key("a"), related("x"), Priority::NORMAL);
    queue.wake(&key("a"), related("x"), Priority::NORMAL);
    let job = due(&queue).await.expect("it is due");
    assert_eq!(job.causes, [Cause::Start, related("x")]);
    assert!(due(&queue).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_wakes_an_object_while_it_runs_interrupts_it_and_runs_it_again_afterwards() {
    let queue = queue();
    queue.wake(&key("a"), Cause::Start, Priority::LOW);
    let job = due(&queue).await.expect("it is due");
    queue.wake(&key("a"), related("x"), Priority::NORMAL);
    assert!(due(&queue).await.is_none(), "never twice at a time");
    assert_eq!(*job.interruptions.borrow(), 1);
    assert_eq!(queue.pending_causes(&key("a")), [related("x")]);
    queue.finish(&key("a"), Next::After(Duration::from_mins(1), Cause::Interval));
    assert_eq!(due(&queue).await.expect("it is due again").causes, [related("x")]);
}

#[tokio::test(start_paused = true)]
async fn failures_back_off_exponentially_to_the_maximum_and_success_resets() {
    let queue = queue();
    queue.wake(&key("a"), Cause::Start, Priority::LOW);
    let mut delays = Vec::new();
    for _ in 0..6 {
        let before = Instant::now();
        queue.next().await;
        delays.push(before.elapsed().as_secs());
        queue.finish(&key("a"), Next::Retry);
    }
    assert_eq!(delays, [0, 1, 2, 4, 8, 10]);
    queue.next().await;
    queue.finish(&key("a"), Next::After(Duration::from_secs(30), Cause::Interval));
    let before = Instant::now();
    assert_eq!(queue.next().await.causes, [Cause::Interval]);
    assert_eq!(before.elapsed().as_secs(), 30);
    queue.finish(&key("a"), Next::Retry);
    let before = Instant::now();
    assert_eq!(queue.next().await.causes, [Cause::Retry]);
    assert_eq!(before.elapsed().as_secs(), 1);
}

/// source.md 16: an event during the back-off runs the object at once and does not reset the count.
#[tokio::test(start_paused = true)]
async fn an_event_during_the_back_off_runs_at_once_and_leaves_the_count_alone() {
    let queue = queue();
    queue.wake(&key("a"), Cause::Start, Priority::LOW);
    for _ in 0..3 {
        queue.next().await;
        queue.finish(&key("a"), Next::Retry);
    }
    queue.wake(&key("a"), related("x"), Priority::NORMAL);
    assert_eq!(due(&queue).await.expect("at once").causes, [related("x")]);
    queue.finish(&key("a"), Next::Retry);
    let before = Instant::now();
    queue.next().await;
    assert_eq!(before.elapsed().as_secs(), 8);
    queue.finish(&key("a"), Next::Never);
    assert!(due(&queue).await.is_none(), "the old timer is gone");
}

#[tokio::test(start_paused = true)]
async fn asking_to_go_on_at_once_is_limited_when_it_repeats() {
    let queue = queue();
    queue.wake(&key("a"), Cause::Start, Priority::LOW);
    let start = Instant::now();
    let mut times = Vec::new();
    for _ in 0..4 {
        queue.next().await;
        times.push(start.elapsed().as_secs());
        queue.finish(&key("a"), Next::Immediately);
    }
    assert_eq!(times, [0, 0, 1, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_holds_no_slot_is_shown_with_its_age_and_ends_at_its_deadline() {
    let queue = queue();
    let deadline = Instant::now() + Duration::from_mins(5);
    queue.wake(&key("a"), Cause::Start, Priority::LOW);
    queue.next().await;
    queue.finish(&key("a"), Next::Wait(Wait::new("health", deadline)));
    tokio::time::advance(Duration::from_secs(100)).await;
    queue.wake(&key("a"), related("x"), Priority::NORMAL);
    queue.next().await;
    queue.finish(&key("a"), Next::Wait(Wait::new("health", deadline)));
    let snapshot = queue.snapshot();
    assert_eq!(snapshot.running, 0);
    assert_eq!(snapshot.longest, Duration::ZERO);
    assert_eq!(snapshot.waits, [(key("a"), "health".to_owned(), Duration::from_secs(100))]);
    let job = queue.next().await;
    assert_eq!(job.causes, [Cause::Deadline]);
    assert!(Instant::now() >= deadline);
    queue.finish(&key("a"), Next::Never);
    assert!(queue.snapshot().waits.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_object_loses_its_timer_its_place_and_what_interrupted_its_run() {
    let queue = queue();
    for name in ["timer", "ready", "running"] {
        queue.wake(&key(name), Cause::Start, Priority::LOW);
    }
    queue.next().await;
    queue.finish(&key("timer"), Next::After(Duration::from_secs(1), Cause::Interval));
    queue.forget(&key("timer"));
    queue.forget(&key("ready"));
    assert_eq!(due_name(&queue).await.as_deref(), Some("running"));
    queue.wake(&key("running"), related("x"), Priority::NORMAL);
    queue.forget(&key("running"));
    queue.finish(&key("running"), Next::Retry);
    tokio::time::advance(Duration::from_hours(1)).await;
    assert!(due(&queue).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_object_made_anew_while_the_old_ones_run_ends_is_run() {
    let queue = queue();
    queue.wake(&key("a"), Cause::Start, Priority::LOW);
    queue.next().await;
    queue.forget(&key("a"));
    queue.wake(&key("a"), related("x"), Priority::NORMAL);
    queue.finish(&key("a"), Next::Forget);
    assert_eq!(due(&queue).await.expect("the new one is due").causes, [related("x")]);
}

#[test]
fn the_back_off_never_overflows() {
    let backoff = Backoff::default();
    assert_eq!(backoff.delay(0), Duration::from_millis(750));
    assert_eq!(backoff.delay(3), Duration::from_secs(6));
    assert_eq!(backoff.delay(u32::MAX), Duration::from_mins(15));
}
