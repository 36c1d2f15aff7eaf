//! Why an artifact could not be fetched.

use std::time::Duration;

use ferroflux_archive::{digest, unpack};

/// What went wrong between us and the server.
#[derive(Debug, thiserror::Error)]
pub enum Transport {
    /// The HTTP client failed.
    #[error("{action}")]
    Http {
        /// What was tried: `Get "<url>"`.
        action: String,
        /// What the client says, without the URL.
        #[source]
        source: reqwest::Error,
    },
    /// The server sent nothing for too long.
    #[error("Get \"{url}\": no data for {limit:?}")]
    Stalled {
        /// The address.
        url: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The server answered with something that another attempt may change.
    #[error("unexpected HTTP status {0}")]
    Status(String),
}

/// Why an artifact could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The artifact's digest cannot be read.
    #[error("failed to verify archive")]
    Digest(#[source] digest::ParseError),
    /// The artifact's URL cannot be read.
    #[error("failed to download archive from '{url}'")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        #[source]
        source: url::ParseError,
    },
    /// The server does not have the file: it is new, and fetches its sources again.
    #[error("file not found")]
    NotFound {
        /// The address.
        url: String,
    },
    /// The server refused.
    #[error("failed to download archive from {url} (status: {status})")]
    Status {
        /// The address.
        url: String,
        /// Code and phrase.
        status: String,
    },
    /// One attempt failed; another may do better.
    #[error("failed to download archive")]
    Transient {
        /// What happened.
        #[source]
        source: Transport,
        /// How long the server asked to be left alone; zero if it did not.
        retry_after: Duration,
    },
    /// All attempts failed.
    #[error("failed to download archive: GET {url} giving up after {attempts} attempt(s)")]
    GivingUp {
        /// The address.
        url: String,
        /// How many were made.
        attempts: u32,
        /// The last failure.
        #[source]
        source: Box<FetchError>,
    },
    /// The file is larger than the limit.
    #[error("artifact is {size} bytes greater than the max download size of {limit} bytes")]
    TooLarge {
        /// Its announced length, or what had come when the limit was crossed.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The bytes are not those that the source packed.
    #[error(
        "failed to verify archive: computed digest doesn't match provided '{}' (check whether file size exceeds max download size)",
        .0.expected
    )]
    Mismatch(digest::Mismatch),
    /// The archive cannot be unpacked.
    #[error("failed to extract archive (check whether file size exceeds max download size)")]
    Unpack(#[source] unpack::Error),
    /// The download could not be kept.
    #[error("failed to write the downloaded archive")]
    Spool(#[source] std::io::Error),
    /// The work ended without a result, because the process stops or because it panicked.
    #[error("fetching the archive was given up")]
    Abandoned,
}

impl FetchError {
    /// Whether another attempt may do better, and how long the server asked to be left alone before.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transient { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// Whether the server does not have the file.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}
