//! Why a server or a fixture could not be had.

use std::{io, path::PathBuf};

/// Why a server or a fixture could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory could not be read or written.
    #[error("cannot access `{path}`")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No loopback port could be listened on.
    #[error("cannot listen on a loopback port")]
    Listen(#[source] io::Error),
    /// A program that the servers are made of is not installed.
    #[error("`{program}` is missing: install the package `{package}` (`make setup` does)")]
    Missing {
        /// The program.
        program: &'static str,
        /// The Debian package that holds it.
        package: &'static str,
    },
    /// A program could not be started.
    #[error("cannot start `{program}`")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("`{command}` failed: {output}")]
    Failed {
        /// The command with its arguments.
        command: String,
        /// What it printed.
        output: String,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate(#[source] rcgen::Error),
    /// A TLS server could not be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
