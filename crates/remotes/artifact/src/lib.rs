//! Artifact storage, the file server that hands artifacts out and the fetcher that takes them in.
//!
//! * [`Storage`]: archives on disk, written atomically, checked, and collected (contract/source.md 4.1, 4.5, 3.8).
//! * [`server`]: the HTTP file server over a storage root (contract/source.md 4.4).
//! * [`Fetcher`]: what consumers get artifacts with; verifies, unpacks, shares and caches (contract/kustomize.md 6).
//!
//! Which object has which artifact, and what an object's conditions say of it, is not decided here.

pub mod address;
pub mod cache;
pub mod fetch;
pub mod layout;
pub mod revision;
pub mod server;
pub mod storage;

pub use crate::{
    cache::SnapshotCache,
    fetch::{FetchError, FetchOptions, Fetcher},
    layout::{ObjectDirectory, SourceKind},
    revision::Revision,
    server::{Server, ServerOptions},
    storage::{Retention, Storage, StorageOptions},
};
