//! The checked unpacking of tar.gz archives from outside (contract/source.md 6, contract/kustomize.md 6.2).
//!
//! Everything an archive says is checked before a [`Sink`] hears of it: names, kinds, sizes, counts. A sink gets
//! clean relative paths only. Whether the bytes are the promised ones is for the caller to check first
//! ([`crate::digest`]); nothing may be unpacked that was not.

mod gzip;

use std::io::{self, Read};

use crate::{
    path::EntryPath,
    snapshot::{Builder, InsertError, Snapshot},
    tar::{self, Kind},
};

pub use self::gzip::LimitError;

/// Content that an archive may declare where no other limit is set: 100 MiB.
pub const DEFAULT_MAX_CONTENT: u64 = 100 << 20;

/// Directories are always made usable by their owner.
const OWNER_BITS: u32 = 0o700;
const PERMISSION_BITS: u32 = 0o777;

/// How large an archive may be, in every dimension that costs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that are read.
    pub compressed: u64,
    /// Bytes that come out of the decompression, headers and all.
    pub unpacked: u64,
    /// Sum of the declared file sizes; `None` leaves it to `unpacked`.
    pub content: Option<u64>,
    /// Number of entries, including those that are skipped.
    pub entries: u64,
    /// Length of a path in bytes.
    pub path: usize,
}

impl Default for Limits {
    /// The limits for archives that nobody vouches for: 100 MiB of content.
    fn default() -> Self {
        Self {
            compressed: DEFAULT_MAX_CONTENT,
            // A million empty files have 512 bytes of header each.
            unpacked: 1 << 30,
            content: Some(DEFAULT_MAX_CONTENT),
            entries: 1_000_000,
            path: 4096,
        }
    }
}

impl Limits {
    /// The limits for archives of our own storage: no limit on content but what `ceiling` bytes can hold.
    pub fn up_to(ceiling: u64) -> Self {
        Self { compressed: ceiling, unpacked: ceiling, content: None, ..Self::default() }
    }
}

/// What to do with symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symlinks {
    /// The archive is refused.
    #[default]
    Refuse,
    /// They are left out.
    Skip,
    /// They are handed to the sink, which must not follow them.
    Keep,
}

/// What to do with hard links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HardLinks {
    /// The archive is refused.
    #[default]
    Refuse,
    /// They become empty files, as in the reference's artifact consumers (contract/kustomize.md 6.2).
    EmptyFile,
}

/// How to unpack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnpackOptions {
    /// Limits.
    pub limits: Limits,
    /// Symbolic links.
    pub symlinks: Symlinks,
    /// Hard links.
    pub hard_links: HardLinks,
}

impl UnpackOptions {
    /// How consumers unpack artifacts: symbolic links are skipped, hard links become empty files.
    pub fn artifact(limits: Limits) -> Self {
        Self { limits, symlinks: Symlinks::Skip, hard_links: HardLinks::EmptyFile }
    }
}

/// A regular file on its way into a sink.
pub struct File<'a> {
    /// Where it stands.
    pub path: &'a EntryPath,
    /// Permission bits; set-id and sticky bits are gone.
    pub mode: u32,
    /// Seconds since the Unix epoch, as the archive says; a sink that keeps it clamps it to now.
    pub modified: i64,
    /// Declared number of bytes.
    pub size: u64,
    /// Gives exactly `size` bytes or an error.
    pub content: &'a mut dyn Read,
}

