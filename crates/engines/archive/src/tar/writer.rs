//! Writing a tar stream, entry by entry.

use std::io::{self, Read, Write};

use super::{
    BLOCK, Kind,
    field::{self, Block},
    pax,
};

/// The largest size that eleven octal digits hold: one byte less than 8 GiB.
const MAX_OCTAL_SIZE: u64 = 0o777_7777_7777;

/// Why an entry could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output failed.
    #[error("writing the archive failed")]
    Write(#[source] io::Error),
    /// The content could not be read.
    #[error("cannot read the content of '{name}'")]
    Read {
        /// The entry.
        name: String,
        /// What the reader said.
        #[source]
        source: io::Error,
    },
    /// The content is not as long as was announced.
    #[error("content of '{name}' is {actual} bytes long instead of the announced {expected}")]
    Length {
        /// The entry.
        name: String,
        /// What was announced.
        expected: u64,
        /// What came; reading stops one byte behind the announced end.
        actual: u64,
    },
    /// Only files and directories are written.
    #[error("cannot write '{name}' as {kind:?}")]
    Kind {
        /// The entry.
        name: String,
        /// What it was to be.
        kind: Kind,
    },
}

/// The header of an entry to write. Owner and group are always 0 and nameless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteHeader<'a> {
    /// The name as it shall stand in the archive.
    pub name: &'a str,
    /// [`Kind::File`] or [`Kind::Directory`].
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Seconds since the Unix epoch.
    pub modified: u32,
}

/// Writes entries to a stream.
#[derive(Debug)]
pub struct Writer<W> {
    inner: W,
}

impl<W: Write> Writer<W> {
    /// Writes an (uncompressed) archive to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner }
    }

    /// Appends an entry without content.
    pub fn append_empty(&mut self, header: &WriteHeader<'_>) -> Result<(), WriteError> {
        self.header(header, 0)
    }

    /// Appends a file whose content is at hand.
    pub fn append_bytes(&mut self, header: &WriteHeader<'_>, content: &[u8]) -> Result<(), WriteError> {
        self.header(header, content.len() as u64)?;
        self.inner.write_all(content).map_err(WriteError::Write)?;
        self.pad(content.len() as u64)
    }

    /// Appends a file of exactly `size` bytes.
    pub fn append(
        &mut self,
        header: &WriteHeader<'_>,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<(), WriteError> {
        self.header(header, size)?;
        let mut buffer = vec![0; 1 << 16];
        let mut written = 0;
        // One byte more than announced is asked for, so that a file that grew is noticed.
        let mut content = content.take(size.saturating_add(1));
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(WriteError::Read { name: header.name.to_owned(), source }),
            };
            written += read as u64;
            if written > size {
                break;
            }
            self.inner.write_all(buffer.get(..read).unwrap_or_default()).map_err(WriteError::Write)?;
        }
        if written != size {
            let name = header.name.to_owned();
            return Err(WriteError::Length { name, expected: size, actual: written });
        }
        self.pad(size)
    }

    /// Writes the end marker and gives the output back.
    pub fn finish(mut self) -> io::Result<W> {
        self.inner.write_all(&[0; 2 * BLOCK])?;
        Ok(self.inner)
    }

    fn header(&mut self, header: &WriteHeader<'_>, size: u64) -> Result<(), WriteError> {
        let flag = match header.kind {
            Kind::File => b'0',
            Kind::Directory => b'5',
            kind => return Err(WriteError::Kind { name: header.name.to_owned(), kind }),
        };
        let place = place_name(header.name);
        let mut records = String::new();
        if place.is_none() {
            records.push_str(&pax::record("path", header.name));
        }
        if size > MAX_OCTAL_SIZE {
            records.push_str(&pax::record("size", &size.to_string()));
        }
        if !records.is_empty() {
            let name = format!("PaxHeaders.0/{}", ascii_tail(header.name, 86));
            let block = encode(("", &name), b'x', 0o644, records.len() as u64, 0);
            self.block(&block)?;
            self.inner.write_all(records.as_bytes()).map_err(WriteError::Write)?;
            self.pad(records.len() as u64)?;
        }
        let tail = ascii_tail(header.name, 100);
        let block = encode(
            place.unwrap_or(("", &tail)),
            flag,
            header.mode & 0o7777,
            if size > MAX_OCTAL_SIZE { 0 } else { size },
            header.modified,
        );
        self.block(&block)
    }

    fn block(&mut self, block: &Block) -> Result<(), WriteError> {
        self.inner.write_all(block).map_err(WriteError::Write)
    }

    fn pad(&mut self, size: u64) -> Result<(), WriteError> {
        let missing = (size.next_multiple_of(BLOCK as u64) - size) as usize;
        let zeros = [0; BLOCK];
        self.inner.write_all(zeros.get(..missing).unwrap_or_default()).map_err(WriteError::Write)
    }
}

/// How a name fits into the prefix and name fields of USTAR, if it does.
fn place_name(name: &str) -> Option<(&str, &str)> {
    if !name.is_ascii() {
        return None;
    }
    if name.len() <= 100 {
        return Some(("", name));
    }
    // The longest prefix that leaves a name; a shorter one could only make the rest longer.
    let cut = name.get(..name.len().min(156))?.rfind('/')?;
    let (prefix, rest) = (name.get(..cut)?, name.get(cut + 1..)?);
    (!prefix.is_empty() && !rest.is_empty() && rest.len() <= 100).then_some((prefix, rest))
}

/// A stand-in for readers that know no PAX: the ASCII characters of the name's end.
fn ascii_tail(name: &str, length: usize) -> String {
    let ascii: String = name.chars().filter(char::is_ascii).collect();
    ascii.get(ascii.len().saturating_sub(length)..).unwrap_or_default().trim_start_matches('/').to_owned()
}

fn encode((prefix, name): (&str, &str), flag: u8, mode: u32, size: u64, modified: u32) -> Block {
    let mut block = [0; BLOCK];
    field::NAME.put(&mut block, name.as_bytes());
    field::PREFIX.put(&mut block, prefix.as_bytes());
    field::TYPE_FLAG.put(&mut block, &[flag]);
    field::MAGIC.put(&mut block, b"ustar\x0000");
    let numbers = [
        (field::MODE, u64::from(mode)),
        (field::UID, 0),
        (field::GID, 0),
        (field::SIZE, size),
        (field::MTIME, u64::from(modified)),
        (field::DEVICE_MAJOR, 0),
        (field::DEVICE_MINOR, 0),
    ];
    for (field, value) in numbers {
        field.put_octal(&mut block, value).expect("the caller keeps numbers within their fields");
    }
    let sum = format!("{:06o}\0 ", field::checksum(&block));
    field::CHECKSUM.put(&mut block, sum.as_bytes());
    block
}
