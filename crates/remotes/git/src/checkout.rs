//! A fetched commit: who made it, what it says, which tag led to it, and its files.

use std::{io, sync::Arc};

use gix_hash::ObjectId;
use gix_object::{CommitRef, FindExt as _, Kind, TagRef};

use crate::{store::Generation, tree::Tree};

/// Why a commit or tag could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The object database cannot be opened.
    #[error("cannot open the object database")]
    Database(#[source] io::Error),
    /// The object is missing or damaged.
    #[error("object {id}: {problem}")]
    Object {
        /// The object.
        id: ObjectId,
        /// What is wrong with it.
        problem: String,
    },
    /// The object is something else.
    #[error("object {id} is a {kind}, not a commit")]
    Kind {
        /// The object.
        id: ObjectId,
        /// What it is.
        kind: String,
    },
}

/// Who did something, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Seconds since the Unix epoch.
    pub seconds: i64,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Its files.
    pub tree: ObjectId,
    /// Who wrote it.
    pub author: Signature,
    /// Who committed it.
    pub committer: Signature,
    /// The whole message.
    pub message: String,
    /// The object as it is stored, signature included: what signatures are checked against.
    pub raw: Vec<u8>,
}

/// The tag that led to a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// The tag object and its raw content; none for a lightweight tag.
    pub object: Option<(ObjectId, Vec<u8>)>,
}

/// A commit at hand.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// The revision as it stands in the artifact (contract/source.md 7.2).
    pub revision: String,
    /// The commit.
    pub commit: Commit,
    /// The tag that led to it, if one did.
    pub tag: Option<Tag>,
    pub(crate) generation: Arc<Generation>,
}

impl Checkout {
    /// Opens the commit's files. Does file I/O.
    pub fn tree(&self) -> Result<Tree, CommitError> {
        let database = self.generation.database().map_err(CommitError::Database)?;
        Ok(Tree::new(database, self.commit.tree, Arc::clone(&self.generation)))
    }

    /// Throws the store away because it turned out to be damaged: the next checkout fetches everything again.
    pub fn discard_store(&self) {
        self.generation.retire();
    }
}

impl Commit {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// Reads the object that a reference stands for: a commit, or tags that lead to one.
pub(crate) fn read(
    database: &gix_odb::Handle,
    id: ObjectId,
    tag_name: Option<&str>,
) -> Result<(Commit, Option<Tag>), CommitError> {
    /// Tags of tags of tags are nobody's practice.
    const MAX_TAGS: usize = 16;
    let mut buffer = Vec::new();
    let mut current = id;
    let mut tag = tag_name.map(|name| Tag { name: name.to_owned(), object: None });
    for _ in 0..MAX_TAGS {
        let broken = |problem: String| CommitError::Object { id: current, problem };
        let object = database.find(&current, &mut buffer).map_err(|error| broken(error.to_string()))?;
        match object.kind {
            Kind::Commit => {
                let commit = CommitRef::from_bytes(object.data, gix_hash::Kind::Sha1);
                let commit = commit.map_err(|error| broken(error.to_string()))?;
                return Ok((decoded(current, &commit, object.data), tag));
            }
            Kind::Tag => {
                let target = TagRef::from_bytes(object.data, gix_hash::Kind::Sha1)
                    .map_err(|error| broken(error.to_string()))?
                    .target();
                if let Some(tag) = &mut tag
                    && tag.object.is_none()
                {
                    tag.object = Some((current, object.data.to_vec()));
                }
                current = target;
            }
            kind => return Err(CommitError::Kind { id: current, kind: kind.to_string() }),
        }
    }
    Err(CommitError::Kind { id, kind: "chain of tags".to_owned() })
}

fn decoded(id: ObjectId, commit: &CommitRef<'_>, raw: &[u8]) -> Commit {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let author = commit.author().ok().map(|by| (text(by.name), text(by.email), by.seconds()));
    let committer = commit.committer().ok().map(|by| (text(by.name), text(by.email), by.seconds()));
    Commit {
        id,
        tree: commit.tree(),
        author: author.map(Signature::from).unwrap_or_default(),
        committer: committer.map(Signature::from).unwrap_or_default(),
        message: text(commit.message),
        raw: raw.to_vec(),
    }
}

impl From<(String, String, i64)> for Signature {
    fn from((name, email, seconds): (String, String, i64)) -> Self {
        Self { name, email, seconds }
    }
}
