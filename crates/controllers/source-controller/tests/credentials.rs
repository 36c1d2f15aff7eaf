//! Secrets of GitRepositories: HTTP, TLS and SSH.

mod world;

use anyhow::Result;
use ferroflux_servers::{Authority, Credentials, GitHttpOptions, GitHttpServer, KeyType, SshServer};
use serde_json::json;
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
