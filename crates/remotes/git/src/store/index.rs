//! Packs on their way from the network to the disk.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::{Buf as _, Bytes};
use gix_utils::progress::Discard;
use tokio::{sync::mpsc, task::JoinHandle};

use super::Generation;
use crate::error::RemoteError;

/// Pieces of a pack (64 KiB at most each) that wait for the disk before the network is made to wait.
const WAITING_PIECES: usize = 16;

/// Receives one pack and indexes it, on a thread that may block. Dropping it ends the work.
pub(crate) struct Indexer {
    task: Option<JoinHandle<Result<(), RemoteError>>>,
    interrupt: Arc<AtomicBool>,
    complete: Arc<AtomicBool>,
}

impl Indexer {
    /// Begins; the pack's bytes go into the sender.
    pub(crate) fn start(generation: &Arc<Generation>, max_bytes: u64) -> (Self, mpsc::Sender<Bytes>) {
        let (sender, receiver) = mpsc::channel(WAITING_PIECES);
        let interrupt = Arc::new(AtomicBool::new(false));
        let complete = Arc::new(AtomicBool::new(false));
        let task = tokio::task::spawn_blocking({
            let (generation, interrupt) = (Arc::clone(generation), Arc::clone(&interrupt));
            let complete = Arc::clone(&complete);
            move || {
                let left = max_bytes;
                let pieces = Pieces { receiver, current: Bytes::new(), left, complete };
                index(&generation, pieces, max_bytes, &interrupt)
            }
        });
        (Self { task: Some(task), interrupt, complete }, sender)
    }

    /// Says that the sender was dropped because the pack is complete, not because the connection broke.
    pub(crate) fn complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    /// Waits until the pack is in place, or for why it is not.
    pub(crate) async fn finish(mut self) -> Result<(), RemoteError> {
        match self.task.take() {
            Some(task) => task.await.map_err(|error| RemoteError::Pack(error.into()))?,
            None => Ok(()),
        }
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.interrupt.store(true, Ordering::Release);
    }
}

fn index(
    generation: &Generation,
    pieces: Pieces,
    max_bytes: u64,
    interrupt: &AtomicBool,
) -> Result<(), RemoteError> {
    let store = |path: PathBuf| move |source| RemoteError::Store { path, source };
    let mut pack = BufReader::with_capacity(64 << 10, pieces);
    // Without any objects there is no pack to write; the server answers like that when everything is there.
    let database = generation.database().map_err(store(generation.objects()))?;
    let directory = generation.packs();
    let options = gix_pack::bundle::write::Options {
        // The machine belongs to more than one fetch.
        thread_limit: Some(1),
        ..gix_pack::bundle::write::Options::default()
    };
    let written = gix_pack::Bundle::write_to_directory(
        &mut pack,
        Some(&directory),
        &mut Discard,
        interrupt,
        Some(&database),
        gix_hash::Kind::Sha1,
        options,
    );
    match written {
        Ok(outcome) => {
            // Nobody collects packs here, so nobody has to be kept from it.
            if let Some(keep) = outcome.keep_path {
                let _ = std::fs::remove_file(keep);
            }
            drain(&mut pack)
        }
        Err(_) if pack.get_ref().left == 0 => Err(RemoteError::TooLarge(max_bytes)),
        Err(error) => Err(RemoteError::Pack(error.to_string().into())),
    }
}

/// Reads what stands behind the pack, so that the sender is never stuck.
fn drain(pack: &mut impl BufRead) -> Result<(), RemoteError> {
    io::copy(pack, &mut io::sink()).map(drop).map_err(RemoteError::Connection)
}

/// The pieces of a pack as one stream.
struct Pieces {
    receiver: mpsc::Receiver<Bytes>,
    current: Bytes,
    left: u64,
    complete: Arc<AtomicBool>,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => {
                    self.left = self.left.saturating_sub(piece.len() as u64);
                    if self.left == 0 {
                        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the pack is too large"));
                    }
                    self.current = piece;
                }
                None if self.complete.load(Ordering::Acquire) => return Ok(0),
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the pack is incomplete")),
            }
        }
        let taken = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..taken]);
        Ok(taken)
    }
}
