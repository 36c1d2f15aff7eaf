//! Where files come from: a tree that the caller supplies.
//!
//! Paths are absolute and separated by `/`. The engine never opens a path that it has not resolved, so a caller
//! that resolves symlinks truthfully gets confinement: what lies outside is refused before it is read.

use std::{collections::BTreeMap, sync::Arc};

/// What a path leads to after all symlinks are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The path without symlinks, `.` and `..`.
    pub path: String,
    /// Whether it is a directory.
    pub is_directory: bool,
}

/// Why a path cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Nothing stands at `path`, which may be a directory on the way to what was asked for.
    #[error("lstat {path}: no such file or directory")]
    NotFound {
        /// The first part that is missing.
        path: String,
    },
    /// A file stands where a directory is needed.
    #[error("not a directory")]
    NotADirectory {
        /// The path that goes through the file.
        path: String,
    },
    /// Symlinks lead in a circle.
    #[error("EvalSymlinks: too many links")]
    TooManyLinks,
    /// The file is larger than the caller allows.
    #[error("read {path}: larger than {limit} bytes")]
    TooLarge {
        /// The file.
        path: String,
        /// The ceiling in bytes.
        limit: u64,
    },
    /// The path is refused by the tree itself.
    #[error("{0}")]
    Refused(String),
    /// Reading failed for another reason, in the system's words.
    #[error("{0}")]
    Other(String),
}

/// A tree of files. Reading the same path twice within a build must give the same answer.
pub trait FileTree {
    /// Follows symlinks in an absolute path.
    fn resolve(&self, path: &str) -> Result<Resolved, TreeError>;

    /// The content of a file at a path that [`FileTree::resolve`] returned.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, TreeError>;
}

/// A tree in memory: what an unpacked archive is in a controller, and what tests use.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    nodes: BTreeMap<String, MemoryNode>,
}

#[derive(Debug, Clone)]
enum MemoryNode {
    Directory,
    File(Arc<[u8]>),
    Link(String),
}

/// How many symlinks one path may go through, as in Go.
const MAX_LINKS: usize = 255;

impl MemoryTree {
    /// An empty tree with only `/`.
    pub fn new() -> Self {
        let mut nodes = BTreeMap::new();
        nodes.insert("/".to_owned(), MemoryNode::Directory);
        Self { nodes }
    }

    /// Adds a file at an absolute path, and the directories above it.
    pub fn add_file(&mut self, path: &str, content: impl Into<Arc<[u8]>>) {
        self.add(path, MemoryNode::File(content.into()));
    }

    /// Adds an empty directory at an absolute path.
    pub fn add_directory(&mut self, path: &str) {
        self.add(path, MemoryNode::Directory);
    }

    /// Adds a symlink; `target` is absolute or relative to the link's directory and need not exist.
    pub fn add_link(&mut self, path: &str, target: &str) {
        self.add(path, MemoryNode::Link(target.to_owned()));
    }

    fn add(&mut self, path: &str, node: MemoryNode) {
        let path = clean(path);
        let mut parent = parent_of(&path);
        while !self.nodes.contains_key(parent) {
            self.nodes.insert(parent.to_owned(), MemoryNode::Directory);
            parent = parent_of(parent);
        }
        self.nodes.insert(path, node);
    }
}

impl FileTree for MemoryTree {
    fn resolve(&self, path: &str) -> Result<Resolved, TreeError> {
        let mut links = 0;
        let mut pending: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut current = String::new();
        while let Some(part) = pending.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    current.truncate(current.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            if !current.is_empty() && !matches!(self.nodes.get(&current), Some(MemoryNode::Directory)) {
                return Err(TreeError::NotADirectory { path: format!("{current}/{part}") });
            }
            let next = format!("{current}/{part}");
            match self.nodes.get(&next) {
                None => return Err(TreeError::NotFound { path: next }),
                Some(MemoryNode::Link(target)) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(TreeError::TooManyLinks);
                    }
                    if target.starts_with('/') {
                        current.clear();
                    }
                    pending.extend(target.split('/').rev().map(str::to_owned));
                }
                Some(_) => current = next,
            }
        }
        if current.is_empty() {
            return Ok(Resolved { path: "/".into(), is_directory: true });
        }
        let is_directory = matches!(self.nodes.get(&current), Some(MemoryNode::Directory));
        Ok(Resolved { path: current, is_directory })
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, TreeError> {
        match self.nodes.get(path) {
            Some(MemoryNode::File(content)) => Ok(Arc::clone(content)),
            Some(_) => Err(TreeError::Other(format!("read {path}: is a directory"))),
            None => Err(TreeError::NotFound { path: path.to_owned() }),
        }
    }
}

/// Removes `.`, `..` and double slashes without looking at the tree, as Go's `filepath.Clean` does.
pub(crate) fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if absolute => {}
                _ => parts.push(".."),
            },
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

/// Joins and cleans, as Go's `filepath.Join` does; empty parts are left out.
pub(crate) fn join(base: &str, path: &str) -> String {
    match (base.is_empty(), path.is_empty()) {
        (true, true) => String::new(),
        (true, false) => clean(path),
        (false, true) => clean(base),
        (false, false) => clean(&format!("{base}/{path}")),
    }
}

/// Whether `path` is `root` or below it.
pub(crate) fn is_below(path: &str, root: &str) -> bool {
    root == "/" || path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The last part of a path.
pub(crate) fn base_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { "." } else { "/" };
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

/// The directory of an absolute, clean path.
pub(crate) fn parent_of(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(index) => path.get(..index).unwrap_or("/"),
    }
}
