//! The servers against Git's own client.
#![expect(clippy::disallowed_types, reason = "the client under test is the `git` program")]

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use ferroflux_servers::{
    Authority, Credentials, Fault, GitHttpOptions, GitHttpServer, GitRepo, KeyType, RequestKind, SshServer,
};

fn clone(url: &str, into: &Path, environment: &[(&str, &str)]) -> Result<(), String> {
    let output = Command::new("git")
        .args(["clone", "--quiet", "--depth", "1", url])
        .arg(into)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .envs(environment.iter().copied())
        .output()
        .map_err(|error| error.to_string())?;
    output.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn repo(root: &Path) -> GitRepo {
    let repo = GitRepo::create(root, "app").expect("a repository");
    repo.commit_file("hello.txt", "hello\n").expect("a commit");
    repo
}

#[test]
fn a_clone_over_http_lists_references_and_fetches_once() {
    let root = tempfile::tempdir().expect("a directory");
    let repo = repo(root.path());
    let server = GitHttpServer::start(root.path()).expect("a server");
    let target = root.path().join("clone");
    clone(&server.url(repo.name()), &target, &[]).expect("a clone");
    assert_eq!(fs::read_to_string(target.join("hello.txt")).expect("the file"), "hello\n");
    assert_eq!(server.count(RequestKind::Handshake), 1);
    assert_eq!(server.count(RequestKind::ListReferences), 1);
    assert_eq!(server.count(RequestKind::Fetch), 1);
    assert!(server.fetched_bytes() > 0);
}

#[test]
fn credentials_are_asked_for_and_accepted() {
    let root = tempfile::tempdir().expect("a directory");
    let repo = repo(root.path());
    let credentials = Some(Credentials::basic("user", "secret"));
    let options = GitHttpOptions { credentials, ..GitHttpOptions::default() };
    let server = GitHttpServer::start_with(root.path(), options).expect("a server");
    let url = server.url(repo.name());
    assert!(clone(&url, &root.path().join("refused"), &[]).is_err());
    let url = url.replace("http://", "http://user:secret@");
    clone(&url, &root.path().join("clone"), &[]).expect("a clone");
}

#[test]
fn a_private_authority_must_be_trusted() {
    let root = tempfile::tempdir().expect("a directory");
    let repo = repo(root.path());
    let authority = Authority::new().expect("an authority");
    let options = GitHttpOptions { authority: Some(&authority), ..GitHttpOptions::default() };
    let server = GitHttpServer::start_with(root.path(), options).expect("a server");
    assert!(clone(&server.url(repo.name()), &root.path().join("refused"), &[]).is_err());
    let bundle = root.path().join("ca.crt");
    fs::write(&bundle, authority.pem()).expect("the bundle");
    let bundle = bundle.display().to_string();
    clone(&server.url(repo.name()), &root.path().join("clone"), &[("GIT_SSL_CAINFO", &bundle)])
        .expect("a clone");
}

#[test]
fn faults_hit_only_what_they_are_meant_for() {
    let root = tempfile::tempdir().expect("a directory");
    let repo = repo(root.path());
    let server = GitHttpServer::start(root.path()).expect("a server");
    server.fail(RequestKind::Fetch, Fault::Drop(10));
    assert!(clone(&server.url(repo.name()), &root.path().join("broken"), &[]).is_err());
    server.heal();
    server.fail(RequestKind::Handshake, Fault::Status(503, "later".into()));
    let error = clone(&server.url(repo.name()), &root.path().join("refused"), &[]).expect_err("a 503");
    assert!(error.contains("503"), "{error}");
    server.heal();
    clone(&server.url(repo.name()), &root.path().join("clone"), &[]).expect("a clone");
}

#[test]
fn sshd_lets_known_keys_in() {
    let root = tempfile::tempdir().expect("a directory");
    let repo = repo(root.path());
    let server = SshServer::start(&[KeyType::Ed25519]).expect("a server");
    let key = server.authorize(KeyType::Ed25519, "").expect("a key");
    let identity = root.path().join("identity");
    fs::write(&identity, &key.identity).expect("the key");
    fs::set_permissions(&identity, fs::Permissions::from_mode(0o600)).expect("the mode");
    let known_hosts = root.path().join("known_hosts");
    fs::write(&known_hosts, server.hashed_known_hosts().expect("hashed lines")).expect("the hosts");
    let command = format!(
        "ssh -F none -i {} -o IdentitiesOnly=yes -o UserKnownHostsFile={} -o StrictHostKeyChecking=yes",
        identity.display(),
        known_hosts.display()
    );
    clone(&server.url(repo.path()), &root.path().join("clone"), &[("GIT_SSH_COMMAND", &command)])
        .unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
    assert_eq!(server.connections(), 1);
}
