//! HelmRepository: the index of a Helm chart repository (source.md 2.3).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Artifact, Condition, Duration, LocalObjectReference},
    source::v1::{AccessFrom, CloudProvider},
};

custom_resource! {
    /// Keeps the index of a Helm chart repository, or names one in an OCI registry.
    pub struct HelmRepository {
        spec: HelmRepositorySpec,
        status: HelmRepositoryStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "HelmRepository",
        plural: "helmrepositories",
        singular: "helmrepository",
        short_names: &["helmrepo"],
        categories: &["all", "fluxcd", "fluxcd-sources"],
        controller: "source-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::string("URL", ".spec.url"),
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
        ],
    }
}

/// Which repository, and how to reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmRepositorySpec {
    /// Address of the repository, with scheme `http`, `https` or `oci`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^(http|https|oci)://.*$")))]
    pub url: String,
    /// Secret with credentials for the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Secret with a CA certificate to trust and a client certificate to present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Sends the credentials to other hosts that the index names, too.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub pass_credentials: bool,
    /// Time between two downloads of the index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// Allows plain HTTP to an OCI registry.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub insecure: bool,
    /// Time that fetching the index may take; one minute when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::timeout"))]
    pub timeout: Option<Duration>,
    /// Stops further reconciliations; the artifact stays available.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
    /// Namespaces from which the repository may be referred to; kept, but not enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_from: Option<AccessFrom>,
    /// Kind of repository; `default` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<HelmRepositoryType>,
    /// Cloud whose identity is used to authenticate to an OCI registry.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "generic")))]
    pub provider: CloudProvider,
}

impl crate::Spec for HelmRepositorySpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        self.interval.as_ref()
    }
}

/// The artifact, which is the index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelmRepositoryStatus {
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Address of the last made artifact.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The last made artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Artifact>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(HelmRepositoryStatus, observed_generation, last_handled_reconcile_at);

string_enum! {
    /// Kinds of Helm repositories.
    #[derive(Default)]
    pub enum HelmRepositoryType {
        /// Charts and an index behind HTTP.
        #[default]
        Default = "default",
        /// Charts in an OCI registry, without an index.
        Oci = "oci",
    }
}
