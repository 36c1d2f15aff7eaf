//! What an object's own labels and annotations ask for (contract/kustomize.md 9.5).

use serde_json::Value;

use crate::keys;

/// How server-side apply treats an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SsaMode {
    /// Take over fields and strip foreign managers.
    #[default]
    Override,
    /// Apply, but leave other managers alone.
    Merge,
    /// Create if absent, else skip.
    IfNotPresent,
    /// Never apply, never prune.
    Ignore,
}

/// The policies of one object, united over its desired and its live form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policies {
    /// How the object is applied.
    pub ssa: SsaMode,
    /// Neither applied nor pruned.
    pub reconcile_disabled: bool,
    /// Recreated on immutable-field errors.
    pub force: bool,
    /// Not garbage collected.
    pub prune_disabled: bool,
}

impl Policies {
    /// Reads labels and annotations of every given form of the object; values are compared without case.
    pub fn of<'a>(forms: impl IntoIterator<Item = &'a Value> + Clone) -> Self {
        let has = |key: &str, value: &str| forms.clone().into_iter().any(|form| carries(form, key, value));
        let ssa = if has(keys::SSA, "Ignore") {
            SsaMode::Ignore
        } else if has(keys::SSA, "IfNotPresent") {
            SsaMode::IfNotPresent
        } else if has(keys::SSA, "Merge") {
            SsaMode::Merge
        } else {
            SsaMode::Override
        };
        Self {
            ssa,
            reconcile_disabled: has(keys::RECONCILE, keys::DISABLED),
            force: has(keys::FORCE, keys::ENABLED),
            prune_disabled: has(keys::PRUNE, keys::DISABLED),
        }
    }

    /// Whether an apply leaves the object alone.
    pub fn skips_apply(&self, exists: bool) -> bool {
        self.reconcile_disabled
            || self.ssa == SsaMode::Ignore
            || (exists && self.ssa == SsaMode::IfNotPresent)
    }

    /// Whether garbage collection leaves the object alone.
    pub fn skips_prune(&self) -> bool {
        self.reconcile_disabled || self.prune_disabled || self.ssa == SsaMode::Ignore
    }
}

fn carries(form: &Value, key: &str, value: &str) -> bool {
    ["labels", "annotations"].iter().any(|field| {
        form.get("metadata")
            .and_then(|metadata| metadata.get(field))
            .and_then(|map| map.get(key))
            .and_then(Value::as_str)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    })
}
