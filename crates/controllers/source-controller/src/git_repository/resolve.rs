//! The credentials that a GitRepository names (contract/source.md 7.4, 13.2).

use std::collections::BTreeMap;

use ferroflux_api::{
    conditions::types,
    source::v1::{GitRepositorySpec, reasons},
};
use ferroflux_git::{HttpCredentials, InvalidRemote, Redacted, Remote, RemoteOptions, SshCredentials};
use ferroflux_runtime::{Failure, chain};
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{Api, Client};

use super::plan::Plan;

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
    #[error("the client certificate in secret '{0}' (`tls.crt`) is not supported by this version")]
    ClientCertificate(String),
}

/// Reads the Secret and makes the remote of it. I/O: one read of the Secret.
pub(super) async fn remote(
    client: &Client,
    namespace: &str,
    spec: &GitRepositorySpec,
    plan: &Plan,
) -> Result<Remote, Failure> {
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
    options.timeout = Some(plan.timeout);
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
        (true, true) => {
            let error = ResolveError::ClientCertificate(name.to_owned());
            return Err(Failure::stalled(reasons::FEATURE_GATE_DISABLED, error).on(types::FETCH_FAILED));
        }
        (true, false) => return Err(invalid(half("tls.crt", "tls.key"))),
        (false, true) => return Err(invalid(half("tls.key", "tls.crt"))),
        (false, false) => {}
    }
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
    Ok(RemoteOptions { http: bearer.or(basic), authorities, ..RemoteOptions::default() })
}

fn options_failure(error: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    let message = format!("failed to configure authentication options: {}", chain(error.as_ref()));
    Failure::retry(reasons::AUTHENTICATION_FAILED, error).with_message(message).on(types::FETCH_FAILED)
}
