//! Which tag a version range chooses (contract/source.md 7.2, 10.3). Pure.

use std::error::Error;

use ferroflux_git::VersionChoice;
use ferroflux_semver::{Constraints, Version};

/// A version range as the user wrote it.
#[derive(Debug)]
pub(super) struct Range(pub(super) String);

impl VersionChoice for Range {
    fn range(&self) -> &str {
        &self.0
    }

    fn best(&self, tags: &[&str]) -> Result<Vec<usize>, Box<dyn Error + Send + Sync>> {
        let constraints = Constraints::parse(&self.0)?;
        let mut best: Option<(Version, Vec<usize>)> = None;
        for (position, tag) in tags.iter().enumerate() {
            let Ok(version) = Version::parse_candidate(tag) else { continue };
            if !constraints.matches(&version) {
                continue;
            }
            match &mut best {
                Some((highest, _)) if version < *highest => {}
                Some((highest, positions)) if version == *highest => positions.push(position),
                _ => best = Some((version, vec![position])),
            }
        }
        Ok(best.map(|(_, positions)| positions).unwrap_or_default())
    }
}
