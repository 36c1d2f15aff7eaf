//! A toy controller on a real API server: GitRepositories whose URL says what their run does.
#![allow(dead_code, reason = "every test binary uses its own part of this")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferroflux_api::conditions::types::{ARTIFACT_IN_STORAGE, FETCH_FAILED, READY, RECONCILING, STALLED};
use ferroflux_api::conditions::{Polarity, TransitionRule};
use ferroflux_api::names::finalizers;
use ferroflux_api::source::v1::{GitRepository, GitRepositoryStatus};
use ferroflux_cluster::{Cluster, Objects};
use ferroflux_runtime::{
    AccessRules, ApiRate, App, Backoff, Clock, Config, Driver, Event, Failure, Finalization, Jitter, Metrics,
    ObjectWaker, Program, Report, Rules, Run, RunError, Scheme, ShutdownPolicy, StatusOf, Summary,
    TokenCacheConfig, Wait, flags::FeatureGates,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) static PROGRAM: Program = Program {
    name: "source-controller",
    version: "0.0.0",
    feature_gates: &[],
    defaults: &[],
    environment: &[],
    absent_flags: &[],
    shutdown: ShutdownPolicy::Cancel(Duration::from_secs(5)),
    sharded_lease: true,
};

static RULES: Rules = Rules {
    controller: "source-controller",
    field_manager: "source-controller",
    finalizer: Some(finalizers::FLUX),
    owned_conditions: &[READY, RECONCILING, STALLED, FETCH_FAILED, ARTIFACT_IN_STORAGE],
    transitions: TransitionRule::AnyChange,
    scheme: Scheme::Summary(Summary {
        conditions: &[
            (FETCH_FAILED, Polarity::Negative),
            (ARTIFACT_IN_STORAGE, Polarity::Positive),
            (STALLED, Polarity::Negative),
            (RECONCILING, Polarity::Negative),
        ],
        veto: None,
        suspended_message: "reconciliation is suspended for this object",
    }),
};

/// What the toy driver was asked to do, and what it waits for.
#[derive(Default)]
pub(crate) struct Toy {
    runs: Mutex<HashMap<String, usize>>,
    waiting: Mutex<HashMap<String, ObjectWaker>>,
    released: Mutex<HashSet<String>>,
    dropped_memories: Arc<AtomicUsize>,
    finalized: Mutex<Vec<String>>,
    pub(crate) busy: AtomicUsize,
    /// Ends the runs that are held.
    pub(crate) gate: CancellationToken,
}

/// Counts its end.
#[derive(Default)]
pub(crate) struct Memory {
    runs: usize,
    ends: Option<Arc<AtomicUsize>>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(ends) = &self.ends {
            ends.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[derive(Clone)]
pub(crate) struct ToyDriver(pub(crate) Arc<Toy>);

impl Toy {
    pub(crate) fn runs(&self, name: &str) -> usize {
        self.runs.lock().expect("not poisoned").get(name).copied().unwrap_or(0)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.lock().expect("not poisoned").len()
    }

    pub(crate) fn dropped_memories(&self) -> usize {
        self.dropped_memories.load(Ordering::SeqCst)
    }

    pub(crate) fn finalized(&self) -> Vec<String> {
        self.finalized.lock().expect("not poisoned").clone()
    }

    /// Ends the wait of an object, as a health watch would.
    pub(crate) fn release(&self, name: &str) {
        self.released.lock().expect("not poisoned").insert(name.to_owned());
        let waker = self.waiting.lock().expect("not poisoned").remove(name);
        if let Some(waker) = waker {
            waker.wake(ferroflux_runtime::Cause::Continued);
        }
    }
}

impl Driver for ToyDriver {
    type Object = GitRepository;
    type Memory = Memory;

    fn rules(&self) -> &'static Rules {
        &RULES
    }

    async fn reconcile(&self, object: Arc<GitRepository>, run: &Run<Self>) -> Report<StatusOf<Self>> {
        let name = run.key().name.to_string();
        *self.0.runs.lock().expect("not poisoned").entry(name.clone()).or_default() += 1;
        run.memory(|memory| {
            memory.runs += 1;
            memory.ends = Some(self.0.dropped_memories.clone());
        });
        let mut status: GitRepositoryStatus = object.status.clone().unwrap_or_default();
        let hour = Duration::from_hours(1);
        match object.spec.url.as_str() {
            "https://toy/panic" => panic!("on purpose"),
            "https://toy/fail" => {
                let failure = Failure::retry("GitOperationFailed", "connection refused").on(FETCH_FAILED);
                return Report::failed(status, failure);
            }
            "https://toy/stall" => {
                let failure = Failure::stalled("URLInvalid", "not a repository").on(FETCH_FAILED);
                return Report::failed(status, failure);
            }
            "https://toy/wait" if !self.0.released.lock().expect("not poisoned").contains(&name) => {
                self.0.waiting.lock().expect("not poisoned").insert(name, run.waker());
                return Report::waiting(status, Wait::new("health", run.instant() + hour));
            }
            "https://toy/until-shutdown" => {
                self.0.busy.fetch_add(1, Ordering::SeqCst);
                run.shutdown().cancelled().await;
                return Report::failed(status, Failure::interrupted("Failed", "the process ends"));
            }
            "https://toy/hold" => {
                self.0.busy.fetch_add(1, Ordering::SeqCst);
                self.0.gate.cancelled().await;
                assert!(!run.shutdown().is_cancelled(), "it may finish");
            }
            "https://toy/stuck" => {
                self.0.busy.fetch_add(1, Ordering::SeqCst);
                std::future::pending::<()>().await;
            }
            "https://toy/until-interrupted" => {
                self.0.busy.fetch_add(1, Ordering::SeqCst);
                let causes = run.interrupted().await;
                let message = format!("interrupted by {}", causes[0].object().expect("an object"));
                return Report::failed(status, Failure::interrupted("Failed", message));
            }
            "https://toy/progress" => {
                run.stamp(&object).conditions(&mut status).mark_reconciling("Progressing", "half way");
                run.progress(&status).await.expect("it can be written");
            }
            _ => {}
        }
        let mut conditions = run.stamp(&object).conditions(&mut status);
        conditions.delete(FETCH_FAILED);
        let news =
            conditions.mark_true(ARTIFACT_IN_STORAGE, "Succeeded", format!("stored {}", object.spec.url));
        let report = Report::succeeded(status, hour);
        if news {
            let event = Event::info("NewArtifact", format!("stored {}", object.spec.url));
            return report.event(event.with("source.toolkit.fluxcd.io/revision", "main@sha1:1"));
        }
        report
    }

    async fn finalize(&self, _: Arc<GitRepository>, run: &Run<Self>) -> Finalization<StatusOf<Self>> {
        self.0.finalized.lock().expect("not poisoned").push(run.key().name.to_string());
        Finalization::Done(vec![Event::trace("GarbageCollectionSucceeded", "collected")])
    }
}

/// The cluster of this test binary, with the definitions installed.
pub(crate) async fn cluster() -> &'static Cluster {
    static INSTALLED: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    let cluster = Cluster::shared().await.expect("a control plane");
    INSTALLED
        .get_or_init(|| async {
            let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/crd/bases");
            let objects = cluster.objects().await.expect("a client");
            for kind in ["gitrepositories", "helmrepositories"] {
                let file = directory.join(format!("source.toolkit.fluxcd.io_{kind}.yaml"));
                let text = std::fs::read_to_string(file).expect("the definitions are generated");
                objects.apply(&text).await.expect("the definition is accepted");
            }
        })
        .await;
    cluster
}

