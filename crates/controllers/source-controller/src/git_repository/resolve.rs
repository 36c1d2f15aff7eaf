//! The credentials that a GitRepository names (contract/source.md 7.4, 13.2).

use std::{collections::BTreeMap, time::Duration};

use ferroflux_api::{
    conditions::types,
    meta::Artifact,
    source::v1::{GitRepository, GitRepositorySpec, reasons},
};
use ferroflux_git::{
    ClientCertificate, HttpCredentials, InvalidRemote, Proxy, Redacted, Remote, RemoteOptions, SshCredentials,
};
use ferroflux_runtime::{Failure, Key, Store, chain};
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{Api, Client};
use url::Url;

use super::plan;

/// Why credentials cannot be used.
#[derive(Debug, thiserror::Error)]
enum ResolveError {
    #[error("failed to get secret '{name}': {message}")]
    Secret { name: String, message: String },
    #[error("secretRef '{0}' has github app data but provider is not set to github")]
    GithubApp(String),
    #[error("SSH identity key is encrypted but no 'password' field was provided in the secret '{0}'")]
    Passphrase(String),
    #[error("secret '{secret}' contains '{present}' but missing '{missing}'")]
    HalfPair { secret: String, present: &'static str, missing: &'static str },
}

/// Reads the Secret and makes the remote of it. I/O: one read of the Secret.
pub(super) async fn remote(
    client: &Client,
    namespace: &str,
    spec: &GitRepositorySpec,
) -> Result<Remote, Failure> {
    let proxy = proxy(client, namespace, spec).await?;
    // A URL that cannot be read is the first thing to say, credentials or not.
    if let Err(error @ (InvalidRemote::Url { .. } | InvalidRemote::Scheme(_))) =
        Remote::new(&spec.url, RemoteOptions::default())
    {
        return Err(Failure::stalled(reasons::URL_INVALID, error).on(types::FETCH_FAILED));
    }
    let mut options = match &spec.secret_ref {
        None => RemoteOptions::default(),
        Some(reference) => {
            let data = secret(client, namespace, &reference.name).await?;
            from_secret(&data, &format!("{namespace}/{}", reference.name), &spec.url)?
        }
    };
    options.proxy = proxy;
    options.timeout = Some(plan::timeout(spec)?);
    Remote::new(&spec.url, options).map_err(|error| options_failure(error.into()))
}

type Data = BTreeMap<String, ByteString>;

async fn secret(client: &Client, namespace: &str, name: &str) -> Result<Data, Failure> {
    let full = format!("{namespace}/{name}");
    match Api::<Secret>::namespaced(client.clone(), namespace).get(name).await {
        Ok(secret) => Ok(secret.data.unwrap_or_default()),
        Err(error) => {
            let message = match &error {
                kube::Error::Api(answer) if answer.code == 404 => {
                    format!("failed to get secret '{full}': {}", answer.message)
                }
                kube::Error::Api(answer) => answer.message.clone(),
                other => chain(other),
            };
            let error = ResolveError::Secret { name: full, message };
            Err(Failure::retry(reasons::AUTHENTICATION_FAILED, error).on(types::FETCH_FAILED))
        }
    }
}

/// Reads credentials out of a Secret's data. Pure.
pub(super) fn from_secret(data: &Data, name: &str, url: &str) -> Result<RemoteOptions, Failure> {
    let text = |key: &str| {
        let value = data.get(key).filter(|value| !value.0.is_empty())?;
        Some(String::from_utf8_lossy(&value.0).into_owned())
    };
    let invalid = |error: ResolveError| options_failure(error.into());
    if text("githubAppID").is_some() {
        let error = ResolveError::GithubApp(name.to_owned());
        return Err(Failure::retry(reasons::INVALID_PROVIDER_CONFIGURATION, error).on(types::FETCH_FAILED));
    }
    if url.starts_with("ssh://") {
        let identity = Redacted::new(text("identity").unwrap_or_default());
        let passphrase = text("password").map(Redacted::new);
        if passphrase.is_none() && identity.is_encrypted_private_key() {
            return Err(invalid(ResolveError::Passphrase(name.to_owned())));
        }
        let known_hosts = text("known_hosts").unwrap_or_default();
        let ssh = Some(SshCredentials { identity, passphrase, known_hosts });
        return Ok(RemoteOptions { ssh, ..RemoteOptions::default() });
    }
    let half = |present, missing| ResolveError::HalfPair { secret: name.to_owned(), present, missing };
    match (text("tls.crt").is_some(), text("tls.key").is_some()) {
        (true, false) => return Err(invalid(half("tls.crt", "tls.key"))),
        (false, true) => return Err(invalid(half("tls.key", "tls.crt"))),
        (true, true) | (false, false) => {}
    }
    let client_certificate = text("tls.crt")
        .zip(text("tls.key"))
        .map(|(certificate, key)| ClientCertificate { certificate, key: Redacted::new(key) });
    let basic = match (text("username"), text("password")) {
        (None, None) => None,
        (username, password) => Some(HttpCredentials::Basic {
            username: username.unwrap_or_default(),
            password: Redacted::new(password.unwrap_or_default()),
        }),
    };
    let bearer = text("bearerToken").map(|token| HttpCredentials::Bearer(Redacted::new(token)));
    let authorities = text("ca.crt").or_else(|| {
        let legacy = text("caFile");
        if legacy.is_some() {
            tracing::error!(secret = name, "using legacy key in secret data: `caFile` instead of `ca.crt`");
        }
        legacy
    });
    Ok(RemoteOptions { http: bearer.or(basic), authorities, client_certificate, ..RemoteOptions::default() })
}

