//! One run of `git http-backend` per request, by the rules of CGI (RFC 3875).

use std::{path::Path, process::Stdio};

use bytes::{Bytes, BytesMut};
use futures::stream;
use http::{HeaderName, HeaderValue, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdout, Command},
};

use super::{Body, text};

pub(super) const PROGRAM: &str = "/usr/lib/git-core/git-http-backend";

/// A program that writes longer headers is not Git.
const MAX_HEADER: usize = 64 << 10;

pub(super) async fn run(root: &Path, writable: bool, parts: &Parts, body: Bytes) -> Response<Body> {
    match start(root, writable, parts, body).await {
        Ok(response) => response,
        Err(error) => text(StatusCode::BAD_GATEWAY, &error.to_string()),
    }
}

async fn start(root: &Path, writable: bool, parts: &Parts, body: Bytes) -> std::io::Result<Response<Body>> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut child = Command::new(PROGRAM)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_COUNT", "2")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("GIT_CONFIG_KEY_1", "http.receivepack")
        .env("GIT_CONFIG_VALUE_1", if writable { "true" } else { "false" })
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or(""))
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(std::io::Error::other("the pipes of http-backend are gone"));
    };
    // The program may answer before it has read everything, so both go on at once.
    tokio::spawn(async move {
        let _ = input.write_all(&body).await;
    });
    let mut buffer = BytesMut::new();
    let end = loop {
        if let Some(end) = header_end(&buffer) {
            break end;
        }
        if buffer.len() > MAX_HEADER || output.read_buf(&mut buffer).await? == 0 {
            return Err(std::io::Error::other("http-backend gave no header"));
        }
    };
    let head = buffer.split_to(end);
    let mut response = Response::new(stream_body(buffer.freeze(), output, child));
    for line in String::from_utf8_lossy(&head).lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().and_then(|code| code.parse().ok());
            *response.status_mut() = code.unwrap_or(StatusCode::BAD_GATEWAY);
        } else if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// Where the empty line after the header ends.
fn header_end(bytes: &[u8]) -> Option<usize> {
    let crlf = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
    crlf.or_else(|| bytes.windows(2).position(|window| window == b"\n\n").map(|at| at + 2))
}

/// The rest of the program's output; the program lives as long as the body.
fn stream_body(first: Bytes, output: ChildStdout, child: Child) -> Body {
    let pieces = stream::try_unfold((first, output, child), |(first, mut output, mut child)| async move {
        if !first.is_empty() {
            return Ok(Some((Frame::data(first), (Bytes::new(), output, child))));
        }
        let mut buffer = BytesMut::with_capacity(64 << 10);
        if output.read_buf(&mut buffer).await? == 0 {
            child.wait().await?;
            return Ok(None);
        }
        Ok(Some((Frame::data(buffer.freeze()), (Bytes::new(), output, child))))
    });
    BodyExt::boxed(StreamBody::new(pieces))
}
