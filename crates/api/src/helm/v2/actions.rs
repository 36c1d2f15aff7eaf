//! How a HelmRelease installs, upgrades, tests, rolls back and uninstalls (helm.md 2.4 to 2.8).

use serde::{Deserialize, Serialize};

use crate::meta::Duration;

/// How to install.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// Time that the install may take; `spec.timeout` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// What to do when the install fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<InstallStrategy>,
    /// How often to try again, under the strategy `RemediateOnFailure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<InstallRemediation>,
    /// Refuses to adopt objects that belong to no release or to another one.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_take_ownership: bool,
    /// Does not wait for objects to become ready.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_wait: bool,
    /// Does not wait for Jobs to complete.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_wait_for_jobs: bool,
    /// Does not run hooks.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_hooks: bool,
    /// Does not check objects against the cluster's schemas.
    #[serde(rename = "disableOpenAPIValidation", default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_open_api_validation: bool,
    /// Does not check values against the chart's schema.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_schema_validation: bool,
    /// Takes over the name of a deleted release whose records are kept.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub replace: bool,
    /// Has no effect; `crds` takes its place.
    #[serde(rename = "skipCRDs", default, skip_serializing_if = "crate::absent::is_false")]
    pub skip_crds: bool,
    /// What to do with the chart's CRDs; `Create` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crds: Option<CRDsPolicy>,
    /// Creates the target namespace when it does not exist.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub create_namespace: bool,
    /// Creates objects with server-side apply; true when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_side_apply: Option<bool>,
}

/// How to upgrade.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    /// Time that the upgrade may take; `spec.timeout` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// What to do when the upgrade fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<UpgradeStrategy>,
    /// How often to try again and how to undo, under the strategy `RemediateOnFailure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<UpgradeRemediation>,
    /// Refuses to adopt objects that belong to no release or to another one.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_take_ownership: bool,
    /// Does not wait for objects to become ready.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_wait: bool,
    /// Does not wait for Jobs to complete.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_wait_for_jobs: bool,
    /// Does not run hooks.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_hooks: bool,
    /// Does not check objects against the cluster's schemas.
    #[serde(rename = "disableOpenAPIValidation", default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_open_api_validation: bool,
    /// Does not check values against the chart's schema.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_schema_validation: bool,
    /// Replaces objects instead of patching them; not with server-side apply.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub force: bool,
    /// Keeps the values of the last release beneath the new ones.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub preserve_values: bool,
    /// Deletes objects that a failed upgrade created.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub cleanup_on_fail: bool,
    /// What to do with the chart's CRDs; `Create` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crds: Option<CRDsPolicy>,
    /// Whether to use server-side apply; as the last release did when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_side_apply: Option<ServerSideApplyMode>,
    /// What to do when the chart gets another name; `Reinstall` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart_name_change_strategy: Option<ChartNameChangeStrategy>,
}

/// How to run the chart's tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Test {
    /// Runs the tests after an install or upgrade.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub enable: bool,
    /// Time that the tests may take; `spec.timeout` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Counts a release as good although its tests failed.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub ignore_failures: bool,
    /// Tests to run or to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<TestFilter>,
}

/// How to roll back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// Time that the rollback may take; `spec.timeout` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Does not wait for objects to become ready.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_wait: bool,
    /// Does not wait for Jobs to complete.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_wait_for_jobs: bool,
    /// Does not run hooks.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_hooks: bool,
    /// Has no effect any more.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub recreate: bool,
    /// Replaces objects instead of patching them; not with server-side apply.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub force: bool,
    /// Deletes objects that a failed rollback created.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub cleanup_on_fail: bool,
    /// Whether to use server-side apply; as the target release did when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_side_apply: Option<ServerSideApplyMode>,
}

/// How to uninstall.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Uninstall {
    /// Time that the uninstall may take; `spec.timeout` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Does not run hooks.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_hooks: bool,
    /// Keeps the records and marks the release as deleted.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub keep_history: bool,
    /// Does not wait for objects to be gone.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub disable_wait: bool,
    /// What becomes of the objects that deleted objects own.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "background")))]
    pub deletion_propagation: DeletionPropagation,
}

