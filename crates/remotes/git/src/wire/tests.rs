//! Framing in both directions, and what is refused.

use super::*;

async fn read(bytes: &'static [u8]) -> Result<Vec<Packet>, RemoteError> {
    let mut reader = PacketReader::new(bytes);
    let mut packets = Vec::new();
    while let Some(packet) = reader.next().await? {
        packets.push(packet);
    }
    Ok(packets)
}

#[tokio::test]
async fn what_is_written_is_read_back() {
    let mut message = Message::default();
    message.line("command=ls-refs").delimiter().line("peel").flush();
    let bytes = message.into_bytes();
    assert_eq!(bytes, b"0014command=ls-refs\n00010009peel\n0000");
    let packets = read(bytes.leak()).await.expect("packets");
    let data = |text: &'static str| Packet::Data(Bytes::from_static(text.as_bytes()));
    assert_eq!(packets, [data("command=ls-refs\n"), Packet::Delimiter, data("peel\n"), Packet::Flush]);
}

#[tokio::test]
async fn broken_framing_is_an_error_and_not_a_panic() {
    for bytes in [&b"zzzz"[..], b"0003", b"00", b"0009ab", b"fff1", b"ffff"] {
        assert!(matches!(read(bytes).await, Err(RemoteError::Protocol(_))), "{bytes:?}");
    }
}

#[tokio::test]
async fn an_error_packet_is_the_servers_word() {
    let error = read(b"000fERR no such").await.expect_err("an error");
    assert_eq!(error.to_string(), "remote: no such");
}
