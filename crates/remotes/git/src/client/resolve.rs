//! From a reference and the remote's list to what must be fetched. No I/O.

use gix_hash::ObjectId;

use crate::{
    Error, Reference, RemoteError, VersionError,
    reference::{bare_name, branch_name, revision, tag_name},
    session::RemoteReference,
};

/// What a reference leads to, as far as the list tells.
#[derive(Debug)]
pub(super) enum Resolution {
    /// Nothing of that name; the error counts unless the whole repository is empty.
    Missing(Error),
    /// This.
    One(Target),
    /// One of these, by the times of their commits.
    Several(Vec<Target>),
    /// A commit, if one of the roots leads to it.
    Commit { target: Target, roots: Vec<ObjectId> },
    /// A commit, whatever leads to it; the roots help with servers that give only what they list.
    Exactly { target: Target, roots: Vec<ObjectId> },
}

/// An object to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// A commit or a tag object.
    pub(super) object: ObjectId,
    /// How the revision names it.
    pub(super) name: Option<String>,
    /// The tag that it is, if it is one.
    pub(super) tag: Option<String>,
    /// The revision, as far as the list tells.
    pub(super) revision: String,
}

impl Target {
    fn new(name: Option<&str>, tag: Option<&str>, reference: &RemoteReference) -> Self {
        Self {
            object: reference.id,
            name: name.map(str::to_owned),
            tag: tag.map(str::to_owned),
            revision: revision(name, reference.commit()),
        }
    }

    /// The revision once the commit is known; a list need not say what is behind a tag.
    pub(super) fn revision_of(&self, commit: ObjectId) -> String {
        revision(self.name.as_deref(), commit)
    }
}

impl Resolution {
    /// The revision, if there is only one that it can be.
    pub(super) fn revision(&self) -> Option<&str> {
        match self {
            Self::One(target) | Self::Commit { target, .. } | Self::Exactly { target, .. } => {
                Some(&target.revision)
            }
            Self::Missing(_) | Self::Several(_) => None,
        }
    }
}

/// Refuses references that no list has to be asked for.
pub(super) fn check(reference: &Reference) -> Result<(), Error> {
    match reference {
        Reference::Name(name) if name.starts_with('/') || name.ends_with('/') => {
            Err(Error::InvalidReference(name.clone()))
        }
        Reference::Commit { commit, .. } | Reference::Exactly(commit)
            if ObjectId::from_hex(commit.as_bytes()).is_err() =>
        {
            Err(Error::CommitNotFound(commit.clone()))
        }
        _ => Ok(()),
    }
}

pub(super) fn resolve(
    reference: &Reference,
    references: &[RemoteReference],
    url: &str,
) -> Result<Resolution, Error> {
    let find = |name: &str| references.iter().find(|reference| reference.name == name);
    let missing = |name: String| {
        let source = Box::new(RemoteError::MissingReference(name));
        Resolution::Missing(Error::Clone { url: url.to_owned(), source })
    };
    Ok(match reference {
        Reference::Branch(branch) => match find(&branch_name(branch)) {
            Some(found) => Resolution::One(Target::new(Some(branch), None, found)),
            None => missing(branch_name(branch)),
        },
        Reference::Tag(tag) => match find(&tag_name(tag)) {
            Some(found) => Resolution::One(Target::new(Some(tag), Some(tag), found)),
            None => missing(tag_name(tag)),
        },
        Reference::Name(name) => match find(bare_name(name)) {
            Some(found) => {
                let tag = bare_name(name).strip_prefix("refs/tags/");
                Resolution::One(Target::new(Some(name), tag, found))
            }
            None if name.starts_with("refs/heads/") || name.starts_with("refs/tags/") => {
                missing(bare_name(name).to_owned())
            }
            None => Resolution::Missing(Error::UnresolvedReference(name.clone())),
        },
        Reference::Version(choice) => {
            let tags: Vec<_> = references
                .iter()
                .filter_map(|reference| Some((reference.name.strip_prefix("refs/tags/")?, reference)))
                .collect();
            let names: Vec<&str> = tags.iter().map(|(name, _)| *name).collect();
            let best = choice.best(&names).map_err(VersionError::Range)?;
            let mut targets: Vec<Target> = best
                .into_iter()
                .filter_map(|position| tags.get(position))
                .map(|(name, reference)| Target::new(Some(name), Some(name), reference))
                .collect();
            match targets.len() {
                0 => Resolution::Missing(VersionError::NoMatch(choice.range().to_owned()).into()),
                1 => targets.pop().map_or_else(
                    || Resolution::Missing(VersionError::NoMatch(choice.range().to_owned()).into()),
                    Resolution::One,
                ),
                _ => Resolution::Several(targets),
            }
        }
        Reference::Exactly(commit) => {
            let object =
                ObjectId::from_hex(commit.as_bytes()).map_err(|_| Error::CommitNotFound(commit.clone()))?;
            let target = Target { object, name: None, tag: None, revision: revision(None, object) };
            Resolution::Exactly { target, roots: references.iter().map(RemoteReference::commit).collect() }
        }
        Reference::Commit { commit, branch, name } => {
            let object =
                ObjectId::from_hex(commit.as_bytes()).map_err(|_| Error::CommitNotFound(commit.clone()))?;
            let shown = name.as_deref().or(branch.as_deref());
            let target = Target {
                object,
                name: shown.map(str::to_owned),
                tag: None,
                revision: revision(shown, object),
            };
            let named = name.as_deref().and_then(|name| find(bare_name(name)));
            let roots: Vec<ObjectId> = match (named, branch) {
                (Some(reference), _) => vec![reference.commit()],
                (None, Some(branch)) => match find(&branch_name(branch)) {
                    Some(reference) => vec![reference.commit()],
                    None => return Ok(missing(branch_name(branch))),
                },
                (None, None) => references
                    .iter()
                    .filter(|reference| reference.name.starts_with("refs/heads/"))
                    .map(RemoteReference::commit)
                    .collect(),
            };
            if roots.is_empty() {
                Resolution::Missing(Error::CommitNotFound(commit.clone()))
            } else {
                Resolution::Commit { target, roots }
            }
        }
    })
}

/// Whether an observed revision, possibly written by an early version of Flux as `main/<hex>`, is this one.
pub(super) fn same_revision(observed: &str, revision: &str) -> bool {
    if observed == revision {
        return true;
    }
    let legacy = observed.rsplit_once('/').filter(|(_, id)| ObjectId::from_hex(id.as_bytes()).is_ok());
    legacy.is_some_and(|(name, id)| revision == format!("{name}@sha1:{id}"))
}

#[cfg(test)]
mod tests;
