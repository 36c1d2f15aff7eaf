//! The process around the controllers: leadership, events, objects that cannot be read, identities, servers.

mod world;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferroflux_api::source::v1::HelmRepository;
use ferroflux_cluster::Objects;
use ferroflux_runtime::{
    ApiRate, App, Clients, Clock, Config, Identities, KubeConfigOptions, LeaderElectionConfig, Metrics,
    RemoteCluster, RunError, ShutdownPolicy,
};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Event};
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use world::{GIT, cluster, config, ready, repository, start, until};

fn elected(objects: &Objects, identity: &str) -> Config {
    let mut config = config(objects.namespace());
    config.leader_election = Some(LeaderElectionConfig {
        lease: "source-controller-leader-election".to_owned(),
        namespace: objects.namespace().to_owned(),
        identity: identity.to_owned(),
        lease_duration: Duration::from_secs(15),
        renew_deadline: Duration::from_secs(10),
        retry_period: Duration::from_millis(500),
        release_on_cancel: true,
    });
    config
}

async fn holder(objects: &Objects) -> Option<String> {
    let leases: Api<Lease> = objects.api();
    leases.get_opt("source-controller-leader-election").await.expect("an answer")?.spec?.holder_identity
}

/// install-and-cli.md 12: scenario 20
#[tokio::test(flavor = "multi_thread")]
async fn the_lease_is_handed_over_at_once_and_only_the_leader_works() {
    let cluster = cluster().await;
    let objects = cluster.namespace("leader").await.expect("a namespace");
    let first = start(&objects, elected(&objects, "first")).await;
    objects.apply(&repository("app", "ok")).await.expect("it is accepted");
    ready(&objects, "app").await;
    let status = "leader_election_master_status{name=\"source-controller-leader-election\"}";
    assert_eq!(first.metric(status), Some(1.0));
    let second = start(&objects, elected(&objects, "second")).await;
    objects.apply(&repository("other", "ok")).await.expect("it is accepted");
    ready(&objects, "other").await;
    assert_eq!(holder(&objects).await.as_deref(), Some("first"));
    assert_eq!((second.toy.runs("other"), second.metric(status)), (0, Some(0.0)));
    let begun = Instant::now();
    first.stop().await.expect("it ends well");
    until("the second takes over", || second.metric(status) == Some(1.0)).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    objects.apply(&repository("third", "ok")).await.expect("it is accepted");
    ready(&objects, "third").await;
    second.stop().await.expect("it ends well");
    assert_eq!(holder(&objects).await.as_deref(), Some(""), "released");
}

