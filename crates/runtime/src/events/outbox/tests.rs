//! Delivery of notifications to a real HTTP server that answers as it is told.

use std::collections::VecDeque;
use std::convert::Infallible;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;

use super::*;
use crate::events::InvolvedObject;
use crate::metrics::Metrics;

#[derive(Default)]
struct Receiver {
    /// Statuses to answer with, then 202.
    answers: Mutex<VecDeque<u16>>,
    bodies: Mutex<Vec<Value>>,
}

async fn receiver(answers: &[u16]) -> (Arc<Receiver>, OutboxConfig) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let receiver =
        Arc::new(Receiver { answers: Mutex::new(answers.iter().copied().collect()), ..Receiver::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let serving = receiver.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let serving = serving.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let serving = serving.clone();
                async move {
                    let body =
                        request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                    serving
                        .bodies
                        .lock()
                        .expect("not poisoned")
                        .push(serde_json::from_slice(&body).expect("JSON"));
                    let status = serving.answers.lock().expect("not poisoned").pop_front().unwrap_or(202);
                    let answer = Response::builder().status(status).body(Full::<Bytes>::default());
                    Ok::<_, Infallible>(answer.expect("a response"))
                }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    let mut config = OutboxConfig::new(address.parse().expect("a URL"), "host-1".to_owned());
    config.first_pause = Duration::from_millis(5);
    (receiver, config)
}

fn record(uid: &str, message: &str) -> Record {
    Record {
        controller: "source-controller",
        involved: InvolvedObject {
            kind: "GitRepository".to_owned(),
            uid: uid.to_owned(),
            ..InvolvedObject::default()
        },
        severity: Severity::Error,
        reason: "GitOperationFailed".to_owned(),
        message: message.to_owned(),
        metadata: BTreeMap::new(),
        timestamp: Timestamp::from_second(1_795_000_000).expect("a time"),
    }
}

/// Pushes, delivers everything and ends.
async fn deliver(config: OutboxConfig, records: Vec<Record>) -> String {
    let metrics = Metrics::new();
    let outbox = Outbox::new(config, EventMetrics::register(&metrics));
    for record in records {
        outbox.push(record);
    }
    let stop = CancellationToken::new();
    stop.cancel();
    outbox.deliver(reqwest::Client::new(), stop).await;
    String::from_utf8(metrics.encode().expect("metrics")).expect("UTF-8")
}

fn messages(receiver: &Receiver) -> Vec<String> {
    let bodies = receiver.bodies.lock().expect("not poisoned");
    bodies.iter().map(|body| body["message"].as_str().unwrap_or_default().to_owned()).collect()
}

/// kustomize.md 12.2: retried on 5xx, in order per object; what was queued at the end is still delivered.
#[tokio::test]
async fn a_notification_is_retried_and_keeps_its_place() {
    let (receiver, config) = receiver(&[500, 503]).await;
    let metrics = deliver(config, vec![record("a", "first"), record("a", "second")]).await;
    assert_eq!(messages(&receiver), ["first", "first", "first", "second"]);
    assert!(metrics.contains("ferroflux_notifications_total{result=\"success\",sink=\"notification\"} 2"));
    let body = receiver.bodies.lock().expect("not poisoned")[0].clone();
    assert_eq!(body["severity"], "error");
    assert_eq!(body["timestamp"], "2026-11-18T11:06:40Z");
    assert_eq!(body["reportingInstance"], "host-1");
    assert!(body.get("metadata").is_none(), "left out when there is none");
}

#[tokio::test]
async fn a_duplicate_a_refusal_and_501_are_not_retried() {
    for status in [429, 400, 501] {
        let (receiver, config) = receiver(&[status]).await;
        deliver(config, vec![record("a", "once")]).await;
        assert_eq!(messages(&receiver), ["once"], "{status}");
    }
}

#[tokio::test]
async fn four_retries_are_the_last() {
    let (receiver, config) = receiver(&[500; 9]).await;
    let metrics = deliver(config, vec![record("a", "x")]).await;
    assert_eq!(messages(&receiver).len(), 5);
    assert!(metrics.contains("ferroflux_notifications_total{result=\"failure\",sink=\"notification\"} 1"));
}

#[tokio::test]
async fn a_full_lane_drops_its_oldest_and_counts_it() {
    let (receiver, mut config) = receiver(&[]).await;
    config.capacity = 2;
    let records = ["1", "2", "3", "4"].map(|message| record("a", message)).to_vec();
    let metrics = deliver(config, records).await;
    assert_eq!(messages(&receiver), ["3", "4"]);
    assert!(metrics.contains("ferroflux_events_dropped_total{sink=\"notification\"} 2"));
}

#[tokio::test]
async fn the_flush_at_the_end_is_bounded() {
    let (_, mut config) = receiver(&[500; 100]).await;
    config.first_pause = Duration::from_hours(1);
    config.flush = Duration::from_millis(50);
    let ended = tokio::time::timeout(Duration::from_secs(20), deliver(config, vec![record("a", "x")])).await;
    assert!(ended.is_ok());
}
