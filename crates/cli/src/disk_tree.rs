//! The file system as the engine's tree.

use std::{fs, io::Read as _, path::Path, sync::Arc};

use ferroflux_kustomize::{FileTree, Resolved, TreeError};

/// Larger files are refused before they fill the memory.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// How many symlinks one path may go through, as in Go.
const MAX_LINKS: usize = 255;

/// The machine's files, by absolute path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DiskTree;

impl FileTree for DiskTree {
    fn resolve(&self, path: &str) -> Result<Resolved, TreeError> {
        let mut pending: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut current = String::new();
        let mut is_directory = true;
        let mut links = 0;
        while let Some(part) = pending.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    current.truncate(current.rfind('/').unwrap_or(0));
                    is_directory = true;
                    continue;
                }
                _ => {}
            }
            let next = format!("{current}/{part}");
            if !is_directory {
                return Err(TreeError::NotADirectory { path: next });
            }
            let metadata = fs::symlink_metadata(&next).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => TreeError::NotFound { path: next.clone() },
                std::io::ErrorKind::NotADirectory => TreeError::NotADirectory { path: next.clone() },
                _ => TreeError::Other(format!("lstat {next}: {error}")),
            })?;
            if !metadata.is_symlink() {
                is_directory = metadata.is_dir();
                current = next;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(TreeError::TooManyLinks);
            }
            let target = fs::read_link(&next)
                .map_err(|error| TreeError::Other(format!("readlink {next}: {error}")))?;
            let target = target
                .to_str()
                .ok_or_else(|| TreeError::Other(format!("readlink {next}: target is no valid UTF-8")))?;
            if target.starts_with('/') {
                current.clear();
            }
            pending.extend(target.split('/').rev().map(str::to_owned));
        }
        if current.is_empty() {
            current.push('/');
        }
        Ok(Resolved { path: current, is_directory })
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, TreeError> {
        let failed = |error: std::io::Error| TreeError::Other(format!("open {path}: {error}"));
        let file = fs::File::open(Path::new(path)).map_err(failed)?;
        let mut content = Vec::new();
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut content).map_err(failed)?;
        if content.len() as u64 > MAX_FILE_BYTES {
            return Err(TreeError::TooLarge { path: path.to_owned(), limit: MAX_FILE_BYTES });
        }
        Ok(content.into())
    }
}
