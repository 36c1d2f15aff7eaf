//! A repository with the credentials for it.

use std::{fmt, sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};
use url::Url;

/// A secret that no log, event or debug output shows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Redacted(String);

impl Redacted {
    /// Hides `secret`.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is a private key that needs a passphrase.
    pub fn is_encrypted_private_key(&self) -> bool {
        russh::keys::PrivateKey::from_openssh(&self.0).is_ok_and(|key| key.is_encrypted())
            || self.0.contains("BEGIN ENCRYPTED PRIVATE KEY")
            || self.0.contains("Proc-Type: 4,ENCRYPTED")
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Credentials for HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpCredentials {
    /// User name and password.
    Basic {
        /// The user.
        username: String,
        /// The password, which may be empty.
        password: Redacted,
    },
    /// A token.
    Bearer(Redacted),
}

/// Credentials for SSH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshCredentials {
    /// The private key in OpenSSH, PKCS#8 or older PEM form.
    pub identity: Redacted,
    /// The passphrase of the private key.
    pub passphrase: Option<Redacted>,
    /// Known host keys in the form of OpenSSH's `known_hosts`.
    pub known_hosts: String,
}

/// A certificate by which a client proves its identity in TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate in PEM form, with the chain that leads to its authority.
    pub certificate: String,
    /// The private key in PEM form.
    pub key: Redacted,
}

/// A proxy that all traffic goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Its URL, with scheme `http`, `https` or `socks5`.
    pub url: Url,
    /// User name and password, where it asks for them.
    pub credentials: Option<(String, Redacted)>,
}

/// What a remote is made of besides its URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteOptions {
    /// Credentials for HTTP.
    pub http: Option<HttpCredentials>,
    /// Credentials for SSH.
    pub ssh: Option<SshCredentials>,
    /// Certificate authorities in PEM form that are trusted besides the system's.
    pub authorities: Option<String>,
    /// The client's own certificate for TLS.
    pub client_certificate: Option<ClientCertificate>,
    /// The proxy instead of the environment's.
    pub proxy: Option<Proxy>,
    /// The longest time that one checkout may take.
    pub timeout: Option<Duration>,
}

/// Why options and URL do not go together. The texts are part of the contract (contract/source.md 7.4).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRemote {
    /// The URL cannot be read.
    #[error("failed to parse url '{url}'")]
    Url {
        /// The URL as written, without credentials where that could be told.
        url: String,
        /// Why.
        #[source]
        source: url::ParseError,
    },
    /// The scheme is not one that Git is spoken over.
    #[error("no transporter found for scheme '{0}'")]
    Scheme(String),
    /// A password stands alone.
    #[error("invalid '{0}' auth option: 'password' requires 'username' to be set")]
    PasswordWithoutUsername(String),
    /// Two ways to authenticate at once.
    #[error("basic auth and bearer token cannot be set at the same time")]
    BasicAndBearer,
    /// SSH without a private key.
    #[error("invalid 'ssh' auth option: 'identity' is required")]
    IdentityRequired,
    /// SSH without known host keys.
    #[error("invalid 'ssh' auth option: 'known_hosts' is required")]
    KnownHostsRequired,
}

/// A repository with the credentials for it.
#[derive(Clone, Debug)]
pub struct Remote {
    url: Url,
    options: Arc<RemoteOptions>,
}

/// Unless told otherwise, a checkout may take this long.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

impl Remote {
    /// Checks the URL and the options against each other. User name and password in an HTTP URL fill what the options
    /// leave open and are taken out of the URL.
    pub fn new(url: &str, mut options: RemoteOptions) -> Result<Self, InvalidRemote> {
        let mut parsed =
            Url::parse(url).map_err(|source| InvalidRemote::Url { url: without_userinfo(url), source })?;
        match parsed.scheme() {
            "http" | "https" => {
                let username = decode(parsed.username());
                let password = parsed.password().map(decode);
                if !username.is_empty() || password.is_some() {
                    options.http = Some(merge(parsed.scheme(), options.http.take(), username, password)?);
                }
                if let Some(HttpCredentials::Basic { username, password }) = &options.http
                    && username.is_empty()
                    && !password.expose().is_empty()
                {
                    return Err(InvalidRemote::PasswordWithoutUsername(parsed.scheme().to_owned()));
                }
                options.ssh = None;
                // Only URLs that cannot have them refuse to lose them.
                let _ = parsed.set_username("");
                let _ = parsed.set_password(None);
            }
            "ssh" => {
                let ssh = options.ssh.as_ref();
                if ssh.is_none_or(|ssh| ssh.identity.expose().is_empty()) {
                    return Err(InvalidRemote::IdentityRequired);
                }
                if ssh.is_none_or(|ssh| ssh.known_hosts.is_empty()) {
                    return Err(InvalidRemote::KnownHostsRequired);
                }
                options.http = None;
                options.authorities = None;
            }
            scheme => return Err(InvalidRemote::Scheme(scheme.to_owned())),
        }
        Ok(Self { url: parsed, options: Arc::new(options) })
    }

