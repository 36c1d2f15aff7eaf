//! Notifications to `--events-addr`: queued, delivered in the background, in order per object.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::error;
use url::Url;

use super::Record;
use crate::metrics::EventMetrics;
use crate::report::Severity;

/// How notifications are delivered.
#[derive(Clone, Debug)]
pub(crate) struct OutboxConfig {
    /// Where they are posted.
    pub(crate) address: Url,
    /// `reportingInstance`: the host's name.
    pub(crate) instance: String,
    /// Notifications that may wait in one lane; the oldest goes first.
    pub(crate) capacity: usize,
    /// Time for one attempt.
    pub(crate) attempt_timeout: Duration,
    /// Pause before the second attempt; doubles up to `longest_pause`.
    pub(crate) first_pause: Duration,
    /// The longest pause.
    pub(crate) longest_pause: Duration,
    /// Attempts after the first.
    pub(crate) retries: u32,
    /// Time for what is still queued when the process ends.
    pub(crate) flush: Duration,
}

impl OutboxConfig {
    /// The timings of the contract for this address.
    pub(crate) fn new(address: Url, instance: String) -> Self {
        Self {
            address,
            instance,
            capacity: 256,
            attempt_timeout: Duration::from_secs(5),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            retries: 4,
            flush: Duration::from_secs(5),
        }
    }
}

/// Deliveries side by side; all events of one object go through the same one.
const LANES: usize = 4;

/// The queue of notifications.
#[derive(Clone)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    config: OutboxConfig,
    metrics: EventMetrics,
    lanes: [Lane; LANES],
}

#[derive(Default)]
struct Lane {
    queue: Mutex<VecDeque<Record>>,
    bell: Notify,
}

impl Lane {
    fn pop(&self) -> Option<Record> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl Outbox {
    pub(crate) fn new(config: OutboxConfig, metrics: EventMetrics) -> Self {
        Self { shared: Arc::new(Shared { config, metrics, lanes: Default::default() }) }
    }

    /// Queues a notification; when its lane is full, the oldest one is dropped and counted.
    pub(crate) fn push(&self, record: Record) {
        let mut hasher = DefaultHasher::new();
        record.involved.uid.hash(&mut hasher);
        let Some(lane) = self.shared.lanes.get(hasher.finish() as usize % LANES) else { return };
        let mut queue = lane.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= self.shared.config.capacity {
            queue.pop_front();
            self.shared.metrics.dropped("notification");
        }
        queue.push_back(record);
        drop(queue);
        lane.bell.notify_one();
    }

    /// Delivers until `stop`, then what is still queued as far as the time for flushing permits.
    pub(crate) async fn deliver(self, client: reqwest::Client, stop: CancellationToken) {
        join_all(self.shared.lanes.iter().map(|lane| self.deliver_lane(lane, &client, &stop))).await;
    }

    async fn deliver_lane(&self, lane: &Lane, client: &reqwest::Client, stop: &CancellationToken) {
        let deadline = async {
            stop.cancelled().await;
            tokio::time::sleep(self.shared.config.flush).await;
        };
        let work = async {
            loop {
                while let Some(record) = lane.pop() {
                    self.post(client, &record).await;
                }
                if stop.is_cancelled() {
                    break;
                }
                tokio::select! {
                    () = lane.bell.notified() => {}
                    () = stop.cancelled() => {}
                }
            }
        };
        tokio::select! {
            () = work => {}
            () = deadline => {}
        }
    }

    async fn post(&self, client: &reqwest::Client, record: &Record) {
        let config = &self.shared.config;
        let body = match serde_json::to_vec(&Notification::of(record, &config.instance)) {
            Ok(body) => body,
            Err(cause) => return self.failed(record, &cause),
        };
        let mut pause = config.first_pause;
        for attempt in 0..=config.retries {
            let sent = client
                .post(config.address.clone())
                .header("Content-Type", "application/json")
                .timeout(config.attempt_timeout)
                .body(body.clone())
                .send()
                .await;
            match sent {
                Ok(answer) if answer.status().is_success() || answer.status().as_u16() == 429 => {
                    self.shared.metrics.delivered("notification");
                    return;
                }
                Ok(answer) if answer.status().is_server_error() && answer.status().as_u16() != 501 => {
                    if attempt == config.retries {
                        return self.failed(record, &Refused { status: answer.status().as_u16() });
                    }
                }
                Ok(answer) => return self.failed(record, &Refused { status: answer.status().as_u16() }),
                Err(cause) if attempt == config.retries => {
                    return self.failed(record, &cause.without_url());
                }
                Err(_) => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(config.longest_pause);
        }
    }

    fn failed(&self, record: &Record, cause: &(dyn std::error::Error + 'static)) {
        self.shared.metrics.failed("notification");
        error!(
            name = %record.involved.name,
            namespace = %record.involved.namespace,
            "reconciler kind" = %record.involved.kind,
            error = crate::failure::chain(cause),
            "unable to record event"
        );
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the notification endpoint answered with status {status}")]
struct Refused {
    status: u16,
}

/// The body of a notification (contract/kustomize.md 12.2).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    involved_object: Involved<'a>,
    severity: &'static str,
    timestamp: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time,
    message: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, String>,
    reporting_controller: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reporting_instance: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Involved<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    api_version: &'a str,
    resource_version: &'a str,
}

impl<'a> Notification<'a> {
    fn of(record: &'a Record, instance: &'a str) -> Self {
        let involved = &record.involved;
        Self {
            involved_object: Involved {
                kind: &involved.kind,
                namespace: &involved.namespace,
                name: &involved.name,
                uid: &involved.uid,
                api_version: &involved.api_version,
                resource_version: &involved.resource_version,
            },
            severity: match record.severity {
                Severity::Error => "error",
                Severity::Trace | Severity::Info => "info",
            },
            timestamp: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(record.timestamp),
            message: &record.message,
            reason: &record.reason,
            metadata: &record.metadata,
            reporting_controller: record.controller,
            reporting_instance: instance,
        }
    }
}

#[cfg(test)]
mod tests;
