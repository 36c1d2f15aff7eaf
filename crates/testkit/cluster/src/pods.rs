//! Pods do what their annotations ask, without containers.
//!
//! With [`crate::Options::with_pods`] there is one node, a real scheduler binds pods to it, and kwok plays the
//! kubelet: it writes pod statuses as `stages.yaml` says. The annotation [`POD`] on a pod (in workloads: on the
//! pod template) asks for one of
//!
//! | value | the pod |
//! |---|---|
//! | `ready` | runs and becomes Ready (the default) |
//! | `unready` | runs and stays, or becomes again, not ready |
//! | `crash` | runs, not ready, its containers wait in `CrashLoopBackOff` |
//! | `fail` | runs, then its phase is `Failed` with exit code 1 |
//! | `complete` | runs, then its phase is `Succeeded` (the default for pods of a Job) |
//!
//! The annotation may be changed while the pod runs: an unready or crashing pod that is annotated `ready`
//! recovers. [`POD_DELAY`] (a Go duration such as `1500ms`) holds the step back while the pod already runs. A
//! deleted pod is gone at once.
//!
//! Not shown by this: logs, exec, probes, images, volumes, networks.

/// What the pod shall do.
pub const POD: &str = "ferroflux.test/pod";
/// How long it runs before it does so, as a Go duration.
pub const POD_DELAY: &str = "ferroflux.test/pod-delay";
/// The only node.
pub const NODE_NAME: &str = "node-1";

pub(crate) const STAGES: &str = include_str!("stages.yaml");

pub(crate) const NODE: &str = "
apiVersion: v1
kind: Node
metadata:
  name: node-1
  labels:
    kubernetes.io/arch: amd64
    kubernetes.io/hostname: node-1
    kubernetes.io/os: linux
";
