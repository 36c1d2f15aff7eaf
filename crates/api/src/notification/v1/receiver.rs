//! Receiver: a webhook that asks for reconciliations (notification.md 2.3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    meta::{Condition, Duration, LocalObjectReference},
    notification::NotificationObjectKind,
};

custom_resource! {
    /// Opens a webhook that asks for the reconciliation of objects.
    pub struct Receiver {
        spec: ReceiverSpec,
        status: ReceiverStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "Receiver",
        plural: "receivers",
        singular: "receiver",
        short_names: &[],
        categories: &["all", "fluxcd", "fluxcd-notifications"],
        controller: "notification-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::AGE,
            PrinterColumn::READY,
            PrinterColumn::STATUS,
        ],
    }
}

/// Who calls, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)", r"generic-oidc receivers must define at least one oidcProvider"),
        (r"self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0", r"oidcProviders can only be set when type is generic-oidc"),
        (r"self.type != 'generic-oidc' || !has(self.secretRef)", r"secretRef cannot be set when type is generic-oidc"),
        (r"self.type == 'generic-oidc' || has(self.secretRef)", r"secretRef is required when type is not generic-oidc"),
    ])))
)]
pub struct ReceiverSpec {
    /// Kind of caller; it decides how requests are checked.
    pub r#type: ReceiverType,
    /// Time between two reconciliations of the Receiver itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "10m")))]
    pub interval: Option<Duration>,
    /// Events of the caller that count; all when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Objects whose reconciliation is asked for.
    pub resources: Vec<ReceiverResource>,
    /// CEL expression that tells for each object whether a request is about it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub resource_filter: Option<String>,
    /// Secret with the `token` by which requests are checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalObjectReference>,
    /// Issuers whose tokens are accepted from callers of type `generic-oidc`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = serde_json::json!(["issuerURL"]))))]
    pub oidc_providers: Vec<OIDCProvider>,
    /// Refuses requests.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
}

impl crate::Spec for ReceiverSpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        self.interval.as_ref()
    }
}

/// The webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReceiverStatus {
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Path of the webhook on the receiver's server.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub webhook_path: Option<String>,
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(ReceiverStatus, observed_generation, last_handled_reconcile_at);

/// Objects whose reconciliation is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReceiverResource {
    /// API version of the objects.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the objects.
    pub kind: NotificationObjectKind,
    /// Name of the object; `*` for all.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub name: String,
    /// Namespace of the objects; the Receiver's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub namespace: Option<String>,
    /// Labels that the objects must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// CEL expression that tells for each of these objects whether a request is about it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

/// An issuer whose tokens are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OIDCProvider {
    /// Address of the issuer.
    #[serde(rename = "issuerURL")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^https?://")))]
    pub issuer_url: String,
    /// Audience that tokens must name; `notification-controller` when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Named CEL expressions that later ones can use, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<OIDCVariable>,
    /// CEL expressions over the token that must all be true.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub validations: Vec<OIDCValidation>,
}

/// A named CEL expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OIDCVariable {
    /// Name of the variable.
    pub name: String,
    /// CEL expression over the token's claims and the variables before.
    pub expression: String,
}

/// A CEL expression that must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OIDCValidation {
    /// CEL expression over the token's claims and the variables.
    pub expression: String,
    /// What is logged when it is false.
    pub message: String,
}

string_enum! {
    /// Kinds of callers.
    pub enum ReceiverType {
        /// Anyone who knows the path.
        Generic = "generic",
        /// Anyone who signs requests.
        GenericHmac = "generic-hmac",
        /// Anyone with a token of an OIDC issuer.
        GenericOidc = "generic-oidc",
        /// GitHub.
        Github = "github",
        /// GitLab.
        Gitlab = "gitlab",
        /// Bitbucket.
        Bitbucket = "bitbucket",
        /// Harbor.
        Harbor = "harbor",
        /// Docker Hub.
        DockerHub = "dockerhub",
        /// Quay.
        Quay = "quay",
        /// Google Container Registry.
        Gcr = "gcr",
        /// Nexus.
        Nexus = "nexus",
        /// Azure Container Registry.
        Acr = "acr",
        /// CDEvents.
        CdEvents = "cdevents",
    }
}
