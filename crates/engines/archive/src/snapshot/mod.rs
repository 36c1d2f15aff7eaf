//! An unpacked archive in memory: read-only, complete, and shared by all who need it.

use std::{collections::HashMap, fmt, io, ops::Range, sync::Arc};

use crate::{
    path::{EntryPath, walk_order},
    unpack::{self, Sink},
    write::{Content, Entry, EntryKind},
};

/// Mode of a directory that no entry describes.
const IMPLIED_DIRECTORY_MODE: u32 = 0o750;

/// What stands at a path of a [`Snapshot`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node<'a> {
    /// A directory.
    Directory {
        /// Permission bits.
        mode: u32,
    },
    /// A regular file.
    File {
        /// Permission bits.
        mode: u32,
        /// Its content.
        content: &'a [u8],
    },
    /// A symbolic link; only where the unpacking was told to keep them. Nothing here follows it.
    Symlink {
        /// Where it points, unchecked.
        target: &'a str,
    },
}

impl<'a> Node<'a> {
    /// The content, if it is a file.
    pub fn content(self) -> Option<&'a [u8]> {
        match self {
            Self::File { content, .. } => Some(content),
            Self::Directory { .. } | Self::Symlink { .. } => None,
        }
    }

    /// Whether it is a directory.
    pub fn is_directory(self) -> bool {
        matches!(self, Self::Directory { .. })
    }
}

/// A tree of files. Clones share it; every directory above an entry is an entry as well; the root is not.
#[derive(Clone, Default)]
pub struct Snapshot(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// The contents of all files, one behind the other, in one allocation.
    content: Box<[u8]>,
    /// In walk order.
    entries: Vec<(EntryPath, Stored)>,
}

#[derive(Debug, Clone)]
enum Stored {
    Directory { mode: u32 },
    File { mode: u32, range: Range<usize> },
    Symlink { target: Box<str> },
}

impl Inner {
    fn node<'a>(&'a self, stored: &'a Stored) -> Node<'a> {
        match stored {
            Stored::Directory { mode } => Node::Directory { mode: *mode },
            Stored::File { mode, range } => {
                Node::File { mode: *mode, content: self.content.get(range.clone()).unwrap_or_default() }
            }
            Stored::Symlink { target } => Node::Symlink { target },
        }
    }

    fn find(&self, path: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(entry, _)| walk_order(entry.as_str(), path))
    }
}

impl Snapshot {
    /// What stands at `path`, which is relative, `/`-separated and clean; links are not followed.
    pub fn get(&self, path: &str) -> Option<Node<'_>> {
        let (_, stored) = self.0.entries.get(self.0.find(path).ok()?)?;
        Some(self.0.node(stored))
    }

    /// The content of the regular file at `path`.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.get(path)?.content()
    }

    /// The content of the regular file at `path`, kept alive by itself.
    pub fn shared_file(&self, path: &str) -> Option<SharedFile> {
        match self.0.entries.get(self.0.find(path).ok()?)? {
            (_, Stored::File { range, .. }) => {
                Some(SharedFile { snapshot: self.clone(), range: range.clone() })
            }
            _ => None,
        }
    }

    /// Whether `path` is a directory; the empty path is the root.
    pub fn is_directory(&self, path: &str) -> bool {
        path.is_empty() || self.get(path).is_some_and(Node::is_directory)
    }

    /// All entries in walk order.
    pub fn entries(&self) -> impl Iterator<Item = (&EntryPath, Node<'_>)> {
        self.0.entries.iter().map(|(path, stored)| (path, self.0.node(stored)))
    }

    /// Everything below the directory `path` in walk order, with whole paths; the empty path is the root.
    pub fn below<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a EntryPath, Node<'a>)> + use<'a> {
        let entries = match path {
            "" => self.0.entries.as_slice(),
            path => {
                let start = self.0.find(path).map_or(self.0.entries.len(), |at| at + 1);
                let rest = self.0.entries.get(start..).unwrap_or_default();
                let inside = |entry: &EntryPath| {
                    entry.as_str().strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
                };
                rest.get(..rest.partition_point(|(entry, _)| inside(entry))).unwrap_or_default()
            }
        };
        entries.iter().map(|(path, stored)| (path, self.0.node(stored)))
    }

    /// The names in the directory `path` in byte order; the empty path is the root.
    pub fn children<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, Node<'a>)> + use<'a> {
        let skip = if path.is_empty() { 0 } else { path.len() + 1 };
        self.below(path).filter_map(move |(entry, node)| {
            let name = entry.as_str().get(skip..)?;
            (!name.contains('/')).then_some((name, node))
        })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// Bytes of memory that this tree holds, for caches with a limit.
    pub fn memory(&self) -> usize {
        let paths: usize = self.0.entries.iter().map(|(path, _)| path.as_str().len()).sum();
        let records = self.0.entries.capacity() * size_of::<(EntryPath, Stored)>();
        self.0.content.len() + paths + records + size_of::<Inner>()
    }

    /// The files and directories for which `keep` is true, ready for [`crate::write_archive`]; links are left out.
    ///
    /// `keep` is asked for each entry by itself, with whether it is a directory: an excluded directory does not
    /// exclude what is in it (contract/source.md 4.2).
    pub fn archive_entries(&self, mut keep: impl FnMut(&EntryPath, bool) -> bool) -> Vec<Entry<SharedFile>> {
        self.0
            .entries
            .iter()
            .filter_map(|(path, stored)| {
                let kind = match stored {
                    Stored::Directory { .. } => EntryKind::Directory,
                    Stored::File { mode, range } => EntryKind::File {
                        executable: mode & 0o111 != 0,
                        content: SharedFile { snapshot: self.clone(), range: range.clone() },
                    },
                    Stored::Symlink { .. } => return None,
                };
                let directory = matches!(kind, EntryKind::Directory);
                keep(path, directory).then(|| Entry { path: path.clone(), kind })
            })
            .collect()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("entries", &self.len())
            .field("bytes", &self.0.content.len())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.entries().eq(other.entries())
    }
}

