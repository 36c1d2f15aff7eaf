//! Git over smart HTTP: Git's own `http-backend` behind a server that checks, counts and misbehaves on request.

mod backend;
mod record;

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub use self::record::{RequestKind, RequestRecord};
use crate::{Authority, Error};

/// What goes over the wire as the body of a response.
pub(crate) type Body = BoxBody<Bytes, std::io::Error>;

/// Bodies of requests are kept up to this many bytes; fetches ask with a few kilobytes, pushes of tests stay small.
const MAX_REQUEST_BODY: usize = 64 << 20;

/// What a client must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// User name and password.
    Basic {
        /// The user.
        username: String,
        /// The password, which may be empty.
        password: String,
    },
    /// A token.
    Bearer(String),
}

impl Credentials {
    /// User name and password.
    pub fn basic(username: &str, password: &str) -> Self {
        Self::Basic { username: username.to_owned(), password: password.to_owned() }
    }

    fn header(&self) -> String {
        match self {
            Self::Basic { username, password } => {
                format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
            }
            Self::Bearer(token) => format!("Bearer {token}"),
        }
    }
}

/// How the server misbehaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers with this status and text.
    Status(u16, String),
    /// Waits this long before it answers.
    Slow(Duration),
    /// Breaks the connection after this many bytes of the response's body.
    Drop(usize),
    /// Sends the client to the same path below this base URL.
    Redirect(String),
}

/// How a server is started. The default lets everybody read over plain HTTP.
#[derive(Default)]
pub struct GitHttpOptions<'a> {
    /// What clients must show; 401 without.
    pub credentials: Option<Credentials>,
    /// Speaks TLS with a certificate of this authority.
    pub authority: Option<&'a Authority>,
    /// Speaks only to clients with a certificate of the authority.
    pub require_client_certificate: bool,
    /// Takes pushes.
    pub writable: bool,
    /// Speaks version 0 of the protocol only, as old servers do.
    pub version_zero: bool,
}

/// A server for all repositories below a directory.
pub struct GitHttpServer {
    state: Arc<State>,
    address: SocketAddr,
    tls: bool,
    runtime: Option<tokio::runtime::Runtime>,
}

struct State {
    root: PathBuf,
    authorization: Mutex<Option<String>>,
    writable: bool,
    version_zero: bool,
    records: Mutex<Vec<RequestRecord>>,
    faults: Mutex<Vec<(RequestKind, Fault)>>,
}

impl GitHttpServer {
    /// Serves the repositories below `root` to everybody.
    pub fn start(root: &Path) -> Result<Self, Error> {
        Self::start_with(root, GitHttpOptions::default())
    }

    /// Serves the repositories below `root`.
    pub fn start_with(root: &Path, options: GitHttpOptions<'_>) -> Result<Self, Error> {
        if !Path::new(backend::PROGRAM).is_file() {
            return Err(Error::Missing { program: backend::PROGRAM, package: "git" });
        }
        let acceptor = options
            .authority
            .map(|authority| authority.server(options.require_client_certificate))
            .transpose()?
            .map(TlsAcceptor::from);
        let state = Arc::new(State {
            root: root.to_owned(),
            authorization: Mutex::new(options.credentials.as_ref().map(Credentials::header)),
            writable: options.writable,
            version_zero: options.version_zero,
            records: Mutex::default(),
            faults: Mutex::default(),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("git-http-server")
            .enable_all()
            .build()
            .map_err(Error::Listen)?;
        let listener = {
            let _entered = runtime.enter();
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::Listen)?;
            listener.set_nonblocking(true).map_err(Error::Listen)?;
            TcpListener::from_std(listener).map_err(Error::Listen)?
        };
        let address = listener.local_addr().map_err(Error::Listen)?;
        let tls = acceptor.is_some();
        runtime.spawn(accept(listener, acceptor, Arc::clone(&state)));
        Ok(Self { state, address, tls, runtime: Some(runtime) })
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's base URL, without a slash at its end.
    pub fn base_url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.address)
    }