    /// The URL, for HTTP without user name and password.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The URL as it may be shown.
    pub fn display_url(&self) -> String {
        let mut url = self.url.clone();
        // A password has no business in an SSH URL, but it may stand there.
        let _ = url.set_password(None);
        String::from(url).trim_end_matches('/').to_owned()
    }

    /// The remote of another repository that this one refers to. Credentials go along only to the same scheme, host and
    /// port; proxy and trusted authorities go along everywhere.
    pub fn related(&self, url: &str) -> Result<Self, InvalidRemote> {
        let parsed =
            Url::parse(url).map_err(|source| InvalidRemote::Url { url: without_userinfo(url), source })?;
        let place = |url: &Url| {
            (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default())
        };
        let mut options = RemoteOptions::clone(&self.options);
        if place(&parsed) != place(&self.url) {
            options.http = None;
            options.ssh = None;
            options.client_certificate = None;
        }
        Self::new(url, options)
    }

    pub(crate) fn options(&self) -> &RemoteOptions {
        &self.options
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.options.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }

    /// What tells this URL and identity from every other, keyed so that it says nothing about the secrets in it.
    pub(crate) fn key(&self, salt: &[u8]) -> String {
        let options = self.options();
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(salt);
        part(self.url.as_str().as_bytes());
        match &options.http {
            None => part(b"anonymous"),
            Some(HttpCredentials::Basic { username, password }) => {
                part(b"basic");
                part(username.as_bytes());
                part(password.expose().as_bytes());
            }
            Some(HttpCredentials::Bearer(token)) => {
                part(b"bearer");
                part(token.expose().as_bytes());
            }
        }
        if let Some(ssh) = &options.ssh {
            part(ssh.identity.expose().as_bytes());
            part(ssh.passphrase.as_ref().map_or("", Redacted::expose).as_bytes());
            part(ssh.known_hosts.as_bytes());
        }
        part(options.authorities.as_deref().unwrap_or_default().as_bytes());
        if let Some(client) = &options.client_certificate {
            part(client.certificate.as_bytes());
            part(client.key.expose().as_bytes());
        }
        if let Some(proxy) = &options.proxy {
            part(proxy.url.as_str().as_bytes());
            part(
                format!("{:?}", proxy.credentials.as_ref().map(|(user, secret)| (user, secret.expose())))
                    .as_bytes(),
            );
        }
        hex::encode(&hasher.finalize()[..16])
    }
}

/// Fills what the options leave open from the URL.
fn merge(
    scheme: &str,
    given: Option<HttpCredentials>,
    username: String,
    password: Option<String>,
) -> Result<HttpCredentials, InvalidRemote> {
    let (username, password) = match given {
        Some(HttpCredentials::Bearer(_)) => return Err(InvalidRemote::BasicAndBearer),
        Some(HttpCredentials::Basic { username: user, password: secret }) => {
            let user = if user.is_empty() { username } else { user };
            let secret = if secret.expose().is_empty() { password.unwrap_or_default() } else { secret.0 };
            (user, secret)
        }
        None => (username, password.unwrap_or_default()),
    };
    if username.is_empty() && !password.is_empty() {
        return Err(InvalidRemote::PasswordWithoutUsername(scheme.to_owned()));
    }
    Ok(HttpCredentials::Basic { username, password: Redacted(password) })
}

/// Decodes the percent signs of a URL's user name or password.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let pair = behind.get(..2).filter(|_| first == b'%');
        let value = pair.and_then(|pair| hex::decode(pair).ok()).and_then(|value| value.first().copied());
        match value {
            Some(value) => {
                bytes.push(value);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A URL that could not be read, without what stands before an `@` behind its scheme.
fn without_userinfo(url: &str) -> String {
    match url.split_once("://").zip(url.rsplit_once('@')) {
        Some(((scheme, _), (_, rest))) => format!("{scheme}://{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests;
