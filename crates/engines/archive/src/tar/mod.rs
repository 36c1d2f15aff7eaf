//! The tar format: USTAR with PAX records when writing; V7, USTAR, STAR, GNU and PAX when reading.
//!
//! Written for input that nobody vouches for. The size that skips an entry's content is the size that the entry
//! is read with, whatever header it came from, so two readings of one archive cannot drift apart (the class of
//! CVE-2025-62518). Sparse files are refused. No rules about names, kinds or sizes are applied here; that is
//! [`crate::unpack`]'s part.

pub(crate) mod field;
mod pax;
mod reader;
mod writer;

pub use self::{
    reader::{Error, Header, Reader},
    writer::{WriteError, WriteHeader, Writer},
};

/// The unit of the format, in bytes.
pub const BLOCK: usize = 512;

/// What an entry is, from its type flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A second name of an earlier entry.
    HardLink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// PAX records for all that follows, such as the commit that `git archive` records; names no file.
    GlobalHeader,
    /// A type flag with no meaning that we know.
    Other(u8),
}

impl Kind {
    fn from_flag(flag: u8) -> Self {
        match flag {
            b'0' | 0 | b'7' => Self::File,
            b'1' => Self::HardLink,
            b'2' => Self::Symlink,
            b'3' => Self::CharacterDevice,
            b'4' => Self::BlockDevice,
            b'5' => Self::Directory,
            b'6' => Self::Fifo,
            b'g' => Self::GlobalHeader,
            other => Self::Other(other),
        }
    }

    /// Whether the size field of such an entry says nothing, because no content follows it.
    fn has_no_content(self) -> bool {
        matches!(
            self,
            Self::HardLink
                | Self::Symlink
                | Self::CharacterDevice
                | Self::BlockDevice
                | Self::Directory
                | Self::Fifo
        )
    }
}

#[cfg(test)]
mod tests;
