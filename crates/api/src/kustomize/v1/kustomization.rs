//! Kustomization: builds manifests from an artifact and keeps a cluster equal to them (kustomize.md 1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{
        CommonMetadata, Condition, CustomHealthCheck, DependencyReference, Duration, IgnoreRule, Image,
        KubeConfigReference, LocalObjectReference, Patch, ResourceInventory, Time,
    },
};

custom_resource! {
    /// Builds the manifests at a path of a source's artifact and keeps a cluster equal to them.
    pub struct Kustomization {
        spec: KustomizationSpec,
        status: KustomizationStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "Kustomization",
        plural: "kustomizations",
        singular: "kustomization",
        short_names: &["ks"],
        categories: &["all", "fluxcd", "fluxcd-appliers"],
        controller: "kustomize-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
        ],
    }
}

/// What to build, and how to apply it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KustomizationSpec {
    /// Labels and annotations that every applied object gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_metadata: Option<CommonMetadata>,
    /// Kustomizations that must be ready before this one is applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<DependencyReference>,
    /// Decrypts Secrets and files before they are applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decryption: Option<Decryption>,
    /// Time between two successful reconciliations.
    pub interval: Duration,
    /// Delay after a failed reconciliation; `interval` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_interval: Option<Duration>,
    /// Remote cluster to apply to, instead of the one the controller runs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kube_config: Option<KubeConfigReference>,
    /// Directory inside the artifact; its root when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Variables to put into the built manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_build: Option<PostBuild>,
    /// Deletes applied objects that are no longer part of the manifests.
    pub prune: bool,
    /// What becomes of the applied objects when the Kustomization is deleted; follows `prune` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Objects that must be healthy before the Kustomization is ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_checks: Vec<NamespacedObjectKindReference>,
    /// Health of custom resources, told by CEL expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_check_exprs: Vec<CustomHealthCheck>,
    /// Fields of applied objects whose drift is not corrected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<IgnoreRule>,
    /// Prefix that the names of all objects get.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    pub name_prefix: Option<String>,
    /// Suffix that the names of all objects get.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    pub name_suffix: Option<String>,
    /// Patches applied to the built objects, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
    /// Images whose name, tag or digest is replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Paths of Kustomize components, relative to `path`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    /// Leaves out components whose directory does not exist instead of failing.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub ignore_missing_components: bool,
    /// Kinds of origin annotations that the build adds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub build_metadata: Vec<BuildMetadata>,
    /// ServiceAccount to impersonate when applying.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// Source whose artifact is built.
    pub source_ref: CrossNamespaceSourceReference,
    /// Stops further reconciliations; what is applied stays.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
    /// Namespace that all namespaced objects are put into.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 63)))]
    pub target_namespace: Option<String>,
    /// Time that applying and health checks may take; derived from `interval` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Deletes and creates objects anew when a change of an immutable field is refused.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = false)))]
    pub force: bool,
    /// Waits until every applied object is healthy; `healthChecks` is then not needed.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub wait: bool,
}

impl crate::Spec for KustomizationSpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        Some(&self.interval)
    }
}

/// What was last built and applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KustomizationStatus {
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Source revision that was last applied in full.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_applied_revision: Option<String>,
    /// Revision from which the last applied artifact was made, where the artifact tells it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_applied_origin_revision: Option<String>,
    /// Source revision of the last attempt.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_attempted_revision: Option<String>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Objects that were applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<ResourceInventory>,
    /// The last few distinct results, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Snapshot>,
}

crate::status::impl_status!(KustomizationStatus, observed_generation, last_handled_reconcile_at);

/// How to decrypt files before they are applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Decryption {
    /// Format of the encrypted files.
    pub provider: DecryptionProvider,
    /// Secret with private keys or credentials of key services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// ServiceAccount whose cloud identity is used towards key services.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
}

/// Variables to put into the built manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PostBuild {
    /// Variables and their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub substitute: BTreeMap<String, String>,
    /// ConfigMaps and Secrets whose data are further variables; later ones win, `substitute` wins over all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substitute_from: Vec<SubstituteReference>,
    /// Whether text is also processed when no variable is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substitute_strategy: Option<SubstituteStrategy>,
}

/// A ConfigMap or Secret in the Kustomization's namespace whose data are variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SubstituteReference {
    /// Kind of the object.
    pub kind: ValuesKind,
    /// Name of the object.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub name: String,
    /// Goes on without the object when it does not exist.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = false)))]
    pub optional: bool,
}

/// Names the source whose artifact is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CrossNamespaceSourceReference {
    /// API version of the source; not used to find it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the source.
    pub kind: SourceKind,
    /// Name of the source.
    pub name: String,
    /// Namespace of the source; the Kustomization's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Names any object in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NamespacedObjectKindReference {
    /// API version of the object; `apps/v1` when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the object.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// Namespace of the object; left out for cluster-wide kinds.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// A result of reconciling one build; repeated results are counted in one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Digest of the built manifests.
    pub digest: String,
    /// When this result was first seen.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub first_reconciled: Time,
    /// When this result was last seen.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub last_reconciled: Time,
    /// How long the last reconciliation took, in Go's notation.
    pub last_reconciled_duration: String,
    /// Reason with which the reconciliation ended.
    pub last_reconciled_status: String,
    /// How often this result was seen.
    pub total_reconciliations: i64,
    /// Further facts, such as the source revision.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

string_enum! {
    /// Formats of encrypted files.
    pub enum DecryptionProvider {
        /// Files encrypted by SOPS.
        Sops = "sops",
    }
}

string_enum! {
    /// What becomes of applied objects when their Kustomization is deleted.
    #[derive(Default)]
    pub enum DeletionPolicy {
        /// They are deleted if `prune` is set.
        #[default]
        MirrorPrune = "MirrorPrune",
        /// They are deleted.
        Delete = "Delete",
        /// They are deleted, and the Kustomization stays until they are gone.
        WaitForTermination = "WaitForTermination",
        /// They stay.
        Orphan = "Orphan",
    }
}

string_enum! {
    /// Annotations about their origin that built objects can get.
    pub enum BuildMetadata {
        /// The file an object comes from.
        OriginAnnotations = "originAnnotations",
        /// The transformers that changed an object.
        TransformerAnnotations = "transformerAnnotations",
    }
}

string_enum! {
    /// When variables are substituted.
    #[derive(Default)]
    pub enum SubstituteStrategy {
        /// Only when at least one variable is defined.
        #[default]
        WithVariables = "WithVariables",
        /// Always, so that expressions with defaults work without any variable.
        Always = "Always",
    }
}

string_enum! {
    /// Kinds that hold values.
    pub enum ValuesKind {
        /// A Secret.
        Secret = "Secret",
        /// A ConfigMap.
        ConfigMap = "ConfigMap",
    }
}

string_enum! {
    /// Kinds whose artifact can be built.
    pub enum SourceKind {
        /// An OCI artifact.
        OCIRepository = "OCIRepository",
        /// A Git repository.
        GitRepository = "GitRepository",
        /// A bucket.
        Bucket = "Bucket",
        /// An artifact made by another controller.
        ExternalArtifact = "ExternalArtifact",
    }
}
