//! From a request's path to a file below the root.

use std::{
    fs::{self, File, Metadata},
    path::{Path, PathBuf},
};

/// What a request's path stands for.
#[derive(Debug)]
pub(super) enum Target {
    /// An open regular file.
    File(File, Metadata, String),
    /// The root itself.
    Root,
    /// Another path, without `.`, `..` and empty components.
    Cleaned(String),
    /// A directory that was asked for without a closing slash, or a file with one: the relative address.
    Moved(String),
    /// Nothing, or nothing that is handed out.
    NotFound,
}

/// Finds what `path`, the raw path of a request, stands for. Opens the file, so that what happens to its name
/// afterwards does not matter.
pub(super) fn resolve(root: &Path, path: &str) -> Target {
    if !path.starts_with('/') {
        return Target::NotFound;
    }
    if let Some(cleaned) = cleaned(path) {
        return Target::Cleaned(cleaned);
    }
    let Some((file, slash)) = locate(root, path) else { return Target::NotFound };
    // Links are followed, but never out of the root.
    let Ok(file) = fs::canonicalize(file) else { return Target::NotFound };
    if file == root {
        return Target::Root;
    }
    let Ok(metadata) = fs::metadata(&file) else { return Target::NotFound };
    if !file.starts_with(root) {
        return Target::NotFound;
    }
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match (metadata.is_dir(), metadata.is_file(), slash) {
        (true, _, false) => Target::Moved(format!("{last}/")),
        (_, true, true) => Target::Moved(format!("../{last}")),
        (_, true, false) => match File::open(&file).and_then(|open| open.metadata().map(|new| (open, new))) {
            Ok((open, metadata)) if metadata.is_file() => Target::File(open, metadata, last.to_owned()),
            _ => Target::NotFound,
        },
        _ => Target::NotFound,
    }
}

/// The clean form of a path that is not clean.
fn cleaned(path: &str) -> Option<String> {
    let inner = path.strip_prefix('/')?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() && path.len() <= 1 {
        return None;
    }
    let dirty = |component: &str| matches!(component, "" | "." | "..");
    if !inner.split('/').any(dirty) {
        return None;
    }
    let mut components = Vec::new();
    for component in inner.split('/') {
        match component {
            "" | "." => {}
            ".." => drop(components.pop()),
            other => components.push(other),
        }
    }
    let slash = if path.ends_with('/') && !components.is_empty() { "/" } else { "" };
    Some(format!("/{}{slash}", components.join("/")))
}

/// The decoded path below `root`, and whether it was written with a closing slash.
fn locate(root: &Path, path: &str) -> Option<(PathBuf, bool)> {
    let mut file = root.to_owned();
    let slash = path.len() > 1 && path.ends_with('/');
    for component in path.split('/').filter(|component| !component.is_empty()) {
        let component = decode(component)?;
        // A leading dot is a temporary file, or an encoded way up.
        if component.is_empty() || component.starts_with('.') || component.contains(['/', '\0']) {
            return None;
        }
        file.push(component);
    }
    Some((file, slash))
}

/// Percent-decoding of one component.
fn decode(component: &str) -> Option<String> {
    if !component.contains('%') {
        return Some(component.to_owned());
    }
    let mut bytes = Vec::with_capacity(component.len());
    let mut rest = component.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
