//! The process: wires kinds, drivers and servers, runs them until the first of them ends or a signal comes.

mod run;

use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

use ferroflux_api::CustomResource;
use futures::future::BoxFuture;
use kube::core::{NamespaceResourceScope, PartialObjectMeta};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Config, ShutdownPolicy};
use crate::controller::{Controller, Surroundings};
use crate::driver::{Driver, Object};
use crate::events::{KubernetesSink, Outbox, OutboxConfig, Recorder, Sinks};
use crate::kind::{Kind, Watched, own_change};
use crate::metrics::{ControllerMetrics, ControllerVectors, EventMetrics, Metrics, ProcessCollector};
use crate::queue::Queue;
use crate::watch::{WatchScope, watch, watch_metadata};

/// When a task of the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In every process, from the start.
    Always,
    /// Only while this process is the leader.
    Leader,
}

/// What a task of the process fails with.
pub type TaskError = Box<dyn Error + Send + Sync>;

pub use run::RunError;

type Task = BoxFuture<'static, Result<(), TaskError>>;

/// The process before it runs.
pub struct App {
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    pub(crate) sinks: Arc<Sinks>,
    pub(crate) outbox: Option<Outbox>,
    pub(crate) vectors: ControllerVectors,
    /// Told when the process is to end.
    pub(crate) shutdown: CancellationToken,
    /// Told when runs have ended, too: watches and event sinks stop.
    pub(crate) ended: CancellationToken,
    pub(crate) tasks: Vec<(When, &'static str, Task)>,
    pub(crate) background: Vec<BoxFuture<'static, ()>>,
    /// End when the watches have listed their kinds once.
    pub(crate) listed: Vec<BoxFuture<'static, ()>>,
}

impl App {
    /// A process over this client. Tests use it with their own client and configuration; programs get theirs from
    /// [`crate::main`].
    pub fn new(config: Config, client: Client, clock: Clock, metrics: Metrics) -> Self {
        metrics.register(ProcessCollector::new(config.program.version));
        let vectors = ControllerVectors::register(&metrics);
        let event_metrics = EventMetrics::register(&metrics);
        let ended = CancellationToken::new();
        let (kubernetes, write_events) =
            KubernetesSink::new(client.clone(), event_metrics.clone(), ended.clone());
        let outbox = config.events_address.clone().map(|address| {
            Outbox::new(OutboxConfig::new(address, crate::config::host_name()), event_metrics)
        });
        let sinks = Arc::new(Sinks { clock: clock.clone(), kubernetes, outbox: outbox.clone() });
        Self {
            config,
            client,
            clock,
            metrics,
            sinks,
            outbox,
            vectors,
            shutdown: CancellationToken::new(),
            ended,
            tasks: Vec::new(),
            background: vec![Box::pin(write_events)],
            listed: Vec::new(),
        }
    }

    /// Ends when this token is cancelled, instead of by [`App::shutdown`]'s own.
    pub fn with_shutdown(mut self, shutdown: CancellationToken) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Changes what happens to runs on shutdown, where a program's own flag says so (`--graceful-shutdown-timeout`).
    /// To be called before [`App::reconcile`].
    pub fn with_shutdown_policy(mut self, policy: ShutdownPolicy) -> Self {
        self.config.shutdown = policy;
        self
    }

    /// The validated configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The client of the controller's own identity: for reading the reconciled kinds, sources and what the contract
    /// says is not impersonated. Everything done on behalf of an object goes through [`crate::Identities`].
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The process's metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The process's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Cancelled when the process is to end.
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// A recorder of events for work outside of runs.
    pub fn recorder(&self, controller: &'static str) -> Recorder {
        Recorder { controller, sinks: self.sinks.clone() }
    }

    /// The namespace restriction and label selector of the kinds that this process reconciles.
    pub fn reconciled_scope(&self) -> WatchScope {
        WatchScope {
            namespace: self.config.watch_namespace.clone(),
            labels: self.config.watch_labels.clone(),
        }
    }

    /// The same without the label selector: for what reconciled objects refer to.
    pub fn referenced_scope(&self) -> WatchScope {
        WatchScope { namespace: self.config.watch_namespace.clone(), labels: None }
    }

