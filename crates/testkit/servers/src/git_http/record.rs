//! What the server remembers of each request.

use http::{header, request::Parts};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// In faults: every request. No request is of this kind.
    Any,
    /// The first request of every conversation: `GET info/refs`.
    Handshake,
    /// The list of references.
    ListReferences,
    /// Objects.
    Fetch,
    /// A push.
    Push,
    /// Anything else.
    Other,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// What it is for.
    pub kind: RequestKind,
    /// The path with its query.
    pub target: String,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
    /// Size of its body.
    pub received: u64,
    /// Bytes of the response's body that went out so far.
    pub sent: u64,
}

impl RequestRecord {
    pub(super) fn new(parts: &Parts, body: &[u8]) -> Self {
        let text = |name| {
            parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Self {
            kind: kind(parts, body),
            target: super::target(parts),
            authorization: text(header::AUTHORIZATION),
            user_agent: text(header::USER_AGENT),
            received: body.len() as u64,
            sent: 0,
        }
    }
}

fn kind(parts: &Parts, body: &[u8]) -> RequestKind {
    let path = parts.uri.path();
    let contains = |needle: &[u8]| body.windows(needle.len()).any(|window| window == needle);
    if path.ends_with("/info/refs") {
        RequestKind::Handshake
    } else if path.ends_with("/git-receive-pack") {
        RequestKind::Push
    } else if path.ends_with("/git-upload-pack") {
        if contains(b"command=ls-refs") { RequestKind::ListReferences } else { RequestKind::Fetch }
    } else {
        RequestKind::Other
    }
}
