//! Bytes on their way from unverified to verified: in memory while they are few, then in a file without a name.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::Arc,
};

use ferroflux_archive::{Algorithm, Digest, Hasher, digest::Mismatch};

/// A download under way.
pub(super) struct Spool {
    hasher: Hasher,
    size: u64,
    memory: Vec<u8>,
    file: Option<Arc<File>>,
    limit: usize,
    directory: PathBuf,
}

impl Spool {
    /// Keeps up to `limit` bytes in memory, more in a file in `directory`.
    pub(super) fn new(algorithm: Algorithm, limit: usize, directory: PathBuf) -> Self {
        Self { hasher: algorithm.hasher(), size: 0, memory: Vec::new(), file: None, limit, directory }
    }

    /// Bytes so far.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next bytes.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        self.memory.extend_from_slice(bytes);
        // The buffer becomes the file's write buffer once there is a file.
        if self.memory.len() > self.limit { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> io::Result<()> {
        let (bytes, file) = (std::mem::take(&mut self.memory), self.file.take());
        let offset = self.size - bytes.len() as u64;
        let directory = self.directory.clone();
        let (file, mut bytes) = tokio::task::spawn_blocking(move || {
            let file = match file {
                Some(file) => file,
                None => Arc::new(tempfile::tempfile_in(directory)?),
            };
            file.write_all_at(&bytes, offset)?;
            Ok::<_, io::Error>((file, bytes))
        })
        .await
        .map_err(io::Error::other)??;
        bytes.clear();
        (self.memory, self.file) = (bytes, Some(file));
        Ok(())
    }

    /// The bytes, if they have this digest.
    pub(super) fn verify(self, digest: Digest) -> Result<Verified, Mismatch> {
        digest.verify_computed(self.hasher.finish())?;
        let content = match self.file {
            None => Content::Memory(self.memory.into()),
            Some(file) => Content::File { file, tail: self.memory.into(), at: self.size },
        };
        Ok(Verified { digest, size: self.size, content })
    }
}

/// An archive whose digest was checked. The bytes are in memory or in a file that has no name, so nobody else can
/// change them.
#[derive(Debug, Clone)]
pub struct Verified {
    digest: Digest,
    size: u64,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Memory(Arc<[u8]>),
    /// The last bytes, which never went to the file, end at `at`.
    File {
        file: Arc<File>,
        tail: Arc<[u8]>,
        at: u64,
    },
}

impl Verified {
    /// What was checked.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Number of bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads the bytes from the start; as often as wanted.
    pub fn reader(&self) -> VerifiedReader {
        match &self.content {
            Content::Memory(bytes) => VerifiedReader { file: None, tail: Cursor::new(bytes.clone()) },
            Content::File { file, tail, at } => {
                let end = at - tail.len() as u64;
                VerifiedReader {
                    file: Some(Stretch { file: file.clone(), at: 0, end }),
                    tail: Cursor::new(tail.clone()),
                }
            }
        }
    }
}

/// Reads a [`Verified`] archive.
#[derive(Debug)]
pub struct VerifiedReader {
    file: Option<Stretch>,
    tail: Cursor<Arc<[u8]>>,
}

/// What is left of the file.
#[derive(Debug)]
struct Stretch {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for VerifiedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(stretch) = self.file.as_mut().filter(|stretch| stretch.at < stretch.end) {
            let wanted = (stretch.end - stretch.at).min(buffer.len() as u64) as usize;
            let read = stretch.file.read_at(buffer.get_mut(..wanted).unwrap_or_default(), stretch.at)?;
            if read == 0 && wanted > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            stretch.at += read as u64;
            return Ok(read);
        }
        self.tail.read(buffer)
    }
}
