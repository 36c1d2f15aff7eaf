//! What can go wrong with an installation.

use std::io;

/// Why an installation cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The control plane refused something.
    #[error(transparent)]
    Cluster(#[from] ferroflux_cluster::Error),
    /// A file or process could not be used.
    #[error("cannot use {what}")]
    Io {
        /// The file or program.
        what: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The program was not built.
    #[error("`{0}` is not there; run `cargo build --workspace --bins` first")]
    NotBuilt(String),
    /// No controller of that name was started.
    #[error("`{0}` was not started")]
    NotStarted(String),
    /// The controller ended instead of becoming ready, or did not become ready in time.
    #[error("`{name}` did not become ready ({why}); its log:\n{log}")]
    NotReady {
        /// The controller.
        name: String,
        /// How it ended, or that it did not.
        why: String,
        /// The end of its log.
        log: String,
    },
    /// A server answered with something else than success.
    #[error("`{url}` answered {status}")]
    Status {
        /// What was asked.
        url: String,
        /// The first line of the answer.
        status: String,
    },
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
