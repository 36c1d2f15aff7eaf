//! What a build read of its artifact, so that another artifact with the same answers needs no build (pure).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ferroflux_archive::{Node, Snapshot};
use ferroflux_kustomize::{FileTree, Resolved, TreeError};
use ferroflux_objects::{Digest, digest_of_bytes};

/// Where the artifact stands in the paths that the engine sees and that messages show.
pub(crate) const ROOT: &str = "/artifact";

/// What stood at a path when the build asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Missing,
    Directory,
    /// A file that was only looked for.
    File,
    /// A file that was read.
    Content(Digest),
}

fn answer(snapshot: &Snapshot, path: &str, read: bool) -> Answer {
    if path.is_empty() {
        return Answer::Directory;
    }
    match snapshot.get(path) {
        None | Some(Node::Symlink { .. }) => Answer::Missing,
        Some(Node::Directory { .. }) => Answer::Directory,
        Some(Node::File { content, .. }) if read => Answer::Content(digest_of_bytes(content)),
        Some(Node::File { .. }) => Answer::File,
    }
}

/// Everything a build asked of its artifact, with the answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Inputs {
    answers: BTreeMap<String, Answer>,
    /// Directories whose whole content was listed, with a digest of the names.
    listings: BTreeMap<String, Digest>,
}

impl Inputs {
    /// Whether a build of another artifact would get the same answers, and so the same result.
    pub(crate) fn hold_in(&self, snapshot: &Snapshot) -> bool {
        let same = |(path, known): (&String, &Answer)| {
            answer(snapshot, path, matches!(known, Answer::Content(_))) == *known
        };
        self.answers.iter().all(same)
            && self.listings.iter().all(|(path, known)| listing(snapshot, path) == *known)
    }
}

fn listing(snapshot: &Snapshot, path: &str) -> Digest {
    let mut names = Vec::new();
    for (entry, node) in snapshot.below(path) {
        names.extend_from_slice(entry.as_str().as_bytes());
        names.push(u8::from(node.is_directory()));
    }
    digest_of_bytes(&names)
}

/// An artifact that notes what is asked of it. `changed` files take the place of the artifact's.
pub(crate) struct RecordedTree {
    snapshot: Snapshot,
    changed: BTreeMap<String, Arc<[u8]>>,
    inputs: Mutex<Inputs>,
}

impl RecordedTree {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self { snapshot, changed: BTreeMap::new(), inputs: Mutex::default() }
    }

    fn note(&self, path: &str, found: Answer) {
        let mut inputs = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        // That a file was read says more than that it was looked for.
        if !matches!(inputs.answers.get(path), Some(Answer::Content(_))) {
            inputs.answers.insert(path.to_owned(), found);
        }
    }

    /// Whether a directory stands at a path below the artifact's root; the root itself is one.
    pub(crate) fn is_directory(&self, path: &str) -> bool {
        let found = answer(&self.snapshot, path, false);
        self.note(path, found);
        found == Answer::Directory
    }

    /// The file at a path below the artifact's root.
    pub(crate) fn file(&self, path: &str) -> Option<&[u8]> {
        self.note(path, answer(&self.snapshot, path, true));
        self.snapshot.file(path)
    }

    /// Everything below a directory, in walk order.
    pub(crate) fn walk(&self, path: &str) -> Vec<(String, bool)> {
        let mut inputs = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        inputs.listings.insert(path.to_owned(), listing(&self.snapshot, path));
        self.snapshot
            .below(path)
            .filter(|(_, node)| !matches!(node, Node::Symlink { .. }))
            .map(|(entry, node)| (entry.as_str().to_owned(), node.is_directory()))
            .collect()
    }

    /// Puts a file in the place of the artifact's, or beside its files.
    pub(crate) fn change(&mut self, path: String, content: Vec<u8>) {
        self.changed.insert(path, content.into());
    }

    /// What was asked so far.
    pub(crate) fn inputs(&self) -> Inputs {
        self.inputs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The path below the artifact's root, cleaned; none when it leaves the root.
    fn inside(path: &str) -> Option<String> {
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                other => parts.push(other),
            }
        }
        let clean = parts.join("/");
        let root = ROOT.trim_start_matches('/');
        if clean == root {
            return Some(String::new());
        }
        clean.strip_prefix(root)?.strip_prefix('/').map(str::to_owned)
    }
}

impl FileTree for RecordedTree {
    fn resolve(&self, path: &str) -> Result<Resolved, TreeError> {
        let Some(inside) = Self::inside(path) else {
            // Nothing of the machine is visible, so nothing exists out there; the root's parents are directories.
            let parent = ROOT.starts_with(path.trim_end_matches('/'));
            return if parent {
                Ok(Resolved { path: path.to_owned(), is_directory: true })
            } else {
                Err(TreeError::NotFound { path: path.to_owned() })
            };
        };
        let full =
            |inside: &str| if inside.is_empty() { ROOT.to_owned() } else { format!("{ROOT}/{inside}") };
        if self.changed.contains_key(&inside) {
            return Ok(Resolved { path: full(&inside), is_directory: false });
        }
        let found = answer(&self.snapshot, &inside, false);
        self.note(&inside, found);
        match found {
            Answer::Directory => Ok(Resolved { path: full(&inside), is_directory: true }),
            Answer::File | Answer::Content(_) => Ok(Resolved { path: full(&inside), is_directory: false }),
            Answer::Missing => Err(self.missing(&inside, &full)),
        }
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, TreeError> {
        let inside = Self::inside(path).ok_or_else(|| TreeError::NotFound { path: path.to_owned() })?;
        if let Some(content) = self.changed.get(&inside) {
            return Ok(Arc::clone(content));
        }
        self.note(&inside, answer(&self.snapshot, &inside, true));
        match self.snapshot.file(&inside) {
            Some(content) => Ok(Arc::from(content)),
            None => Err(TreeError::NotFound { path: path.to_owned() }),
        }
    }
}

impl RecordedTree {
    /// Names the first part of a path that is missing, or the file that stands in its way.
    fn missing(&self, inside: &str, full: &impl Fn(&str) -> String) -> TreeError {
        let mut at = 0;
        while let Some(slash) = inside.get(at..).and_then(|rest| rest.find('/')) {
            let parent = inside.get(..at + slash).unwrap_or_default();
            let found = answer(&self.snapshot, parent, false);
            self.note(parent, found);
            match found {
                Answer::Directory => at += slash + 1,
                Answer::Missing => return TreeError::NotFound { path: full(parent) },
                Answer::File | Answer::Content(_) => return TreeError::NotADirectory { path: full(inside) },
            }
        }
        TreeError::NotFound { path: full(inside) }
    }
}
