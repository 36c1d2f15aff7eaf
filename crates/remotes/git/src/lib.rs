//! Git over HTTP and SSH: listing references, shallow incremental fetches into shared stores, trees as lists of entries.
//!
//! * [`GitClient::checkout`] is what controllers call: it decides by the list of references whether anything changed and
//!   transfers objects only when something did (contract/source.md 7.2, 7.3).
//! * [`Remote`] is a repository with the credentials for it (7.4); they are sent to its scheme, host and port alone.
//! * [`Checkout`] holds a fetched commit; [`Tree`] reads its entries straight from the object database.
//!
//! The wire protocol (versions 0 and 2) is spoken here, asynchronously, over `reqwest` and `russh`; gitoxide's plumbing
//! indexes packs and reads objects on blocking threads. Dropping a future cancels all that it began. Nothing here knows
//! of Kubernetes, archives or ignore rules, and no program is ever started.

mod checkout;
mod client;
mod error;
mod reference;
mod remote;
mod session;
mod store;
mod transport;
mod tree;
mod wire;

pub use gix_hash::{Kind as ObjectKind, ObjectId};

pub use crate::{
    checkout::{Checkout, Commit, CommitError, Signature, Tag},
    client::{CheckoutOutcome, ClientOptions, GitClient},
    error::{Error, RemoteError, RequestError, SshError},
    reference::{DEFAULT_BRANCH, Reference, VersionChoice, VersionError},
    remote::{
        ClientCertificate, HttpCredentials, InvalidRemote, Proxy, Redacted, Remote, RemoteOptions,
        SshCredentials,
    },
    tree::{EntryKind, Tree, TreeEntry, TreeError},
};
