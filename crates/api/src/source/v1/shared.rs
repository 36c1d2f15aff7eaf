//! What several source kinds share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An identity that may sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OIDCIdentityMatch {
    /// Regular expression for the issuer of the identity.
    pub issuer: String,
    /// Regular expression for the subject of the identity.
    pub subject: String,
}

string_enum! {
    /// Cloud whose identity is used.
    #[derive(Default)]
    pub enum CloudProvider {
        /// None: credentials come from a Secret, or there are none.
        #[default]
        Generic = "generic",
        /// AWS.
        Aws = "aws",
        /// Azure.
        Azure = "azure",
        /// Google Cloud.
        Gcp = "gcp",
    }
}

string_enum! {
    /// Technique of a signature.
    #[derive(Default)]
    pub enum VerificationProvider {
        /// Sigstore's cosign.
        #[default]
        Cosign = "cosign",
        /// The Notary Project's notation.
        Notation = "notation",
    }
}

/// From which other namespaces an object may be referred to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessFrom {
    /// Namespaces that any of these matches; an empty list allows none.
    pub namespace_selectors: Vec<NamespaceSelector>,
}

/// Selects namespaces by their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NamespaceSelector {
    /// Labels that must have these values; all namespaces when left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
}
