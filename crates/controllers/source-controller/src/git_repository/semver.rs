//! The choice of a tag by a version range (contract/source.md 7.2, 10.3).

use std::cmp::Ordering;
use std::error::Error;

use ferroflux_git::VersionChoice;
use ferroflux_semver::{Constraints, Version};

/// A range as the user wrote it.
pub(super) struct Semver(pub(super) String);

impl VersionChoice for Semver {
    fn range(&self) -> &str {
        &self.0
    }

    fn best(&self, tags: &[&str]) -> Result<Vec<usize>, Box<dyn Error + Send + Sync>> {
        let constraints = Constraints::parse(&self.0)?;
        let mut best: Option<Version> = None;
        let mut positions = Vec::new();
        for (position, tag) in tags.iter().enumerate() {
            // Tags that are no versions are no candidates.
            let Ok(version) = Version::parse_candidate(tag) else { continue };
            if !constraints.matches(&version) {
                continue;
            }
            match best.as_ref().map_or(Ordering::Greater, |best| version.cmp(best)) {
                Ordering::Greater => {
                    best = Some(version);
                    positions = vec![position];
                }
                Ordering::Equal => positions.push(position),
                Ordering::Less => {}
            }
        }
        Ok(positions)
    }
}
