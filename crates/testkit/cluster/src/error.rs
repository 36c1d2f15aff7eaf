//! What can go wrong while starting a control plane and talking to it.

use std::{io, path::PathBuf, time::Duration};

/// Why a control plane could not be started or did not do what a test asked of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program of the control plane could not be built.
    #[error("cannot get the program `{name}`")]
    Program {
        /// The component, such as `kube-apiserver`.
        name: &'static str,
        /// Why.
        #[source]
        source: ferroflux_programs::Error,
    },
    /// A file could not be read or written, or a process not be started.
    #[error("cannot access `{path}`")]
    Io {
        /// The file, directory or program.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A certificate or key could not be made.
    #[error("cannot make the control plane's certificates")]
    Certificate(#[source] rcgen::Error),
    /// A component ended by itself.
    #[error("`{name}` ended with {status}; the end of its log:\n{log}")]
    Exited {
        /// The component, such as `kube-apiserver`.
        name: &'static str,
        /// Its exit status.
        status: String,
        /// The last lines that it printed.
        log: String,
    },
    /// Something did not come true in time.
    #[error("`{what}` did not come true within {waited:?}; last seen: {last}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        waited: Duration,
        /// The state that was seen last.
        last: String,
    },
    /// The API server refused a request, or could not be reached.
    #[error("cannot {what}")]
    Request {
        /// The request, in words.
        what: String,
        /// The answer.
        #[source]
        source: Box<kube::Error>,
    },
    /// A client could not be made from a kubeconfig.
    #[error("cannot use the kubeconfig")]
    Kubeconfig(#[source] Box<kube::config::KubeconfigError>),
    /// A manifest that a test passed in is not an object.
    #[error("manifest is not a Kubernetes object: {reason}")]
    Manifest {
        /// What is wrong with it.
        reason: String,
    },
    /// A kind is not written as `GROUP/VERSION/KIND` or `VERSION/KIND`.
    #[error("`{kind}` is not written as `apps/v1/Deployment` or `v1/ConfigMap`")]
    Kind {
        /// What was passed in.
        kind: String,
    },
    /// The cluster that is in use was not started by this crate and cannot do this.
    #[error("{what} is not possible with this cluster")]
    Unsupported {
        /// What was asked for.
        what: String,
    },
}

impl Error {
    pub(crate) fn request(what: impl Into<String>, source: kube::Error) -> Self {
        Self::Request { what: what.into(), source: Box::new(source) }
    }

    /// The HTTP status code, if the API server answered with an error.
    pub fn code(&self) -> Option<u16> {
        self.status().map(|status| status.code)
    }

    /// The API server's error, if it answered with one.
    pub fn status(&self) -> Option<&kube::core::Status> {
        match self {
            Self::Request { source, .. } => match source.as_ref() {
                kube::Error::Api(status) => Some(status),
                _ => None,
            },
            _ => None,
        }
    }
}
