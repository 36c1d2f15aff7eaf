//! What every controller shares: flags, logs, metrics, probes, leases, work queue, status writer, events, watches,
//! identities.
//!
//! # How a controller is written on it
//!
//! A controller is a [`Driver`] for one kind. Its module reads like a table of contents and its steps are files beside
//! it: `resolve.rs` reads what the object refers to, `plan.rs` decides (pure), `act.rs` executes, `report.rs` (pure)
//! makes a [`Report`] of the outcome.
//!
//! ```no_run
//! # use std::{sync::Arc, time::Duration};
//! # use ferroflux_api::{conditions::{Polarity, TransitionRule, types}, names::finalizers, source::v1::GitRepository};
//! # use ferroflux_runtime::*;
//! # struct Stored;
//! # async fn resolve(_: &GitRepository) -> Result<(), Failure> { Ok(()) }
//! # async fn act(_: ()) -> Result<Stored, Failure> { Ok(Stored) }
//! static RULES: Rules = Rules {
//!     controller: "source-controller",
//!     field_manager: "source-controller",
//!     finalizer: Some(finalizers::FLUX),
//!     owned_conditions: &[types::READY, types::RECONCILING, types::STALLED, types::FETCH_FAILED, types::ARTIFACT_IN_STORAGE],
//!     transitions: TransitionRule::AnyChange,
//!     scheme: Scheme::Summary(Summary {
//!         conditions: &[
//!             (types::FETCH_FAILED, Polarity::Negative),
//!             (types::ARTIFACT_IN_STORAGE, Polarity::Positive),
//!             (types::STALLED, Polarity::Negative),
//!             (types::RECONCILING, Polarity::Negative),
//!         ],
//!         veto: Some(types::SOURCE_VERIFIED),
//!         suspended_message: "reconciliation is suspended for this object",
//!     }),
//! };
//!
//! struct GitRepositories;
//!
//! impl Driver for GitRepositories {
//!     type Object = GitRepository;
//!     type Memory = ();
//!
//!     fn rules(&self) -> &'static Rules { &RULES }
//!
//!     async fn reconcile(&self, object: Arc<GitRepository>, run: &Run<Self>) -> Report<StatusOf<Self>> {
//!         let result = async {
//!             let inputs = resolve(&object).await?;   // I/O
//!             act(inputs).await                       // I/O, after a pure plan
//!         }.await;
//!         report(&object, run.stamp(&object), result)          // pure
//!     }
//!
//!     async fn finalize(&self, _: Arc<GitRepository>, _: &Run<Self>) -> Finalization<StatusOf<Self>> {
//!         Finalization::Done(vec![])
//!     }
//! }
//!
//! fn report(
//!     object: &GitRepository, stamp: Stamp, result: Result<Stored, Failure>,
//! ) -> Report<StatusOf<GitRepositories>> {
//!     let mut status = object.status.clone().unwrap_or_default();
//!     match result {
//!         Ok(_) => {
//!             let mut conditions = stamp.conditions(&mut status);
//!             conditions.delete(types::FETCH_FAILED);
//!             conditions.mark_true(types::ARTIFACT_IN_STORAGE, "Succeeded", "stored artifact");
//!             Report::succeeded(status, Duration::from_secs(60)).event(Event::info("NewArtifact", "stored artifact"))
//!         }
//!         Err(failure) => Report::failed(status, failure.on(types::FETCH_FAILED)),
//!     }
//! }
//!
//! # fn wire(mut app: App) {
//! // In app.rs: begin the kind, wire what wakes it, hand it to the driver.
//! let kind = app.kind::<GitRepository>();
//! let by_url = kind.store().add_index(|object: &GitRepository| vec![object.spec.url.clone()]);
//! let others = app.watch::<GitRepository>(app.referenced_scope());
//! kind.woken_by(&others, move |change, store| match &change.after {
//!     Some(other) => store.keys_by_index(by_url, &other.spec.url),
//!     None => vec![],
//! });
//! app.reconcile(kind, GitRepositories);
//! # }
//! ```
//!
//! # What the runtime does around a run
//!
//! It reads the object from its store, adds the finalizer in a run of its own, handles suspension and deletion, marks
//! and publishes the beginning, calls the driver, completes the status ([`Scheme`] says how), writes it as one merge
//! patch (nothing changed, nothing written), records events, counts, and puts the object back into the queue as
//! [`Report::next`] says. A panic of the driver is one failed run of one object.
//!
//! # Waiting
//!
//! A run holds one of the `--concurrent` slots and therefore never waits for the world. To wait for health, a
//! dependency, an artifact or somebody else's fetch, a driver
//!
//! 1. puts what it needs to go on into its [`Driver::Memory`] ([`Run::memory`]), watches included, so that they end with
//!    the object;
//! 2. gives [`Run::waker`] to whatever will know when it is over;
//! 3. returns [`Report::waiting`] with what it waits for and the deadline.
//!
//! The next run – woken, at the deadline, or because of something newer ([`Run::causes`] tells) – reads the memory and
//! goes on or begins anew. A wake-up during a run makes the object run again afterwards; [`Run::interrupted`] lets a
//! long step see it at once. `lastHandledReconcileAt` and the reconcile duration are settled only when the outcome is not
//! [`Outcome::InProgress`] any more.
//!
//! # Statuses
//!
//! Only the runtime writes statuses. [`Run::progress`] publishes an intermediate one; [`Report::status`] is the final
//! one. Start from `object.status`: in [`Scheme::Summary`] it already carries the progress conditions of this run.

mod acl;
mod app;
mod blocking;
mod client;
mod clock;
mod conditions;
mod config;
mod controller;
mod driver;
mod events;
mod failure;
pub mod flags;
mod jitter;
mod kind;
mod lease;
pub mod logs;
mod main_function;
mod memory;
pub mod metrics;
mod queue;
mod report;
mod rules;
mod run;
mod server;
mod status;
mod store;
mod text;
mod watch;

pub use acl::{AccessDenied, AccessRules};
pub use app::{App, RunError, TaskError, When};
pub use blocking::{Blocking, BlockingError};
pub use client::{
    Clients, Identities, Identity, InvalidAccount, KubeConfigError, KubeConfigOptions, RemoteCluster,
};
pub use clock::Clock;
pub use config::{
    ApiRate, Config, ConfigError, LeaderElectionConfig, Program, ShutdownPolicy, TokenCacheConfig, host_name,
};
pub use driver::{Driver, Key, Object, ObjectRef, StatusOf};
pub use events::{EVENT_ANNOTATION_PREFIX, InvolvedObject, MAX_EVENT_MESSAGE, Recorder};
pub use failure::{Failure, FailureKind, chain};
pub use jitter::{InvalidJitter, Jitter};
pub use kind::{Kind, Watched};
pub use main_function::{MainError, main};
pub use memory::{memory_limit, memory_share};
pub use metrics::Metrics;
pub use queue::{Backoff, Priority};
pub use report::{Event, Finalization, Outcome, Report, Requeue, Severity, Wait};
pub use rules::{Rules, Scheme, Summary};
pub use run::{Cause, ObjectWaker, Run, Stamp, Waker};
pub use server::listen;
pub use status::StatusError;
pub use store::{Change, IndexId, Store};
pub use watch::WatchScope;
