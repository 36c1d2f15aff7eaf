//! Reading a tar stream, entry by entry.

use std::io::{self, Read};

use super::{
    BLOCK, Kind,
    field::{self, Block},
    pax,
};

/// PAX records and GNU long names are read into memory; none of use is longer than this.
const MAX_EXTENSION: u64 = 1 << 20;

/// Why a stream is no tar archive that can be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stream itself failed, or ended inside a header.
    #[error("reading the archive failed")]
    Read(#[source] io::Error),
    /// A block that should be a header is none.
    #[error("invalid tar header")]
    Header,
    /// An extension header is longer than anything of use.
    #[error("tar extension header of {0} bytes is too long")]
    ExtensionTooLong(u64),
    /// Sparse files are not read.
    #[error("sparse files are not supported")]
    Sparse,
}

/// One entry, as its headers describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name, unchecked, as bytes.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// All mode bits that were given.
    pub mode: u32,
    /// Length of the content that follows, in bytes; 0 for kinds that have none.
    pub size: u64,
    /// Seconds since the Unix epoch.
    pub modified: i64,
    /// Target of a symbolic or hard link, unchecked.
    pub link_name: Vec<u8>,
}

/// Reads entries from a stream. Between two calls of [`Reader::next_entry`] the reader itself gives the
/// content of the entry.
#[derive(Debug)]
pub struct Reader<R> {
    inner: R,
    remaining: u64,
    padding: u64,
    finished: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the (uncompressed) archive `inner`. Reads are small; hand in a buffered reader.
    pub fn new(inner: R) -> Self {
        Self { inner, remaining: 0, padding: 0, finished: false }
    }

    /// Skips what is left of the current entry and reads the next header, or nothing at the archive's end.
    /// What stands behind the end marker is not read.
    pub fn next_entry(&mut self) -> Result<Option<Header>, Error> {
        let mut records = pax::Records::default();
        let (mut long_name, mut long_link) = (None, None);
        loop {
            let Some(block) = self.next_header()? else { return Ok(None) };
            let flag = field::TYPE_FLAG.of(&block).first().copied().unwrap_or_default();
            match flag {
                b'x' => records = pax::parse(&self.extension(&block)?).ok_or(Error::Header)?,
                b'L' => long_name = Some(c_string(self.extension(&block)?)),
                b'K' => long_link = Some(c_string(self.extension(&block)?)),
                b'S' => return Err(Error::Sparse),
                _ => return self.entry(&block, flag, records, long_name, long_link).map(Some),
            }
        }
    }

    /// Builds the entry from its own header and the extensions in front of it, and stands at its content.
    fn entry(
        &mut self,
        block: &Block,
        flag: u8,
        records: pax::Records,
        long_name: Option<Vec<u8>>,
        long_link: Option<Vec<u8>>,
    ) -> Result<Header, Error> {
        if records.sparse {
            return Err(Error::Sparse);
        }
        let name = long_name.or(records.path).unwrap_or_else(|| header_name(block));
        let mut kind = Kind::from_flag(flag);
        if kind == Kind::File && name.ends_with(b"/") {
            kind = Kind::Directory;
        }
        let size = match records.size {
            Some(size) => size,
            None => number(field::SIZE, block)?,
        };
        let size = if kind.has_no_content() { 0 } else { size };
        self.expect_content(size)?;
        let modified = match records.modified {
            Some(seconds) => seconds,
            None => number(field::MTIME, block)?.cast_signed(),
        };
        Ok(Header {
            name,
            kind,
            mode: (number(field::MODE, block)? & 0o7777) as u32,
            size,
            modified,
            link_name: long_link
                .or(records.link_path)
                .unwrap_or_else(|| field::LINK_NAME.text(block).to_vec()),
        })
    }

    fn expect_content(&mut self, size: u64) -> Result<(), Error> {
        // The last size whose padded end can still be counted.
        if size > i64::MAX.cast_unsigned() - BLOCK as u64 {
            return Err(Error::Header);
        }
        self.remaining = size;
        self.padding = size.next_multiple_of(BLOCK as u64) - size;
        Ok(())
    }

    /// The payload of an extension header.
    fn extension(&mut self, block: &Block) -> Result<Vec<u8>, Error> {
        let size = number(field::SIZE, block)?;
        if size > MAX_EXTENSION {
            return Err(Error::ExtensionTooLong(size));
        }
        self.expect_content(size)?;
        let mut payload = Vec::new();
        self.read_to_end(&mut payload).map_err(Error::Read)?;
        Ok(payload)
    }

    fn next_header(&mut self) -> Result<Option<Block>, Error> {
        if self.finished {
            return Ok(None);
        }
        let skip = self.remaining + self.padding;
        let skipped = io::copy(&mut (&mut self.inner).take(skip), &mut io::sink()).map_err(Error::Read)?;
        // Padding that is cut off at the very end is harmless, content that is cut off is not.
        if skipped < self.remaining {
            return Err(Error::Read(io::ErrorKind::UnexpectedEof.into()));
        }
        (self.remaining, self.padding) = (0, 0);
        let first = self.block()?;
        let block = match first {
            Some(block) if block.iter().any(|byte| *byte != 0) => block,
            Some(_) => match self.block()? {
                Some(second) if second.iter().any(|byte| *byte != 0) => return Err(Error::Header),
                _ => return Ok(self.end()),
            },
            None => return Ok(self.end()),
        };
        let expected = field::CHECKSUM.number(&block).ok_or(Error::Header)?;
        if expected != i64::from(field::checksum(&block))
            && expected != i64::from(field::signed_checksum(&block))
        {
            return Err(Error::Header);
        }
        Ok(Some(block))
    }

    fn end(&mut self) -> Option<Block> {
        self.finished = true;
        None
    }

    /// The next block, or nothing if the stream ends right in front of it.
    fn block(&mut self) -> Result<Option<Block>, Error> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.inner.read(rest) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(Error::Read(io::ErrorKind::UnexpectedEof.into())),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::Read(error)),
            }
        }
        Ok(Some(block))
    }
}

/// Gives the content of the current entry; an archive that ends inside it is an error.
impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.remaining).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.inner.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.remaining -= read as u64;
        Ok(read)
    }
}

fn number(field: field::Field, block: &Block) -> Result<u64, Error> {
    field.number(block).and_then(|value| u64::try_from(value).ok()).ok_or(Error::Header)
}

fn c_string(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    bytes
}

/// The name in the block itself; only USTAR and STAR put a part of it into the prefix field.
fn header_name(block: &Block) -> Vec<u8> {
    let name = field::NAME.text(block);
    let prefix = match field::MAGIC.of(block) {
        b"ustar\x0000" if field::STAR_TRAILER.of(block) == b"tar\0" => field::STAR_PREFIX.text(block),
        b"ustar\x0000" => field::PREFIX.text(block),
        _ => b"",
    };
    if prefix.is_empty() { name.to_vec() } else { [prefix, name].join(&b'/') }
}
