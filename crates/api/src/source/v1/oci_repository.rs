//! OCIRepository: an artifact made from a layer in an OCI registry (source.md 2.2).

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Artifact, Condition, Duration, LocalObjectReference},
    source::v1::{CloudProvider, OIDCIdentityMatch, VerificationProvider},
};

custom_resource! {
    /// Makes an artifact from a layer of an image in an OCI registry.
    pub struct OCIRepository {
        spec: OCIRepositorySpec,
        status: OCIRepositoryStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "OCIRepository",
        plural: "ocirepositories",
        singular: "ocirepository",
        short_names: &["ocirepo"],
        categories: &["all", "fluxcd", "fluxcd-sources"],
        controller: "source-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::string("URL", ".spec.url"),
            PrinterColumn::READY,
            PrinterColumn::STATUS,
            PrinterColumn::AGE,
        ],
    }
}

/// Which image and layer, and how to fetch them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OCIRepositorySpec {
    /// Address of the repository with scheme `oci`, without tag and digest.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^oci://.*$")))]
    pub url: String,
    /// Version to fetch; the tag `latest` when left out.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<OCIRepositoryRef>,
    /// Layer to take; the first one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer_selector: Option<OCILayerSelector>,
    /// Cloud whose identity is used to authenticate.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "generic")))]
    pub provider: CloudProvider,
    /// Secret with registry credentials in Docker's format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Signatures that the image must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<OCIRepositoryVerification>,
    /// ServiceAccount whose image pull secrets and cloud identity are used to authenticate.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// Secret with a CA certificate to trust and a client certificate to present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_secret_ref: Option<LocalObjectReference>,
    /// Secret with the address and the credentials of a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_secret_ref: Option<LocalObjectReference>,
    /// Time between two checks of the registry.
    pub interval: Duration,
    /// Time that one operation on the registry may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::timeout", extend("x-default" = "60s")))]
    pub timeout: Option<Duration>,
    /// Patterns in the notation of `.gitignore` of files to leave out; replaces the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<String>,
    /// Allows plain HTTP and skips the check of certificates.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub insecure: bool,
    /// Stops further reconciliations; the artifact stays available.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
}

impl crate::Spec for OCIRepositorySpec {
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
pub struct OCIRepositoryStatus {
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
    /// Value of `spec.layerSelector` for the last made artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_layer_selector: Option<OCILayerSelector>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(OCIRepositoryStatus, observed_generation, last_handled_reconcile_at);

/// A version of an image; digest wins over semver, semver over tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OCIRepositoryRef {
    /// Digest of the image, as `sha256:<hex>`.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Version range; the highest tag inside it is fetched.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub semver: Option<String>,
    /// Regular expression that tags must match to be considered for `semver`.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub semver_filter: Option<String>,
    /// Tag of the image.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// Which layer to take, and what to do with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OCILayerSelector {
    /// Media type of the layer; the first layer of this type is taken.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What to do with the layer; `extract` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OCILayerOperation>,
}

/// How to verify the signature of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OCIRepositoryVerification {
    /// Technique of the signature.
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "cosign")))]
    pub provider: VerificationProvider,
    /// Secret with public keys or trust policies; keyless verification when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Identities of which one must have signed, for keyless verification.
    #[serde(rename = "matchOIDCIdentity", default, skip_serializing_if = "Vec::is_empty")]
    pub match_oidc_identity: Vec<OIDCIdentityMatch>,
    /// Secret with the trusted root of another Sigstore installation, for keyless verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_root_secret_ref: Option<LocalObjectReference>,
}

string_enum! {
    /// What to do with a layer.
    #[derive(Default)]
    pub enum OCILayerOperation {
        /// Unpack it and make the artifact from its files.
        #[default]
        Extract = "extract",
        /// Take it as the artifact, as it is.
        Copy = "copy",
    }
}
