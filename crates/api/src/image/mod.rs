//! Group `image.toolkit.fluxcd.io`.

pub mod v1;
