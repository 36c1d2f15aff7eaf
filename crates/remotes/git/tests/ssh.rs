//! SSH against OpenSSH's server: identities, host keys and the texts of failures.

mod world;

use std::sync::{Arc, Mutex};

use ferroflux_git::{Proxy, Redacted, Remote, RemoteOptions, SshCredentials};
use ferroflux_servers::{ClientKey, KeyType, SshServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use world::{World, branch, checkout, failure};

fn options(key: &ClientKey, known_hosts: &str, passphrase: Option<&str>) -> RemoteOptions {
    let ssh = SshCredentials {
        identity: Redacted::new(&key.identity),
        passphrase: passphrase.map(Redacted::new),
        known_hosts: known_hosts.to_owned(),
    };
    RemoteOptions { ssh: Some(ssh), ..RemoteOptions::default() }
}

fn remote(world: &World, server: &SshServer, options: RemoteOptions) -> Remote {
    Remote::new(&server.url(world.repo.path()), options).expect("a remote")
}

#[tokio::test]
async fn every_kind_of_key_in_every_form_opens_the_repository() {
    let world = World::new();
    let server = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let known = server.known_hosts();
    for (kind, passphrase, pem) in [
        (KeyType::Ed25519, "", false),
        (KeyType::Ecdsa, "", false),
        (KeyType::Rsa, "", false),
        (KeyType::Rsa, "", true),
        (KeyType::Ecdsa, "", true),
        (KeyType::Ed25519, "a passphrase", false),
        (KeyType::Rsa, "a passphrase", false),
    ] {
        let key =
            if pem { server.authorize_pem(kind, passphrase) } else { server.authorize(kind, passphrase) };
        let key = key.expect("a key");
        let passphrase = Some(passphrase).filter(|text| !text.is_empty());
        let fetched = checkout(
            &world.client,
            &remote(&world, &server, options(&key, &known, passphrase)),
            &branch("main"),
        )
        .await;
        assert_eq!(fetched.commit.id.to_string(), world.repo.head().expect("a commit"));
    }
}

#[tokio::test]
async fn every_kind_of_host_key_is_agreed_on_by_what_is_known() {
    let world = World::new();
    let all = [KeyType::Ed25519, KeyType::Ecdsa, KeyType::Rsa];
    let server = SshServer::start(&all).expect("a server");
    let key = server.authorize(KeyType::Ed25519, "").expect("a key");
    for line in server.known_hosts().lines() {
        checkout(&world.client, &remote(&world, &server, options(&key, line, None)), &branch("main")).await;
    }
}

/// source.md 18: scenario 14, as far as this side of the API is concerned
#[tokio::test]
async fn host_keys_are_checked_strictly_and_hashed_lines_are_understood() {
    let world = World::new();
    let server = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let other = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let key = server.authorize(KeyType::Ed25519, "").expect("a key");
    let hashed = server.hashed_known_hosts().expect("hashed lines");
    assert!(hashed.starts_with("|1|"));
    checkout(&world.client, &remote(&world, &server, options(&key, &hashed, None)), &branch("main")).await;

    let attempt = async |known: String| {
        failure(&world.client, &remote(&world, &server, options(&key, &known, None)), &branch("main"), None)
            .await
    };
    let error = attempt(other.known_hosts()).await;
    assert!(error.ends_with("ssh: handshake failed: knownhosts: key is unknown"), "{error}");
    let wrong = server.known_hosts().replace(&server.host_keys()[0], &other.host_keys()[0]);
    let error = attempt(wrong).await;
    assert!(error.ends_with("ssh: handshake failed: knownhosts: key mismatch"), "{error}");
    let revoked = format!("@revoked * {}\n{}", server.host_keys()[0], server.known_hosts());
    let error = attempt(revoked).await;
    assert!(error.ends_with("ssh: handshake failed: knownhosts: key is revoked"), "{error}");
    assert!(!server.log().contains("Accepted publickey for nobody"));
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_is_refused() {
    let world = World::new();
    let server = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let other = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let key = other.authorize(KeyType::Ed25519, "").expect("a key");
    let known = server.known_hosts();
    let error =
        failure(&world.client, &remote(&world, &server, options(&key, &known, None)), &branch("main"), None)
            .await;
    assert!(error.contains("unable to authenticate"), "{error}");
}

#[tokio::test]
async fn an_encrypted_key_needs_its_passphrase() {
    let world = World::new();
    let server = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let key = server.authorize(KeyType::Ed25519, "right").expect("a key");
    let known = server.known_hosts();
    assert!(Redacted::new(&key.identity).is_encrypted_private_key());
    for passphrase in [None, Some("wrong")] {
        let remote = remote(&world, &server, options(&key, &known, passphrase));
        let error = failure(&world.client, &remote, &branch("main"), None).await;
        assert!(error.contains("ssh: invalid identity"), "{error}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_the_servers_word() {
    let world = World::new();
    let server = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let key = server.authorize(KeyType::Ed25519, "").expect("a key");
    let url = server.url(std::path::Path::new("/nowhere/app.git"));
    let remote = Remote::new(&url, options(&key, &server.known_hosts(), None)).expect("a remote");
    let error = failure(&world.client, &remote, &branch("main"), None).await;
    assert!(error.starts_with("unable to clone"), "{error}");
}

/// contract/source.md 13.4
#[tokio::test]
async fn only_a_socks_proxy_carries_ssh() {
    let world = World::new();
    let server = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let key = server.authorize(KeyType::Ed25519, "").expect("a key");
    let (address, asked) = socks_proxy().await;
    let through = |scheme: &str| {
        let url = url::Url::parse(&format!("{scheme}://{address}")).expect("a URL");
        let proxy = Some(Proxy { url, credentials: Some(("user".into(), Redacted::new("password"))) });
        remote(&world, &server, RemoteOptions { proxy, ..options(&key, &server.known_hosts(), None) })
    };
    checkout(&world.client, &through("socks5"), &branch("main")).await;
    let asked = asked.lock().expect("nobody panics with it").clone();
    assert_eq!(asked, [server.address().to_string()]);
    let error = failure(&world.client, &through("http"), &branch("main"), None).await;
    assert!(error.ends_with("a proxy of scheme 'http' cannot be used for SSH"), "{error}");
}

/// A SOCKS 5 proxy for `user` with `password` that remembers where clients want to go.
async fn socks_proxy() -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let remembered = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            // A client that goes away is nothing to report.
            tokio::spawn(carry(client, Arc::clone(&remembered)));
        }
    });
    (address, asked)
}

async fn carry(mut client: TcpStream, asked: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut greeting = [0; 3];
    client.read_exact(&mut greeting).await?;
    assert_eq!(greeting, [5, 1, 2]);
    client.write_all(&[5, 2]).await?;
    let mut credentials = [0; 15];
    client.read_exact(&mut credentials).await?;
    assert_eq!(&credentials, b"\x01\x04user\x08password");
    client.write_all(&[1, 0]).await?;
    let mut head = [0; 5];
    client.read_exact(&mut head).await?;
    let mut name = vec![0; usize::from(head[4]) + 2];
    client.read_exact(&mut name).await?;
    let port = u16::from_be_bytes([name[name.len() - 2], name[name.len() - 1]]);
    let target = format!("{}:{port}", String::from_utf8_lossy(&name[..name.len() - 2]));
    asked.lock().expect("nobody panics with it").push(target.clone());
    let mut server = TcpStream::connect(target).await?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}
