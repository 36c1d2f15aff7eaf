//! The archive that every source kind publishes: equal trees give equal bytes (contract/source.md 4.2).
//!
//! Owner, group, times and all mode bits but "executable" are left out; entries stand in walk order; the gzip
//! header names no file and no time. The bytes are digested on their way out, so nothing is read twice.

use std::io::{self, Read, Write};

use flate2::{Compression, GzBuilder, write::GzEncoder};

use crate::{
    digest::{Algorithm, Digest, HashingWriter},
    path::EntryPath,
    tar::{self, WriteHeader},
};

const DIRECTORY_MODE: u32 = 0o750;
const FILE_MODE: u32 = 0o600;
const EXECUTABLE_MODE: u32 = 0o700;

/// What the compressor is fed at a time. Always the same amount, because what it puts out may depend on it.
const COMPRESSOR_BLOCK: usize = 1 << 16;

/// "Unknown" in RFC 1952; what the archive was made on is nobody's business.
const UNKNOWN_SYSTEM: u8 = 255;

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The output failed.
    #[error("writing the archive failed")]
    Write(#[source] io::Error),
    /// An entry's content could not be opened.
    #[error("cannot open the content of '{path}'")]
    Open {
        /// The entry.
        path: EntryPath,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An entry could not be written.
    #[error("cannot archive an entry")]
    Entry(#[source] tar::WriteError),
    /// An entry came after one that it should come before, or twice.
    #[error("archive entry '{path}' does not come after '{last}' in walk order")]
    Order {
        /// The entry that came too late.
        path: EntryPath,
        /// The entry in front of it.
        last: EntryPath,
    },
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Digest of the compressed bytes.
    pub digest: Digest,
    /// Number of compressed bytes.
    pub size: u64,
    /// Number of entries, the root among them.
    pub entries: u64,
}

/// What an entry to archive is. Anything that is neither file nor directory is left out by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind<C> {
    /// A directory; one that holds something need not be listed.
    Directory,
    /// A regular file.
    File {
        /// Whether anybody may execute it.
        executable: bool,
        /// What leads to its content.
        content: C,
    },
}

/// An entry to archive. `C` is whatever leads to a file's content: bytes, a path, an object id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<C> {
    /// Where it stands.
    pub path: EntryPath,
    /// What it is.
    pub kind: EntryKind<C>,
}

/// The content of a file to archive.
pub enum Content<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// All of it, handed over.
    Owned(Vec<u8>),
    /// A reader that gives exactly `size` bytes.
    Reader {
        /// Number of bytes.
        size: u64,
        /// Gives them.
        reader: Box<dyn Read + 'a>,
    },
}

/// Archives `entries`, in whatever order they come, to `out`; `open` gives each file's content when its turn comes.
pub fn write_archive<'a, C, W: Write>(
    mut entries: Vec<Entry<C>>,
    algorithm: Algorithm,
    out: W,
    mut open: impl FnMut(C) -> io::Result<Content<'a>>,
) -> Result<(W, Summary), Error> {
    entries.sort_by(|left, right| left.path.cmp(&right.path));
    let mut archive = Archive::new(out, algorithm)?;
    for Entry { path, kind } in entries {
        match kind {
            EntryKind::Directory => archive.directory(&path)?,
            EntryKind::File { executable, content } => {
                match open(content).map_err(|source| Error::Open { path: path.clone(), source })? {
                    Content::Bytes(bytes) => archive.file_bytes(&path, executable, bytes)?,
                    Content::Owned(bytes) => archive.file_bytes(&path, executable, &bytes)?,
                    Content::Reader { size, mut reader } => {
                        archive.file(&path, executable, size, &mut reader)?;
                    }
                }
            }
        }
    }
    archive.finish()
}

/// An archive under way, for callers that meet their entries in walk order and need no list of them.
#[derive(Debug)]
pub struct Archive<W: Write> {
    tar: tar::Writer<Blocks<GzEncoder<HashingWriter<W>>>>,
    last: Option<EntryPath>,
    entries: u64,
}

impl<W: Write> Archive<W> {
    /// Starts an archive with its root entry `.`; the compressed bytes are digested with `algorithm`.
    pub fn new(out: W, algorithm: Algorithm) -> Result<Self, Error> {
        let out = HashingWriter::new(out, algorithm);
        let gzip =
            GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM).write(out, Compression::default());
        let mut tar = tar::Writer::new(Blocks::new(gzip));
        tar.append_empty(&header(".", tar::Kind::Directory, DIRECTORY_MODE)).map_err(Error::Entry)?;
        Ok(Self { tar, last: None, entries: 1 })
    }

    /// Appends a directory.
    pub fn directory(&mut self, path: &EntryPath) -> Result<(), Error> {
        self.advance(path)?;
        let header = header(path.as_str(), tar::Kind::Directory, DIRECTORY_MODE);
        self.tar.append_empty(&header).map_err(Error::Entry)
    }

    /// Appends a file whose content is at hand.
    pub fn file_bytes(&mut self, path: &EntryPath, executable: bool, content: &[u8]) -> Result<(), Error> {
        self.advance(path)?;
        self.tar.append_bytes(&file_header(path, executable), content).map_err(Error::Entry)
    }

    /// Appends a file of exactly `size` bytes.
    pub fn file(
        &mut self,
        path: &EntryPath,
        executable: bool,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<(), Error> {
        self.advance(path)?;
        self.tar.append(&file_header(path, executable), size, content).map_err(Error::Entry)
    }

    /// Ends the archive and tells what was written. Flushing the output is the caller's business.
    pub fn finish(self) -> Result<(W, Summary), Error> {
        let entries = self.entries;
        let blocks = self.tar.finish().map_err(Error::Write)?;
        let gzip = blocks.finish().map_err(Error::Write)?;
        let (out, digest, size) = gzip.finish().map_err(Error::Write)?.finish();
        Ok((out, Summary { digest, size, entries }))
    }

    fn advance(&mut self, path: &EntryPath) -> Result<(), Error> {
        if let Some(last) = self.last.take_if(|last| *last >= *path) {
            return Err(Error::Order { path: path.clone(), last });
        }
        self.last = Some(path.clone());
        self.entries += 1;
        Ok(())
    }
}

fn file_header(path: &EntryPath, executable: bool) -> WriteHeader<'_> {
    header(path.as_str(), tar::Kind::File, if executable { EXECUTABLE_MODE } else { FILE_MODE })
}

fn header(name: &str, kind: tar::Kind, mode: u32) -> WriteHeader<'_> {
    WriteHeader { name, kind, mode, modified: 0 }
}

/// Passes bytes on in pieces of one size, whatever pieces they come in.
#[derive(Debug)]
struct Blocks<W> {
    inner: W,
    buffer: Vec<u8>,
}

impl<W: Write> Blocks<W> {
    fn new(inner: W) -> Self {
        Self { inner, buffer: Vec::with_capacity(COMPRESSOR_BLOCK) }
    }

    fn finish(mut self) -> io::Result<W> {
        self.inner.write_all(&self.buffer)?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for Blocks<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(COMPRESSOR_BLOCK - self.buffer.len());
        self.buffer.extend_from_slice(bytes.get(..taken).unwrap_or(bytes));
        if self.buffer.len() == COMPRESSOR_BLOCK {
            self.inner.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
