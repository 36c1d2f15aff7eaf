//! Semantic versions and constraints as Masterminds/semver v3 reads them.
//!
//! Charts, tags and image policies were written against that library: what it accepts beyond the specification
//! (missing parts, leading `v`, leading zeros), how a wildcard, a tilde or a hyphen works, when a pre-release
//! counts, and its error texts. Which candidates are looked at and which of several wins is for callers to decide.

mod constraint;
mod quote;
mod scan;
mod version;

pub use crate::{
    constraint::{ConstraintError, Constraints, MAX_CONSTRAINT_GROUPS, MAX_CONSTRAINT_LENGTH, Rejection},
    version::{MAX_VERSION_LENGTH, Version, VersionError},
};

#[cfg(test)]
mod tests;
