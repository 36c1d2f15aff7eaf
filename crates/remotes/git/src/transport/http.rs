//! Smart HTTP (gitprotocol-http).

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::TryStreamExt as _;
use http::{StatusCode, header};
use reqwest::{Certificate, Client, Identity, Proxy, RequestBuilder, Response, redirect::Policy};
use sha2::{Digest as _, Sha256};
use tokio_util::io::StreamReader;
use url::Url;

use crate::{
    HttpCredentials, Remote, RemoteOptions,
    error::{RemoteError, RequestError},
    wire::PacketReader,
};

/// Redirects that are followed before giving up; Git's own limit for the first request is 20.
const MAX_REDIRECTS: usize = 10;

/// So much of an error's body is shown.
const MAX_ERROR_BODY: usize = 1024;

/// Clients with authorities of their own that are kept; each holds a few idle connections and a list of roots.
const MAX_CLIENTS: usize = 64;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// HTTP clients, one per set of trusted authorities, so that connections are used again.
#[derive(Debug)]
pub(crate) struct HttpClients {
    user_agent: String,
    clients: Mutex<HashMap<[u8; 32], Client>>,
}

impl HttpClients {
    pub(crate) fn new(user_agent: String) -> Self {
        Self { user_agent, clients: Mutex::default() }
    }

    /// The client for these options; away from home it proves no identity of its own.
    fn get(&self, options: &RemoteOptions, at_home: bool) -> Result<Client, RemoteError> {
        let authorities = options.authorities.as_deref();
        let certificate = options.client_certificate.as_ref().filter(|_| at_home);
        let mut hasher = Sha256::new();
        for part in [
            authorities.unwrap_or_default(),
            certificate.map_or("", |client| client.certificate.as_str()),
            certificate.map_or("", |client| client.key.expose()),
            options.proxy.as_ref().map_or("", |proxy| proxy.url.as_str()),
            options.proxy.as_ref().and_then(|proxy| proxy.credentials.as_ref()).map_or("", |(user, _)| user),
            options
                .proxy
                .as_ref()
                .and_then(|proxy| proxy.credentials.as_ref())
                .map_or("", |(_, password)| password.expose()),
        ] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let key = hasher.finalize().into();
        if let Some(client) = self.clients.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .user_agent(&self.user_agent)
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .http1_only();
        if let Some(pem) = authorities {
            let certificates = Certificate::from_pem_bundle(pem.as_bytes())
                .map_err(|error| RemoteError::Authority(innermost(&error)))?;
            if certificates.is_empty() {
                return Err(RemoteError::Authority("the bundle holds no certificate".to_owned()));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        if let Some(client) = certificate {
            let pem = format!("{}\n{}\n", client.certificate.trim_end(), client.key.expose());
            let identity = Identity::from_pem(pem.as_bytes());
            builder = builder.identity(identity.map_err(|error| RemoteError::Tls(error.into()))?);
        }
        if let Some(proxy) = &options.proxy {
            let mut all = Proxy::all(proxy.url.clone()).map_err(|error| RemoteError::Tls(error.into()))?;
            if let Some((username, password)) = &proxy.credentials {
                all = all.basic_auth(username, password.expose());
            }
            builder = builder.proxy(all);
        }
        let client = builder.build().map_err(|error| RemoteError::Tls(error.into()))?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }
}

/// A repository over HTTP.
pub(crate) struct HttpTransport {
    client: Client,
    /// The repository's URL without a slash at its end, after redirects.
    base: String,
    authorization: Option<header::HeaderValue>,
}

impl HttpTransport {
    /// Asks for the advertisement. Redirects are followed here and nowhere else; on the way to another scheme, host or
    /// port the credentials stay behind.
    pub(crate) async fn open(
        remote: &Remote,
        clients: &HttpClients,
    ) -> Result<(Self, PacketReader), RemoteError> {
        const TAIL: &str = "/info/refs?service=git-upload-pack";
        let options = remote.options();
        let client = clients.get(options, true)?;
        let authorization = options.http.as_ref().and_then(authorization);
        let base = remote.url().as_str().trim_end_matches('/').to_owned();
        let mut transport = Self { client, base, authorization };
        for _ in 0..=MAX_REDIRECTS {
            let url = format!("{}{TAIL}", transport.base);
            let request = transport.client.get(&url).header("Git-Protocol", "version=2");
            let response = transport.send("Get", &url, request).await?;
            if response.status().is_redirection() {
                if transport.follow(&url, &response, TAIL)? {
                    transport.authorization = None;
                    transport.client = clients.get(options, false)?;
                }
                continue;
            }
            let response = successful(&url, response).await?;
            content_type(&response, "application/x-git-upload-pack-advertisement")?;
            return Ok((transport, reader(response)));
        }
        Err(RemoteError::Redirect { from: transport.base, to: "one place after another".to_owned() })
    }

    /// Sends a message and gives its answer.
    pub(crate) async fn post(
        &self,
        message: Vec<u8>,
        version_two: bool,
    ) -> Result<PacketReader, RemoteError> {
        let url = format!("{}/git-upload-pack", self.base);
        let mut request = self
            .client
            .post(&url)
            .header(header::CONTENT_TYPE, "application/x-git-upload-pack-request")
            .header(header::ACCEPT, "application/x-git-upload-pack-result")
            .body(message);
        if version_two {
            request = request.header("Git-Protocol", "version=2");
        }
        let response = self.send("Post", &url, request).await?;
        if response.status().is_redirection() {
            let to = location(&response).unwrap_or_default().to_owned();
            return Err(RemoteError::Redirect { from: url, to });
        }
        let response = successful(&url, response).await?;
        content_type(&response, "application/x-git-upload-pack-result")?;
        Ok(reader(response))
    }

    async fn send(
        &self,
        method: &'static str,
        url: &str,
        mut request: RequestBuilder,
    ) -> Result<Response, RemoteError> {
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization.clone());
        }
        request.send().await.map_err(|error| RemoteError::Request {
            method,
            url: url.to_owned(),
            source: explain(&error),
        })
    }

