//! The work queue: one entry per object, priorities, delayed wake-ups, per-object back-off.
//!
//! An object runs at most once at a time; what wakes it while it runs makes it run again afterwards. A wait is a timer
//! and a label here, never a slot.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::driver::Key;
use crate::report::Wait;
use crate::run::Cause;

mod backoff;
mod entry;

pub use backoff::Backoff;
use entry::{Entry, Phase};

/// How soon an object gets a slot compared with others that are due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(pub i32);

impl Priority {
    /// Objects found at start: they give way to everything that happens.
    pub const LOW: Self = Self(-100);
    /// Everything else.
    pub const NORMAL: Self = Self(0);

    /// Every priority there is, for the metrics.
    pub(crate) const USED: [Self; 2] = [Self::LOW, Self::NORMAL];
}

/// What becomes of an object after a run; [`crate::Requeue`] with the jitter applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Stays until an event wakes it.
    Never,
    /// After a time.
    After(Duration, Cause),
    /// After the back-off.
    Retry,
    /// At once the first time, after the back-off when it keeps saying so.
    Immediately,
    /// At the deadline.
    Wait(Wait),
    /// The object is gone: forget everything about it.
    Forget,
}

/// One object handed to a slot.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) key: Key,
    pub(crate) causes: Vec<Cause>,
    /// Changes to the number of wake-ups since the run began; the causes are read from the queue.
    pub(crate) interruptions: watch::Receiver<u64>,
}

/// Numbers about a queue at one moment, for the metrics.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) depth: BTreeMap<Priority, usize>,
    pub(crate) unfinished: Duration,
    pub(crate) longest: Duration,
    pub(crate) running: usize,
    /// What is waited for: object, what, since when.
    pub(crate) waits: Vec<(Key, String, Duration)>,
}

/// Told of what happens in a queue; the metrics implement it.
pub(crate) trait Observer: Send + Sync + 'static {
    fn added(&self, retry: bool);
    fn started(&self, queued_for: Duration);
    fn finished(&self, worked_for: Duration);
}

/// Does not observe.
impl Observer for () {
    fn added(&self, _: bool) {}
    fn started(&self, _: Duration) {}
    fn finished(&self, _: Duration) {}
}

/// The queue of one kind.
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Rung when something became ready or an earlier timer was set.
    bell: Notify,
    backoff: Backoff,
    observer: Arc<dyn Observer>,
}

#[derive(Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// Ready objects: highest priority first, then first come.
    ready: BTreeSet<(std::cmp::Reverse<Priority>, u64, Key)>,
    timers: BTreeSet<(Instant, u64, Key)>,
    sequence: u64,
}

impl State {
    fn sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn clear_timer(&mut self, key: &Key) -> Option<Cause> {
        let timer = self.entries.get_mut(key)?.timer.take()?;
        self.timers.remove(&(timer.at, timer.sequence, key.clone()));
        Some(timer.cause)
    }

    fn set_timer(&mut self, key: &Key, at: Instant, cause: Cause) {
        self.clear_timer(key);
        let sequence = self.sequence();
        if let Some(entry) = self.entries.get_mut(key) {
            entry.timer = Some(entry::Timer { at, sequence, cause });
            self.timers.insert((at, sequence, key.clone()));
        }
    }

    fn make_ready(&mut self, key: &Key, priority: Priority, now: Instant) {
        self.clear_timer(key);
        let sequence = self.sequence();
        if let Some(entry) = self.entries.get_mut(key) {
            entry.phase = Phase::Ready { priority, sequence, since: now };
            self.ready.insert((std::cmp::Reverse(priority), sequence, key.clone()));
        }
    }
}

impl Queue {
    pub(crate) fn new(backoff: Backoff, observer: Arc<dyn Observer>) -> Self {
        Self { state: Mutex::default(), bell: Notify::new(), backoff, observer }
    }

    /// No code that can panic runs under this lock, so a poisoned one is still sound.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an object due now. Cancels its timer; while it runs, makes it run again and tells the run.
    pub(crate) fn wake(&self, key: &Key, cause: Cause, priority: Priority) {
        let now = Instant::now();
        let mut guard = self.lock();
        let state = &mut *guard;
        let entry = state.entries.entry(key.clone()).or_default();
        entry.add_cause(cause);
        match &mut entry.phase {
            Phase::Idle => {
                state.make_ready(key, priority, now);
                self.observer.added(false);
            }
            Phase::Ready { priority: current, sequence, .. } => {
                if priority > *current {
                    state.ready.remove(&(std::cmp::Reverse(*current), *sequence, key.clone()));
                    *current = priority;
                    state.ready.insert((std::cmp::Reverse(priority), *sequence, key.clone()));
                }
            }
            Phase::Running { again, interruptions, .. } => {
                *again = Some(again.map_or(priority, |current| current.max(priority)));
                interruptions.send_modify(|count| *count += 1);
                return;
            }
        }
        drop(guard);
        self.bell.notify_one();
    }

