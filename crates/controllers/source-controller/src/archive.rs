//! From Git trees and included archives to the entries of an archive: what the rules for ignoring files leave
//! (contract/source.md 5, 7.6, 7.7).

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use ferroflux_archive::{Content, Entry, EntryKind, EntryPath, Node, Snapshot, snapshot::SharedFile};
use ferroflux_git::{EntryKind as GitKind, ObjectId, Tree, TreeError};
use ferroflux_ignore::{FILE_NAME, Matcher};

/// A `.sourceignore` larger than this is cut; a million patterns help nobody.
const MAX_IGNORE_FILE: usize = 1 << 20;

/// Why the entries could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// A tree cannot be read.
    #[error("cannot read the tree")]
    Tree(#[from] TreeError),
    /// A path that is to be limited to does not exist.
    #[error("sparse checkout dir '{0}' does not exist in repository: no such file or directory")]
    Sparse(String),
    /// A path that no archive can hold.
    #[error("the path '{0}' cannot be archived")]
    Path(String),
}

/// Why something could not be included. The beginning is what a file system would say.
#[derive(Debug, thiserror::Error)]
pub enum IncludeError {
    /// There is nothing to include.
    #[error("cannot stat {0}: no such file or directory")]
    Missing(String),
    /// There is something already.
    #[error("rename to {0}: file exists")]
    Exists(String),
    /// A file stands where a directory should be made.
    #[error("mkdir {0}: not a directory")]
    NotADirectory(String),
}

/// Where the content of a file is.
#[derive(Clone, Debug)]
pub enum Source {
    /// In one of the trees.
    Tree {
        /// Which one.
        layer: usize,
        /// The file's object.
        id: ObjectId,
    },
    /// In an included archive.
    Included(SharedFile),
}

/// What an item of the future work tree is.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Whether it may be executed.
        executable: bool,
        /// Its content.
        source: Source,
    },
    /// A symbolic link, which no archive holds.
    Symlink,
    /// The commit of another repository, named by the tree `layer`.
    Submodule {
        /// Which tree names it.
        layer: usize,
        /// The commit.
        commit: ObjectId,
    },
}

/// Something in the future work tree.
#[derive(Clone, Debug)]
pub struct Item {
    /// Path from the root.
    pub path: String,
    /// What it is.
    pub kind: ItemKind,
}

/// Lists a tree that stands at `prefix` (empty, or ending with a slash). Does file I/O.
pub fn list(tree: &Tree, layer: usize, prefix: &str) -> Result<Vec<Item>, TreeError> {
    let items = tree.entries()?.into_iter().map(|entry| {
        let kind = match entry.kind {
            GitKind::Directory => ItemKind::Directory,
            GitKind::File { executable } => {
                ItemKind::File { executable, source: Source::Tree { layer, id: entry.id } }
            }
            GitKind::Symlink => ItemKind::Symlink,
            GitKind::Submodule => ItemKind::Submodule { layer, commit: entry.id },
        };
        Item { path: format!("{prefix}{}", entry.path), kind }
    });
    Ok(items.collect())
}

/// Directories to which a checkout is limited; without any it is not.
#[derive(Clone, Debug, Default)]
pub struct Sparse(Vec<String>);

impl Sparse {
    /// Reads what the user wrote.
    pub fn new(written: &[String]) -> Self {
        Self(written.iter().map(|path| normalised(path)).collect())
    }

    /// Says which of the directories does not exist.
    pub fn check(&self, items: &[Item]) -> Result<(), SelectError> {
        let existing: BTreeSet<&str> = items.iter().map(|item| item.path.as_str()).collect();
        let missing = self.0.iter().find(|path| !path.is_empty() && !existing.contains(path.as_str()));
        missing.map_or(Ok(()), |path| Err(SelectError::Sparse(path.clone())))
    }

    /// Keeps what lies below the directories, and the directories above them.
    pub fn limit(&self, items: &mut Vec<Item>) {
        if self.0.is_empty() {
            return;
        }
        items.retain(|item| {
            let above = matches!(item.kind, ItemKind::Directory | ItemKind::Submodule { .. });
            self.0.iter().any(|root| inside(&item.path, root) || above && inside(root, &item.path))
        });
    }
}

