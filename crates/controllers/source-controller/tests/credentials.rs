//! Secrets of GitRepositories: HTTP, TLS and SSH.

mod world;

use std::sync::{Arc, Mutex};

use anyhow::Result;
use ferroflux_servers::{Authority, Credentials, GitHttpOptions, GitHttpServer, KeyType, SshServer};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use world::{World, condition};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_is_named_and_its_arrival_and_rotation_are_noticed() -> Result<()> {
    let world = World::new("secret").await?;
    world.repo("app")?;
    world.git.set_credentials(Some(&Credentials::basic("user", "first-marker")));
    world.source("app", json!({"secretRef": {"name": "auth"}})).await?;
    let message = world.failed("app", "AuthenticationFailed").await?;
    let full = format!("{}/auth", world.namespace());
    assert_eq!(
        message,
        format!("failed to get secret '{full}': failed to get secret '{full}': secrets \"auth\" not found")
    );
    world.secret("auth", &[("username", "user"), ("password", "first-marker")]).await?;
    world.ready("app").await?;

    // source.md 18: scenario 67
    world.git.set_credentials(Some(&Credentials::Bearer("second-marker".into())));
    world.secret("auth", &[("bearerToken", "second-marker")]).await?;
    world.git.forget_requests();
    world.request("app", "rotated").await?;
    world.ready("app").await?;
    assert!(
        world
            .git
            .requests()
            .iter()
            .all(|request| { request.authorization.as_deref() == Some("Bearer second-marker") })
    );
    let log = world.log();
    assert!(!log.contains("first-marker") && !log.contains("second-marker"));
    Ok(())
}

/// source.md 18: scenario 17 (the part about certificate authorities)
#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_is_trusted_through_the_secret() -> Result<()> {
    let world = World::new("tls").await?;
    world.repo("app")?;
    let authority = Authority::new()?;
    let options = GitHttpOptions { authority: Some(&authority), ..GitHttpOptions::default() };
    let server = GitHttpServer::start_with(&world.repos(), options)?;
    world.source("app", json!({"url": server.url("app")})).await?;
    let message = world.failed("app", "GitOperationFailed").await?;
    assert!(message.contains("x509: certificate signed by unknown authority"), "{message}");
    world.secret("ca", &[("ca.crt", authority.pem())]).await?;
    world.change("app", json!({"secretRef": {"name": "ca"}})).await?;
    world.ready("app").await?;
    world.change("app", json!({"url": world.git.url("app")})).await?;
    world.ready("app").await?;
    Ok(())
}

/// source.md 18: scenarios 14 and 15
#[tokio::test(flavor = "multi_thread")]
async fn ssh_needs_the_right_host_key_and_the_passphrase() -> Result<()> {
    let world = World::new("ssh").await?;
    let repo = world.repo("app")?;
    let server = SshServer::start(&[KeyType::Ed25519])?;
    let stranger = SshServer::start(&[KeyType::Ed25519])?;
    let key = server.authorize(KeyType::Ed25519, "")?;
    let wrong = server.known_hosts().replace(&server.host_keys()[0], &stranger.host_keys()[0]);
    world.secret("key", &[("identity", &key.identity), ("known_hosts", &wrong)]).await?;
    let spec = json!({"url": server.url(repo.path()), "secretRef": {"name": "key"}});
    world.source("app", spec).await?;
    let message = world.failed("app", "GitOperationFailed").await?;
    assert!(message.ends_with("knownhosts: key mismatch"), "{message}");
    assert!(!server.log().contains("Accepted publickey"), "nobody came past the host key");

    let hashed = server.hashed_known_hosts()?;
    world.secret("key", &[("identity", &key.identity), ("known_hosts", &hashed)]).await?;
    world.request("app", "hashed").await?;
    world.ready("app").await?;

    let encrypted = server.authorize(KeyType::Ed25519, "a passphrase")?;
    world.secret("key", &[("identity", &encrypted.identity), ("known_hosts", &hashed)]).await?;
    world.request("app", "encrypted").await?;
    let message = world.failed("app", "AuthenticationFailed").await?;
    assert_eq!(
        message,
        format!(
            "failed to configure authentication options: SSH identity key is encrypted but no 'password' field \
             was provided in the secret '{}/key'",
            world.namespace()
        )
    );
    Ok(())
}

