//! Every string of the contract that is looked up by name: annotations, labels, finalizers, environment variables,
//! event metadata, controller names. Reasons stand with their kinds, condition types in [`crate::conditions::types`].

/// Value by which annotations and labels switch something off.
pub const DISABLED: &str = "disabled";
/// Value by which annotations and labels switch something on.
pub const ENABLED: &str = "enabled";
/// Value of the label [`labels::PART_OF`] on everything that belongs to the suite.
pub const PART_OF_FLUX: &str = "flux";

/// Annotations.
pub mod annotations {
    /// Asks for a reconciliation whenever its value changes; the handled value is copied into the status.
    pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
    /// Asks, together with the same value in [`REQUESTED_AT`], for a release even if nothing changed (HelmRelease).
    pub const FORCE_AT: &str = "reconcile.fluxcd.io/forceAt";
    /// Asks, together with the same value in [`REQUESTED_AT`], to forget counted failures (HelmRelease).
    pub const RESET_AT: &str = "reconcile.fluxcd.io/resetAt";
    /// `disabled` suspends an ArtifactGenerator.
    pub const GENERATOR_RECONCILE: &str = "source.extensions.fluxcd.io/reconcile";
    /// `disabled` keeps variables of an object from being substituted; a label of the same name does, too.
    pub const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";
    /// `disabled` keeps an object from being decrypted.
    pub const DECRYPT: &str = "kustomize.toolkit.fluxcd.io/decrypt";
    /// `disabled` keeps an object from being applied; a label of the same name does, too.
    pub const RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
    /// `disabled` keeps an object from being pruned; a label of the same name does, too.
    pub const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";
    /// How an object is applied: `Override`, `Merge`, `IfNotPresent` or `Ignore`; a label of the same name counts, too.
    pub const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";
    /// `enabled` recreates an object whose immutable fields changed; a label of the same name does, too.
    pub const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";
    /// Left by early versions of Flux on applied objects; removed.
    pub const CHECKSUM: &str = "kustomize.toolkit.fluxcd.io/checksum";
    /// `disabled` keeps drift of an object from being seen (HelmRelease); a label of the same name does, too.
    pub const DRIFT_DETECTION: &str = "helm.toolkit.fluxcd.io/driftDetection";
    /// Web address of a receiver, on its Secret.
    pub const RECEIVER_WEBHOOK: &str = "notification.toolkit.fluxcd.io/webhook";
    /// Prefix of annotations on any object that are passed on with its events.
    pub const EVENT_PREFIX: &str = "event.toolkit.fluxcd.io/";
    /// AWS role of a ServiceAccount.
    pub const AWS_ROLE_ARN: &str = "eks.amazonaws.com/role-arn";
    /// Azure tenant of a ServiceAccount's identity.
    pub const AZURE_TENANT_ID: &str = "azure.workload.identity/tenant-id";
    /// Azure client of a ServiceAccount's identity.
    pub const AZURE_CLIENT_ID: &str = "azure.workload.identity/client-id";
    /// Google service account that a ServiceAccount acts as.
    pub const GCP_SERVICE_ACCOUNT: &str = "iam.gke.io/gcp-service-account";
    /// Google workload identity provider that a ServiceAccount's tokens are exchanged at.
    pub const GCP_WORKLOAD_IDENTITY_PROVIDER: &str = "gcp.auth.fluxcd.io/workload-identity-provider";
    /// `shard` marks the Deployments of a shard.
    pub const SHARDING_ROLE: &str = "sharding.fluxcd.io/role";
    /// What `kubectl apply` keeps on objects.
    pub const LAST_APPLIED_CONFIGURATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
    /// Revision of the origin in OCI annotations and artifact metadata.
    pub const OCI_REVISION: &str = "org.opencontainers.image.revision";
    /// Address of the origin in OCI annotations and artifact metadata.
    pub const OCI_SOURCE: &str = "org.opencontainers.image.source";
}

