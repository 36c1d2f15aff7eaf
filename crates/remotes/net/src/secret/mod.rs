//! What Secrets hold for connections, read with the checks and messages of the contract.

use std::{collections::BTreeMap, fmt, sync::Arc};

use k8s_openapi::ByteString;

use crate::proxy::{self, Proxy};

/// Why a Secret cannot be used. No message holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A key is missing.
    #[error("secret '{secret}': key '{key}' not found")]
    KeyNotFound {
        /// Namespace and name.
        secret: String,
        /// The key.
        key: String,
    },
    /// A value that must be text is none.
    #[error("secret '{secret}': key '{key}' is not valid UTF-8")]
    NotText {
        /// Namespace and name.
        secret: String,
        /// The key.
        key: String,
    },
    /// A certificate comes without its key, or the other way round.
    #[error("secret '{secret}' contains '{present}' but missing '{missing}'")]
    IncompletePair {
        /// Namespace and name.
        secret: String,
        /// The key that is there.
        present: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// There is nothing about TLS.
    #[error("secret '{secret}' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'")]
    NoTls {
        /// Namespace and name.
        secret: String,
    },
    /// Only half of the credentials is there.
    #[error("secret '{secret}': malformed basic auth - has '{present}' but missing '{missing}'")]
    MalformedBasicAuth {
        /// Namespace and name.
        secret: String,
        /// The key that is there.
        present: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// The proxy has no address.
    #[error("secret '{secret}': proxy address is empty")]
    ProxyAddressEmpty {
        /// Namespace and name.
        secret: String,
    },
    /// The proxy's address cannot be used.
    #[error(transparent)]
    Proxy(#[from] proxy::InvalidProxy),
}

/// Which of the old names of TLS keys count (contract/source.md 13.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyKeys {
    /// None.
    None,
    /// `caFile`.
    Authority,
    /// `caFile`, `certFile` and `keyFile`.
    All,
}

/// The decoded data of a Secret, with its name for messages.
#[derive(Clone, Copy)]
pub struct SecretData<'a> {
    namespace: &'a str,
    name: &'a str,
    data: &'a BTreeMap<String, ByteString>,
}

impl<'a> SecretData<'a> {
    /// The data of the Secret `namespace/name`.
    pub fn new(namespace: &'a str, name: &'a str, data: &'a BTreeMap<String, ByteString>) -> Self {
        Self { namespace, name, data }
    }

    /// Namespace and name, as messages name the Secret.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The value of a key; an empty one counts as missing.
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        self.data.get(key).map(|value| value.0.as_slice()).filter(|value| !value.is_empty())
    }

    /// The value of a key that must be there.
    pub fn require(&self, key: &str) -> Result<&'a [u8], SecretError> {
        let missing = || SecretError::KeyNotFound { secret: self.reference(), key: key.to_owned() };
        self.get(key).ok_or_else(missing)
    }

    /// The value of a key as text.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>, SecretError> {
        let not_text = |_| SecretError::NotText { secret: self.reference(), key: key.to_owned() };
        self.get(key).map(|value| std::str::from_utf8(value).map_err(not_text)).transpose()
    }

    /// User name and password, or nothing if neither is there.
    pub fn basic_auth(&self) -> Result<Option<BasicAuth>, SecretError> {
        let half = |present, missing| {
            Err(SecretError::MalformedBasicAuth { secret: self.reference(), present, missing })
        };
        match (self.text("username")?, self.text("password")?) {
            (Some(username), Some(password)) => {
                Ok(Some(BasicAuth { username: username.into(), password: password.into() }))
            }
            (Some(_), None) => half("username", "password"),
            (None, Some(_)) => half("password", "username"),
            (None, None) => Ok(None),
        }
    }

    /// Certificates and keys, or nothing if there are none.
    pub fn tls(&self, legacy: LegacyKeys) -> Result<Option<TlsMaterial>, SecretError> {
        let pair_legacy = legacy == LegacyKeys::All;
        let authority = self.with_legacy("ca.crt", "caFile", legacy != LegacyKeys::None);
        let certificate = self.with_legacy("tls.crt", "certFile", pair_legacy);
        let key = self.with_legacy("tls.key", "keyFile", pair_legacy);
        let half = |present, missing| {
            Err(SecretError::IncompletePair { secret: self.reference(), present, missing })
        };
        let identity = match (certificate, key) {
            (Some(certificate), Some(key)) => {
                Some(Identity { certificate: certificate.into(), key: key.into() })
            }
            (Some(_), None) => return half("tls.crt", "tls.key"),
            (None, Some(_)) => return half("tls.key", "tls.crt"),
            (None, None) => None,
        };
        if authority.is_none() && identity.is_none() {
            return Ok(None);
        }
        Ok(Some(TlsMaterial { authority: authority.map(Into::into), identity }))
    }

    /// Certificates and keys of a Secret that is there for nothing else.
    pub fn require_tls(&self, legacy: LegacyKeys) -> Result<TlsMaterial, SecretError> {
        self.tls(legacy)?.ok_or_else(|| SecretError::NoTls { secret: self.reference() })
    }

    /// The proxy that the Secret describes.
    pub fn proxy(&self) -> Result<Proxy, SecretError> {
        if !self.data.contains_key("address") {
            return Err(SecretError::KeyNotFound { secret: self.reference(), key: "address".into() });
        }
        let empty = || SecretError::ProxyAddressEmpty { secret: self.reference() };
        let address = self.text("address")?.ok_or_else(empty)?;
        Ok(Proxy::new(address, self.text("username")?, self.text("password")?)?)
    }

    fn with_legacy(&self, key: &str, old: &str, allowed: bool) -> Option<&'a [u8]> {
        self.get(key).or_else(|| {
            let value = self.get(old).filter(|_| allowed)?;
            tracing::error!(secret = self.reference(), key = old, "using legacy key in secret data");
            Some(value)
        })
    }
}

/// Shows which keys there are, never a value.
impl fmt::Debug for SecretData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretData")
            .field("secret", &self.reference())
            .field("keys", &self.data.keys())
            .finish_non_exhaustive()
    }
}

/// User name and password.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BasicAuth {
    /// The user's name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicAuth(…)")
    }
}

/// PEM texts for TLS; read by [`crate::Clients`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TlsMaterial {
    /// Certificates of authorities to trust.
    pub authority: Option<Arc<[u8]>>,
    /// Our own certificate chain and its key.
    pub identity: Option<Identity>,
}

/// A certificate chain and its private key, as PEM.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The chain, our own certificate first.
    pub certificate: Arc<[u8]>,
    /// The key.
    pub key: Arc<[u8]>,
}

impl fmt::Debug for TlsMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsMaterial")
            .field("authority", &self.authority.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

#[cfg(test)]
mod tests;
