//! core/v1 Events, written one after the other in the background.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::Record;
use super::aggregate::{Aggregator, Decision};
use crate::metrics::EventMetrics;
use crate::report::Severity;

/// Events that wait for the API server; more than these are dropped and counted.
const CAPACITY: usize = 1000;

/// The queue in front of the writer.
#[derive(Clone)]
pub(crate) struct KubernetesSink {
    queue: mpsc::Sender<Record>,
    metrics: EventMetrics,
}

impl KubernetesSink {
    /// The queue, and the task that empties it until `stop`, then what is left.
    pub(crate) fn new(
        client: Client,
        metrics: EventMetrics,
        stop: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (queue, records) = mpsc::channel(CAPACITY);
        (Self { queue, metrics }, write_all(client, records, stop))
    }

    pub(crate) fn push(&self, record: Record) {
        if self.queue.try_send(record).is_err() {
            self.metrics.dropped("kubernetes");
        }
    }
}

async fn write_all(client: Client, mut records: mpsc::Receiver<Record>, stop: CancellationToken) {
    let mut aggregator = Aggregator::default();
    loop {
        let record = tokio::select! {
            biased;
            record = records.recv() => record,
            () = stop.cancelled() => None,
        };
        let Some(record) = record else { return };
        write(&client, &mut aggregator, &record).await;
    }
}

async fn write(client: &Client, aggregator: &mut Aggregator, record: &Record) {
    let (same, decision) = aggregator.decide(record, Instant::now());
    let written = match decision {
        Decision::Drop => return,
        Decision::Create { message } => create(client, record, &message).await,
        Decision::Count { name, count, message } => {
            match count_up(client, record, &name, count, &message).await {
                // It outlived its time to live in the API server; begin anew.
                Err(kube::Error::Api(answer)) if answer.code == 404 => create(client, record, &message).await,
                other => other,
            }
        }
    };
    match written {
        Ok(written) => aggregator.remember(same, Some(written)),
        // An event in a namespace that is being deleted is refused; nobody will miss it.
        Err(kube::Error::Api(answer)) if answer.code == 403 || answer.code == 404 => {
            aggregator.remember(same, None);
        }
        Err(cause) => {
            aggregator.remember(same, None);
            let involved = &record.involved;
            error!(
                name = %involved.name, namespace = %involved.namespace,
                error = crate::failure::chain(&cause), "unable to record event"
            );
        }
    }
}

async fn create(client: &Client, record: &Record, message: &str) -> Result<(String, i32), kube::Error> {
    let involved = &record.involved;
    let time = Time(record.timestamp);
    let annotations: BTreeMap<String, String> = record.metadata.clone();
    let name = event_name(&involved.name, record.timestamp);
    let event = Event {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(involved.namespace.clone()),
            annotations: (!annotations.is_empty()).then_some(annotations),
            ..ObjectMeta::default()
        },
        involved_object: involved.to_reference(),
        reason: Some(record.reason.clone()),
        message: Some(message.to_owned()),
        type_: Some(event_type(record.severity).to_owned()),
        source: Some(EventSource { component: Some(record.controller.to_owned()), host: None }),
        reporting_component: Some(record.controller.to_owned()),
        first_timestamp: Some(time.clone()),
        last_timestamp: Some(time),
        count: Some(1),
        ..Event::default()
    };
    let api: Api<Event> = Api::namespaced(client.clone(), &involved.namespace);
    api.create(&PostParams::default(), &event).await?;
    Ok((name, 1))
}

async fn count_up(
    client: &Client,
    record: &Record,
    name: &str,
    count: i32,
    message: &str,
) -> Result<(String, i32), kube::Error> {
    let patch = json!({
        "count": count,
        "lastTimestamp": Time(record.timestamp),
        "message": message,
        "metadata": { "annotations": record.metadata },
    });
    let api: Api<Event> = Api::namespaced(client.clone(), &record.involved.namespace);
    api.patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await?;
    Ok((name.to_owned(), count))
}

fn event_type(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Warning",
        Severity::Trace | Severity::Info => "Normal",
    }
}

/// `<object>.<nanoseconds in hex>`, as client-go names events; a random part tells two in one nanosecond apart.
fn event_name(object: &str, time: Timestamp) -> String {
    let nanoseconds = time.as_nanosecond() as u64;
    let suffix = format!("{:016x}", nanoseconds ^ fastrand::u64(..0xffff));
    let longest = 253 - suffix.len() - 1;
    let end = object.floor_char_boundary(longest.min(object.len()));
    format!("{}.{suffix}", object.get(..end).unwrap_or_default())
}
