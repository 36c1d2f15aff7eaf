//! The artifact: what a source has made, and where to fetch it.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Serialize};

/// An archive that a source made of one revision (source.md 1.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// Path of the archive, relative to the root of the controller's storage.
    pub path: String,
    /// HTTP address from which the archive is fetched.
    pub url: String,
    /// Revision of the source in a form that people can trace back to its origin.
    pub revision: String,
    /// Digest of the archive file, as `<algorithm>:<checksum>`.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$"))
    )]
    pub digest: String,
    /// When the archive was last written.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub last_update_time: Time,
    /// Size of the archive file in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Further facts from upstream, such as OCI annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl Artifact {
    /// Whether the artifact was made of this revision; two spellings of one revision are two revisions.
    pub fn has_revision(&self, revision: &str) -> bool {
        self.revision == revision
    }

    /// Whether the archive has this digest.
    pub fn has_digest(&self, digest: &str) -> bool {
        self.digest == digest
    }
}
