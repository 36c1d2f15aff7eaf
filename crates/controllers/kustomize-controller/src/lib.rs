//! The kustomize-controller: artifacts in, cluster state out (contract/kustomize.md).
//!
//! It reconciles Kustomizations. The program is this library behind a `main` of a few lines.

pub mod app;
pub mod args;
pub mod config;
mod kustomization;
mod metrics;
