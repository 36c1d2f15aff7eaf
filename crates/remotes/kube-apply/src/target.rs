//! The cluster and identity that requests are made to and with.

use std::sync::Arc;

use kube::Client;

use crate::mapper::Mapper;

/// A cluster, seen through one identity.
#[derive(Clone)]
pub struct Target {
    /// Sends every request as that identity.
    pub client: Client,
    /// Names cluster and identity; caches and watches are shared by equal names only.
    pub identity: Arc<str>,
    /// Knows the kinds of the cluster.
    pub mapper: Arc<Mapper>,
    /// Whether the identity is expected to read the whole cluster, so that one watch per kind serves all
    /// namespaces. Identities of tenants watch namespace by namespace.
    pub cluster_wide: bool,
}