    /// Moves to where a redirect points, if that is the same request at another place. Returns whether it is another
    /// scheme, host or port.
    fn follow(&mut self, from: &str, response: &Response, tail: &str) -> Result<bool, RemoteError> {
        let refused = |to: &str| RemoteError::Redirect { from: from.to_owned(), to: to.to_owned() };
        let to = location(response).ok_or_else(|| refused("nowhere"))?;
        let old = Url::parse(from).map_err(|_| refused(to))?;
        let mut new = old.join(to).map_err(|_| refused(to))?;
        // A password that the server puts into the URL is nobody's wish.
        let _ = new.set_username("");
        let _ = new.set_password(None);
        let downgrade = old.scheme() == "https" && new.scheme() != "https";
        let base = new.as_str().strip_suffix(tail).map(str::to_owned);
        let (Some(base), false, "http" | "https") = (base, downgrade, new.scheme()) else {
            return Err(refused(new.as_str()));
        };
        self.base = base;
        Ok(old.origin() != new.origin())
    }
}

fn location(response: &Response) -> Option<&str> {
    response.headers().get(header::LOCATION)?.to_str().ok()
}

fn authorization(credentials: &HttpCredentials) -> Option<header::HeaderValue> {
    let text = match credentials {
        HttpCredentials::Basic { username, password } => {
            format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.expose())))
        }
        HttpCredentials::Bearer(token) => format!("Bearer {}", token.expose()),
    };
    let mut value = header::HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn content_type(response: &Response, wanted: &str) -> Result<(), RemoteError> {
    let given = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if given.is_some_and(|given| given == wanted) {
        Ok(())
    } else {
        Err(RemoteError::Protocol("the server does not speak the smart HTTP protocol"))
    }
}

fn reader(response: Response) -> PacketReader {
    PacketReader::new(StreamReader::new(Box::pin(response.bytes_stream().map_err(io::Error::other))))
}

/// Turns a status that is no success into an error with the beginning of the body.
async fn successful(url: &str, mut response: Response) -> Result<Response, RemoteError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() >= MAX_ERROR_BODY {
            body.truncate(MAX_ERROR_BODY);
            break;
        }
    }
    let body = String::from_utf8_lossy(&body).trim_end().to_owned();
    Err(match status {
        StatusCode::NOT_FOUND => RemoteError::RepositoryNotFound(body),
        StatusCode::UNAUTHORIZED => RemoteError::AuthenticationRequired(body),
        StatusCode::FORBIDDEN => RemoteError::AuthorizationFailed(body),
        status => RemoteError::Status { url: url.to_owned(), status: status.as_u16(), body },
    })
}

/// The part of a failure that users can do something about.
fn explain(error: &reqwest::Error) -> RequestError {
    if let Some(tls) = tls_error(error) {
        return RequestError::Tls(match tls {
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
                "failed to verify certificate: x509: certificate signed by unknown authority".to_owned()
            }
            rustls::Error::InvalidCertificate(problem) => {
                format!("failed to verify certificate: x509: {problem}")
            }
            other => other.to_string(),
        });
    }
    if error.is_connect() {
        return RequestError::Dial(innermost(error));
    }
    RequestError::Other(innermost(error))
}

/// The TLS error among an error's causes. An I/O error holds its cause without naming it as its source.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(held) => tls_error(held),
        None => tls_error(error.source()?),
    }
}

fn innermost(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(inner) = deepest.source() {
        deepest = inner;
    }
    deepest.to_string()
}
