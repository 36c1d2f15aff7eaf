//! ImageRepository: the tags of an image (image.md 2.1).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Condition, Duration, LocalObjectReference, Time},
    source::v1::{AccessFrom, CloudProvider},
};

custom_resource! {
    /// Keeps the list of tags of an image.
    pub struct ImageRepository {
        spec: ImageRepositorySpec,
        status: ImageRepositoryStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "ImageRepository",
        plural: "imagerepositories",
        singular: "imagerepository",
        short_names: &["imgrepo", "imagerepo"],
        categories: &["all", "fluxcd", "fluxcd-images"],
        controller: "image-reflector-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::string("Image", ".spec.image"),
            PrinterColumn::string("Tags", ".status.lastScanResult.tagCount"),
            PrinterColumn::READY,
            PrinterColumn::STATUS,
            PrinterColumn::string("Last scan", ".status.lastScanResult.scanTime").wide(),
            PrinterColumn::AGE,
        ],
    }
}

/// Which image, and how to reach its registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageRepositorySpec {
    /// Name of the image, without scheme and tag.
    pub image: String,
    /// Time between two scans.
    pub interval: Duration,
    /// Time that a scan may take; `interval` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::timeout"))]
    pub timeout: Option<Duration>,
    /// Secret with registry credentials in Docker's format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Secret with the address and the credentials of a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// ServiceAccount whose image pull secrets and cloud identity are used to authenticate.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 253)))]
    pub service_account_name: Option<String>,
    /// Secret with a CA certificate to trust and a client certificate to present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Stops further scans.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
    /// Namespaces from which ImagePolicies may refer to the repository; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_from: Option<AccessFrom>,
    /// Regular expressions of tags to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 25), extend("x-default" = serde_json::json!([r"^.*\.sig$"]))))]
    pub exclusion_list: Vec<String>,
    /// Cloud whose identity is used to authenticate.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "generic")))]
    pub provider: CloudProvider,
    /// Allows plain HTTP.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub insecure: bool,
}

impl crate::Spec for ImageRepositorySpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        Some(&self.interval)
    }
}

/// The last scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageRepositoryStatus {
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Name of the image with registry and full path.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub canonical_image_name: Option<String>,
    /// What the last scan found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_scan_result: Option<ScanResult>,
    /// Expressions by which tags were left out of the last scan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed_exclusion_list: Vec<String>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(ImageRepositoryStatus, observed_generation, last_handled_reconcile_at);

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScanResult {
    /// Digest over all tags.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Number of tags.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::integer"))]
    pub tag_count: i64,
    /// When the scan ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub scan_time: Option<Time>,
    /// The last ten tags in descending order of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub latest_tags: Vec<String>,
}
