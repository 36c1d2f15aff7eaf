//! Decompression that stops at limits.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::Error;

/// Small headers are read from here, so that the decompressor is not asked for every 512 bytes.
const BUFFER: usize = 1 << 16;

/// Which amount was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// The archive itself is too long.
    #[error("more than {0} compressed bytes")]
    Compressed(u64),
    /// The archive decompresses to too much.
    #[error("more than {0} bytes after decompression")]
    Unpacked(u64),
}

impl LimitError {
    /// The limit behind a reader's error, if that is what it is.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// Gives up with `error` at the first byte behind the limit.
#[derive(Debug)]
struct Limited<R> {
    inner: R,
    left: u64,
    error: LimitError,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte more than allowed may be asked for; if it comes, the limit is crossed.
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).saturating_add(1).min(buffer.len());
        let read = self.inner.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(self.error))?;
        Ok(read)
    }
}

/// A decompressed stream. Several gzip members are one stream, as RFC 1952 says; what follows the tar archive's
/// end marker is never read.
#[derive(Debug)]
pub(super) struct Decoder<R: Read>(BufReader<Limited<MultiGzDecoder<BufReader<Limited<R>>>>>);

impl<R: Read> Decoder<R> {
    /// Starts to decompress; an archive that has no gzip header is refused right away.
    pub(super) fn new(archive: R, compressed: u64, unpacked: u64) -> Result<Self, Error> {
        let error = LimitError::Compressed(compressed);
        let mut input = BufReader::with_capacity(BUFFER, Limited { inner: archive, left: compressed, error });
        let start = input.fill_buf().map_err(|error| match LimitError::of(&error) {
            Some(limit) => Error::Limit(limit),
            None => Error::NotGzip(error),
        })?;
        if start.is_empty() {
            return Err(Error::NotGzip(io::ErrorKind::UnexpectedEof.into()));
        }
        // A reader may give its first bytes one by one; the decoder checks the rest of the header.
        if !start.starts_with(b"\x1f") || start.get(1).is_some_and(|byte| *byte != 0x8b) {
            return Err(Error::NotGzip(io::Error::new(io::ErrorKind::InvalidData, "gzip: invalid header")));
        }
        let error = LimitError::Unpacked(unpacked);
        let output = Limited { inner: MultiGzDecoder::new(input), left: unpacked, error };
        Ok(Self(BufReader::with_capacity(BUFFER, output)))
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
