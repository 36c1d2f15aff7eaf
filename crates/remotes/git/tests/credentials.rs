//! HTTP credentials, TLS, redirects, faults and timeouts against Git's own server.

mod world;

use std::time::Duration;

use ferroflux_git::{HttpCredentials, Redacted, Remote, RemoteOptions};
use ferroflux_servers::{Authority, Credentials, Fault, GitHttpOptions, GitHttpServer, RequestKind};
use world::{World, basic, branch, checkout, failure};

fn bearer(token: &str) -> RemoteOptions {
    let http = Some(HttpCredentials::Bearer(Redacted::new(token)));
    RemoteOptions { http, ..RemoteOptions::default() }
}

fn remote(url: &str, options: RemoteOptions) -> Remote {
    Remote::new(url, options).expect("a remote")
}

#[tokio::test]
async fn basic_and_bearer_credentials_open_the_repository_over_plain_http() {
    let world = World::new();
    let url = world.server.url("app");
    world.server.set_credentials(Some(&Credentials::basic("user", "")));
    checkout(&world.client, &remote(&url, basic("user", "")), &branch("main")).await;
    world.server.set_credentials(Some(&Credentials::Bearer("token".into())));
    checkout(&world.client, &remote(&url, bearer("token")), &branch("main")).await;
    let error = failure(&world.client, &remote(&url, bearer("wrong")), &branch("main"), None).await;
    assert_eq!(error, format!("unable to clone '{url}': authentication required: credentials needed"));
}

#[tokio::test]
async fn refusals_of_the_server_have_the_texts_of_the_contract() {
    let world = World::new();
    let url = world.server.url("app");
    world.server.set_credentials(Some(&Credentials::basic("user", "password")));
    let error = world.failure(&branch("main")).await;
    assert_eq!(error, format!("unable to clone '{url}': authentication required: credentials needed"));
    let error = failure(&world.client, &world.remote(), &branch("main"), Some("main@sha1:0")).await;
    assert_eq!(
        error,
        format!("unable to list remote for '{url}': authentication required: credentials needed")
    );
    world.server.fail(RequestKind::Any, Fault::Status(403, String::new()));
    let error = world.failure(&branch("main")).await;
    assert_eq!(error, format!("unable to clone '{url}': authorization failed: "));
    world.server.heal();
    world.server.fail(RequestKind::Any, Fault::Status(404, "no such thing".into()));
    let error = world.failure(&branch("main")).await;
    assert_eq!(error, format!("unable to clone '{url}': repository not found: no such thing"));
    world.server.heal();
    world.server.fail(RequestKind::Any, Fault::Status(500, "oops".into()));
    let error = world.failure(&branch("main")).await;
    assert!(error.contains("status code: 500: oops"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_the_request() {
    let world = World::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/app.git", listener.local_addr().expect("an address"));
    drop(listener);
    let error = failure(&world.client, &remote(&url, RemoteOptions::default()), &branch("main"), None).await;
    let begin = format!("unable to clone '{url}': Get \"{url}/info/refs?service=git-upload-pack\": dial tcp");
    assert!(error.starts_with(&begin), "{error}");
}

/// source.md 18: scenario 17, the part about certificate authorities
#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_given_and_only_then() {
    let world = World::new();
    let authority = Authority::new().expect("an authority");
    let options = GitHttpOptions { authority: Some(&authority), ..GitHttpOptions::default() };
    let server = GitHttpServer::start_with(&world.root.path().join("repos"), options).expect("a server");
    let url = server.url("app");
    let error = failure(&world.client, &remote(&url, RemoteOptions::default()), &branch("main"), None).await;
    assert!(
        error.ends_with("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
        "{error}"
    );
    let trusting =
        |pem: &str| RemoteOptions { authorities: Some(pem.to_owned()), ..RemoteOptions::default() };
    checkout(&world.client, &remote(&url, trusting(authority.pem())), &branch("main")).await;
    let error =
        failure(&world.client, &remote(&url, trusting("no certificate")), &branch("main"), None).await;
    assert!(error.contains("x509: "), "{error}");
}

#[tokio::test]
async fn a_redirect_is_followed_but_credentials_stay_with_their_host() {
    let world = World::new();
    let other = GitHttpServer::start(&world.root.path().join("repos")).expect("a server");
    world.server.fail(RequestKind::Handshake, Fault::Redirect(other.base_url()));
    let url = world.server.url("app");
    checkout(&world.client, &remote(&url, basic("user", "secret")), &branch("main")).await;
    assert!(world.server.requests().iter().all(|request| request.authorization.is_some()));
    let elsewhere = other.requests();
    assert!(!elsewhere.is_empty());
    assert!(elsewhere.iter().all(|request| request.authorization.is_none()), "{elsewhere:?}");
}

#[tokio::test]
async fn a_redirect_of_a_later_request_is_refused() {
    let world = World::new();
    let other = GitHttpServer::start(&world.root.path().join("repos")).expect("a server");
    world.server.fail(RequestKind::Fetch, Fault::Redirect(other.base_url()));
    let error = world.failure(&branch("main")).await;
    assert!(error.contains("refusing to follow the redirect"), "{error}");
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_leaves_a_usable_store() {
    let world = World::new();
    world.server.fail(RequestKind::Fetch, Fault::Drop(100));
    let error = world.failure(&branch("main")).await;
    assert!(error.starts_with("unable to clone"), "{error}");
    world.server.heal();
    world.checkout(&branch("main")).await;
}

#[tokio::test]
async fn a_slow_server_is_given_up_when_the_time_is_over() {
    let world = World::new();
    world.server.fail(RequestKind::Any, Fault::Slow(Duration::from_mins(10)));
    let timeout = Some(Duration::from_millis(200));
    let slow = remote(&world.server.url("app"), RemoteOptions { timeout, ..RemoteOptions::default() });
    let error = failure(&world.client, &slow, &branch("main"), None).await;
    assert!(error.ends_with("context deadline exceeded"), "{error}");
    world.server.heal();
    world.checkout(&branch("main")).await;
}
