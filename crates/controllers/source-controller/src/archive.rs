//! From a Git tree to the entries of an archive: what the rules for ignoring files leave (contract/source.md 5, 7.6).

use std::collections::BTreeSet;

use ferroflux_archive::{Entry, EntryKind, EntryPath};
use ferroflux_git::{EntryKind as GitKind, ObjectId, Tree, TreeEntry, TreeError};
use ferroflux_ignore::{FILE_NAME, Matcher};

/// A `.sourceignore` larger than this is cut; a million patterns help nobody.
const MAX_IGNORE_FILE: usize = 1 << 20;

/// Why the entries could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// The tree cannot be read.
    #[error("cannot read the tree")]
    Tree(#[from] TreeError),
    /// A path that is to be limited to does not exist.
    #[error("sparse checkout dir '{0}' does not exist in repository: no such file or directory")]
    Sparse(String),
    /// A path that no archive can hold.
    #[error("the path '{0}' cannot be archived")]
    Path(String),
}

/// What of a tree goes into the archive.
#[derive(Debug)]
pub struct Selection {
    /// Directories and files, in any order.
    pub entries: Vec<Entry<ObjectId>>,
}

/// Selects the entries of a tree: those below the sparse directories, if there are any, and of these what is not
/// ignored. Does file I/O.
pub fn select(tree: &Tree, sparse: &[String], spec_ignore: Option<&str>) -> Result<Selection, SelectError> {
    let entries = limit(tree.entries()?, sparse)?;
    let mut buffer = Vec::new();
    let mut files = Vec::new();
    for entry in &entries {
        let (directory, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        if name == FILE_NAME && matches!(entry.kind, GitKind::File { .. }) {
            let content = tree.read(entry.id, &mut buffer)?;
            let content = content.get(..MAX_IGNORE_FILE).unwrap_or(content);
            files.push((directory.to_owned(), content.to_vec()));
        }
    }
    let files = files.iter().map(|(directory, content)| (directory.as_str(), content.as_slice()));
    let matcher = Matcher::for_tree(files, spec_ignore);
    let mut selected = Vec::with_capacity(entries.len());
    for entry in entries {
        let kind = match entry.kind {
            // What a submodule's place in a checkout is when submodules are not fetched: an empty directory.
            GitKind::Directory | GitKind::Submodule => EntryKind::Directory,
            GitKind::File { executable } => EntryKind::File { executable, content: entry.id },
            GitKind::Symlink => continue,
        };
        if matcher.excludes(&entry.path, kind == EntryKind::Directory) {
            continue;
        }
        let path = EntryPath::new(entry.path.clone()).map_err(|_| SelectError::Path(entry.path))?;
        selected.push(Entry { path, kind });
    }
    Ok(Selection { entries: selected })
}

/// Keeps what lies below the sparse directories, and the directories above them.
fn limit(entries: Vec<TreeEntry>, sparse: &[String]) -> Result<Vec<TreeEntry>, SelectError> {
    if sparse.is_empty() {
        return Ok(entries);
    }
    let wanted: Vec<String> = sparse.iter().map(|path| normalised(path)).collect();
    let existing: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    for (path, written) in wanted.iter().zip(sparse) {
        if !path.is_empty() && !existing.contains(path.as_str()) {
            return Err(SelectError::Sparse(written.strip_prefix("./").unwrap_or(written).to_owned()));
        }
    }
    let inside = |path: &str, root: &str| {
        root.is_empty()
            || path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let keeps = |entry: &TreeEntry| {
        let above = entry.kind == GitKind::Directory;
        wanted.iter().any(|root| inside(&entry.path, root) || above && inside(root, &entry.path))
    };
    Ok(entries.into_iter().filter(keeps).collect())
}

/// A sparse directory without the decorations that people write: one leading `./`, slashes at either end.
fn normalised(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
