//! The two small HTTP servers of every process: metrics and probes.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::metrics::Metrics;

/// Connections at once; scrapers and kubelets need a handful.
const MAX_CONNECTIONS: usize = 64;

/// Time for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

type Handler = dyn Fn(&Request<Incoming>) -> Response<Full<Bytes>> + Send + Sync;

/// Binds an address as Go writes it: `:8080` listens on both families, `0.0.0.0:8080` and `[::1]:8080` on one, a host
/// name on what it resolves to.
pub async fn listen(address: &str) -> io::Result<TcpListener> {
    match address.strip_prefix(':') {
        Some(port) => match TcpListener::bind(format!("[::]:{port}")).await {
            // A host without IPv6.
            Err(cause) if cause.kind() == io::ErrorKind::Unsupported || cause.raw_os_error() == Some(97) => {
                TcpListener::bind(format!("0.0.0.0:{port}")).await
            }
            other => other,
        },
        None => TcpListener::bind(address).await,
    }
}

/// Serves `/metrics` until `stop`.
pub(crate) async fn serve_metrics(listener: TcpListener, metrics: Metrics, stop: CancellationToken) {
    serve(listener, Arc::new(move |request: &Request<Incoming>| metrics_page(request, &metrics)), stop).await;
}

/// Serves `/healthz` and `/readyz` until `stop`. Both say yes as long as the process runs, leader or not.
pub(crate) async fn serve_probes(listener: TcpListener, stop: CancellationToken) {
    let handler = |request: &Request<Incoming>| match request.uri().path().trim_end_matches('/') {
        "/healthz" | "/readyz" => answer(StatusCode::OK, "ok"),
        _ => answer(StatusCode::NOT_FOUND, "404 page not found\n"),
    };
    serve(listener, Arc::new(handler), stop).await;
}

fn metrics_page(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return answer(StatusCode::NOT_FOUND, "404 page not found\n");
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return answer(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed\n");
    }
    let text = match metrics.encode() {
        Ok(text) => text,
        Err(cause) => {
            error!(error = crate::failure::chain(&cause), "unable to encode metrics");
            return answer(StatusCode::INTERNAL_SERVER_ERROR, "metrics cannot be encoded\n");
        }
    };
    let wants_gzip = request
        .headers()
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("gzip") && parts.next() != Some("q=0")
        });
    let mut response = Response::new(Full::default());
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
    );
    let body = match wants_gzip.then(|| gzip(&text)) {
        Some(Ok(packed)) => {
            headers.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
            packed
        }
        Some(Err(_)) | None => text,
    };
    *response.body_mut() = Full::new(body.into());
    response
}

fn gzip(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder =
        flate2::write::GzEncoder::new(Vec::with_capacity(text.len() / 8), flate2::Compression::fast());
    encoder.write_all(text)?;
    encoder.finish()
}

fn answer(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

async fn serve(listener: TcpListener, handler: Arc<Handler>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = stop.cancelled() => break,
        };
        // An error here is the peer's or a passing shortage of file descriptors.
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let handler = handler.clone();
        connections.spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let response = handler(&request);
                async move { Ok::<_, Infallible>(response) }
            });
            // What goes wrong on one connection is the peer's business.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
    connections.shutdown().await;
}

#[cfg(test)]
mod tests;
