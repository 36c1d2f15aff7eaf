//! HTTP clients, TLS material and limits shared by everything that talks to the outside.
//!
//! * [`SecretData`]: the shapes that Secrets have (contract/source.md 13.2, 13.3), with their error texts.
//! * [`proxy`]: proxies of objects and of the environment.
//! * [`Clients`]: one connection pool for each distinct way to connect, so that an object never uses a
//!   connection that another object's keys opened.
//! * [`body`]: bodies are read up to a limit or not at all.
//!
//! Credentials of a request (basic, bearer) are set by those who make it. They are dropped when a redirect leads to
//! another scheme, host or port.

pub mod body;
mod client;
pub mod proxy;
pub mod secret;
mod tls;

pub use crate::{
    body::{BodyError, read_body, read_json},
    client::{BuildError, ClientOptions, Clients, Redirects},
    proxy::{EnvironmentProxies, Proxy, ProxyChoice},
    secret::{BasicAuth, Identity, LegacyKeys, SecretData, SecretError, TlsMaterial},
    tls::{SystemRoots, TlsError},
};
