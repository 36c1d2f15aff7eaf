//! A way into a cluster: its address, its certificate authority and somebody's credentials.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;

use crate::{Error, Objects};

/// One identity's way into a cluster.
#[derive(Debug, Clone)]
pub struct Access {
    kubeconfig: Kubeconfig,
    token: Option<String>,
}

impl Access {
    pub(crate) fn with_token(
        server: &str,
        authority: Option<&str>,
        user: &str,
        token: &str,
    ) -> Result<Self, Error> {
        let mut cluster = json!({"server": server});
        if let Some(authority) = authority {
            cluster["certificate-authority-data"] = STANDARD.encode(authority).into();
        }
        let kubeconfig = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "ferroflux", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "ferroflux", "context": {"cluster": "ferroflux", "user": user}}],
            "current-context": "ferroflux",
        });
        let kubeconfig = serde_json::from_value(kubeconfig)
            .map_err(|error| Error::Manifest { reason: format!("kubeconfig: {error}") })?;
        Ok(Self { kubeconfig, token: Some(token.to_owned()) })
    }

    pub(crate) fn from_kubeconfig(kubeconfig: Kubeconfig) -> Self {
        Self { kubeconfig, token: None }
    }

    /// The same cluster with a bearer token in place of whatever else logs in.
    pub(crate) fn replace_token(&self, token: &str) -> Result<Self, Error> {
        let mut kubeconfig = self.kubeconfig.clone();
        for named in &mut kubeconfig.auth_infos {
            let user = serde_json::from_value(json!({"token": token}));
            named.auth_info =
                Some(user.map_err(|error| Error::Manifest { reason: format!("kubeconfig: {error}") })?);
        }
        Ok(Self { kubeconfig, token: Some(token.to_owned()) })
    }

    /// The bearer token, where there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A kubeconfig for this identity, as YAML.
    pub fn kubeconfig(&self) -> Result<String, Error> {
        let unfit =
            |error: &dyn std::error::Error| Error::Manifest { reason: format!("kubeconfig: {error}") };
        let value = serde_json::to_value(&self.kubeconfig).map_err(|error| unfit(&error))?;
        ferroflux_yaml::write_value(&value).map_err(|error| unfit(&error))
    }

    /// Settings for a client, to change before a client is made of them.
    pub async fn config(&self) -> Result<Config, Error> {
        Config::from_custom_kubeconfig(self.kubeconfig.clone(), &KubeConfigOptions::default())
            .await
            .map_err(|error| Error::Kubeconfig(Box::new(error)))
    }

    /// A client with its own connections. They belong to the current runtime, so take a new one in each test.
    pub async fn client(&self) -> Result<Client, Error> {
        // Programs with a second cryptography library have no obvious choice. Failing means that it is made.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::try_from(self.config().await?).map_err(|error| Error::request("make a client", error))
    }

    /// Reads and writes objects as this identity.
    pub async fn objects(&self) -> Result<Objects, Error> {
        Ok(Objects::new(self.client().await?, None))
    }

    /// This identity, impersonating `user` in `groups`.
    pub fn acting_as(&self, user: &str, groups: &[&str]) -> Self {
        let mut access = self.clone();
        for named in &mut access.kubeconfig.auth_infos {
            if let Some(auth) = &mut named.auth_info {
                auth.impersonate = Some(user.to_owned());
                auth.impersonate_groups = Some(groups.iter().map(|&group| group.to_owned()).collect());
            }
        }
        access
    }
}
