//! Why a repository could not be listed or fetched. The texts are part of the contract (contract/source.md 7.1, 7.2);
//! each error says only its own part and leaves the rest to its source.

use std::{error, io, path::PathBuf, time::Duration};

/// Why a checkout failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The remote could not be asked or did not give what was asked for.
    #[error("unable to clone '{url}'")]
    Clone {
        /// The repository, without credentials.
        url: String,
        /// Why.
        #[source]
        source: Box<RemoteError>,
    },
    /// The list of references, which tells whether anything changed, could not be had.
    #[error("unable to list remote for '{url}'")]
    List {
        /// The repository, without credentials.
        url: String,
        /// Why.
        #[source]
        source: Box<RemoteError>,
    },
    /// The reference by name begins or ends with a slash.
    #[error("ref {0} is invalid; Git refs cannot begin or end with a slash '/'")]
    InvalidReference(String),
    /// The remote has no reference of this name.
    #[error("unable to resolve ref '{0}' to a specific commit")]
    UnresolvedReference(String),
    /// The commit is not part of what was named.
    #[error("unable to resolve commit object for '{0}': object not found")]
    CommitNotFound(String),
    /// No tag was chosen.
    #[error(transparent)]
    Version(#[from] crate::VersionError),
    /// A repository without commits was asked for more than a branch.
    #[error("unable to clone: remote repository is empty: git repository: '{0}'")]
    EmptyRemote(String),
    /// What was fetched is not what it should be.
    #[error("cannot read the commit {id}")]
    Commit {
        /// The commit or tag.
        id: String,
        /// Why.
        #[source]
        source: crate::CommitError,
    },
    /// The local store failed.
    #[error("cannot use the object store `{path}`")]
    Store {
        /// A file or directory of the store.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It took too long.
    #[error("the operation on '{url}' took longer than {timeout:?}: context deadline exceeded")]
    Timeout {
        /// The repository, without credentials.
        url: String,
        /// How long it was allowed to take.
        timeout: Duration,
    },
}

/// Why a remote did not answer as it should.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// HTTP status 404.
    #[error("repository not found: {0}")]
    RepositoryNotFound(String),
    /// HTTP status 401.
    #[error("authentication required: {0}")]
    AuthenticationRequired(String),
    /// HTTP status 403.
    #[error("authorization failed: {0}")]
    AuthorizationFailed(String),
    /// Any other HTTP status that is no success.
    #[error("unexpected requesting \"{url}\" status code: {status}: {body}")]
    Status {
        /// What was requested.
        url: String,
        /// The status.
        status: u16,
        /// The beginning of the answer.
        body: String,
    },
    /// An HTTP request got no answer.
    #[error("{method} \"{url}\"")]
    Request {
        /// `Get` or `Post`.
        method: &'static str,
        /// What was requested.
        url: String,
        /// Why.
        #[source]
        source: RequestError,
    },
    /// The server sent the client where it does not go.
    #[error("refusing to follow the redirect from \"{from}\" to \"{to}\"")]
    Redirect {
        /// What was requested.
        from: String,
        /// Where the server pointed.
        to: String,
    },
    /// The SSH connection failed.
    #[error("ssh")]
    Ssh(#[from] SshError),
    /// A certificate authority in the credentials is unusable.
    #[error("x509: {0}")]
    Authority(String),
    /// The HTTP client could not be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] Box<dyn error::Error + Send + Sync>),
    /// The remote has no such reference.
    #[error("couldn't find remote ref \"{0}\"")]
    MissingReference(String),
    /// A reference stands for something that is no commit.
    #[error("reference '{0}' does not lead to a commit")]
    NoCommit(String),
    /// The server said so.
    #[error("remote: {0}")]
    Server(String),
    /// The answer is not what the protocol says.
    #[error("malformed answer of the server: {0}")]
    Protocol(&'static str),
    /// The repository uses another hash than SHA-1.
    #[error("the repository's object format '{0}' is not supported")]
    ObjectFormat(String),
    /// More bytes than allowed.
    #[error("the server sent more than {0} bytes")]
    TooLarge(u64),
    /// The connection broke.
    #[error("the connection broke")]
    Connection(#[source] io::Error),
    /// The received pack is unusable.
    #[error("cannot index the received pack")]
    Pack(#[source] Box<dyn error::Error + Send + Sync>),
    /// The local store failed.
    #[error("cannot write to the object store `{path}`")]
    Store {
        /// A file or directory of the store.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Why an HTTP request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// No connection.
    #[error("dial tcp: {0}")]
    Dial(String),
    /// No secure connection.
    #[error("tls: {0}")]
    Tls(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Why an SSH connection failed.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// No connection.
    #[error("dial tcp {address}")]
    Dial {
        /// Host and port.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Only SOCKS can carry SSH.
    #[error("a proxy of scheme '{0}' cannot be used for SSH")]
    ProxyScheme(String),
    /// The proxy does not let us through.
    #[error("the proxy refuses the connection: {0}")]
    Proxy(&'static str),
    /// The host's key is not the one that is known.
    #[error("handshake failed: knownhosts: {0}")]
    HostKey(&'static str),
    /// `known_hosts` cannot be read.
    #[error("invalid known_hosts: line {line}: {problem}")]
    KnownHosts {
        /// The line, beginning with 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The private key cannot be read.
    #[error("invalid identity")]
    Identity(#[source] Box<dyn error::Error + Send + Sync>),
    /// An algorithm in a flag is unknown.
    #[error("unknown {kind} algorithm '{name}'")]
    Algorithm {
        /// `key exchange` or `host key`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The server does not take the key.
    #[error(
        "handshake failed: unable to authenticate, attempted methods [none publickey], no supported methods remain"
    )]
    Unauthenticated,
    /// The URL names no host.
    #[error("the URL names no host")]
    NoHost,
    /// Anything else in the protocol.
    #[error("handshake failed")]
    Protocol(#[source] Box<dyn error::Error + Send + Sync>),
    /// The command on the server failed.
    #[error("the server ended the command: {0}")]
    Command(String),
}
