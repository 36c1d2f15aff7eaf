//! What a user asks for: a branch, a tag, a version range, a reference by name or a commit.

use std::{error, fmt, sync::Arc};

/// What to check out, with the precedence of `spec.ref` already applied (contract/source.md 7.2).
#[derive(Clone)]
pub enum Reference {
    /// The head of a branch.
    Branch(String),
    /// A tag.
    Tag(String),
    /// The tag that a rule chooses among all.
    Version(Arc<dyn VersionChoice>),
    /// A reference by its full name.
    Name(String),
    /// A commit, searched in the history of a branch, of a reference by name, or of all branches.
    Commit {
        /// The full id.
        commit: String,
        /// The branch whose history is searched.
        branch: Option<String>,
        /// The reference whose history is searched.
        name: Option<String>,
    },
    /// A commit by its full id, whatever leads to it: what another repository refers to.
    Exactly(String),
}

/// The branch that is fetched where nothing is said. The remote's own default has no say.
pub const DEFAULT_BRANCH: &str = "master";

/// Chooses a tag: the seam to the rules of version ranges.
pub trait VersionChoice: Send + Sync {
    /// The range as the user wrote it.
    fn range(&self) -> &str;

    /// The positions of the tags that are best, several only when they are versions of equal precedence. Fails when the
    /// range cannot be read; nothing matching is an empty answer.
    fn best(&self, tags: &[&str]) -> Result<Vec<usize>, Box<dyn error::Error + Send + Sync>>;
}

/// Why no tag was chosen.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// The range cannot be read.
    #[error("semver parse error")]
    Range(#[source] Box<dyn error::Error + Send + Sync>),
    /// No tag is inside the range.
    #[error("no match found for semver: {0}")]
    NoMatch(String),
}

impl Reference {
    /// Whether the reference alone names one entry of the remote's list, so that a failure to list means no more than
    /// that it is unknown whether anything changed.
    pub(crate) fn resolves_by_list(&self) -> bool {
        matches!(self, Self::Branch(_) | Self::Tag(_) | Self::Name(_))
    }

    /// The beginnings of the names that must be listed to resolve it.
    pub(crate) fn prefixes(&self) -> Vec<String> {
        match self {
            Self::Branch(branch) => vec![branch_name(branch)],
            Self::Tag(tag) => vec![tag_name(tag)],
            Self::Version(_) => vec!["refs/tags/".to_owned()],
            Self::Name(name) => vec![bare_name(name).to_owned()],
            Self::Commit { branch: Some(branch), .. } => vec![branch_name(branch)],
            Self::Commit { name: Some(name), .. } => {
                vec![bare_name(name).to_owned(), "refs/heads/".to_owned()]
            }
            Self::Commit { .. } | Self::Exactly(_) => vec!["refs/heads/".to_owned()],
        }
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(branch) => write!(f, "branch {branch}"),
            Self::Tag(tag) => write!(f, "tag {tag}"),
            Self::Version(choice) => write!(f, "version {}", choice.range()),
            Self::Name(name) => write!(f, "name {name}"),
            Self::Exactly(commit) => write!(f, "exactly commit {commit}"),
            Self::Commit { commit, branch, name } => write!(f, "commit {commit} of {branch:?} {name:?}"),
        }
    }
}

pub(crate) fn branch_name(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

pub(crate) fn tag_name(tag: &str) -> String {
    format!("refs/tags/{tag}")
}

/// The name without the sign that asks for the object behind a tag, which is what is always given.
pub(crate) fn bare_name(name: &str) -> &str {
    name.strip_suffix("^{}").unwrap_or(name)
}

/// A revision as it stands in the artifact.
pub(crate) fn revision(name: Option<&str>, id: gix_hash::ObjectId) -> String {
    match name {
        Some(name) => format!("{name}@sha1:{id}"),
        None => format!("sha1:{id}"),
    }
}
