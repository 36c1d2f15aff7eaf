//! The source-controller: watches sources, fetches what they name, and keeps an archive of each revision for others to
//! download.
//!
//! Of its kinds GitRepository is built; the others are answered with a terminal condition that says so
//! ([`unsupported`]). What the kinds share stands beside them: [`storage_phase`], [`archive`], [`notify`].

pub mod app;
pub mod archive;
pub mod args;
pub mod config;
pub mod git_repository;
pub mod metrics;
pub mod notify;
pub mod storage_phase;
pub mod unsupported;