impl Eq for Snapshot {}

/// The content of one file; it keeps its whole [`Snapshot`] alive.
#[derive(Clone)]
pub struct SharedFile {
    snapshot: Snapshot,
    range: Range<usize>,
}

impl SharedFile {
    /// The content, as [`crate::write_archive`] wants it.
    pub fn to_content<'a>(&self) -> Content<'a> {
        let reader = Box::new(io::Cursor::new(self.clone()));
        Content::Reader { size: self.range.len() as u64, reader }
    }
}

impl AsRef<[u8]> for SharedFile {
    fn as_ref(&self) -> &[u8] {
        self.snapshot.0.content.get(self.range.clone()).unwrap_or_default()
    }
}

impl std::ops::Deref for SharedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_ref()
    }
}

impl fmt::Debug for SharedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedFile({} bytes)", self.range.len())
    }
}

/// Why an entry does not fit into the tree that is there already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// Something that is no directory stands where a directory is needed.
    #[error("mkdir {0}: not a directory")]
    NotADirectory(String),
    /// A directory stands where a file is to be written.
    #[error("open {0}: is a directory")]
    IsADirectory(String),
}

/// Collects entries for a [`Snapshot`]. A later file replaces an earlier one of the same path.
#[derive(Debug, Default)]
pub struct Builder {
    content: Vec<u8>,
    entries: HashMap<Box<str>, Stored>,
}

impl Builder {
    /// Adds a directory, or sets the mode of one that is there.
    pub fn directory(&mut self, path: &EntryPath, mode: u32) -> Result<(), InsertError> {
        self.parents(path)?;
        match self.entries.get_mut(path.as_str()) {
            None => {
                self.entries.insert(path.as_str().into(), Stored::Directory { mode });
                Ok(())
            }
            Some(Stored::Directory { mode: known }) => {
                *known = mode;
                Ok(())
            }
            Some(_) => Err(InsertError::NotADirectory(path.to_string())),
        }
    }

    /// Adds a file.
    pub fn file(&mut self, path: &EntryPath, mode: u32, content: &[u8]) -> Result<(), InsertError> {
        self.place(path)?;
        let start = self.content.len();
        self.content.extend_from_slice(content);
        self.store(path, mode, start);
        Ok(())
    }

    /// Adds a symbolic link.
    pub fn symlink(&mut self, path: &EntryPath, target: &str) -> Result<(), InsertError> {
        self.place(path)?;
        self.entries.insert(path.as_str().into(), Stored::Symlink { target: target.into() });
        Ok(())
    }

    /// The finished tree.
    pub fn build(self) -> Snapshot {
        let mut entries: Vec<_> = self
            .entries
            .into_iter()
            .filter_map(|(path, stored)| Some((EntryPath::new(path).ok()?, stored)))
            .collect();
        entries.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        entries.shrink_to_fit();
        Snapshot(Arc::new(Inner { content: self.content.into_boxed_slice(), entries }))
    }

    /// Makes the directories above `path`; whatever else stands there is in the way.
    fn parents(&mut self, path: &EntryPath) -> Result<(), InsertError> {
        // The nearest one is there nearly always, and then so are those above it.
        if let Some(Stored::Directory { .. }) = path.parent().and_then(|parent| self.entries.get(parent)) {
            return Ok(());
        }
        for ancestor in path.ancestors() {
            match self.entries.get(ancestor) {
                Some(Stored::Directory { .. }) => {}
                Some(_) => return Err(InsertError::NotADirectory(ancestor.to_owned())),
                None => {
                    let implied = Stored::Directory { mode: IMPLIED_DIRECTORY_MODE };
                    self.entries.insert(ancestor.into(), implied);
                }
            }
        }
        Ok(())
    }

    fn place(&mut self, path: &EntryPath) -> Result<(), InsertError> {
        self.parents(path)?;
        match self.entries.get(path.as_str()) {
            Some(Stored::Directory { .. }) => Err(InsertError::IsADirectory(path.to_string())),
            _ => Ok(()),
        }
    }

    fn store(&mut self, path: &EntryPath, mode: u32, start: usize) {
        let range = start..self.content.len();
        self.entries.insert(path.as_str().into(), Stored::File { mode, range });
    }
}

impl Sink for Builder {
    fn directory(&mut self, path: &EntryPath, mode: u32) -> Result<(), unpack::SinkError> {
        Ok(self.directory(path, mode)?)
    }

    fn file(&mut self, file: unpack::File<'_>) -> Result<(), unpack::SinkError> {
        self.place(file.path)?;
        let start = self.content.len();
        // Grows with what really comes, not with what the header promises.
        let read = io::Read::read_to_end(file.content, &mut self.content);
        if let Err(source) = read {
            self.content.truncate(start);
            return Err(unpack::SinkError::Content(source));
        }
        self.store(file.path, file.mode, start);
        Ok(())
    }

    fn symlink(&mut self, path: &EntryPath, target: &str) -> Result<(), unpack::SinkError> {
        Ok(self.symlink(path, target)?)
    }
}

#[cfg(test)]
mod tests;