/// Whether a path is a directory or lies below it, by whole components.
fn inside(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path without the decorations that people write; `..` never leads out of the root.
pub fn normalised(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Puts what lies at `from` in an archive at `to`, as a move of directories would.
pub fn include(items: &mut Vec<Item>, archive: &Snapshot, from: &str, to: &str) -> Result<(), IncludeError> {
    let (from, to) = (normalised(from), normalised(to));
    let file = archive.shared_file(&from);
    if file.is_none() && !archive.is_directory(&from) {
        return Err(IncludeError::Missing(from));
    }
    let kinds: BTreeMap<&str, bool> = items
        .iter()
        .map(|item| {
            (item.path.as_str(), matches!(item.kind, ItemKind::Directory | ItemKind::Submodule { .. }))
        })
        .collect();
    let occupied = items.iter().any(|item| item.path != to && inside(&item.path, &to));
    match (kinds.get(to.as_str()), &file) {
        (Some(false), Some(_)) => {}
        (Some(true), None) | (None, _) if !occupied => {}
        _ => return Err(IncludeError::Exists(to)),
    }
    let mut made = Vec::new();
    for (at, _) in to.match_indices('/') {
        let parent = to.get(..at).unwrap_or_default();
        match kinds.get(parent) {
            Some(true) => {}
            Some(false) => return Err(IncludeError::NotADirectory(parent.to_owned())),
            None => made.push(Item { path: parent.to_owned(), kind: ItemKind::Directory }),
        }
    }
    items.retain(|item| item.path != to);
    items.extend(made);
    if let Some(file) = file {
        let executable = matches!(archive.get(&from), Some(Node::File { mode, .. }) if mode & 0o111 != 0);
        let kind = ItemKind::File { executable, source: Source::Included(file) };
        items.push(Item { path: to, kind });
        return Ok(());
    }
    if !to.is_empty() {
        items.push(Item { path: to.clone(), kind: ItemKind::Directory });
    }
    for (path, node) in archive.below(&from) {
        let below = path.as_str().get(from.len()..).unwrap_or_default().trim_start_matches('/');
        let path = if to.is_empty() { below.to_owned() } else { format!("{to}/{below}") };
        let kind = match (
            node,
            archive.shared_file(&if from.is_empty() { below.to_owned() } else { format!("{from}/{below}") }),
        ) {
            (Node::File { mode, .. }, Some(file)) => {
                ItemKind::File { executable: mode & 0o111 != 0, source: Source::Included(file) }
            }
            (Node::Directory { .. }, _) => ItemKind::Directory,
            _ => ItemKind::Symlink,
        };
        items.push(Item { path, kind });
    }
    Ok(())
}

/// What of the items is not ignored. Does file I/O.
pub fn select(
    items: Vec<Item>,
    layers: &[Tree],
    spec_ignore: Option<&str>,
) -> Result<Vec<Entry<Source>>, SelectError> {
    let mut files = Vec::new();
    for item in &items {
        let (directory, name) = item.path.rsplit_once('/').unwrap_or(("", &item.path));
        if let (FILE_NAME, ItemKind::File { source, .. }) = (name, &item.kind) {
            let mut content = bytes(layers, source)?;
            content.truncate(MAX_IGNORE_FILE);
            files.push((directory.to_owned(), content));
        }
    }
    let files = files.iter().map(|(directory, content)| (directory.as_str(), content.as_slice()));
    let matcher = Matcher::for_tree(files, spec_ignore);
    let mut selected = Vec::with_capacity(items.len());
    for item in items {
        let kind = match item.kind {
            // What a submodule's place in a checkout is when submodules are not fetched: an empty directory.
            ItemKind::Directory | ItemKind::Submodule { .. } => EntryKind::Directory,
            ItemKind::File { executable, source } => EntryKind::File { executable, content: source },
            ItemKind::Symlink => continue,
        };
        if matcher.excludes(&item.path, matches!(kind, EntryKind::Directory)) {
            continue;
        }
        let path = EntryPath::new(item.path.clone()).map_err(|_| SelectError::Path(item.path))?;
        selected.push(Entry { path, kind });
    }
    Ok(selected)
}

fn bytes(layers: &[Tree], source: &Source) -> Result<Vec<u8>, TreeError> {
    match source {
        Source::Included(file) => Ok(file.to_vec()),
        Source::Tree { layer, id } => {
            let Some(tree) = layers.get(*layer) else { return Ok(Vec::new()) };
            let mut content = Vec::new();
            let length = tree.read(*id, &mut content)?.len();
            content.truncate(length);
            Ok(content)
        }
    }
}

/// The content of a file, for the archive. Does file I/O.
pub fn content(layers: &[Tree], source: &Source) -> io::Result<Content<'static>> {
    match source {
        Source::Included(file) => Ok(file.to_content()),
        Source::Tree { .. } => bytes(layers, source).map(Content::Owned).map_err(io::Error::other),
    }
}

#[cfg(test)]
mod tests;
