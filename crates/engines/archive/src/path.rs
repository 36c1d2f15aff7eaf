//! Relative `/`-separated paths of archive entries, checked once and ordered the way a directory walk meets them.

use std::{cmp::Ordering, fmt};

/// Why a name cannot be the path of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the path is empty, absolute, has an empty, `.` or `..` component, or holds a NUL")]
pub struct InvalidPath;

/// A path below some root: never empty or absolute, without `.`, `..`, empty components or NULs.
///
/// The order is that of a depth-first walk which sorts the names within each directory by their bytes: a
/// directory, then everything in it, then its next sibling. It differs from the order of the whole texts, in
/// which `a.b` comes before `a/b`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EntryPath(Box<str>);

impl EntryPath {
    /// Checks `path`.
    pub fn new(path: impl Into<Box<str>>) -> Result<Self, InvalidPath> {
        let path = path.into();
        let bad = |component: &str| matches!(component, "" | "." | "..");
        if path.split('/').any(bad) || path.contains('\0') {
            return Err(InvalidPath);
        }
        Ok(Self(path))
    }

    /// The path of which a file system or an archive gave the bytes; what is no UTF-8 becomes U+FFFD.
    pub fn from_bytes(path: &[u8]) -> Result<Self, InvalidPath> {
        Self::new(String::from_utf8_lossy(path).into_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory that holds the entry, or nothing at the root.
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }

    /// Every directory above the entry, outermost first, without the root.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').filter_map(|(at, _)| self.0.get(..at))
    }
}

/// Compares two paths as a depth-first walk meets them; see [`EntryPath`].
pub fn walk_order(left: &str, right: &str) -> Ordering {
    // A slash ends a component, so it sorts below every other byte; the rest compares byte by byte.
    let rank = |byte: u8| if byte == b'/' { 0 } else { u16::from(byte) + 1 };
    left.bytes().map(rank).cmp(right.bytes().map(rank))
}

impl PartialOrd for EntryPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EntryPath {
    fn cmp(&self, other: &Self) -> Ordering {
        walk_order(&self.0, &other.0)
    }
}

impl AsRef<str> for EntryPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<&str> for EntryPath {
    type Error = InvalidPath;

    fn try_from(path: &str) -> Result<Self, InvalidPath> {
        Self::new(path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_relative_clean_paths_are_paths() {
        for path in ["", "/", "/a", "a/", "a//b", ".", "..", "a/..", "./a", "a/./b", "nul\0"] {
            assert_eq!(EntryPath::new(path), Err(InvalidPath), "{path:?}");
        }
        for path in ["a", "a/b", "...", "..a", ".a", "a b", "a\\b", "é"] {
            assert!(EntryPath::new(path).is_ok(), "{path:?}");
        }
        let deep = EntryPath::new("a/b/c").unwrap();
        assert_eq!((deep.parent(), deep.ancestors().collect::<Vec<_>>()), (Some("a/b"), vec!["a", "a/b"]));
        assert_eq!(EntryPath::new("a").unwrap().parent(), None);
    }

    proptest! {
        #[test]
        fn paths_sort_as_their_components_do(left in "[a-c.!]{1,3}(/[a-c.!]{1,3}){0,2}", right in "[a-c.!]{1,3}(/[a-c.!]{1,3}){0,2}") {
            prop_assert_eq!(walk_order(&left, &right), left.split('/').cmp(right.split('/')));
        }
    }
}
