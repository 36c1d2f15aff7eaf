//! What this program uses beside the runtime's configuration.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::args::KustomizeFlags;
use ferroflux_objects::{GroupKind, ManagerMatch};
use ferroflux_runtime::flags::FeatureGates;
use ferroflux_runtime::{AccessRules, Program, ShutdownPolicy};

/// Field manager of everything that is applied.
pub(crate) const FIELD_MANAGER: &str = "kustomize-controller";

/// Feature gates with their defaults (contract/kustomize.md 14; cancelling waits for an older revision is on here).
pub(crate) const FEATURE_GATES: &[(&str, bool)] = &[
    ("AdditiveCELDependencyCheck", false),
    ("CacheSecretsAndConfigMaps", false),
    ("CancelHealthCheckOnNewRevision", true),
    ("DirectSourceFetch", false),
    ("DisableConfigWatchers", false),
    ("DisableFailFastBehavior", false),
    ("DisableStatusPollerCache", true),
    ("ExternalArtifact", false),
    ("GroupChangeLog", false),
    ("MigrateAPIVersion", false),
    ("ObjectLevelWorkloadIdentity", false),
    ("StrictPostBuildSubstitutions", true),
];

/// This program.
pub static PROGRAM: Program = Program {
    name: "kustomize-controller",
    version: env!("CARGO_PKG_VERSION"),
    feature_gates: FEATURE_GATES,
    defaults: &[],
    environment: &[],
    absent_flags: &[],
    shutdown: ShutdownPolicy::Cancel(Duration::from_secs(30)),
    sharded_lease: true,
};

/// The gates that change what this program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gates {
    pub(crate) cancel_health_check: bool,
    pub(crate) direct_source_fetch: bool,
    pub(crate) disable_config_watchers: bool,
    pub(crate) disable_fail_fast: bool,
    pub(crate) external_artifact: bool,
    pub(crate) group_change_log: bool,
    pub(crate) migrate_api_version: bool,
    pub(crate) strict_substitution: bool,
}

/// A flag that needs a gate which is off.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled"
)]
pub struct GateNeeded;

/// Refuses default accounts of cloud identities while objects may have none (contract/kustomize.md 11.4).
pub fn check_default_accounts(gates: &FeatureGates, flags: &KustomizeFlags) -> Result<(), GateNeeded> {
    let accounts = [&flags.default_decryption_service_account, &flags.default_kubeconfig_service_account];
    let wanted = accounts.iter().any(|account| !account.is_empty());
    if wanted && !gates.enabled("ObjectLevelWorkloadIdentity") { Err(GateNeeded) } else { Ok(()) }
}

impl Gates {
    pub(crate) fn of(gates: &FeatureGates) -> Self {
        let enabled = |name| gates.enabled(name);
        Self {
            cancel_health_check: enabled("CancelHealthCheckOnNewRevision"),
            direct_source_fetch: enabled("DirectSourceFetch"),
            disable_config_watchers: enabled("DisableConfigWatchers"),
            disable_fail_fast: enabled("DisableFailFastBehavior"),
            external_artifact: enabled("ExternalArtifact"),
            group_change_log: enabled("GroupChangeLog"),
            migrate_api_version: enabled("MigrateAPIVersion"),
            strict_substitution: enabled("StrictPostBuildSubstitutions"),
        }
    }
}

/// Validated settings.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) access: AccessRules,
    pub(crate) requeue_dependency: Duration,
    pub(crate) concurrent_apply: usize,
    pub(crate) takeover: Vec<ManagerMatch>,
    pub(crate) custom_stage_kinds: BTreeSet<GroupKind>,
    pub(crate) gates: Gates,
}

/// Reads `--custom-apply-stage-kinds`: `<group>/<Kind>`, `/Kind` or `Kind`, separated by commas. Malformed entries
/// are ignored, as they are in Flux.
pub(crate) fn stage_kinds(text: &str) -> BTreeSet<GroupKind> {
    let kinds = text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).filter_map(|entry| {
        let (group, kind) = entry.split_once('/').unwrap_or(("", entry));
        (!kind.is_empty() && !kind.contains('/'))
            .then(|| GroupKind { group: group.to_owned(), kind: kind.to_owned() })
    });
    kinds.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_kinds_are_read_as_flux_reads_them() {
        let kinds = stage_kinds("example.com/Widget, /Service,Secret,a/b/c,");
        let names: Vec<(&str, &str)> =
            kinds.iter().map(|kind| (kind.group.as_str(), kind.kind.as_str())).collect();
        assert_eq!(names, [("", "Secret"), ("", "Service"), ("example.com", "Widget")]);
    }
}
