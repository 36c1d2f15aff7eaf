//! Connections through a SOCKS 5 proxy (RFC 1928, RFC 1929); the proxy resolves the name.

use std::io;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{Proxy, error::SshError};

const VERSION: u8 = 5;
const DEFAULT_PORT: u16 = 1080;

/// Connects to a host through the proxy.
pub(super) async fn connect(proxy: &Proxy, host: &str, port: u16) -> Result<TcpStream, SshError> {
    if proxy.url.scheme() != "socks5" {
        return Err(SshError::ProxyScheme(proxy.url.scheme().to_owned()));
    }
    let proxy_host = proxy.url.host_str().ok_or(SshError::NoHost)?.trim_matches(['[', ']']);
    let proxy_port = proxy.url.port().unwrap_or(DEFAULT_PORT);
    let dial = |source| SshError::Dial { address: format!("{proxy_host}:{proxy_port}"), source };
    let mut stream = TcpStream::connect((proxy_host, proxy_port)).await.map_err(dial)?;
    let length = |text: &str| u8::try_from(text.len()).map_err(|_| SshError::Proxy("a name is too long"));

    let method = if proxy.credentials.is_some() { 2 } else { 0 };
    stream.write_all(&[VERSION, 1, method]).await.map_err(dial)?;
    if receive::<2>(&mut stream).await.map_err(dial)? != [VERSION, method] {
        return Err(SshError::Proxy("it wants other credentials"));
    }
    if let Some((username, password)) = &proxy.credentials {
        let mut message = vec![1, length(username)?];
        message.extend_from_slice(username.as_bytes());
        message.push(length(password.expose())?);
        message.extend_from_slice(password.expose().as_bytes());
        stream.write_all(&message).await.map_err(dial)?;
        if receive::<2>(&mut stream).await.map_err(dial)?[1] != 0 {
            return Err(SshError::Proxy("the credentials are wrong"));
        }
    }
    let mut message = vec![VERSION, 1, 0, 3, length(host)?];
    message.extend_from_slice(host.as_bytes());
    message.extend_from_slice(&port.to_be_bytes());
    stream.write_all(&message).await.map_err(dial)?;
    let [_, status, _, kind] = receive::<4>(&mut stream).await.map_err(dial)?;
    if status != 0 {
        return Err(SshError::Proxy("it cannot reach the host"));
    }
    // The address that the proxy uses is of no interest, but it must be read.
    let length = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(receive::<1>(&mut stream).await.map_err(dial)?[0]),
        _ => return Err(SshError::Proxy("its answer is malformed")),
    };
    let mut address = vec![0; length + 2];
    stream.read_exact(&mut address).await.map_err(dial)?;
    Ok(stream)
}

async fn receive<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}
