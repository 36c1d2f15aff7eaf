//! The annotation and label keys by which users steer how an object is applied (contract/kustomize.md 9.5, 9.6).

/// Owner label: name of the Kustomization.
pub const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
/// Owner label: namespace of the Kustomization.
pub const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";
/// `disabled`: the object is neither applied nor pruned.
pub const RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
/// `Override`, `Merge`, `IfNotPresent` or `Ignore`.
pub const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";
/// `enabled`: recreate the object when an immutable field changes.
pub const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";
/// `disabled`: the object is not garbage collected.
pub const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";
/// The value that switches [`RECONCILE`] and [`PRUNE`] off.
pub const DISABLED: &str = "disabled";
/// The value that switches [`FORCE`] on.
pub const ENABLED: &str = "enabled";
/// Annotation written by `kubectl apply`, removed when an object is taken over.
pub const KUBECTL_LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Annotations of earlier Flux generations, removed when an object is taken over.
pub const STALE_ANNOTATIONS: [&str; 3] =
    [KUBECTL_LAST_APPLIED, "kustomize.toolkit.fluxcd.io/checksum", "fluxcd.io/sync-checksum"];
/// Labels of earlier Flux generations, removed when an object is taken over.
pub const STALE_LABELS: [&str; 1] = ["fluxcd.io/sync-gc-mark"];
