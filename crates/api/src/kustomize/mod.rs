//! Group `kustomize.toolkit.fluxcd.io`.

pub mod v1;
