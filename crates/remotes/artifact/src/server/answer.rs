//! One request, one answer.

use std::{
    convert::Infallible,
    fs::{File, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::Path,
};

use bytes::Bytes;
use futures::TryStreamExt;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCEPT_RANGES, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, LAST_MODIFIED,
        LOCATION, X_CONTENT_TYPE_OPTIONS,
    },
};
use http_body_util::{BodyExt, Empty, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::{
    conditions::{self, Wanted},
    resolve::{self, Target},
};

/// What is read from a file at a time: all the memory of a transfer, besides the socket's.
const BUFFER: usize = 64 << 10;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Answers a request for something below `root`. The request's body is not read.
pub(super) async fn answer<B>(root: &Path, request: &Request<B>) -> Result<Response<Body>, Infallible> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Ok(response);
    }
    let head = request.method() == Method::HEAD;
    let (root, path) = (root.to_owned(), request.uri().path().to_owned());
    let target = tokio::task::spawn_blocking(move || resolve::resolve(&root, &path)).await;
    let query = request.uri().query();
    let response = match target {
        Ok(Target::File(file, metadata, name)) => {
            match send(file, &metadata, &name, request.headers(), head).await {
                Ok(response) => response,
                Err(error) => {
                    tracing::debug!(%error, file = name, "cannot read an artifact");
                    text(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error\n")
                }
            }
        }
        Ok(Target::Root) => text(StatusCode::OK, ""),
        Ok(Target::Cleaned(path)) => redirect(StatusCode::TEMPORARY_REDIRECT, &path, query),
        Ok(Target::Moved(path)) => redirect(StatusCode::MOVED_PERMANENTLY, &path, query),
        Ok(Target::NotFound) => text(StatusCode::NOT_FOUND, "404 page not found\n"),
        Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error\n"),
    };
    Ok(response)
}

async fn send(
    file: File,
    metadata: &Metadata,
    name: &str,
    request: &HeaderMap,
    head: bool,
) -> io::Result<Response<Body>> {
    let size = metadata.len();
    let modified = Timestamp::from_second(metadata.mtime()).unwrap_or_default();
    let (status, part) = match conditions::wanted(request, size, modified) {
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::NotModified => {
            let mut response = empty(StatusCode::NOT_MODIFIED);
            set(&mut response, LAST_MODIFIED, &conditions::format_date(modified));
            return Ok(response);
        }
        Wanted::PreconditionFailed => return Ok(empty(StatusCode::PRECONDITION_FAILED)),
        Wanted::OutOfRange => {
            let mut response = text(StatusCode::RANGE_NOT_SATISFIABLE, "invalid range: failed to overlap\n");
            set(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(response);
        }
        Wanted::BadRange => return Ok(text(StatusCode::RANGE_NOT_SATISFIABLE, "invalid range\n")),
    };
    let length = part.end - part.start;
    let body = if head || length == 0 {
        Empty::new().map_err(|never| match never {}).boxed_unsync()
    } else {
        let mut file = tokio::fs::File::from_std(file);
        if part.start > 0 {
            file.seek(io::SeekFrom::Start(part.start)).await?;
        }
        // A file that got shorter ends the body early, which the client sees as a broken transfer.
        let stream = ReaderStream::with_capacity(file.take(length), BUFFER);
        BodyExt::boxed_unsync(StreamBody::new(stream.map_ok(Frame::data)))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    set(&mut response, CONTENT_LENGTH, &length.to_string());
    set(&mut response, CONTENT_TYPE, content_type(name));
    set(&mut response, ACCEPT_RANGES, "bytes");
    set(&mut response, LAST_MODIFIED, &conditions::format_date(modified));
    if status == StatusCode::PARTIAL_CONTENT {
        set(&mut response, CONTENT_RANGE, &format!("bytes {}-{}/{size}", part.start, part.end - 1));
    }
    Ok(response)
}

/// The type of everything that a storage holds, by its ending.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("gz" | "tgz") => "application/gzip",
        Some("yaml" | "yml") => "application/yaml",
        Some("json") => "application/json",
        Some("lock" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn redirect(status: StatusCode, path: &str, query: Option<&str>) -> Response<Body> {
    let mut response = empty(status);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    set(&mut response, LOCATION, &format!("{path}{query}"));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    let body = Full::new(Bytes::from_static(text.as_bytes())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, "text/plain; charset=utf-8");
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn set(response: &mut Response<Body>, name: http::HeaderName, value: &str) {
    // Everything set here was made from numbers, constants, or bytes that a request line carried.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
