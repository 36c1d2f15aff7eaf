//! How packets travel: requests over HTTP, one channel over SSH.

pub(crate) mod http;
pub(crate) mod known_hosts;
mod socks;
pub(crate) mod ssh;

use crate::{Remote, error::RemoteError, wire::PacketReader};

/// An open way to one repository.
pub(crate) enum Transport {
    /// Each request has an answer of its own.
    Http(http::HttpTransport),
    /// Requests and answers share two streams.
    Ssh(Box<ssh::SshTransport>),
}

/// What opening a transport needs besides the remote.
pub(crate) struct Transports {
    pub(crate) http: http::HttpClients,
    pub(crate) ssh: ssh::SshAlgorithms,
}

impl Transports {
    /// Opens a way to the remote; the reader stands at the server's advertisement.
    pub(crate) async fn open(&self, remote: &Remote) -> Result<(Transport, PacketReader), RemoteError> {
        match &remote.options().ssh {
            Some(credentials) => {
                let (transport, reader) = ssh::SshTransport::open(remote, credentials, &self.ssh).await?;
                Ok((Transport::Ssh(Box::new(transport)), reader))
            }
            None => {
                let (transport, reader) = http::HttpTransport::open(remote, &self.http).await?;
                Ok((Transport::Http(transport), reader))
            }
        }
    }
}

impl Transport {
    /// Sends a message; afterwards the reader stands at the answer.
    pub(crate) async fn request(
        &mut self,
        message: Vec<u8>,
        version_two: bool,
        reader: &mut PacketReader,
    ) -> Result<(), RemoteError> {
        match self {
            Self::Http(http) => *reader = http.post(message, version_two).await?,
            Self::Ssh(ssh) => ssh.write(&message).await?,
        }
        Ok(())
    }

    /// Ends the conversation politely, as far as that is needed.
    pub(crate) async fn close(self) {
        if let Self::Ssh(ssh) = self {
            ssh.close().await;
        }
    }
}