/// source.md 18: scenario 16 (the part about a secret of a GitHub App)
#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_an_app_needs_its_provider() -> Result<()> {
    let world = World::new("app-secret").await?;
    world.repo("app")?;
    world.secret("auth", &[("githubAppID", "1")]).await?;
    world.source("app", json!({"secretRef": {"name": "auth"}})).await?;
    let message = world.failed("app", "InvalidProviderConfiguration").await?;
    let full = format!("{}/auth", world.namespace());
    assert_eq!(message, format!("secretRef '{full}' has github app data but provider is not set to github"));
    let status = world.wait("app", "it is retried", |status| {
        condition(status, "Reconciling")["reason"] == "ProgressingWithRetry"
    });
    assert!(condition(&status.await?, "Stalled").is_null());
    Ok(())
}

/// source.md 18: scenario 17 (the part about client certificates)
#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_opens_a_server_that_asks_for_one() -> Result<()> {
    let world = World::new("mtls").await?;
    world.repo("app")?;
    let authority = Authority::new()?;
    let options = GitHttpOptions {
        authority: Some(&authority),
        require_client_certificate: true,
        ..GitHttpOptions::default()
    };
    let server = GitHttpServer::start_with(&world.repos(), options)?;
    world.secret("auth", &[("ca.crt", authority.pem())]).await?;
    world.source("app", json!({"url": server.url("app"), "secretRef": {"name": "auth"}})).await?;
    world.failed("app", "GitOperationFailed").await?;
    let client = authority.client("flux")?;
    let data = [("ca.crt", authority.pem()), ("tls.crt", &client.certificate), ("tls.key", &client.key)];
    world.secret("auth", &data).await?;
    world.request("app", "with-certificate").await?;
    world.ready("app").await?;
    Ok(())
}

/// source.md 18: scenario 18
#[tokio::test(flavor = "multi_thread")]
async fn all_traffic_goes_through_the_proxy_of_the_secret() -> Result<()> {
    let world = World::new("proxy").await?;
    world.repo("app")?;
    let proxy = Proxy::start(world.git.address().to_string()).await?;
    let data = [("address", proxy.url.as_str()), ("username", "user"), ("password", "pass-marker")];
    world.secret("proxy", &data).await?;
    // A name that only the proxy can resolve.
    let url = "http://git.example.invalid/app.git";
    world.source("app", json!({"url": url, "proxySecretRef": {"name": "proxy"}})).await?;
    world.ready("app").await?;
    let heads = proxy.heads.lock().expect("nobody panics with it").clone();
    assert!(!heads.is_empty());
    for head in heads {
        assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic "), "{head}");
        assert!(head.contains("http://git.example.invalid/"), "{head}");
    }
    world.secret("proxy", &[("address", "ftp://example.com")]).await?;
    world.request("app", "ftp").await?;
    let message = world.failed("app", "AuthenticationFailed").await?;
    assert_eq!(
        message,
        "failed to configure proxy options: proxy URL must use one of the supported schemes \
         (http, https, socks5), got 'ftp'"
    );
    assert!(!world.log().contains("pass-marker"));
    Ok(())
}

/// A proxy for plain HTTP that sends everything to one place.
struct Proxy {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(upstream: String) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let remembered = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A client that goes away is nothing to report.
                tokio::spawn(forward(client, upstream.clone(), Arc::clone(&remembered)));
            }
        });
        Ok(Self { url, heads })
    }
}

/// Passes one request on; the connection ends with it.
async fn forward(
    mut client: tokio::net::TcpStream,
    upstream: String,
    heads: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    // A server wants the path alone, and one request per connection keeps the proxy simple.
    let sent =
        text.replace("http://git.example.invalid", "").replacen("\r\n", "\r\nConnection: close\r\n", 1);
    heads.lock().expect("nobody panics with it").push(text);
    let mut server = tokio::net::TcpStream::connect(upstream).await?;
    server.write_all(sent.as_bytes()).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}
