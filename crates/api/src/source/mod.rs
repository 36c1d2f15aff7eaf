//! Group `source.toolkit.fluxcd.io`.

pub mod v1;