/// install-and-cli.md 4.6: helm-controller's runs finish, and nobody else works meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_may_finish_keeps_the_lease_until_it_has() {
    let cluster = cluster().await;
    let objects = cluster.namespace("finish").await.expect("a namespace");
    let mut config = elected(&objects, "first");
    config.shutdown = ShutdownPolicy::Finish(Duration::from_mins(2));
    let process = start(&objects, config).await;
    objects.apply(&repository("app", "hold")).await.expect("it is accepted");
    until("it runs", || process.toy.busy.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
    process.shutdown.cancel();
    let leases: Api<Lease> = objects.api();
    let renewed = async || {
        let lease = leases.get("source-controller-leader-election").await.expect("it is there");
        lease.spec.and_then(|spec| Some((spec.holder_identity?, spec.renew_time?)))
    };
    let before = renewed().await.expect("it is held");
    let still_held = tokio::time::timeout(ferroflux_cluster::PATIENCE, async {
        while renewed().await.as_ref() == Some(&before) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    still_held.await.expect("it is renewed");
    assert_eq!(renewed().await.expect("it is held").0, "first");
    assert!(!process.ended.is_finished());
    process.toy.gate.cancel();
    process.stop().await.expect("it ends well");
    ready(&objects, "app").await;
    assert_eq!(holder(&objects).await.as_deref(), Some(""));
}

/// install-and-cli.md 12: scenarios 21 and 22
#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_lease_is_taken_ends_with_an_error() {
    let cluster = cluster().await;
    let objects = cluster.namespace("lost").await.expect("a namespace");
    let process = start(&objects, elected(&objects, "first")).await;
    objects.apply(&repository("stuck", "stuck")).await.expect("it is accepted");
    until("it runs", || process.toy.busy.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
    let theirs = json!({"spec": {"holderIdentity": "somebody", "renewTime": "2036-11-24T10:00:00.000000Z"}});
    // A renewal in between may undo it once.
    let lost = tokio::time::timeout(ferroflux_cluster::PATIENCE, async {
        let mut ended = process.ended;
        loop {
            let lease = "coordination.k8s.io/v1/Lease";
            objects.merge(lease, "source-controller-leader-election", &theirs).await.expect("it is accepted");
            if let Ok(ended) = tokio::time::timeout(Duration::from_secs(1), &mut ended).await {
                return ended.expect("it does not panic");
            }
        }
    });
    assert!(matches!(lost.await.expect("it ends"), Err(RunError::LeadershipLost)));
}

/// kustomize.md 12.1, source.md 15.8
#[tokio::test(flavor = "multi_thread")]
async fn events_are_written_and_notifications_posted_with_the_objects_own_annotations() {
    let cluster = cluster().await;
    let objects = cluster.namespace("events").await.expect("a namespace");
    let (address, posted) = receiver(Duration::ZERO).await;
    let mut config = config(objects.namespace());
    config.events_address = Some(address.parse().expect("a URL"));
    let process = start(&objects, config).await;
    let annotated = repository("app", "ok")
        .replace("{name: app}", "{name: app, annotations: {event.toolkit.fluxcd.io/team: blue, other: x}}");
    objects.apply(&annotated).await.expect("it is accepted");
    ready(&objects, "app").await;
    until("it is posted", || !posted.lock().expect("not poisoned").is_empty()).await;
    let body = posted.lock().expect("not poisoned")[0].clone();
    assert_eq!(body["involvedObject"]["kind"], "GitRepository");
    assert_eq!(body["involvedObject"]["apiVersion"], "source.toolkit.fluxcd.io/v1");
    assert_eq!(body["involvedObject"]["name"], "app");
    assert!(body["involvedObject"]["uid"].is_string());
    assert_eq!(body["severity"], "info");
    assert_eq!(body["reason"], "NewArtifact");
    assert_eq!(body["message"], "stored https://toy/ok");
    assert_eq!(
        body["metadata"],
        json!({"event.toolkit.fluxcd.io/team": "blue", "source.toolkit.fluxcd.io/revision": "main@sha1:1"})
    );
    assert_eq!(body["reportingController"], "source-controller");
    let time = body["timestamp"].as_str().expect("a time");
    assert!(time.len() == "2026-11-24T10:00:00Z".len() && time.ends_with('Z'), "{time}");

    let events: Api<Event> = objects.api();
    let written = tokio::time::timeout(ferroflux_cluster::PATIENCE, async {
        loop {
            let list = events.list(&ListParams::default()).await.expect("a list");
            if let Some(event) =
                list.items.into_iter().find(|event| event.reason.as_deref() == Some("NewArtifact"))
            {
                return event;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let event = written.await.expect("it is written");
    assert_eq!(event.type_.as_deref(), Some("Normal"));
    assert_eq!(event.reporting_component.as_deref(), Some("source-controller"));
    assert_eq!(event.source.and_then(|source| source.component).as_deref(), Some("source-controller"));
    assert_eq!(event.involved_object.api_version.as_deref(), Some("source.toolkit.fluxcd.io/v1"));
    let annotations = event.metadata.annotations.expect("annotations");
    assert_eq!(annotations.len(), 2, "{annotations:?}");
    process.stop().await.expect("it ends well");
}

/// design.md 3: decision 6; install-and-cli.md 12: scenario 37
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_delays_no_reconciliation() {
    let cluster = cluster().await;
    let objects = cluster.namespace("slow").await.expect("a namespace");
    let (address, _posted) = receiver(Duration::from_hours(1)).await;
    let mut config = config(objects.namespace());
    config.events_address = Some(address.parse().expect("a URL"));
    let process = start(&objects, config).await;
    let begun = Instant::now();
    let all: Vec<String> = (0..20).map(|number| repository(&format!("app-{number}"), "ok")).collect();
    objects.apply(&all.join("---\n")).await.expect("they are accepted");
    for number in 0..20 {
        ready(&objects, &format!("app-{number}")).await;
    }
    // One post alone would time out after five seconds, twenty of them in two slots after fifty.
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    let begun = Instant::now();
    process.stop().await.expect("it ends well");
    assert!(begun.elapsed() < Duration::from_secs(10), "the flush is bounded: {:?}", begun.elapsed());
}

/// security.md: GHSA-f4p5-x4vc-mh4v
#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_cannot_be_read_is_told_so_and_harms_no_other() {
    // A definition from before there was validation.
    let definition = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gitrepositories.source.toolkit.fluxcd.io}
spec:
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
  group: source.toolkit.fluxcd.io
  names: {kind: GitRepository, listKind: GitRepositoryList, plural: gitrepositories, singular: gitrepository}
  scope: Namespaced
";
    let own = ferroflux_cluster::Cluster::start(ferroflux_cluster::Options::api_only())
        .await
        .expect("a control plane");
    let objects = own.objects().await.expect("a client").within("default");
    objects.apply(definition).await.expect("it is accepted");
    objects.apply(&repository("good", "ok")).await.expect("it is accepted");
    objects
        .apply(&repository("bad", "ok").replace("interval: 1h", "interval: {hours: 1}"))
        .await
        .expect("it is accepted");
    let process = start(&objects, config(objects.namespace())).await;
    ready(&objects, "good").await;
    let bad = objects.wait_for_condition(GIT, "bad", "Stalled", "True").await.expect("it is told");
    let condition = ferroflux_cluster::condition(&bad, "Ready").expect("it is there");
    assert_eq!(condition["status"], "False");
    let message = condition["message"].as_str().unwrap_or_default();
    assert!(message.contains("spec.interval") && message.contains("/bad"), "{message}");
    // Mended, it is reconciled like any other.
    objects.merge(GIT, "bad", &json!({"spec": {"interval": "1h"}})).await.expect("it is accepted");
    ready(&objects, "bad").await;
    process.stop().await.expect("it ends well");
}

/// kustomize.md 11.1 and 11.2
#[tokio::test(flavor = "multi_thread")]
async fn identities_have_the_rights_of_their_account_here_and_in_a_remote_cluster() {
    let cluster = cluster().await;
    let objects = cluster.namespace("identity").await.expect("a namespace");
    cluster.service_account(objects.namespace(), "tenant").await.expect("an account");
    let metrics = Metrics::new();
    let clients = Clients::new(&world::PROGRAM, &metrics, ApiRate { qps: 50.0, burst: 300 });
    let admin = cluster.admin().config().await.expect("a configuration");
    let client = clients.connect(admin).await.expect("a client");
    let identities = Identities::new(clients, client, Some("tenant".to_owned()));
    let kubeconfig = cluster.admin().kubeconfig().expect("a kubeconfig");
    let remote = RemoteCluster { kubeconfig: kubeconfig.as_bytes(), options: KubeConfigOptions::default() };
    let user = format!("system:serviceaccount:{}:tenant", objects.namespace());
    for identity in [
        identities.local(objects.namespace(), Some("tenant")).expect("a name"),
        identities.local(objects.namespace(), None).expect("a name"),
        identities.remote(remote, objects.namespace(), None).await.expect("a cluster"),
    ] {
        let secrets: Api<ConfigMap> = Api::namespaced(identity.client().clone(), "kube-system");
        let refused = secrets.list(&ListParams::default()).await.expect_err("it has no rights");
        assert!(refused.to_string().contains(&user), "{refused}");
    }
    assert!(identities.local(objects.namespace(), Some("x:y")).is_err());
    let counted = String::from_utf8(metrics.encode().expect("metrics")).expect("UTF-8");
    assert!(
        counted.lines().any(|line| line.starts_with("rest_client_requests_total{code=\"403\"")),
        "{counted}"
    );
}

/// source.md 15.2; install-and-cli.md 9.4: a definition that is missing
#[tokio::test(flavor = "multi_thread")]
async fn probes_and_metrics_are_served_and_a_kind_that_is_not_installed_holds_nothing_up() {
    let own = ferroflux_cluster::Cluster::start(ferroflux_cluster::Options::api_only())
        .await
        .expect("a control plane");
    let objects = own.objects().await.expect("a client").within("default");
    let mut config = config("default");
    let (metrics_port, health_port) = (free_port().await, free_port().await);
    config.metrics_address = Some(format!("127.0.0.1:{metrics_port}"));
    config.health_address = Some(format!(":{health_port}"));
    let mut app = App::new(config, objects.client(), Clock::system(), Metrics::new());
    let idle = app.shutdown().clone();
    app.task(ferroflux_runtime::When::Leader, "idle", async move {
        idle.cancelled().await;
        Ok(())
    });
    let missing = app.watch::<HelmRepository>(app.referenced_scope());
    let shutdown = app.shutdown().clone();
    let running = tokio::spawn(app.run());
    tokio::time::timeout(ferroflux_cluster::PATIENCE, missing.store().wait_until_ready())
        .await
        .expect("it is ready");
    assert!(missing.store().is_empty());
    let get = async |port: u16, path: &str| {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}{path}")).await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    assert_eq!(get(health_port, "/healthz").await, (200, "ok".to_owned()));
    assert_eq!(get(health_port, "/readyz").await, (200, "ok".to_owned()));
    assert_eq!(get(metrics_port, "/debug/pprof/").await.0, 404);
    let (status, text) = get(metrics_port, "/metrics").await;
    assert_eq!(status, 200);
    for name in
        ["process_resident_memory_bytes ", "process_cpu_seconds_total ", "go_info{version=\"0.0.0\"} 1"]
    {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name} is missing");
    }
    shutdown.cancel();
    running.await.expect("it does not panic").expect("it ends well");
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}

/// An endpoint that answers after a time and keeps what was posted to it.
async fn receiver(delay: Duration) -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let posted: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = posted.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let kept = kept.clone();
                    async move {
                        let body = request
                            .into_body()
                            .collect()
                            .await
                            .map(|body| body.to_bytes())
                            .unwrap_or_default();
                        tokio::time::sleep(delay).await;
                        kept.lock().expect("not poisoned").push(serde_json::from_slice(&body).expect("JSON"));
                        Ok::<_, Infallible>(
                            Response::builder()
                                .status(202)
                                .body(Full::<bytes::Bytes>::default())
                                .expect("a response"),
                        )
                    }
                });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (address, posted)
}
