//! HTTP clients: built from what an object asks for, and shared between objects that ask for the same.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lru::LruCache;
use reqwest::redirect::{Attempt, Policy};

use crate::{
    proxy::{EnvironmentProxies, Proxy, ProxyChoice},
    secret::TlsMaterial,
    tls::{self, SystemRoots, TlsError},
};

/// Clients, and with them connection pools, that are kept at a time.
const MAX_CLIENTS: usize = 256;

/// Redirects that are followed one after the other.
const MAX_REDIRECTS: usize = 10;

/// Idle connections to one host that are kept, and for how long.
const IDLE: (usize, Duration) = (8, Duration::from_mins(1));

/// What happens when a server sends us elsewhere. From https to http is never followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Redirects {
    /// Ten times at most; credentials are dropped when scheme, host or port change.
    #[default]
    Follow,
    /// Ten times at most, and only within scheme, host and port: for requests whose own headers are secret.
    SameOrigin,
    /// The answer is handed to the caller.
    Refuse,
}

/// What distinguishes one client from another. Equal options share connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientOptions {
    /// Certificates and keys.
    pub tls: Option<TlsMaterial>,
    /// Whether the host's roots are trusted besides an authority in `tls`.
    pub system_roots: SystemRoots,
    /// The proxy.
    pub proxy: ProxyChoice,
    /// Redirects.
    pub redirects: Redirects,
    /// Time for name resolution, connection and TLS.
    pub connect_timeout: Duration,
    /// Time between two pieces of an answer.
    pub read_timeout: Duration,
    /// Whose connections these are, where a server may remember who opened one.
    pub identity: Option<Arc<str>>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            tls: None,
            system_roots: SystemRoots::default(),
            proxy: ProxyChoice::default(),
            redirects: Redirects::default(),
            connect_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_mins(1),
            identity: None,
        }
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The TLS material cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP library refuses the options.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// Makes clients and keeps the most recently used ones. Clones share them.
#[derive(Debug, Clone)]
pub struct Clients(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    user_agent: String,
    environment: Arc<EnvironmentProxies>,
    clients: Mutex<LruCache<ClientOptions, reqwest::Client>>,
}

impl Clients {
    /// Clients that call themselves `user_agent` and use the environment's proxies where options say so.
    pub fn new(user_agent: impl Into<String>, environment: EnvironmentProxies) -> Self {
        let capacity = NonZeroUsize::new(MAX_CLIENTS).unwrap_or(NonZeroUsize::MIN);
        Self(Arc::new(Inner {
            user_agent: user_agent.into(),
            environment: Arc::new(environment),
            clients: Mutex::new(LruCache::new(capacity)),
        }))
    }

    /// The client with these options. Cheap if there is one already.
    pub fn get(&self, options: &ClientOptions) -> Result<reqwest::Client, BuildError> {
        if let Some(client) = self.locked().get(options) {
            return Ok(client.clone());
        }
        // Built without the lock; if two are built at once, the first stays.
        let built = self.build(options)?;
        Ok(self.locked().get_or_insert(options.clone(), || built).clone())
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, LruCache<ClientOptions, reqwest::Client>> {
        self.0.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn build(&self, options: &ClientOptions) -> Result<reqwest::Client, BuildError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(options.tls.as_ref(), options.system_roots)?)
            .user_agent(&self.0.user_agent)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .pool_max_idle_per_host(IDLE.0)
            .pool_idle_timeout(IDLE.1)
            .redirect(policy(options.redirects))
            // A referring URL may hold a token.
            .referer(false)
            .no_proxy();
        builder = match &options.proxy {
            ProxyChoice::Never => builder,
            ProxyChoice::Always(proxy) => builder.proxy(always(proxy).map_err(BuildError::Client)?),
            ProxyChoice::Environment => {
                let environment = self.0.environment.clone();
                builder.proxy(reqwest::Proxy::custom(move |url| environment.for_url(url).map(remote_names)))
            }
        };
        builder.build().map_err(BuildError::Client)
    }
}

fn always(proxy: &Proxy) -> reqwest::Result<reqwest::Proxy> {
    reqwest::Proxy::all(remote_names(proxy))
}

/// The proxy's address; a SOCKS proxy resolves names itself, as Go's client lets it.
fn remote_names(proxy: &Proxy) -> url::Url {
    let url = proxy.url();
    if url.scheme() != "socks5" {
        return url.clone();
    }
    let text = url.as_str().replacen("socks5:", "socks5h:", 1);
    url::Url::parse(&text).unwrap_or_else(|_| url.clone())
}

fn policy(redirects: Redirects) -> Policy {
    match redirects {
        Redirects::Refuse => Policy::none(),
        // The library itself drops credentials when the origin changes.
        Redirects::Follow => Policy::custom(|attempt| follow(attempt, false)),
        Redirects::SameOrigin => Policy::custom(|attempt| follow(attempt, true)),
    }
}

/// A redirect was refused.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("stopped after {MAX_REDIRECTS} redirects")]
    TooMany,
    #[error("redirect from https to http refused")]
    Downgrade,
    #[error("redirect to another host refused")]
    Elsewhere,
}

fn follow(attempt: Attempt<'_>, same_origin: bool) -> reqwest::redirect::Action {
    let refused = match attempt.previous().last() {
        _ if attempt.previous().len() > MAX_REDIRECTS => Some(Refused::TooMany),
        Some(last) if last.scheme() == "https" && attempt.url().scheme() != "https" => {
            Some(Refused::Downgrade)
        }
        Some(last) if same_origin && last.origin() != attempt.url().origin() => Some(Refused::Elsewhere),
        _ => None,
    };
    match refused {
        Some(error) => attempt.error(error),
        None => attempt.follow(),
    }
}

#[cfg(test)]
mod tests;
