//! Packet lines, the framing of everything that Git's protocols say (gitprotocol-common).

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::error::RemoteError;

/// The longest packet, its four digits included.
const MAX_PACKET: usize = 65_520;

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    /// Content.
    Data(Bytes),
    /// `0000`: the end of a list or a message.
    Flush,
    /// `0001`: between the sections of a message.
    Delimiter,
    /// `0002`: the end of an answer.
    End,
}

/// Reads packets from a stream.
pub(crate) struct PacketReader {
    inner: Box<dyn AsyncRead + Send + Unpin>,
    buffer: BytesMut,
}

impl PacketReader {
    pub(crate) fn new(inner: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self { inner: Box::new(inner), buffer: BytesMut::with_capacity(64 << 10) }
    }

    /// The next packet; none at the end of the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Packet>, RemoteError> {
        if !self.fill(4).await? {
            return if self.buffer.is_empty() {
                Ok(None)
            } else {
                Err(RemoteError::Protocol("the stream ends inside a packet"))
            };
        }
        let length =
            self.buffer.get(..4).and_then(length).ok_or(RemoteError::Protocol("a packet has no length"))?;
        let special = match length {
            0 => Some(Packet::Flush),
            1 => Some(Packet::Delimiter),
            2 => Some(Packet::End),
            3 => return Err(RemoteError::Protocol("a packet has an impossible length")),
            _ => None,
        };
        if let Some(packet) = special {
            self.buffer.advance(4);
            return Ok(Some(packet));
        }
        if length > MAX_PACKET {
            return Err(RemoteError::Protocol("a packet is too long"));
        }
        if !self.fill(length).await? {
            return Err(RemoteError::Protocol("the stream ends inside a packet"));
        }
        let mut packet = self.buffer.split_to(length).freeze();
        packet.advance(4);
        if let Some(message) = packet.strip_prefix(b"ERR ") {
            return Err(RemoteError::Server(String::from_utf8_lossy(message).trim_end().to_owned()));
        }
        Ok(Some(Packet::Data(packet)))
    }

    /// The next packet, which must come.
    pub(crate) async fn expect(&mut self) -> Result<Packet, RemoteError> {
        self.next().await?.ok_or(RemoteError::Protocol("the answer ends too early"))
    }

    /// Reads until the buffer holds this many bytes; false when the stream ends before.
    async fn fill(&mut self, wanted: usize) -> Result<bool, RemoteError> {
        while self.buffer.len() < wanted {
            self.buffer.reserve(wanted.max(16 << 10) - self.buffer.len());
            if self.inner.read_buf(&mut self.buffer).await.map_err(RemoteError::Connection)? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The length that four hexadecimal digits give.
fn length(digits: &[u8]) -> Option<usize> {
    let mut bytes = [0; 2];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(usize::from(u16::from_be_bytes(bytes)))
}

/// A message of packets to be sent.
#[derive(Debug, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    /// Appends a line; the line end is added. Lines are ours and short.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> &mut Self {
        let text = text.as_ref();
        self.0.extend_from_slice(format!("{:04x}{text}\n", text.len() + 5).as_bytes());
        self
    }

    /// Appends a flush packet.
    pub(crate) fn flush(&mut self) -> &mut Self {
        self.0.extend_from_slice(b"0000");
        self
    }

    /// Appends a delimiter.
    pub(crate) fn delimiter(&mut self) -> &mut Self {
        self.0.extend_from_slice(b"0001");
        self
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests;
