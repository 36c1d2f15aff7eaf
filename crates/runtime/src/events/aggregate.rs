//! Which events are written anew, counted, combined or dropped: the rules of client-go's correlator.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

use super::{InvolvedObject, Record};
use crate::report::Severity;

/// Objects and events remembered; the oldest go first.
const REMEMBERED: usize = 4096;
/// Events of one object at once, and the time after which it may have one more.
const BURST: f64 = 25.0;
const REFILL: Duration = Duration::from_mins(5);
/// Events that differ in their message only: this many within this time are told apart, the rest is combined.
const SIMILAR: usize = 10;
const SIMILAR_WINDOW: Duration = Duration::from_mins(10);
/// How a combined event begins.
const COMBINED: &str = "(combined from similar events): ";

/// What to do with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Too many about this object.
    Drop,
    /// A new event.
    Create { message: String },
    /// The same as an earlier one: raise its count.
    Count { name: String, count: i32, message: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Similar {
    controller: &'static str,
    object: InvolvedObject,
    warning: bool,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Same {
    similar: Similar,
    message: String,
}

/// Remembers what was written.
#[derive(Default)]
pub(super) struct Aggregator {
    buckets: Bounded<(&'static str, InvolvedObject), Bucket>,
    similar: Bounded<Similar, VecDeque<(Instant, String)>>,
    written: Bounded<Same, (String, i32)>,
}

struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Aggregator {
    pub(super) fn decide(&mut self, record: &Record, now: Instant) -> (Same, Decision) {
        // The version differs with every write and says nothing about which object it is.
        let object = InvolvedObject { resource_version: String::new(), ..record.involved.clone() };
        let similar = Similar {
            controller: record.controller,
            object: object.clone(),
            warning: record.severity == Severity::Error,
            reason: record.reason.clone(),
        };
        let message = self.combine(&similar, &record.message, now);
        let key_message = if message.starts_with(COMBINED) { COMBINED.to_owned() } else { message.clone() };
        let same = Same { similar, message: key_message };
        if !self.take_token((record.controller, object), now) {
            return (same, Decision::Drop);
        }
        let decision = match self.written.get(&same) {
            Some((name, count)) => {
                Decision::Count { name: name.clone(), count: count.saturating_add(1), message }
            }
            None => Decision::Create { message },
        };
        (same, decision)
    }

    /// Remembers the name and count under which an event was written; none when the API server lost it.
    pub(super) fn remember(&mut self, same: Same, written: Option<(String, i32)>) {
        match written {
            Some(written) => self.written.insert(same, written),
            None => self.written.remove(&same),
        }
    }

    fn take_token(&mut self, key: (&'static str, InvolvedObject), now: Instant) -> bool {
        let bucket = self.buckets.get_or_insert(key, || Bucket { tokens: BURST, at: now });
        let refilled = now.duration_since(bucket.at).as_secs_f64() / REFILL.as_secs_f64();
        bucket.tokens = (bucket.tokens + refilled).min(BURST);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }

    fn combine(&mut self, similar: &Similar, message: &str, now: Instant) -> String {
        let recent = self.similar.get_or_insert(similar.clone(), VecDeque::new);
        recent.retain(|(at, _)| now.duration_since(*at) < SIMILAR_WINDOW);
        if recent.iter().any(|(_, earlier)| earlier == message) {
            return message.to_owned();
        }
        if recent.len() >= SIMILAR {
            return format!("{COMBINED}{message}");
        }
        recent.push_back((now, message.to_owned()));
        message.to_owned()
    }
}

/// A map that forgets what was inserted first when it is full.
struct Bounded<K, V> {
    map: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Self { map: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Clone + Eq + Hash, V> Bounded<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    fn insert(&mut self, key: K, value: V) {
        if self.map.insert(key.clone(), value).is_none() {
            self.added(key);
        }
    }

    fn get_or_insert(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        if !self.map.contains_key(&key) {
            self.insert(key.clone(), value());
        }
        self.map.get_mut(&key).expect("the entry was inserted above when it was missing")
    }

    fn remove(&mut self, key: &K) {
        // Its place in the order is dropped when its turn comes.
        self.map.remove(key);
    }

    fn added(&mut self, key: K) {
        self.order.push_back(key);
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.map.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests;