/// Why a sink refused an entry.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The entry does not fit to those before it.
    #[error(transparent)]
    Insert(#[from] InsertError),
    /// The content could not be read.
    #[error("error copying buffer")]
    Content(#[source] io::Error),
    /// The sink failed by itself.
    #[error("cannot unpack")]
    Output(#[source] io::Error),
}

/// Takes the entries of an archive, one after the other. Parents may be missing and entries may come twice.
pub trait Sink {
    /// A directory.
    fn directory(&mut self, path: &EntryPath, mode: u32) -> Result<(), SinkError>;
    /// A regular file, which replaces an earlier one of the same path.
    fn file(&mut self, file: File<'_>) -> Result<(), SinkError>;
    /// A symbolic link, only with [`Symlinks::Keep`]. `target` is unchecked.
    fn symlink(&mut self, path: &EntryPath, target: &str) -> Result<(), SinkError>;
}

/// Why an archive was not unpacked. What a sink was given before stays with it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not start as gzip does.
    #[error("requires gzip-compressed body")]
    NotGzip(#[source] io::Error),
    /// It is no tar archive, or is damaged.
    #[error("tar error")]
    Tar(#[source] tar::Error),
    /// A name is empty, absolute, holds a backslash, or leads upwards.
    #[error("tar contained invalid name error {0:?}")]
    InvalidName(String),
    /// A name is longer than the limit.
    #[error("tar contained a name of {length} bytes, more than {limit}")]
    PathTooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A symbolic link came where none is allowed.
    #[error("tar file entry {0} is a symlink, which is not allowed in this context")]
    Symlink(String),
    /// A hard link, device or the like.
    #[error("tar file entry {name} contained unsupported file type {mode}")]
    Unsupported {
        /// The entry.
        name: String,
        /// Its mode, the way Go prints one.
        mode: String,
    },
    /// The declared sizes add up to more than the limit.
    #[error("tar {name:?} is bigger than max archive size of {limit} bytes")]
    ContentTooLarge {
        /// The entry with which the limit was crossed.
        name: String,
        /// The limit.
        limit: u64,
    },
    /// There are too many entries.
    #[error("tar contains more than {0} entries")]
    TooManyEntries(u64),
    /// More bytes went in or came out than is allowed.
    #[error("archive exceeds a limit")]
    Limit(#[source] LimitError),
    /// The sink refused an entry.
    #[error(transparent)]
    Sink(SinkError),
}

/// What was unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unpacked {
    /// Number of entries, including those that were skipped.
    pub entries: u64,
    /// Bytes of content.
    pub content: u64,
}

/// Unpacks `archive` into memory.
pub fn unpack_snapshot(archive: impl Read, options: &UnpackOptions) -> Result<Snapshot, Error> {
    let mut builder = Builder::default();
    unpack(archive, options, &mut builder)?;
    Ok(builder.build())
}

/// Unpacks `archive` into `sink`.
pub fn unpack(archive: impl Read, options: &UnpackOptions, sink: &mut dyn Sink) -> Result<Unpacked, Error> {
    let plain = gzip::Decoder::new(archive, options.limits.compressed, options.limits.unpacked)?;
    let mut reader = tar::Reader::new(plain);
    let mut done = Unpacked::default();
    while let Some(header) = reader.next_entry().map_err(tar_error)? {
        done.entries += 1;
        if done.entries > options.limits.entries {
            return Err(Error::TooManyEntries(options.limits.entries));
        }
        entry(&header, &mut reader, options, sink, &mut done)?;
    }
    Ok(done)
}

fn entry(
    header: &tar::Header,
    content: &mut dyn Read,
    options: &UnpackOptions,
    sink: &mut dyn Sink,
    done: &mut Unpacked,
) -> Result<(), Error> {
    if header.kind == Kind::GlobalHeader {
        return Ok(());
    }
    let path = clean(&header.name, options.limits.path)?;
    let name = || String::from_utf8_lossy(&header.name).into_owned();
    match (header.kind, path) {
        // The root is there already.
        (Kind::Directory, None) => Ok(()),
        (Kind::Directory, Some(path)) => {
            sink.directory(&path, (header.mode & PERMISSION_BITS) | OWNER_BITS).map_err(sink_error)
        }
        (Kind::File, Some(path)) => {
            done.content = done.content.saturating_add(header.size);
            if let Some(limit) = options.limits.content.filter(|limit| done.content > *limit) {
                return Err(Error::ContentTooLarge { name: name(), limit });
            }
            file(header, &path, content, sink)
        }
        (Kind::HardLink, Some(path)) if options.hard_links == HardLinks::EmptyFile => {
            file(header, &path, &mut io::empty(), sink)
        }
        (Kind::Symlink, path) => match (options.symlinks, path) {
            (Symlinks::Skip, _) => Ok(()),
            (Symlinks::Keep, Some(path)) => {
                sink.symlink(&path, &String::from_utf8_lossy(&header.link_name)).map_err(sink_error)
            }
            _ => Err(Error::Symlink(name())),
        },
        (Kind::File | Kind::HardLink, None) => Err(Error::Sink(InsertError::IsADirectory(name()).into())),
        (kind, _) => Err(Error::Unsupported { name: name(), mode: mode_text(kind, header.mode) }),
    }
}

fn file(
    header: &tar::Header,
    path: &EntryPath,
    content: &mut dyn Read,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let (mode, modified, size) = (header.mode & PERMISSION_BITS, header.modified, header.size);
    sink.file(File { path, mode, modified, size, content }).map_err(sink_error)
}

/// The path that a name stands for; `None` is the root. Names that lead upwards are refused, even if they would
/// come back.
fn clean(name: &[u8], limit: usize) -> Result<Option<EntryPath>, Error> {
    if name.len() > limit {
        return Err(Error::PathTooLong { length: name.len(), limit });
    }
    let text = String::from_utf8_lossy(name);
    let invalid = || Error::InvalidName(text.clone().into_owned());
    let upwards = text.contains("../") || text.split('/').any(|component| component == "..");
    if text.is_empty() || text.starts_with('/') || text.contains('\\') || upwards {
        return Err(invalid());
    }
    let components: Vec<_> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if components.is_empty() {
        return Ok(None);
    }
    EntryPath::new(components.join("/")).map(Some).map_err(|_| invalid())
}

/// A type letter and permissions, the way Go prints a file mode.
fn mode_text(kind: Kind, mode: u32) -> String {
    let letter = match kind {
        Kind::Directory => "d",
        Kind::Symlink => "L",
        Kind::BlockDevice => "D",
        Kind::CharacterDevice => "Dc",
        Kind::Fifo => "p",
        Kind::File | Kind::HardLink | Kind::GlobalHeader | Kind::Other(_) => "-",
    };
    let permissions = "rwxrwxrwx"
        .chars()
        .enumerate()
        .map(|(at, letter)| if mode & (0o400 >> at) != 0 { letter } else { '-' });
    letter.chars().chain(permissions).collect()
}

fn tar_error(error: tar::Error) -> Error {
    match error {
        tar::Error::Read(source) => match LimitError::of(&source) {
            Some(limit) => Error::Limit(limit),
            None => Error::Tar(tar::Error::Read(source)),
        },
        other => Error::Tar(other),
    }
}

fn sink_error(error: SinkError) -> Error {
    match &error {
        SinkError::Content(source) => match LimitError::of(source) {
            Some(limit) => Error::Limit(limit),
            None => Error::Sink(error),
        },
        _ => Error::Sink(error),
    }
}

#[cfg(test)]
mod tests;
