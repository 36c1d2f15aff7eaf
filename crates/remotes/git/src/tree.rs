//! A commit's files, read from the object database.

use std::sync::Arc;

use gix_hash::ObjectId;
use gix_object::{FindExt as _, tree::EntryKind as Kind};

use crate::store::Generation;

/// More entries than this are refused; they would need about a gigabyte of memory.
const MAX_ENTRIES: usize = 4_000_000;

/// Directories inside each other; a path of a Linux file system cannot hold more.
const MAX_DEPTH: usize = 2_048;

/// Why a tree could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// An object is missing or damaged: the store is not what it should be.
    #[error("cannot read object {id}: {problem}")]
    Object {
        /// The object.
        id: ObjectId,
        /// What is wrong with it.
        problem: String,
    },
    /// A name that no file can have, or that would lead out of the tree.
    #[error("the tree holds an entry with the invalid name `{0}`")]
    Name(String),
    /// Too much of it.
    #[error("the tree holds too many or too deep directories")]
    TooLarge,
}

/// The files of one commit. For use on a thread that may block.
pub struct Tree {
    database: gix_odb::Handle,
    root: ObjectId,
    /// Keeps the objects on disk while they are read.
    _generation: Arc<Generation>,
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Path from the root, separated by `/`. What is no UTF-8 has become U+FFFD.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its object.
    pub id: ObjectId,
}

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory; all that is in it are entries of their own.
    Directory,
    /// A regular file.
    File {
        /// Whether it may be executed.
        executable: bool,
    },
    /// A symbolic link; its content is its target.
    Symlink,
    /// The commit of another repository.
    Submodule,
}

impl Tree {
    pub(crate) fn new(database: gix_odb::Handle, root: ObjectId, generation: Arc<Generation>) -> Self {
        Self { database, root, _generation: generation }
    }

    /// The root's object.
    pub fn id(&self) -> ObjectId {
        self.root
    }

    /// Every entry but the root itself, directories before what is in them.
    pub fn entries(&self) -> Result<Vec<TreeEntry>, TreeError> {
        self.entries_where(|_| true)
    }

    /// Every entry but those in directories that `enter` refuses; the refused directories themselves are listed.
    pub fn entries_where(&self, mut enter: impl FnMut(&str) -> bool) -> Result<Vec<TreeEntry>, TreeError> {
        let mut entries = Vec::new();
        let mut buffer = Vec::new();
        let mut pending = vec![(String::new(), self.root, 0)];
        while let Some((prefix, id, depth)) = pending.pop() {
            if depth > MAX_DEPTH {
                return Err(TreeError::TooLarge);
            }
            let broken = |problem: String| TreeError::Object { id, problem };
            let tree = self.database.find_tree_iter(&id, &mut buffer);
            for entry in tree.map_err(|error| broken(error.to_string()))? {
                let entry = entry.map_err(|error| broken(error.to_string()))?;
                let name = String::from_utf8_lossy(entry.filename);
                if matches!(&*name, "" | "." | "..") || name.contains(['/', '\0']) {
                    return Err(TreeError::Name(format!("{prefix}{name}")));
                }
                let path = format!("{prefix}{name}");
                let kind = match entry.mode.kind() {
                    Kind::Tree => {
                        if enter(&path) {
                            pending.push((format!("{path}/"), entry.oid.to_owned(), depth + 1));
                        }
                        EntryKind::Directory
                    }
                    Kind::Blob => EntryKind::File { executable: false },
                    Kind::BlobExecutable => EntryKind::File { executable: true },
                    Kind::Link => EntryKind::Symlink,
                    Kind::Commit => EntryKind::Submodule,
                };
                entries.push(TreeEntry { path, kind, id: entry.oid.to_owned() });
                if entries.len() > MAX_ENTRIES {
                    return Err(TreeError::TooLarge);
                }
            }
        }
        Ok(entries)
    }

    /// The content of a file or the target of a symbolic link. The buffer is used again and again.
    pub fn read<'a>(&self, id: ObjectId, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], TreeError> {
        let blob = self.database.find_blob(&id, buffer);
        blob.map(|blob| blob.data).map_err(|error| TreeError::Object { id, problem: error.to_string() })
    }
}
