//! How YAML is read here, with ceilings that fit the stack of a worker thread.

use ferroflux_yaml::{Limits, ReadOptions};

/// How deep a document may nest. Real objects stay below 60; what is read here is walked recursively several times.
const DEPTH: usize = 250;

fn limits() -> Limits {
    Limits { depth: DEPTH, ..Limits::default() }
}

/// Configuration: YAML 1.1, the last of two equal keys counts.
pub(crate) fn sigs() -> ReadOptions {
    ReadOptions::sigs().with_limits(limits())
}

/// Configuration in which equal keys are refused.
pub(crate) fn sigs_strict() -> ReadOptions {
    ReadOptions::sigs_strict().with_limits(limits())
}

/// Resources.
pub(crate) fn kyaml() -> ReadOptions {
    ReadOptions::kyaml().with_limits(limits())
}
