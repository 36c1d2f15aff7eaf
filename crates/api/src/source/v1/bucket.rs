//! Bucket: an artifact made from the objects of a bucket (source.md 2.5).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Artifact, Condition, Duration, LocalObjectReference},
};

custom_resource! {
    /// Makes an artifact from the objects of a bucket in object storage.
    pub struct Bucket {
        spec: BucketSpec,
        status: BucketStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "Bucket",
        plural: "buckets",
        singular: "bucket",
        short_names: &[],
        categories: &["all", "fluxcd", "fluxcd-sources"],
        controller: "source-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::string("Endpoint", ".spec.endpoint"),
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
        ],
    }
}

/// Which bucket, and how to reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)", r"STS configuration is only supported for the 'aws' and 'generic' Bucket providers"),
        (r"self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'", r"'aws' is the only supported STS provider for the 'aws' Bucket provider"),
        (r"self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'", r"'ldap' is the only supported STS provider for the 'generic' Bucket provider"),
        (r"!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)", r"spec.sts.secretRef is not required for the 'aws' STS provider"),
        (r"!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)", r"spec.sts.certSecretRef is not required for the 'aws' STS provider"),
        (r"self.provider != 'generic' || !has(self.serviceAccountName)", r"ServiceAccountName is not supported for the 'generic' Bucket provider"),
        (r"!has(self.secretRef) || !has(self.serviceAccountName)", r"cannot set both .spec.secretRef and .spec.serviceAccountName"),
    ])))
)]
pub struct BucketSpec {
    /// Kind of object storage.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "generic")))]
    pub provider: BucketProvider,
    /// Name of the bucket.
    pub bucket_name: String,
    /// Host and port of an S3 service, or address of an Azure Blob service.
    pub endpoint: String,
    /// Service that exchanges an identity for temporary credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sts: Option<BucketSTS>,
    /// Allows plain HTTP.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub insecure: bool,
    /// Region of the bucket.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Prefix that the names of objects must have.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Secret with credentials for the storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// ServiceAccount whose cloud identity is used to authenticate.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// Secret with a CA certificate to trust and a client certificate to present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Secret with the address and the credentials of a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// Time between two checks of the bucket.
    pub interval: Duration,
    /// Time that listing the bucket, and then fetching its objects, may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::timeout", extend("x-default" = "60s")))]
    pub timeout: Option<Duration>,
    /// Patterns in the notation of `.gitignore` of objects to leave out; replaces the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<String>,
    /// Stops further reconciliations; the artifact stays available.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
}

impl crate::Spec for BucketSpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        Some(&self.interval)
    }
}

/// The artifact, and what it was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BucketStatus {
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
    /// Value of `spec.ignore` for the last made artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_ignore: Option<String>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(BucketStatus, observed_generation, last_handled_reconcile_at);

/// Service that exchanges an identity for temporary credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BucketSTS {
    /// Kind of service.
    pub provider: BucketSTSProvider,
    /// Address of the service.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^(http|https)://.*$")))]
    pub endpoint: String,
    /// Secret with credentials for an LDAP service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Secret with a CA certificate to trust and a client certificate to present, for an LDAP service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_secret_ref: Option<LocalObjectReference>,
}

string_enum! {
    /// Kinds of object storage.
    #[derive(Default)]
    pub enum BucketProvider {
        /// Anything that speaks the S3 protocol.
        #[default]
        Generic = "generic",
        /// Amazon S3.
        Aws = "aws",
        /// Google Cloud Storage.
        Gcp = "gcp",
        /// Azure Blob Storage.
        Azure = "azure",
    }
}

string_enum! {
    /// Kinds of services that hand out temporary credentials.
    pub enum BucketSTSProvider {
        /// AWS Security Token Service.
        Aws = "aws",
        /// A MinIO server with LDAP.
        Ldap = "ldap",
    }
}