/// The longest address of a proxy.
const MAX_PROXY_ADDRESS: usize = 2048;

/// Why a proxy cannot be used.
#[derive(Debug, thiserror::Error)]
enum ProxyError {
    #[error("secret '{0}' not found")]
    NoSecret(String),
    #[error("failed to get secret '{name}'")]
    Secret {
        name: String,
        #[source]
        source: kube::Error,
    },
    #[error("secret '{0}': key 'address' not found")]
    NoAddress(String),
    #[error("secret '{0}': proxy address is empty")]
    EmptyAddress(String),
    #[error("proxy URL must use one of the supported schemes (http, https, socks5), got '{0}'")]
    Scheme(String),
    #[error("proxy URL exceeds maximum length of {MAX_PROXY_ADDRESS} characters")]
    TooLong,
    #[error("failed to parse proxy address of secret '{name}'")]
    Parse {
        name: String,
        #[source]
        source: url::ParseError,
    },
}

/// Reads the proxy of a spec. I/O: one read of the Secret.
async fn proxy(client: &Client, namespace: &str, spec: &GitRepositorySpec) -> Result<Option<Proxy>, Failure> {
    let Some(reference) = &spec.proxy_secret_ref else { return Ok(None) };
    let name = format!("{namespace}/{}", reference.name);
    let read = Api::<Secret>::namespaced(client.clone(), namespace).get(&reference.name).await;
    let proxy = match read {
        Ok(secret) => proxy_from_secret(&secret.data.unwrap_or_default(), &name),
        Err(kube::Error::Api(answer)) if answer.code == 404 => Err(ProxyError::NoSecret(name)),
        Err(source) => Err(ProxyError::Secret { name, source }),
    };
    proxy.map(Some).map_err(|error| {
        let message = format!("failed to configure proxy options: {}", chain(&error));
        Failure::retry(reasons::AUTHENTICATION_FAILED, error).with_message(message).on(types::FETCH_FAILED)
    })
}

fn proxy_from_secret(data: &Data, name: &str) -> Result<Proxy, ProxyError> {
    let text = |key: &str| data.get(key).map(|value| String::from_utf8_lossy(&value.0).into_owned());
    let address = text("address").ok_or_else(|| ProxyError::NoAddress(name.to_owned()))?;
    if address.is_empty() {
        return Err(ProxyError::EmptyAddress(name.to_owned()));
    }
    if address.len() > MAX_PROXY_ADDRESS {
        return Err(ProxyError::TooLong);
    }
    let url = Url::parse(&address).map_err(|source| ProxyError::Parse { name: name.to_owned(), source })?;
    if !matches!(url.scheme(), "http" | "https" | "socks5") {
        return Err(ProxyError::Scheme(url.scheme().to_owned()));
    }
    let username = text("username").filter(|username| !username.is_empty());
    let credentials =
        username.map(|username| (username, Redacted::new(text("password").unwrap_or_default())));
    Ok(Proxy { url, credentials })
}

/// Why an artifact cannot be included.
#[derive(Debug, thiserror::Error)]
enum IncludeUnavailable {
    #[error(
        "could not get resource for include '{0}': GitRepository.source.toolkit.fluxcd.io \"{0}\" not found"
    )]
    Missing(String),
    #[error("no artifact available for include '{0}'")]
    NoArtifact(String),
}

/// The artifacts that a spec includes, in its order.
pub(super) fn included(
    store: &Store<GitRepository>,
    namespace: &str,
    spec: &GitRepositorySpec,
    delay: Duration,
) -> Result<Vec<Artifact>, Failure> {
    let waiting = |reason: &'static str, error: IncludeUnavailable| {
        Failure::waiting(delay, reason, error).on(types::INCLUDE_UNAVAILABLE)
    };
    let mut artifacts = Vec::with_capacity(spec.include.len());
    for include in &spec.include {
        let name = include.repository.name.clone();
        let object = store
            .get(&Key::new(namespace, &name))
            .ok_or_else(|| waiting(reasons::NOT_FOUND, IncludeUnavailable::Missing(name.clone())))?;
        let artifact = object.status.as_ref().and_then(|status| status.artifact.clone());
        let missing = || waiting(reasons::NO_ARTIFACT, IncludeUnavailable::NoArtifact(name));
        artifacts.push(artifact.ok_or_else(missing)?);
    }
    Ok(artifacts)
}

fn options_failure(error: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    let message = format!("failed to configure authentication options: {}", chain(error.as_ref()));
    Failure::retry(reasons::AUTHENTICATION_FAILED, error).with_message(message).on(types::FETCH_FAILED)
}
