//! Where the values of a HelmRelease come from (helm.md 2.9).

use serde::{Deserialize, Serialize};

/// A ConfigMap or Secret with values, in the HelmRelease's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ValuesReference {
    /// Kind of the object.
    pub kind: ValuesKind,
    /// Name of the object.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub name: String,
    /// Key in the object's data; `values.yaml` when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[\-._a-zA-Z0-9]+$"), length(max = 253)))]
    pub values_key: Option<String>,
    /// Path at which the data is one single value; it is merged as YAML at the root when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^([a-zA-Z0-9_\-.\\\/]|\[[0-9]{1,5}\])+$"), length(max = 250))
    )]
    pub target_path: Option<String>,
    /// Goes on without the object or key when it does not exist.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub optional: bool,
    /// Takes the data as it is, without reading commas, braces and types into it; only with `targetPath`.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub literal: bool,
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
