//! ImageUpdateAutomation: writes chosen images into a Git repository (image.md 2.3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema,
    image::v1::ImageRef,
    meta::{Condition, Duration, LabelSelector, LocalObjectReference, Time},
    source::v1::GitRepositoryRef,
};

custom_resource! {
    /// Writes chosen images into the files of a Git repository.
    pub struct ImageUpdateAutomation {
        spec: ImageUpdateAutomationSpec,
        status: ImageUpdateAutomationStatus,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "ImageUpdateAutomation",
        plural: "imageupdateautomations",
        singular: "imageupdateautomation",
        short_names: &["iua", "imgupd", "imgauto"],
        categories: &["all", "fluxcd", "fluxcd-images"],
        controller: "image-automation-controller",
        status: StatusSchema::ObservedGeneration,
        printer_columns: &[
            PrinterColumn::READY,
            PrinterColumn::STATUS,
            PrinterColumn::string("Last run", ".status.lastAutomationRunTime").wide(),
            PrinterColumn::AGE,
        ],
    }
}

/// Which repository, and how to change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageUpdateAutomationSpec {
    /// GitRepository to clone.
    pub source_ref: CrossNamespaceSourceReference,
    /// How to check out, commit and push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitSpec>,
    /// Time between two runs.
    pub interval: Duration,
    /// ImagePolicies in the same namespace whose images are written; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::label_selector"))]
    pub policy_selector: Option<LabelSelector>,
    /// How files are changed.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = serde_json::json!({"strategy": "Setters"}))))]
    pub update: UpdateStrategy,
    /// Stops further runs.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
}

impl crate::Spec for ImageUpdateAutomationSpec {
    fn suspended(&self) -> bool {
        self.suspend
    }

    fn interval(&self) -> Option<&Duration> {
        Some(&self.interval)
    }
}

/// The last run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageUpdateAutomationStatus {
    /// When the automation last ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub last_automation_run_time: Option<Time>,
    /// Commit that was last pushed.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_push_commit: Option<String>,
    /// When a commit was last pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::time"))]
    pub last_push_time: Option<Time>,
    /// Generation of the last fully handled spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// State of the reconciliation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Images that were last written, by policy.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub observed_policies: BTreeMap<String, ImageRef>,
    /// Revision that was last cloned.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub observed_source_revision: Option<String>,
    /// Value of the last handled reconcile request.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
}

crate::status::impl_status!(ImageUpdateAutomationStatus, observed_generation, last_handled_reconcile_at);

/// Names the GitRepository to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CrossNamespaceSourceReference {
    /// API version of the source; not used to find it.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the source.
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "GitRepository")))]
    pub kind: AutomationSourceKind,
    /// Name of the source.
    pub name: String,
    /// Namespace of the source; the automation's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// How to check out, commit and push.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct GitSpec {
    /// What to check out; what the source names when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout: Option<GitCheckoutSpec>,
    /// How to commit.
    pub commit: CommitSpec,
    /// Where to push; to the checked out branch when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<PushSpec>,
}

/// What to check out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct GitCheckoutSpec {
    /// Revision to check out.
    #[serde(rename = "ref")]
    pub reference: GitRepositoryRef,
}

/// How to commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommitSpec {
    /// Author of the commits.
    pub author: CommitUser,
    /// Key that signs the commits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_key: Option<SigningKey>,
    /// Go template of the commit message.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub message_template: Option<String>,
    /// Values for the template.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub message_template_values: BTreeMap<String, String>,
}

/// Author of commits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommitUser {
    /// Name of the author.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Mail address of the author.
    pub email: String,
}

/// Key that signs commits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SigningKey {
    /// Kind of key; `gpg` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<SigningKeyType>,
    /// Secret with the key and its passphrase.
    pub secret_ref: LocalObjectReference,
}

/// Where to push.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PushSpec {
    /// Branch to push to; it is created when it does not exist.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Reference specification to push, in addition to the branch.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub refspec: Option<String>,
    /// Push options for the server.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

/// How files are changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UpdateStrategy {
    /// The strategy.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "Setters")))]
    pub strategy: UpdateStrategyName,
    /// Directory whose files are changed; the root of the repository when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

string_enum! {
    /// Kinds that can be written to.
    #[derive(Default)]
    pub enum AutomationSourceKind {
        /// A Git repository.
        #[default]
        GitRepository = "GitRepository",
    }
}

string_enum! {
    /// Kinds of signing keys.
    #[derive(Default)]
    pub enum SigningKeyType {
        /// An OpenPGP key.
        #[default]
        Gpg = "gpg",
        /// An SSH key.
        Ssh = "ssh",
    }
}

string_enum! {
    /// Ways to change files.
    #[derive(Default)]
    pub enum UpdateStrategyName {
        /// Values next to marker comments are replaced.
        #[default]
        Setters = "Setters",
    }
}
