//! How consumers get an artifact: download, verify, unpack, share (contract/kustomize.md 6.1, 6.2).
//!
//! The bytes that are unpacked are the bytes whose digest was checked: they lie in memory or in a file without a
//! name until then. One download serves all who want the same artifact, and an unpacked artifact is kept in a
//! [`SnapshotCache`] for the next.

mod download;
mod error;
mod spool;

use std::{path::PathBuf, sync::Arc, time::Duration};

use ferroflux_archive::{Digest, Limits, Snapshot, UnpackOptions, unpack_snapshot};
use tokio::sync::Semaphore;

use crate::{
    address::HostOverrides,
    cache::{Flights, SnapshotCache},
};

pub use self::{
    error::{FetchError, Transport},
    spool::{Verified, VerifiedReader},
};

/// The shared default for the size of a download: 100 MiB. kustomize-controller sets none.
pub const DEFAULT_MAX_DOWNLOAD: u64 = 100 << 20;

/// The longest pause that a server can ask for with `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_mins(5);

/// How artifacts are fetched.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// `--http-retry`: further attempts after the first.
    pub retries: u32,
    /// The pause before the first further attempt; it doubles with each.
    pub pause: Duration,
    /// The longest pause.
    pub max_pause: Duration,
    /// Bytes of a download.
    pub max_download: u64,
    /// A server that sends nothing for this long has failed.
    pub stall_timeout: Duration,
    /// How to unpack.
    pub unpack: UnpackOptions,
    /// Hosts to ask in place of those in artifact URLs.
    pub overrides: HostOverrides,
    /// Where downloads lie that are too large for memory.
    pub temporary: PathBuf,
    /// Downloads up to this size stay in memory until they are unpacked.
    pub memory: usize,
    /// Downloads that are received at a time. Each holds a connection and at most `memory` bytes, so that a few
    /// servers that do not answer delay nobody else.
    pub downloads: usize,
    /// Archives that are unpacked at a time; each may take as much memory as its limits allow.
    pub unpacks: usize,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            retries: 9,
            pause: Duration::from_secs(5),
            max_pause: Duration::from_secs(30),
            max_download: DEFAULT_MAX_DOWNLOAD,
            stall_timeout: Duration::from_secs(30),
            unpack: UnpackOptions::artifact(Limits::up_to(1 << 30)),
            overrides: HostOverrides::default(),
            temporary: std::env::temp_dir(),
            memory: 4 << 20,
            downloads: 64,
            unpacks: 4,
        }
    }
}

/// Fetches artifacts. Clones share connections, cache and work under way.
#[derive(Debug, Clone)]
pub struct Fetcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: reqwest::Client,
    options: FetchOptions,
    cache: SnapshotCache,
    downloads: Semaphore,
    unpacks: Semaphore,
    flights: Flights<(String, Digest, bool), Result<Snapshot, Arc<FetchError>>>,
}

impl Fetcher {
    /// Fetches with `client` and keeps unpacked artifacts in `cache`.
    pub fn new(client: reqwest::Client, options: FetchOptions, cache: SnapshotCache) -> Self {
        let downloads = Semaphore::new(options.downloads.max(1));
        let unpacks = Semaphore::new(options.unpacks.max(1));
        Self(Arc::new(Inner { client, options, cache, downloads, unpacks, flights: Flights::default() }))
    }

    /// The cache.
    pub fn cache(&self) -> &SnapshotCache {
        &self.0.cache
    }

    /// The artifact at `url` whose digest is `digest` (the texts of `status.artifact`), unpacked. Failed attempts
    /// are repeated as [`FetchOptions`] say, with the caller waiting.
    pub async fn snapshot(&self, url: &str, digest: &str) -> Result<Snapshot, Arc<FetchError>> {
        self.shared(url, digest, true).await
    }

    /// Like [`Fetcher::snapshot`] with a single attempt, for callers that do not wait: whether and when another
    /// one makes sense is told by [`FetchError::retry_after`].
    pub async fn snapshot_once(&self, url: &str, digest: &str) -> Result<Snapshot, Arc<FetchError>> {
        self.shared(url, digest, false).await
    }

    /// The artifact's verified bytes, packed as they are; not cached.
    pub async fn download(&self, url: &str, digest: &str) -> Result<Verified, FetchError> {
        self.0.download(url, parse(digest)?, true).await
    }

    async fn shared(&self, url: &str, digest: &str, retry: bool) -> Result<Snapshot, Arc<FetchError>> {
        let digest = parse(digest)?;
        if let Some(snapshot) = self.0.cache.get(&digest) {
            return Ok(snapshot);
        }
        let inner = self.0.clone();
        let address = url.to_owned();
        let work = move || async move { inner.fetch(&address, digest, retry).await.map_err(Arc::new) };
        let result = self.0.flights.join((url.to_owned(), digest, retry), work).await;
        result.unwrap_or_else(|| Err(Arc::new(FetchError::Abandoned)))
    }
}

fn parse(digest: &str) -> Result<Digest, FetchError> {
    Digest::parse_strong(digest).map_err(FetchError::Digest)
}

impl Inner {
    async fn fetch(&self, url: &str, digest: Digest, retry: bool) -> Result<Snapshot, FetchError> {
        let verified = self.download(url, digest, retry).await?;
        let options = self.options.unpack;
        let _permit = self.unpacks.acquire().await.map_err(|_| FetchError::Abandoned)?;
        let unpacked = tokio::task::spawn_blocking(move || unpack_snapshot(verified.reader(), &options))
            .await
            .map_err(|_| FetchError::Abandoned)?;
        let snapshot = unpacked.map_err(FetchError::Unpack)?;
        self.cache.insert(digest, snapshot.clone());
        Ok(snapshot)
    }

    async fn download(&self, url: &str, digest: Digest, retry: bool) -> Result<Verified, FetchError> {
        let address = self
            .options
            .overrides
            .apply(url)
            .map_err(|source| FetchError::Url { url: url.chars().take(2048).collect(), source })?;
        let mut attempts = 1;
        loop {
            let result = {
                // Held while bytes come in, not while waiting for the next attempt.
                let _permit = self.downloads.acquire().await.map_err(|_| FetchError::Abandoned)?;
                download::attempt(&self.client, &self.options, &address, digest).await
            };
            let error = match result {
                Ok(verified) => return Ok(verified),
                Err(error) => error,
            };
            let Some(asked) = error.retry_after() else { return Err(error) };
            if !retry {
                return Err(error);
            }
            if attempts > self.options.retries {
                return Err(FetchError::GivingUp {
                    url: address.to_string(),
                    attempts,
                    source: Box::new(error),
                });
            }
            let doubled = self.options.pause.saturating_mul(1 << (attempts - 1).min(16));
            let pause = doubled.min(self.options.max_pause);
            let pause = if asked.is_zero() { pause } else { asked.min(MAX_RETRY_AFTER) };
            tracing::debug!(%error, attempts, url = %address, "fetching an artifact failed, trying again");
            attempts += 1;
            tokio::time::sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests;
