//! A real Kubernetes control plane for tests, on free ports and in its own directory.
//!
//! etcd, kube-apiserver, kube-controller-manager and kube-scheduler are built once from `e2e/controlplane` (about
//! six minutes on two cores, then kept outside the checkout), kwok from `e2e/kwok`. A control plane ends when its
//! [`Cluster`] is dropped or when the process that started it is gone, even if that was killed.
//!
//! Tests of one binary share a control plane and take a namespace each:
//!
//! ```no_run
//! # async fn test() -> Result<(), ferroflux_cluster::Error> {
//! use ferroflux_cluster::Cluster;
//!
//! let cluster = Cluster::shared().await?;                  // or shared_with_pods()
//! let objects = cluster.namespace("prune").await?;         // unique: prune-x7k2p
//! objects.apply("
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: settings}
//! data: {color: blue}
//! ").await?;
//! let settings = objects.get("v1/ConfigMap", "settings").await?;
//! objects.wait_for("v1/ConfigMap", "settings", "it is blue", |object| {
//!     object.data.pointer("/data/color").is_some_and(|color| color == "blue")
//! }).await?;
//!
//! let client = objects.client();                           // the admin's kube::Client
//! let account = cluster.service_account(objects.namespace(), "deployer").await?;
//! let as_account = account.objects().await?.within(objects.namespace());
//! let config = account.config().await?;                    // kube::Config, for code under test
//! let file = cluster.kubeconfig();                         // the admin's kubeconfig file
//! let text = account.kubeconfig()?;                        // any identity's kubeconfig
//! let impersonating = cluster.admin().acting_as("someone", &["some-group"]);
//! let writes = cluster.requests().await?.into_iter().filter(|request| {
//!     request.is_write() && request.object().namespace == objects.namespace()
//! }).count();                                              // from the audit log
//! # Ok(())
//! # }
//! ```
//!
//! A test that needs flags, users or a control plane for itself calls [`Cluster::start`] with [`Options`]. What
//! pods do is said by annotation, see [`pods`].
//!
//! Measured on two cores (Kubernetes 1.36.5, programs built, nothing else running); `cargo xtask controlplane
//! measure` repeats it:
//!
//! | | ready after | resident |
//! |---|---|---|
//! | [`Options::api_only`] | 2.6 s | kube-apiserver 270 MiB, etcd 93 MiB |
//! | [`Options::default`] | 2.7 s | and kube-controller-manager 104 MiB |
//! | [`Options::with_pods`] | 2.7 s | and kube-scheduler 90 MiB, kwok 49 MiB |
//!
//! Two variables change where the cluster comes from: `KUBEBUILDER_ASSETS` names a directory whose programs are
//! used where it has them (those do not end by themselves when the test is killed), and
//! `FERROFLUX_TEST_KUBECONFIG` names a cluster that exists, which is used as it is: static users and the audit log
//! are then answered with [`Error::Unsupported`].
#![expect(clippy::disallowed_types, reason = "this crate is where tests start a control plane")]

mod access;
mod audit;
mod certificates;
mod cluster;
mod components;
mod detached;
mod error;
mod objects;
mod options;
pub mod pods;
mod process;
mod program;

pub use self::{
    access::Access,
    audit::{ObjectReference, Request, RequestUser, ResponseStatus},
    cluster::Cluster,
    detached::Detached,
    error::Error,
    objects::{FIELD_MANAGER, Objects, PATIENCE, condition, documents},
    options::{Audit, Options, User, VISITOR},
    program::{KUBERNETES_VERSION, control_plane, kwok},
};