    /// The next due object; waits until there is one. Cancel safe.
    pub(crate) async fn next(&self) -> Job {
        loop {
            let rung = self.bell.notified();
            let timer = match self.take() {
                Ok(job) => return job,
                Err(timer) => timer,
            };
            match timer {
                Some(at) => {
                    tokio::select! {
                        () = rung => {}
                        () = tokio::time::sleep_until(at) => {}
                    }
                }
                None => rung.await,
            }
        }
    }

    /// The first ready object, or when the next timer is due.
    fn take(&self) -> Result<Job, Option<Instant>> {
        let now = Instant::now();
        let mut guard = self.lock();
        let state = &mut *guard;
        while let Some((at, _, _)) = state.timers.first() {
            if *at > now {
                break;
            }
            let Some((_, _, key)) = state.timers.pop_first() else { break };
            if let Some(entry) = state.entries.get_mut(&key)
                && let Some(timer) = entry.timer.take()
            {
                let retry = timer.cause == Cause::Retry;
                entry.add_cause(timer.cause);
                state.make_ready(&key, Priority::NORMAL, now);
                self.observer.added(retry);
            }
        }
        let Some((_, _, key)) = state.ready.pop_first() else {
            return Err(state.timers.first().map(|(at, _, _)| *at));
        };
        let Some(entry) = state.entries.get_mut(&key) else { return Err(Some(now)) };
        let since = match entry.phase {
            Phase::Ready { since, .. } => since,
            Phase::Idle | Phase::Running { .. } => now,
        };
        let (sender, interruptions) = watch::channel(0);
        entry.phase = Phase::Running { started: now, again: None, gone: false, interruptions: sender };
        let causes = std::mem::take(&mut entry.causes);
        drop(guard);
        self.observer.started(now.duration_since(since));
        Ok(Job { key, causes, interruptions })
    }

    /// What woke a running object since its run began.
    pub(crate) fn pending_causes(&self, key: &Key) -> Vec<Cause> {
        self.lock().entries.get(key).map(|entry| entry.causes.clone()).unwrap_or_default()
    }

    /// Ends a run. What woke the object meanwhile goes before what the run asked for.
    pub(crate) fn finish(&self, key: &Key, next: Next) {
        let now = Instant::now();
        let mut guard = self.lock();
        let state = &mut *guard;
        let Some(entry) = state.entries.get_mut(key) else { return };
        let Phase::Running { started, again, gone, .. } = std::mem::replace(&mut entry.phase, Phase::Idle)
        else {
            return;
        };
        entry.apply(&next, now);
        if let Some(priority) = again {
            state.make_ready(key, priority, now);
            self.observer.added(false);
        } else if gone {
            state.entries.remove(key);
        } else {
            match next {
                Next::Never => {}
                Next::Forget => {
                    state.entries.remove(key);
                }
                Next::After(delay, cause) => state.set_timer(key, now + delay, cause),
                Next::Wait(wait) => state.set_timer(key, wait.until, Cause::Deadline),
                Next::Retry => {
                    let delay = self.backoff.delay(entry.failures.saturating_sub(1));
                    state.set_timer(key, now + delay, Cause::Retry);
                }
                Next::Immediately if entry.failures <= 1 => {
                    entry.add_cause(Cause::Continued);
                    state.make_ready(key, Priority::NORMAL, now);
                    self.observer.added(false);
                }
                Next::Immediately => {
                    let delay = self.backoff.delay(entry.failures.saturating_sub(2));
                    state.set_timer(key, now + delay, Cause::Retry);
                }
            }
        }
        drop(guard);
        self.observer.finished(now.duration_since(started));
        self.bell.notify_one();
    }

    /// The object is gone: drops its timer, its place and its back-off. A run in progress ends first.
    pub(crate) fn forget(&self, key: &Key) {
        let mut guard = self.lock();
        let state = &mut *guard;
        state.clear_timer(key);
        let Some(entry) = state.entries.get_mut(key) else { return };
        match &mut entry.phase {
            Phase::Idle => {
                state.entries.remove(key);
            }
            Phase::Ready { priority, sequence, .. } => {
                state.ready.remove(&(std::cmp::Reverse(*priority), *sequence, key.clone()));
                state.entries.remove(key);
            }
            Phase::Running { again, gone, interruptions, .. } => {
                *gone = true;
                *again = None;
                entry.causes.clear();
                interruptions.send_modify(|count| *count += 1);
            }
        }
    }

    /// The numbers of this moment.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let now = Instant::now();
        let state = self.lock();
        let mut snapshot = Snapshot::default();
        for (key, entry) in &state.entries {
            match &entry.phase {
                Phase::Ready { priority, .. } => *snapshot.depth.entry(*priority).or_default() += 1,
                Phase::Running { started, .. } => {
                    let age = now.duration_since(*started);
                    snapshot.running += 1;
                    snapshot.unfinished += age;
                    snapshot.longest = snapshot.longest.max(age);
                }
                Phase::Idle => {}
            }
            if let Some((what, since)) = &entry.wait {
                snapshot.waits.push((key.clone(), what.to_string(), now.duration_since(*since)));
            }
        }
        snapshot
    }
}

#[cfg(test)]
mod tests;
