//! What a HelmRelease remembers of its releases (helm.md 14).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::meta::Time;

/// What is remembered of one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Version of the rules by which `digest` was made.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Digest of the release as it was stored.
    pub digest: String,
    /// Action that made the release.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Name of the release.
    pub name: String,
    /// Namespace of the release.
    pub namespace: String,
    /// Revision of the release.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::integer"))]
    pub version: i64,
    /// Status of the release as Helm records it.
    pub status: String,
    /// Name of the chart.
    pub chart_name: String,
    /// Version of the chart.
    pub chart_version: String,
    /// Version of the application, as the chart tells it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// Digest of the values.
    pub config_digest: String,
    /// When the release was first deployed.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub first_deployed: Time,
    /// When the release was last deployed.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub last_deployed: Time,
    /// When the release was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub deleted: Option<Time>,
    /// Results of the tests, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub test_hooks: BTreeMap<String, TestHookStatus>,
    /// Digest of the chart's OCI artifact.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub oci_digest: Option<String>,
}

/// Result of one test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TestHookStatus {
    /// When the test was last started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub last_started: Option<Time>,
    /// When the test was last completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub last_completed: Option<Time>,
    /// Result as Helm records it: `Succeeded`, `Failed`, `Running` or `Unknown`.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
}
