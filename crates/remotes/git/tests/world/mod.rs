//! What the tests of this crate share: a client with stores of its own and a repository behind a server.
#![allow(dead_code, reason = "not every test program needs every part")]

use std::path::Path;

use ferroflux_git::{
    Checkout, CheckoutOutcome, ClientOptions, EntryKind, GitClient, HttpCredentials, Redacted, Reference,
    Remote, RemoteOptions,
};
use ferroflux_servers::{GitHttpServer, GitRepo};

/// A repository with one commit, its server, and a client.
pub(crate) struct World {
    pub(crate) root: tempfile::TempDir,
    pub(crate) repo: GitRepo,
    pub(crate) server: GitHttpServer,
    pub(crate) client: GitClient,
}

impl World {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let repo = GitRepo::create(&root.path().join("repos"), "app").expect("a repository");
        repo.write("deploy/app.yaml", "kind: ConfigMap\n").expect("a file");
        repo.write("README.md", "read me\n").expect("a file");
        repo.commit("First commit\n\nWith a body.").expect("a commit");
        let server = GitHttpServer::start(&root.path().join("repos")).expect("a server");
        let client = client(root.path());
        Self { root, repo, server, client }
    }

    pub(crate) fn remote(&self) -> Remote {
        Remote::new(&self.server.url("app"), RemoteOptions::default()).expect("a remote")
    }

    pub(crate) async fn checkout(&self, reference: &Reference) -> Checkout {
        checkout(&self.client, &self.remote(), reference).await
    }

    pub(crate) async fn failure(&self, reference: &Reference) -> String {
        failure(&self.client, &self.remote(), reference, None).await
    }
}

pub(crate) fn client(root: &Path) -> GitClient {
    GitClient::new(&ClientOptions::new(root.join("stores"))).expect("a client")
}

pub(crate) async fn checkout(client: &GitClient, remote: &Remote, reference: &Reference) -> Checkout {
    match client.checkout(remote, reference, None).await {
        Ok(CheckoutOutcome::Fetched(checkout)) => *checkout,
        Ok(other) => panic!("no checkout but {other:?}"),
        Err(error) => panic!("{}", chain(&error)),
    }
}

pub(crate) async fn failure(
    client: &GitClient,
    remote: &Remote,
    reference: &Reference,
    observed: Option<&str>,
) -> String {
    match client.checkout(remote, reference, observed).await {
        Ok(outcome) => panic!("no error but {outcome:?}"),
        Err(error) => chain(&error),
    }
}

/// An error with its sources, as conditions show it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

pub(crate) fn branch(name: &str) -> Reference {
    Reference::Branch(name.to_owned())
}

pub(crate) fn commit(commit: &str, branch: Option<&str>) -> Reference {
    Reference::Commit { commit: commit.to_owned(), branch: branch.map(str::to_owned), name: None }
}

pub(crate) fn basic(username: &str, password: &str) -> RemoteOptions {
    let password = Redacted::new(password);
    let http = Some(HttpCredentials::Basic { username: username.to_owned(), password });
    RemoteOptions { http, ..RemoteOptions::default() }
}

/// The paths of a checkout, sorted, with a sign for what each is.
pub(crate) fn listing(checkout: &Checkout) -> Vec<String> {
    let entries = checkout.tree().expect("a tree").entries().expect("entries");
    let mut listing: Vec<String> = entries
        .into_iter()
        .map(|entry| match entry.kind {
            EntryKind::Directory => format!("{}/", entry.path),
            EntryKind::File { executable: false } => entry.path,
            EntryKind::File { executable: true } => format!("{}*", entry.path),
            EntryKind::Symlink => format!("{}@", entry.path),
            EntryKind::Submodule => format!("{}=", entry.path),
        })
        .collect();
    listing.sort();
    listing
}

/// The content of one file of a checkout.
pub(crate) fn content(checkout: &Checkout, path: &str) -> String {
    let tree = checkout.tree().expect("a tree");
    let entries = tree.entries().expect("entries");
    let entry = entries.iter().find(|entry| entry.path == path).expect("the file");
    let mut buffer = Vec::new();
    String::from_utf8_lossy(tree.read(entry.id, &mut buffer).expect("content")).into_owned()
}
