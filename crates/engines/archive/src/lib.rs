//! Deterministic tar.gz archives, their digests, and the checked unpacking of archives from outside.
//!
//! Pure over the readers and writers that are passed in: nothing here opens a file, looks at a clock or asks the
//! environment. Storage on disk, the file server and the download are the business of `ferroflux-artifact`.
//!
//! * [`digest`]: `algorithm:hex` digests, computed while bytes stream through.
//! * [`write`]: the archive that every source kind publishes (contract/source.md 4.2).
//! * [`unpack`]: the only way into the product for an archive (contract/source.md 6, contract/kustomize.md 6.2).
//! * [`snapshot`]: an unpacked archive in memory, shared by everyone who needs it.
//! * [`tar`]: the format itself, for those who need other rules than Flux's (Helm packages).

pub mod digest;
pub mod path;
pub mod snapshot;
pub mod tar;
pub mod unpack;
pub mod write;

pub use crate::{
    digest::{Algorithm, Digest, Hasher},
    path::EntryPath,
    snapshot::{Node, Snapshot},
    unpack::{Limits, UnpackOptions, unpack, unpack_snapshot},
    write::{Archive, Content, Entry, EntryKind, Summary, write_archive},
};
