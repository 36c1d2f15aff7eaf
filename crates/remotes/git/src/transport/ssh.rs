//! SSH in this process: host keys strictly by `known_hosts`, public keys for the user, one command per connection.

use std::{
    borrow::Cow,
    error::Error,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use russh::{
    client::{self, Handle},
    kex,
    keys::{Algorithm, HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key},
};
use tokio::{
    io::{AsyncWriteExt as _, WriteHalf},
    net::TcpStream,
};

use super::{known_hosts::KnownHosts, socks};
use crate::{
    Remote, SshCredentials,
    error::{RemoteError, SshError},
    wire::PacketReader,
};

/// The user where the URL names none.
const DEFAULT_USER: &str = "git";

/// Algorithms that flags ask for; where a list is empty, the defaults count.
#[derive(Clone, Debug, Default)]
pub(crate) struct SshAlgorithms {
    pub(crate) key_exchange: Vec<String>,
    pub(crate) host_key: Vec<String>,
}

/// A command that runs on the server.
pub(crate) struct SshTransport {
    handle: Handle<HostKeys>,
    writer: WriteHalf<russh::ChannelStream<client::Msg>>,
}

impl SshTransport {
    /// Connects, checks the host, authenticates, and starts `git-upload-pack`.
    pub(crate) async fn open(
        remote: &Remote,
        credentials: &SshCredentials,
        algorithms: &SshAlgorithms,
    ) -> Result<(Self, PacketReader), RemoteError> {
        let url = remote.url();
        let host = url.host_str().ok_or(SshError::NoHost)?.trim_matches(['[', ']']).to_owned();
        let port = url.port().unwrap_or(22);
        let known = KnownHosts::parse(&credentials.known_hosts)?;
        let passphrase = credentials.passphrase.as_ref().map(|passphrase| passphrase.expose());
        let identity = decode_secret_key(credentials.identity.expose(), passphrase)
            .map_err(|error| SshError::Identity(error.into()))?;
        let preferred = preferred(&known, &host, port, algorithms)?;
        // A server that falls silent must not keep the session's task after this future is dropped.
        let inactivity_timeout = Some(remote.timeout());
        let config =
            client::Config { preferred, nodelay: true, inactivity_timeout, ..client::Config::default() };

        let dial = |source| SshError::Dial { address: format!("{host}:{port}"), source };
        let stream = match &remote.options().proxy {
            None => TcpStream::connect((host.as_str(), port)).await.map_err(dial)?,
            Some(proxy) => socks::connect(proxy, &host, port).await?,
        };
        let refused = Arc::new(Mutex::new(None));
        let handler = HostKeys { known, host, port, refused: Arc::clone(&refused) };
        let connected = client::connect_stream(Arc::new(config), stream, handler).await;
        let mut handle = connected.map_err(|error| {
            // What the check said is more than that the key was not accepted.
            let refused = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
            refused.unwrap_or_else(|| protocol(error))
        })?;

        let user = match url.username() {
            "" => DEFAULT_USER,
            user => user,
        };
        let hash = match identity.algorithm() {
            // SHA-1 signatures are refused everywhere; without word from the server SHA-256 is the safe choice.
            Algorithm::Rsa { .. } => {
                let best = handle.best_supported_rsa_hash().await.map_err(protocol)?;
                Some(best.flatten().unwrap_or(HashAlg::Sha256))
            }
            _ => None,
        };
        let key = PrivateKeyWithHashAlg::new(Arc::new(identity), hash);
        if !handle.authenticate_publickey(user, key).await.map_err(protocol)?.success() {
            return Err(SshError::Unauthenticated.into());
        }
        let channel = handle.channel_open_session().await.map_err(protocol)?;
        // Servers may ignore the variable and then answer in version 0.
        channel.set_env(false, "GIT_PROTOCOL", "version=2").await.map_err(protocol)?;
        channel.exec(true, command(url.path())).await.map_err(protocol)?;
        let (reader, writer) = tokio::io::split(channel.into_stream());
        Ok((Self { handle, writer }, PacketReader::new(reader)))
    }

    /// Sends bytes to the command.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), RemoteError> {
        self.writer.write_all(bytes).await.map_err(RemoteError::Connection)?;
        self.writer.flush().await.map_err(RemoteError::Connection)
    }

    /// Says good-bye to the command and the server; that they are gone already is fine.
    pub(crate) async fn close(mut self) {
        let _ = self.writer.write_all(b"0000").await;
        let _ = self.writer.shutdown().await;
        let _ = self.handle.disconnect(russh::Disconnect::ByApplication, "", "en").await;
    }
}

/// The command for the server's shell; quotes in the path end the quotation, stand escaped, and begin it again.
fn command(path: &str) -> String {
    let path = percent_decoded(path);
    // `~user` is for the shell there to resolve.
    let path = path.strip_prefix("/~").map_or_else(|| path.clone(), |home| format!("~{home}"));
    format!("git-upload-pack '{}'", path.replace('\'', r"'\''"))
}

fn percent_decoded(path: &str) -> String {
    crate::remote::decode(path)
}

fn protocol(error: impl Into<Box<dyn Error + Send + Sync>>) -> SshError {
    SshError::Protocol(error.into())
}

/// The algorithms to offer: of host keys only those for which a key is known.
fn preferred(
    known: &KnownHosts,
    host: &str,
    port: u16,
    flags: &SshAlgorithms,
) -> Result<russh::Preferred, SshError> {
    let mut preferred = russh::Preferred::default();
    let unknown = |kind| move |name: &String| SshError::Algorithm { kind, name: name.clone() };
    if !flags.key_exchange.is_empty() {
        let mut names = Vec::new();
        for name in &flags.key_exchange {
            names.push(kex::Name::try_from(name.as_str()).map_err(|()| unknown("key exchange")(name))?);
        }
        // Not algorithms but signs of abilities, without which newer signatures are not agreed on.
        names.extend([kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT]);
        preferred.kex = Cow::Owned(names);
    }
    let known_algorithms = known.algorithms(host, port);
    if !flags.host_key.is_empty() {
        let mut algorithms = Vec::new();
        for name in &flags.host_key {
            algorithms.push(name.parse::<Algorithm>().map_err(|_| unknown("host key")(name))?);
        }
        preferred.key = Cow::Owned(algorithms);
    } else if !known_algorithms.is_empty() {
        preferred.key = Cow::Owned(known_algorithms);
    }
    if known.has_authority(host, port) {
        preferred.host_key_certificates = russh::Preferred::default().key;
    }
    Ok(preferred)
}

/// Checks the host's key while the connection is made.
struct HostKeys {
    known: KnownHosts,
    host: String,
    port: u16,
    refused: Arc<Mutex<Option<SshError>>>,
}

impl client::Handler for HostKeys {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let checked = match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.known.check(&self.host, self.port, key),
            PublicKeyOrCertificate::Certificate(certificate) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
                self.known.check_certificate(&self.host, self.port, certificate, now.as_secs())
            }
        };
        Ok(match checked {
            Ok(()) => true,
            Err(error) => {
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                false
            }
        })
    }
}
