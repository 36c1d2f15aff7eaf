//! Drift detection and post-rendering of a HelmRelease (helm.md 17, 19).

use serde::{Deserialize, Serialize};

use crate::meta::{IgnoreRule, Image, Patch};

/// What to do about objects that differ from the release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DriftDetection {
    /// What to do; `disabled` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<DriftDetectionMode>,
    /// Fields whose difference is left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<IgnoreRule>,
}

/// A change to the rendered objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PostRenderer {
    /// A change by Kustomize.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kustomize: Option<Kustomize>,
}

/// A change by Kustomize.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Kustomize {
    /// Patches, applied in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
    /// Images whose name, tag or digest is replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
}

string_enum! {
    /// What to do about objects that differ from the release.
    #[derive(Default)]
    pub enum DriftDetectionMode {
        /// Report and correct them.
        Enabled = "enabled",
        /// Report them.
        Warn = "warn",
        /// Do not look.
        #[default]
        Disabled = "disabled",
    }
}