/// Labels.
pub mod labels {
    /// `Enabled` on a Secret or ConfigMap makes its change wake the objects that refer to it.
    pub const WATCH: &str = "reconcile.fluxcd.io/watch";
    /// The value of [`WATCH`].
    pub const WATCH_ENABLED: &str = "Enabled";
    /// Names the shard that an object belongs to.
    pub const SHARDING_KEY: &str = "sharding.fluxcd.io/key";
    /// Name of the Kustomization that applied an object.
    pub const KUSTOMIZE_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
    /// Namespace of the Kustomization that applied an object.
    pub const KUSTOMIZE_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";
    /// Name of the HelmRelease that applied an object.
    pub const HELM_NAME: &str = "helm.toolkit.fluxcd.io/name";
    /// Namespace of the HelmRelease that applied an object.
    pub const HELM_NAMESPACE: &str = "helm.toolkit.fluxcd.io/namespace";
    /// Identifies the ArtifactGenerator of an ExternalArtifact.
    pub const GENERATOR: &str = "source.extensions.fluxcd.io/generator";
    /// Tenant that an object belongs to.
    pub const TENANT: &str = "toolkit.fluxcd.io/tenant";
    /// The suite an object belongs to.
    pub const PART_OF: &str = "app.kubernetes.io/part-of";
    /// The part of the suite that an object belongs to.
    pub const COMPONENT: &str = "app.kubernetes.io/component";
    /// The installation that an object belongs to.
    pub const INSTANCE: &str = "app.kubernetes.io/instance";
    /// The version of the suite that an object belongs to.
    pub const VERSION: &str = "app.kubernetes.io/version";
    /// What maintains an object.
    pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
    /// Left by Flux 1 on applied objects; removed.
    pub const SYNC_GC_MARK: &str = "fluxcd.io/sync-gc-mark";
}

/// Finalizers.
pub mod finalizers {
    /// Keeps every kind but ArtifactGenerator until its controller has cleaned up.
    pub const FLUX: &str = "finalizers.fluxcd.io";
    /// Keeps an ArtifactGenerator until its artifacts are gone.
    pub const ARTIFACT_GENERATOR: &str = "source.extensions.fluxcd.io/finalizer";
}

/// Environment variables.
pub mod environment {
    /// Namespace that the controller runs in.
    pub const RUNTIME_NAMESPACE: &str = "RUNTIME_NAMESPACE";
    /// Host from which artifacts of source-controller are fetched instead of the advertised one.
    pub const SOURCE_CONTROLLER_LOCALHOST: &str = "SOURCE_CONTROLLER_LOCALHOST";
    /// Host from which artifacts of source-watcher are fetched instead of the advertised one.
    pub const SOURCE_WATCHER_LOCALHOST: &str = "SOURCE_WATCHER_LOCALHOST";
    /// Stands for `--metrics-addr` where the flag is not given.
    pub const METRICS_ADDR: &str = "METRICS_ADDR";
    /// Stands for `--events-addr` where the flag is not given.
    pub const EVENTS_ADDR: &str = "EVENTS_ADDR";
    /// Stands for `--storage-path` where the flag is not given.
    pub const STORAGE_PATH: &str = "STORAGE_PATH";
    /// Stands for `--storage-addr` where the flag is not given.
    pub const STORAGE_ADDRESS: &str = "STORAGE_ADDRESS";
    /// Stands for `--storage-adv-addr` where the flag is not given.
    pub const STORAGE_ADV_ADDR: &str = "STORAGE_ADV_ADDR";
}

/// Last parts of the keys of event metadata; the group of the kind and `/` stand before them.
pub mod event_metadata {
    /// Revision of the source.
    pub const REVISION: &str = "revision";
    /// Revision of the origin of an artifact.
    pub const ORIGIN_REVISION: &str = "originRevision";
    /// Old name of the digest.
    pub const CHECKSUM: &str = "checksum";
    /// Digest of the artifact.
    pub const DIGEST: &str = "digest";
    /// Tells otherwise equal events apart.
    pub const TOKEN: &str = "token";
    /// Git commit that an event is about.
    pub const COMMIT: &str = "commit";
    /// `update` marks events that change the status of a Git commit.
    pub const COMMIT_STATUS: &str = "commit_status";
    /// The value of [`COMMIT_STATUS`].
    pub const COMMIT_STATUS_UPDATE: &str = "update";
    /// Number of the pull or merge request that an event is about.
    pub const CHANGE_REQUEST: &str = "change_request";
    /// Version of the application in a chart.
    pub const APP_VERSION: &str = "app-version";
    /// Digest of the chart's OCI artifact.
    pub const OCI_DIGEST: &str = "oci-digest";
    /// Text that introduces a notification.
    pub const SUMMARY: &str = "summary";
}

/// Names under which controllers write, report events and hold leases.
pub mod controllers {
    /// Sources.
    pub const SOURCE: &str = "source-controller";
    /// ArtifactGenerators.
    pub const SOURCE_WATCHER: &str = "source-watcher";
    /// Kustomizations.
    pub const KUSTOMIZE: &str = "kustomize-controller";
    /// HelmReleases.
    pub const HELM: &str = "helm-controller";
    /// Alerts, Providers and Receivers.
    pub const NOTIFICATION: &str = "notification-controller";
    /// ImageRepositories and ImagePolicies.
    pub const IMAGE_REFLECTOR: &str = "image-reflector-controller";
    /// ImageUpdateAutomations.
    pub const IMAGE_AUTOMATION: &str = "image-automation-controller";
}
