//! Feature gates.

use std::collections::BTreeMap;

use super::GateList;

/// Which optional behaviour is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureGates(BTreeMap<String, bool>);

/// A gate that the program does not have. The text is the contract's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("feature-gate '{0}' not supported")]
pub struct UnknownGate(pub String);

impl FeatureGates {
    /// The program's gates with what was typed for them. A gate that the program does not have is refused, also when it
    /// is switched off.
    pub fn new(known: &[(&'static str, bool)], typed: &GateList) -> Result<Self, UnknownGate> {
        let mut gates: BTreeMap<String, bool> =
            known.iter().map(|(name, default)| ((*name).to_owned(), *default)).collect();
        for (name, value) in &typed.0 {
            *gates.get_mut(name).ok_or_else(|| UnknownGate(name.clone()))? = *value;
        }
        Ok(Self(gates))
    }

    /// Whether a gate is on; gates that the program does not have are off.
    pub fn enabled(&self, name: &str) -> bool {
        self.0.get(name).copied().unwrap_or(false)
    }
}
