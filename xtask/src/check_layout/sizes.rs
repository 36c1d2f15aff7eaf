//! How long source files are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::workspace;

/// Lines from which a file is worth splitting.
const LONG: usize = 500;
/// Lines from which a file must be split.
const TOO_LONG: usize = 800;
/// Files that are data rather than code, with the reason.
const TABLES: [(&str, &str); 2] = [
    ("crates/engines/kustomize/src/schema/table.rs", "merge keys of the Kubernetes types, one a line"),
    ("crates/compat/yaml/tests/support/corpus.rs", "questions to the reference programs, one a line"),
];

/// The long files of the workspace.
pub(super) struct Sizes {
    pub(super) files: usize,
    pub(super) warnings: Vec<String>,
    pub(super) errors: Vec<String>,
}

/// Measures every Rust file.
pub(super) fn read() -> anyhow::Result<Sizes> {
    let mut paths = Vec::new();
    for directory in ["crates", "e2e", "xtask"] {
        collect(&workspace::root().join(directory), &mut paths)?;
    }
    paths.sort();
    let mut sizes = Sizes { files: paths.len(), warnings: Vec::new(), errors: Vec::new() };
    for path in paths {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let lines = text.lines().count();
        let shown = workspace::relative(&path).display().to_string();
        if TABLES.iter().any(|(table, _)| *table == shown) {
            continue;
        }
        if lines > TOO_LONG {
            sizes.errors.push(format!("{shown} has {lines} lines, more than {TOO_LONG}"));
        } else if lines > LONG {
            sizes.warnings.push(format!("{shown} has {lines} lines, more than {LONG}"));
        }
    }
    Ok(sizes)
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))? {
        let entry = entry?;
        let path = entry.path();
        // Links are not followed: a test's tree of links may lead anywhere.
        let kind = entry.file_type()?;
        if kind.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, paths)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}