    /// The URL of the repository `<root>/<name>.git`.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}.git", self.base_url())
    }

    /// Replaces what clients must show.
    pub fn set_credentials(&self, credentials: Option<&Credentials>) {
        *lock(&self.state.authorization) = credentials.map(Credentials::header);
    }

    /// Misbehaves on every request of this kind until [`GitHttpServer::heal`].
    pub fn fail(&self, kind: RequestKind, fault: Fault) {
        lock(&self.state.faults).push((kind, fault));
    }

    /// Behaves again.
    pub fn heal(&self) {
        lock(&self.state.faults).clear();
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.state.records).clone()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.state.records).clear();
    }

    /// How many requests of this kind came so far.
    pub fn count(&self, kind: RequestKind) -> usize {
        lock(&self.state.records).iter().filter(|record| record.kind == kind).count()
    }

    /// How many bytes of packs and object data were sent so far.
    pub fn fetched_bytes(&self) -> u64 {
        let records = lock(&self.state.records);
        records.iter().filter(|record| record.kind == RequestKind::Fetch).map(|record| record.sent).sum()
    }
}

impl Drop for GitHttpServer {
    fn drop(&mut self) {
        // An async test may drop the server on its own runtime, where waiting is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            match acceptor {
                None => serve(stream, state).await,
                Some(acceptor) => {
                    // A client that does not trust the certificate is the client's business.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve_io(TokioIo::new(stream), state).await;
                    }
                }
            }
        });
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    serve_io(TokioIo::new(stream), state).await;
}

async fn serve_io<I: hyper::rt::Read + hyper::rt::Write + Unpin + 'static>(io: I, state: Arc<State>) {
    let service = hyper::service::service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(answer(request, state).await) }
    });
    // A client that goes away in the middle is nothing to report.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    if state.version_zero {
        parts.headers.remove("git-protocol");
    }
    let body = match http_body_util::Limited::new(body, MAX_REQUEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return text(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string()),
    };
    let record = RequestRecord::new(&parts, &body);
    let kind = record.kind;
    let index = {
        let mut records = lock(&state.records);
        records.push(record);
        records.len() - 1
    };
    let mut drop_after = None;
    let faults = lock(&state.faults).clone();
    for (_, fault) in faults.into_iter().filter(|(on, _)| *on == kind || *on == RequestKind::Any) {
        match fault {
            Fault::Status(status, message) => {
                return text(
                    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    &message,
                );
            }
            Fault::Slow(delay) => tokio::time::sleep(delay).await,
            Fault::Drop(bytes) => drop_after = Some(bytes),
            Fault::Redirect(base) => return redirect(&format!("{base}{}", target(&parts))),
        }
    }
    if !authorized(&state, &parts.headers) {
        let mut response = text(StatusCode::UNAUTHORIZED, "credentials needed");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"git\""));
        return response;
    }
    let response = backend::run(&state.root, state.writable, &parts, body).await;
    let state = Arc::clone(&state);
    let response = response.map(|body| counted(body, state, index));
    match drop_after {
        None => response,
        Some(bytes) => response.map(|body| broken(body, bytes)),
    }
}

fn target(parts: &http::request::Parts) -> String {
    parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

fn authorized(state: &State, headers: &HeaderMap) -> bool {
    let wanted = lock(&state.authorization).clone();
    wanted.is_none_or(|wanted| {
        headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == wanted.as_bytes())
    })
}

pub(crate) fn text(status: StatusCode, message: &str) -> Response<Body> {
    let body = Full::new(Bytes::from(message.to_owned())).map_err(|never| match never {}).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn redirect(location: &str) -> Response<Body> {
    let mut response = text(StatusCode::FOUND, "");
    if let Ok(location) = header::HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Adds the bytes that go out to the request's record.
fn counted(body: Body, state: Arc<State>, index: usize) -> Body {
    let frames = body.into_data_stream().map(move |piece| {
        if let (Ok(piece), Some(record)) = (&piece, lock(&state.records).get_mut(index)) {
            record.sent += piece.len() as u64;
        }
        piece.map(Frame::data)
    });
    BodyExt::boxed(StreamBody::new(frames))
}

/// Ends with an error after this many bytes, which breaks the connection.
fn broken(body: Body, bytes: usize) -> Body {
    let mut left = bytes;
    let frames = body.into_data_stream().map(move |piece| {
        let piece = piece?;
        if left == 0 {
            return Err(std::io::Error::other("broken on request"));
        }
        let taken = piece.len().min(left);
        left -= taken;
        Ok(Frame::data(piece.slice(..taken)))
    });
    let end = stream::once(async { Err(std::io::Error::other("broken on request")) });
    BodyExt::boxed(StreamBody::new(frames.chain(end)))
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