/// A configuration for one namespace.
pub(crate) fn config(namespace: &str) -> Config {
    Config {
        program: &PROGRAM,
        metrics_address: None,
        health_address: None,
        events_address: None,
        concurrent: 2,
        namespace: namespace.to_owned(),
        watch_namespace: Some(namespace.to_owned()),
        watch_labels: None,
        watch_configs_labels: "reconcile.fluxcd.io/watch=Enabled".to_owned(),
        api_rate: ApiRate { qps: 500.0, burst: 1000 },
        leader_election: None,
        backoff: Backoff { min: Duration::from_millis(50), max: Duration::from_millis(200) },
        jitter: Jitter::new(5).expect("valid"),
        gates: FeatureGates::default(),
        requeue_dependency: Duration::from_secs(30),
        access: AccessRules::default(),
        default_service_account: None,
        http_retry: 0,
        token_cache: TokenCacheConfig { max_size: 0, max_duration: Duration::from_mins(1) },
        shutdown: ShutdownPolicy::Cancel(Duration::from_secs(5)),
    }
}

/// A running process with the toy controller.
pub(crate) struct Process {
    pub(crate) toy: Arc<Toy>,
    pub(crate) metrics: Metrics,
    pub(crate) shutdown: CancellationToken,
    pub(crate) ended: JoinHandle<Result<(), RunError>>,
    pub(crate) waker: ferroflux_runtime::Waker,
}

pub(crate) async fn start(objects: &Objects, config: Config) -> Process {
    let metrics = Metrics::new();
    let mut app = App::new(config, objects.client(), Clock::system(), metrics.clone());
    let toy = Arc::new(Toy::default());
    let kind = app.kind::<GitRepository>();
    let waker = kind.waker();
    app.reconcile(kind, ToyDriver(toy.clone()));
    let shutdown = app.shutdown().clone();
    let ended = tokio::spawn(app.run());
    Process { toy, metrics, shutdown, ended, waker }
}

impl Process {
    pub(crate) async fn stop(self) -> Result<(), RunError> {
        self.shutdown.cancel();
        self.ended.await.expect("it does not panic")
    }

    /// The value of the metric whose line begins with `series`.
    pub(crate) fn metric(&self, series: &str) -> Option<f64> {
        let text = String::from_utf8(self.metrics.encode().expect("metrics")).expect("UTF-8");
        let line = text.lines().find_map(|line| line.strip_prefix(series))?;
        line.trim().parse().ok()
    }

    /// How many series of a metric there are.
    pub(crate) fn series(&self, name: &str) -> usize {
        let text = String::from_utf8(self.metrics.encode().expect("metrics")).expect("UTF-8");
        text.lines().filter(|line| line.starts_with(name)).count()
    }
}

pub(crate) const GIT: &str = "source.toolkit.fluxcd.io/v1/GitRepository";

pub(crate) fn repository(name: &str, behaviour: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: {name}}}\n\
         spec: {{interval: 1h, url: https://toy/{behaviour}}}\n"
    )
}

pub(crate) async fn ready(objects: &Objects, name: &str) {
    objects.wait_for_condition(GIT, name, "Ready", "True").await.expect("it becomes ready");
}

/// Waits until `condition` holds.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(ferroflux_cluster::PATIENCE, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("timed out waiting until {what}"));
}

/// Writes to objects of this namespace: verb, resource with subresource, by name.
pub(crate) async fn writes(cluster: &Cluster, namespace: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in cluster.requests().await.expect("the audit log") {
        let object = request.object();
        if request.is_write() && object.namespace == namespace && object.resource == "gitrepositories" {
            let path = format!("{} {}/{}", request.verb, object.name, object.subresource);
            *counts.entry(path).or_default() += 1;
        }
    }
    counts
}
