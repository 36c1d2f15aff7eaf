use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned, server::WebPkiClientVerifier};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use super::*;
use crate::{BodyError, read_body, secret::Identity};

/// Answers each connection's first request with what `answer` makes of it, until the test ends.
fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read_header(&mut stream);
            let _ = stream.write_all(answer(&request).as_bytes());
            let _ = sender.send(request);
        }
    });
    (address, requests)
}

fn read_header(stream: &mut impl Read) -> String {
    let mut header = Vec::new();
    let mut byte = [0];
    while !header.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        header.push(byte[0]);
    }
    String::from_utf8(header).unwrap()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nconnection: close\r\ncontent-length: 0\r\nlocation: {to}\r\n\r\n")
}

fn clients() -> Clients {
    Clients::new("ferroflux/test", EnvironmentProxies::default())
}

fn with(options: ClientOptions) -> reqwest::Client {
    clients().get(&options).unwrap()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// security.md: redirects leaking credentials cross-host.
#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_host_or_port() {
    let (second, seen) = serve(|_| ok("there"));
    let (first, _first) = serve(move |_| redirect(&format!("http://localhost:{}/x", second.port())));
    let request =
        with(ClientOptions::default()).get(format!("http://{first}/")).basic_auth("user", Some("m4rker"));
    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "there");
    let header = seen.recv().unwrap().to_lowercase();
    assert!(!header.contains("authorization") && !header.contains("referer"), "{header}");
    assert!(header.contains("user-agent: ferroflux/test"), "{header}");
}

#[tokio::test]
async fn a_client_for_secret_headers_never_leaves_its_origin() {
    let (second, seen) = serve(|_| ok(""));
    let (first, _first) = serve(move |request| match request.split(' ').nth(1) {
        Some("/stay") => redirect("/here"),
        Some("/here") => ok("here"),
        _ => redirect(&format!("http://{second}/")),
    });
    let client = with(ClientOptions { redirects: Redirects::SameOrigin, ..ClientOptions::default() });
    let stay = client.get(format!("http://{first}/stay")).header("private-token", "x").send().await.unwrap();
    assert_eq!(stay.text().await.unwrap(), "here");
    let error =
        client.get(format!("http://{first}/go")).header("private-token", "x").send().await.unwrap_err();
    assert!(chain(&error).contains("redirect to another host refused"), "{}", chain(&error));
    assert!(seen.try_recv().is_err());
}

#[tokio::test]
async fn an_endless_chain_of_redirects_ends() {
    let (address, requests) = serve(|_| redirect("/again"));
    let error = with(ClientOptions::default()).get(format!("http://{address}/")).send().await.unwrap_err();
    assert!(chain(&error).contains("stopped after 10 redirects"), "{}", chain(&error));
    assert_eq!(requests.try_iter().count(), 11);
}

/// source.md 18: scenario 18.
#[tokio::test]
async fn a_proxy_of_an_object_gets_every_request_with_its_credentials() {
    let (address, seen) = serve(|_| ok("from the proxy"));
    let proxy = Proxy::new(&format!("http://{address}"), Some("user"), Some("p@ss")).unwrap();
    let client = with(ClientOptions { proxy: ProxyChoice::Always(proxy), ..ClientOptions::default() });
    let answer = client.get("http://127.0.0.1:1/loopback/too").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "from the proxy");
    let header = seen.recv().unwrap().to_lowercase();
    assert!(header.starts_with("get http://127.0.0.1:1/loopback/too "), "{header}");
    // base64 of `user:p@ss`
    assert!(header.contains("proxy-authorization: basic dxnlcjpwqhnz"), "{header}");
}

#[tokio::test]
async fn proxies_of_the_environment_count_only_where_options_say_so() {
    let (address, _seen) = serve(|_| ok("from the proxy"));
    let environment = EnvironmentProxies::from_variables(|name| {
        (name == "HTTP_PROXY").then(|| format!("http://{address}"))
    });
    let clients = Clients::new("x", environment);
    let through = clients.get(&ClientOptions::default()).unwrap().get("http://nowhere.invalid/").send().await;
    assert_eq!(through.unwrap().text().await.unwrap(), "from the proxy");
    let direct = ClientOptions { proxy: ProxyChoice::Never, ..ClientOptions::default() };
    assert!(clients.get(&direct).unwrap().get("http://nowhere.invalid/").send().await.is_err());
}

