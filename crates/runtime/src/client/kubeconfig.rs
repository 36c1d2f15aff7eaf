//! Kubeconfigs that users give (contract/kustomize.md 11.2): only inline data is taken over.

use ferroflux_yaml::{ReadOptions, read_value};
use kube::Config;
use kube::config::{KubeConfigOptions as ContextOptions, Kubeconfig};
use serde_json::{Map, Value};

use super::identity::InvalidAccount;

/// Largest kubeconfig in bytes: a Secret cannot hold more.
const MAX_BYTES: usize = 1024 * 1024;

/// What of a kubeconfig may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KubeConfigOptions {
    /// `--insecure-kubeconfig-exec`: whether programs named in it may be started for credentials.
    pub insecure_exec: bool,
    /// `--insecure-kubeconfig-tls`: whether it may switch the check of the server's certificate off.
    pub insecure_tls: bool,
}

/// Why a kubeconfig cannot be used. No message holds a part of it.
#[derive(Debug, thiserror::Error)]
pub enum KubeConfigError {
    /// It is larger than a Secret can be.
    #[error("kubeconfig is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// It is not YAML. The cause could quote credentials and is left out.
    #[error("kubeconfig is not valid YAML")]
    Yaml,
    /// Its fields are not those of a kubeconfig. The cause could quote credentials and is left out.
    #[error("kubeconfig has fields of the wrong type")]
    Fields,
    /// Its contexts, clusters or users do not fit together.
    #[error("kubeconfig cannot be used")]
    Config(#[source] Box<kube::config::KubeconfigError>),
    /// No client can be made from it.
    #[error("failed to build kube client from kubeconfig")]
    Client(#[source] Box<kube::Error>),
    /// The account to act as has no possible name.
    #[error(transparent)]
    Account(InvalidAccount),
}

/// Fields that are taken over from a cluster and from a user; everything else (files, auth providers, `as`) is dropped.
const CLUSTER_FIELDS: [&str; 4] = ["server", "tls-server-name", "certificate-authority-data", "proxy-url"];
const USER_FIELDS: [&str; 5] =
    ["client-certificate-data", "client-key-data", "token", "username", "password"];

/// Reads a kubeconfig, drops what must not be used, and resolves its current context.
pub(super) async fn load(bytes: &[u8], options: KubeConfigOptions) -> Result<Config, KubeConfigError> {
    if bytes.len() > MAX_BYTES {
        return Err(KubeConfigError::TooLarge);
    }
    let value = read_value(bytes, &ReadOptions::sigs()).map_err(|_| KubeConfigError::Yaml)?;
    let value = sanitize(&value, options);
    let kubeconfig: Kubeconfig = serde_json::from_value(value).map_err(|_| KubeConfigError::Fields)?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &ContextOptions::default())
        .await
        .map_err(|cause| KubeConfigError::Config(Box::new(cause)))?;
    if !options.insecure_tls {
        config.accept_invalid_certs = false;
    }
    Ok(config)
}

/// The same kubeconfig with nothing but what may be used.
pub(super) fn sanitize(value: &Value, options: KubeConfigOptions) -> Value {
    let mut clusters = CLUSTER_FIELDS.to_vec();
    if options.insecure_tls {
        clusters.push("insecure-skip-tls-verify");
    }
    let mut users = USER_FIELDS.to_vec();
    if options.insecure_exec {
        users.push("exec");
    }
    let mut clean = Map::new();
    clean.insert("apiVersion".to_owned(), Value::from("v1"));
    clean.insert("kind".to_owned(), Value::from("Config"));
    if let Some(context) = value.get("current-context").and_then(Value::as_str) {
        clean.insert("current-context".to_owned(), Value::from(context));
    }
    clean.insert("clusters".to_owned(), entries(value, "clusters", "cluster", &clusters));
    clean.insert("users".to_owned(), entries(value, "users", "user", &users));
    clean.insert(
        "contexts".to_owned(),
        entries(value, "contexts", "context", &["cluster", "user", "namespace"]),
    );
    Value::Object(clean)
}

fn entries(value: &Value, list: &str, field: &str, allowed: &[&str]) -> Value {
    let entries = value.get(list).and_then(Value::as_array).into_iter().flatten().map(|entry| {
        let content = entry.get(field).and_then(Value::as_object);
        let kept: Map<String, Value> = content
            .into_iter()
            .flatten()
            .filter(|(key, value)| allowed.contains(&key.as_str()) && !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut clean = Map::new();
        clean.insert("name".to_owned(), entry.get("name").cloned().unwrap_or_default());
        clean.insert(field.to_owned(), Value::Object(kept));
        Value::Object(clean)
    });
    Value::Array(entries.collect())
}