    /// The scope of Secrets and ConfigMaps whose changes wake objects (`--watch-configs-label-selector`).
    pub fn configs_scope(&self) -> WatchScope {
        WatchScope {
            namespace: self.config.watch_namespace.clone(),
            labels: Some(self.config.watch_configs_labels.clone()),
        }
    }

    /// Begins a kind that this process reconciles, watched in [`App::reconciled_scope`], with `--concurrent` slots.
    pub fn kind<K: Object>(&mut self) -> Kind<K> {
        let watched = self.watch(self.reconciled_scope());
        let slots = self.config.concurrent;
        let name = K::kind(&());
        let metrics = ControllerMetrics::new(self.vectors.clone(), &name, slots);
        let queue = Arc::new(Queue::new(self.config.backoff, metrics.queue_observer()));
        metrics.observe_queue(&self.metrics, queue.clone());
        Kind { watched, queue, slots, metrics }
    }

    /// Watches a kind without reconciling it. A kind that is not installed counts as empty and is picked up when its
    /// definition comes.
    pub fn watch<K: CustomResource>(&mut self, scope: WatchScope) -> Watched<K> {
        let watched = self.watched();
        self.background.push(Box::pin(watch(
            self.client.clone(),
            scope,
            watched.clone(),
            self.ended.clone(),
        )));
        watched
    }

    /// Watches the metadata of a built-in kind (Secrets, ConfigMaps): their data never enters this process.
    pub fn watch_metadata<K>(&mut self, scope: WatchScope) -> Watched<PartialObjectMeta<K>>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + Sync
            + 'static,
    {
        let watched = self.watched();
        let task = watch_metadata(self.client.clone(), scope, watched.clone(), self.ended.clone());
        self.background.push(Box::pin(task));
        watched
    }

    fn watched<K: Resource + Send + Sync + 'static>(&mut self) -> Watched<K> {
        let watched = Watched::new();
        let store = watched.store.clone();
        self.listed.push(Box::pin(async move { store.wait_until_ready().await }));
        watched
    }

    /// Reconciles a kind with this driver, on the leader, once every watch of the process has listed its kind.
    pub fn reconcile<D: Driver>(&mut self, kind: Kind<D::Object>, driver: D) {
        let (cancel_runs, grace) = match self.config.shutdown {
            ShutdownPolicy::Cancel(grace) => (true, grace),
            ShutdownPolicy::Finish(grace) => (false, grace),
        };
        let around = Surroundings {
            client: self.client.clone(),
            clock: self.clock.clone(),
            jitter: self.config.jitter,
            shutdown: self.shutdown.clone(),
            grace,
            cancel_runs,
        };
        let recorder = self.recorder(driver.rules().controller);
        let watched = kind.watched.clone();
        let queue = kind.queue.clone();
        let controller = Arc::new(Controller::new(driver, kind, around, recorder));
        // The controller ends with its task; the listener must not keep it alive through the watch.
        let listener = Arc::downgrade(&controller);
        watched.on_change(move |change| {
            let Some(listener) = listener.upgrade() else { return };
            if change.after.is_none() && listener.is_gone(&change.key) {
                listener.forget(&change.key);
                return;
            }
            match &change.after {
                // It cannot be decoded: a run says so in its conditions.
                None => queue.wake(&change.key, crate::Cause::Start, crate::queue::Priority::NORMAL),
                Some(after) => {
                    if let Some((cause, priority)) = own_change(change)
                        && (listener.relevant(after) || after.meta().deletion_timestamp.is_some())
                    {
                        queue.wake(&change.key, cause, priority);
                    }
                }
            }
        });
        self.task(When::Leader, "controller", async move {
            controller.work().await;
            Ok(())
        });
    }

    /// Adds a task: a server, a collector. It ends when [`App::shutdown`] is cancelled; when it ends before, the
    /// process ends.
    pub fn task(
        &mut self,
        when: When,
        name: &'static str,
        task: impl Future<Output = Result<(), TaskError>> + Send + 'static,
    ) {
        self.tasks.push((when, name, Box::pin(task)));
    }
}