/// What to do when an install fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"!has(self.retryInterval) || self.name != 'RemediateOnFailure'", r".retryInterval cannot be set when .name is 'RemediateOnFailure'"),
    ])))
)]
pub struct InstallStrategy {
    /// The strategy.
    pub name: ActionStrategyName,
    /// Delay before the next attempt under `RetryOnFailure`; five minutes when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_interval: Option<Duration>,
}

/// What to do when an upgrade fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    schemars(extend("x-kubernetes-validations" = crate::schema::rules(&[
        (r"!has(self.retryInterval) || self.name == 'RetryOnFailure'", r".retryInterval can only be set when .name is 'RetryOnFailure'"),
    ])))
)]
pub struct UpgradeStrategy {
    /// The strategy.
    pub name: ActionStrategyName,
    /// Delay before the next attempt under `RetryOnFailure`; five minutes when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_interval: Option<Duration>,
}

/// How often to try a failed install again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InstallRemediation {
    /// Number of further attempts; without end when negative.
    #[serde(default, skip_serializing_if = "crate::absent::is_zero")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::integer"))]
    pub retries: i64,
    /// Counts an install as good although its tests failed; as `test.ignoreFailures` says when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_test_failures: Option<bool>,
    /// Uninstalls after the last attempt, too; false when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediate_last_failure: Option<bool>,
}

/// How often to try a failed upgrade again, and how to undo it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UpgradeRemediation {
    /// Number of further attempts; without end when negative.
    #[serde(default, skip_serializing_if = "crate::absent::is_zero")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::integer"))]
    pub retries: i64,
    /// Counts an upgrade as good although its tests failed; as `test.ignoreFailures` says when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_test_failures: Option<bool>,
    /// Undoes the last attempt, too; when left out, true if `retries` is above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediate_last_failure: Option<bool>,
    /// How to undo a failed upgrade; `rollback` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<RemediationStrategy>,
}

/// A test to run or to leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TestFilter {
    /// Name of the test.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub name: String,
    /// Leaves the test out instead of running only it.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub exclude: bool,
}

string_enum! {
    /// What to do when an action fails.
    #[derive(Default)]
    pub enum ActionStrategyName {
        /// Undo it, then try again.
        #[default]
        RemediateOnFailure = "RemediateOnFailure",
        /// Try again without undoing.
        RetryOnFailure = "RetryOnFailure",
    }
}

string_enum! {
    /// How to undo a failed upgrade.
    #[derive(Default)]
    pub enum RemediationStrategy {
        /// Roll back to the last good release.
        #[default]
        Rollback = "rollback",
        /// Uninstall the release.
        Uninstall = "uninstall",
    }
}

string_enum! {
    /// What to do with a chart's CRDs.
    #[derive(Default)]
    pub enum CRDsPolicy {
        /// Nothing.
        Skip = "Skip",
        /// Create those that do not exist.
        #[default]
        Create = "Create",
        /// Create those that do not exist, replace the others.
        CreateReplace = "CreateReplace",
    }
}

string_enum! {
    /// Whether to use server-side apply.
    #[derive(Default)]
    pub enum ServerSideApplyMode {
        /// Yes.
        Enabled = "enabled",
        /// No.
        Disabled = "disabled",
        /// As the release before did.
        #[default]
        Auto = "auto",
    }
}

string_enum! {
    /// What to do when the chart of a release gets another name.
    #[derive(Default)]
    pub enum ChartNameChangeStrategy {
        /// Upgrade the release to the new chart.
        InPlaceUpdate = "InPlaceUpdate",
        /// Uninstall the release and install the new chart.
        #[default]
        Reinstall = "Reinstall",
    }
}

string_enum! {
    /// What becomes of the objects that deleted objects own.
    #[derive(Default)]
    pub enum DeletionPropagation {
        /// They are deleted afterwards.
        #[default]
        Background = "background",
        /// They are deleted first.
        Foreground = "foreground",
        /// They stay.
        Orphan = "orphan",
    }
}
