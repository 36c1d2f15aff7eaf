//! Revisions: `<name>@<algorithm>:<hex>` or `<algorithm>:<hex>`, as in `status.artifact.revision`.

use std::{fmt, str::FromStr};

use ferroflux_archive::{Digest, digest};

/// What an artifact was made of: an optional name (branch, tag, reference) and the digest of the content.
///
/// Two revisions are compared as texts where the API compares them; a legacy text such as `main/<commit>` does
/// not parse and so never equals a new one (contract/source.md 1.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Revision {
    name: Option<String>,
    digest: Digest,
}

impl Revision {
    /// A revision without a name.
    pub fn of(digest: Digest) -> Self {
        Self { name: None, digest }
    }

    /// The revision that `name` has now.
    pub fn named(name: impl Into<String>, digest: Digest) -> Self {
        let name = name.into();
        Self { name: Some(name).filter(|name| !name.is_empty()), digest }
    }

    /// The branch, tag or reference in front of the `@`.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The digest behind the `@`.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}@{}", self.digest),
            None => write!(f, "{}", self.digest),
        }
    }
}

impl FromStr for Revision {
    type Err = digest::ParseError;

    fn from_str(text: &str) -> Result<Self, digest::ParseError> {
        // Branch names may hold an `@`; a digest never does.
        match text.rsplit_once('@') {
            Some((name, digest)) => Ok(Self::named(name, digest.parse()?)),
            None => Ok(Self::of(text.parse()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ferroflux_archive::Algorithm;

    use super::*;

    #[test]
    fn revisions_read_back_as_they_were_written() {
        let digest = Algorithm::Sha1.digest(b"commit");
        for revision in [
            Revision::of(digest),
            Revision::named("main", digest),
            Revision::named("refs/pull/7/head", digest),
            Revision::named("odd@name", digest),
        ] {
            assert_eq!(revision.to_string().parse(), Ok(revision));
        }
        assert_eq!(Revision::named("v1.0.0", digest).to_string(), format!("v1.0.0@{digest}"));
    }

    #[test]
    fn a_legacy_revision_is_none() {
        let hex = Algorithm::Sha1.digest(b"commit").hex();
        assert!(format!("main/{hex}").parse::<Revision>().is_err());
        assert!(hex.parse::<Revision>().is_err());
    }
}