/// security.md: unbounded HTTP bodies.
#[tokio::test]
async fn bodies_are_read_up_to_the_limit_whatever_is_announced() {
    let (address, _seen) = serve(|request| match request {
        chunked if chunked.starts_with("GET /chunked") => {
            let body = "5\r\nhello\r\n".repeat(100);
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{body}0\r\n\r\n"
            )
        }
        lying if lying.starts_with("GET /lying") => {
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\nconnection: close\r\n\r\n".into()
        }
        short if short.starts_with("GET /short") => {
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\nhalf".into()
        }
        _ => ok("twelve bytes"),
    });
    let client = with(ClientOptions::default());
    let get = async |path: &str, limit| {
        read_body(client.get(format!("http://{address}/{path}")).send().await.unwrap(), limit).await
    };
    assert_eq!(get("", 12).await.unwrap(), b"twelve bytes");
    assert!(matches!(get("", 11).await, Err(BodyError::TooLarge { limit: 11 })));
    assert!(matches!(get("chunked", 499).await, Err(BodyError::TooLarge { .. })));
    assert_eq!(get("chunked", 500).await.unwrap().len(), 500);
    assert!(matches!(get("lying", 1 << 20).await, Err(BodyError::TooLarge { .. })));
    assert!(matches!(get("short", 1 << 20).await, Err(BodyError::Read(_))));
}

/// An authority with a server certificate for `localhost` and a client certificate, all as PEM.
struct Pki {
    authority: String,
    server: (String, String),
    client: (String, String),
}

fn pki() -> Pki {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let issue = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        (certificate.pem(), key.serialize_pem())
    };
    Pki { authority: authority.pem(), server: issue("localhost"), client: issue("client") }
}

/// A TLS server that answers `private`, and asks for a client certificate if `mutual`.
fn serve_tls(pki: &Pki, mutual: bool) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = if mutual {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(pki.authority.as_bytes()).unwrap()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let chain = vec![CertificateDer::from_pem_slice(pki.server.0.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(pki.server.1.as_bytes()).unwrap();
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            if !read_header(&mut stream).is_empty() {
                let _ = stream.write_all(ok("private").as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    address
}

fn material(authority: Option<&str>, identity: Option<(&str, &str)>) -> ClientOptions {
    let bytes = |text: &str| Arc::from(text.as_bytes());
    let identity =
        identity.map(|(certificate, key)| Identity { certificate: bytes(certificate), key: bytes(key) });
    let tls = Some(TlsMaterial { authority: authority.map(bytes), identity });
    ClientOptions { tls, ..ClientOptions::default() }
}

/// source.md 18: scenario 17.
#[tokio::test]
async fn a_private_authority_is_needed_and_enough_and_a_client_certificate_is_presented() {
    let pki = pki();
    let client = (pki.client.0.as_str(), pki.client.1.as_str());
    let plain = format!("https://localhost:{}/", serve_tls(&pki, false).port());
    let mutual = format!("https://localhost:{}/", serve_tls(&pki, true).port());
    let get = async |options: ClientOptions, url: &str| match with(options).get(url).send().await {
        Ok(answer) => Ok(answer.text().await.unwrap()),
        Err(error) => Err(chain(&error)),
    };
    let error = get(ClientOptions::default(), &plain).await.unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
    let trusting = material(Some(&pki.authority), None);
    assert_eq!(get(trusting.clone(), &plain).await, Ok("private".into()));
    assert!(get(trusting, &mutual).await.is_err());
    assert_eq!(get(material(Some(&pki.authority), Some(client)), &mutual).await, Ok("private".into()));
    let bundle = format!("{}\n{}", self::pki().authority, pki.authority);
    assert_eq!(get(material(Some(&bundle), None), &plain).await, Ok("private".into()));
    let replaced =
        ClientOptions { system_roots: SystemRoots::Replace, ..material(Some(&pki.authority), None) };
    assert_eq!(get(replaced, &plain).await, Ok("private".into()));
}

/// source.md 13.3
#[test]
fn unusable_pem_is_told_apart() {
    let pki = pki();
    let message = |options: ClientOptions| clients().get(&options).unwrap_err().to_string();
    assert_eq!(message(material(Some("nonsense"), None)), "failed to parse CA certificate");
    let wrong = Some((pki.client.0.as_str(), pki.server.1.as_str()));
    assert_eq!(message(material(None, wrong)), "failed to parse TLS certificate and key");
    assert_eq!(message(material(None, Some(("x", "y")))), "failed to parse TLS certificate and key");
}

/// security.md: credential reuse cross-tenant in caches.
#[test]
fn equal_options_share_a_client_and_others_never_do() {
    let clients = clients();
    let of = |identity: &str| ClientOptions { identity: Some(identity.into()), ..ClientOptions::default() };
    clients.get(&of("a/one")).unwrap();
    clients.get(&of("a/one")).unwrap();
    assert_eq!(clients.locked().len(), 1);
    clients.get(&of("b/one")).unwrap();
    assert_eq!(clients.locked().len(), 2);
    for number in 0..MAX_CLIENTS + 5 {
        clients.get(&of(&number.to_string())).unwrap();
    }
    assert_eq!(clients.locked().len(), MAX_CLIENTS);
}
