//! Whose rights a request has: identity is a parameter (design decision 8).

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use ferroflux_kube_apply::{Mapper, Target};
use kube::Client;
use kube::client::ClientBuilder;
use lru::LruCache;
use sha2::{Digest as _, Sha256};

use super::Clients;
use super::impersonate::ImpersonateLayer;
use super::kubeconfig::{self, KubeConfigError, KubeConfigOptions};
use super::layers::Shared;

/// Identities and remote clusters that are kept; those used least recently go first.
const KEPT: NonZeroUsize = NonZeroUsize::new(1024).expect("1024 is not zero");
const KEPT_CLUSTERS: NonZeroUsize = NonZeroUsize::new(128).expect("128 is not zero");

/// A client with the rights of one identity in one cluster.
#[derive(Clone)]
pub struct Identity {
    client: Client,
    name: Arc<str>,
    cluster: Arc<Cluster>,
    impersonated: bool,
}

/// What all identities share in one cluster.
struct Cluster {
    name: Arc<str>,
    client: Client,
    mapper: Arc<Mapper>,
}

/// A cluster that an object names through a kubeconfig.
#[derive(Clone, Copy, Debug)]
pub struct RemoteCluster<'a> {
    /// The kubeconfig's bytes, as the Secret holds them.
    pub kubeconfig: &'a [u8],
    /// What of it may be used.
    pub options: KubeConfigOptions,
}

/// All identities of this process. Cheap to clone.
#[derive(Clone)]
pub struct Identities {
    inner: Arc<Inner>,
}

struct Inner {
    clients: Clients,
    local: Arc<Cluster>,
    default_service_account: Option<String>,
    identities: Mutex<LruCache<String, Identity>>,
    clusters: Mutex<LruCache<String, Arc<Cluster>>>,
}

/// The names cannot be those of a ServiceAccount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{namespace}/{account}` cannot be the name of a service account")]
pub struct InvalidAccount {
    namespace: String,
    account: String,
}

impl Identities {
    /// Identities over the controller's own client. `default_service_account` is `--default-service-account`.
    pub fn new(clients: Clients, controller: Client, default_service_account: Option<String>) -> Self {
        let local = Cluster { name: "local".into(), client: controller, mapper: Arc::default() };
        Self {
            inner: Arc::new(Inner {
                clients,
                local: Arc::new(local),
                default_service_account,
                identities: Mutex::new(LruCache::new(KEPT)),
                clusters: Mutex::new(LruCache::new(KEPT_CLUSTERS)),
            }),
        }
    }

    /// The account that an object of this namespace acts as: its own, else the default one, else none, which is the
    /// controller's identity.
    pub fn effective_account<'a>(&'a self, account: Option<&'a str>) -> Option<&'a str> {
        account.filter(|account| !account.is_empty()).or(self.inner.default_service_account.as_deref())
    }

    /// The identity for objects of `namespace` that name `account`, in this cluster.
    pub fn local(&self, namespace: &str, account: Option<&str>) -> Result<Identity, InvalidAccount> {
        self.in_cluster(&self.inner.local, namespace, account)
    }

    /// The identity for objects of `namespace` that name `account`, in a cluster that a kubeconfig leads to. The same
    /// kubeconfig shares one connection pool and one discovery.
    pub async fn remote(
        &self,
        remote: RemoteCluster<'_>,
        namespace: &str,
        account: Option<&str>,
    ) -> Result<Identity, KubeConfigError> {
        let mut digest = Sha256::new();
        digest.update([u8::from(remote.options.insecure_exec), u8::from(remote.options.insecure_tls)]);
        digest.update(remote.kubeconfig);
        let name = hex::encode(digest.finalize());
        let known = lock(&self.inner.clusters).get(&name).cloned();
        let cluster = match known {
            Some(cluster) => cluster,
            None => {
                let config = kubeconfig::load(remote.kubeconfig, remote.options).await?;
                let client = self
                    .inner
                    .clients
                    .connect(config)
                    .await
                    .map_err(|cause| KubeConfigError::Client(Box::new(cause)))?;
                let cluster = Cluster { name: name.as_str().into(), client, mapper: Arc::default() };
                let cluster = Arc::new(cluster);
                lock(&self.inner.clusters).put(name, cluster.clone());
                cluster
            }
        };
        self.in_cluster(&cluster, namespace, account).map_err(KubeConfigError::Account)
    }

    fn in_cluster(
        &self,
        cluster: &Arc<Cluster>,
        namespace: &str,
        account: Option<&str>,
    ) -> Result<Identity, InvalidAccount> {
        let Some(account) = self.effective_account(account) else {
            return Ok(Identity {
                client: cluster.client.clone(),
                name: format!("{}/", cluster.name).into(),
                cluster: cluster.clone(),
                impersonated: false,
            });
        };
        let key = format!("{}/{namespace}/{account}", cluster.name);
        if let Some(identity) = lock(&self.inner.identities).get(&key) {
            return Ok(identity.clone());
        }
        let layer = is_name(account)
            .then(|| ImpersonateLayer::new(namespace, account))
            .flatten()
            .ok_or_else(|| InvalidAccount { namespace: namespace.to_owned(), account: account.to_owned() })?;
        let client = ClientBuilder::new(Shared(cluster.client.clone()), namespace).with_layer(&layer).build();
        let name: Arc<str> = key.as_str().into();
        let identity = Identity { client, name, cluster: cluster.clone(), impersonated: true };
        lock(&self.inner.identities).put(key, identity.clone());
        Ok(identity)
    }
}

/// Whether this can be the name of an object. A colon or a slash in it could make it look like another account.
fn is_name(account: &str) -> bool {
    account.len() <= 253
        && account.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
}

/// Nothing that can panic runs under these locks.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Identity {
    /// Sends every request as this identity.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Names cluster and identity: equal names mean equal rights, so caches may be keyed by it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What server-side apply, pruning, health checks and watches take.
    pub fn target(&self) -> Target {
        Target {
            client: self.client.clone(),
            identity: self.name.clone(),
            mapper: self.cluster.mapper.clone(),
            cluster_wide: !self.impersonated,
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("name", &self.name).finish_non_exhaustive()
    }
}
