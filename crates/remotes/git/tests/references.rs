//! Every kind of reference against Git's own server, and what goes over the wire for it.

mod world;

use std::sync::Arc;

use ferroflux_git::{CheckoutOutcome, Reference, Remote, RemoteOptions, VersionChoice};
use ferroflux_servers::{GitHttpOptions, GitHttpServer, GitRepo, RequestKind};
use world::{World, branch, checkout, client, commit, content, failure, listing};

/// The tags that begin with a text are all equally good.
struct Prefix(&'static str);

impl VersionChoice for Prefix {
    fn range(&self) -> &str {
        self.0
    }

    fn best(&self, tags: &[&str]) -> Result<Vec<usize>, Box<dyn std::error::Error + Send + Sync>> {
        if self.0.is_empty() {
            return Err("improper constraint: ".into());
        }
        Ok(tags.iter().enumerate().filter(|(_, tag)| tag.starts_with(self.0)).map(|(at, _)| at).collect())
    }
}

#[tokio::test]
async fn a_branch_is_fetched_with_its_files_and_its_commit() {
    let world = World::new();
    world.repo.write_executable("run.sh", "#!/bin/sh\n").expect("a file");
    world.repo.symlink("link", "run.sh").expect("a link");
    let head = world.repo.commit("Second commit\n\nWhy it is needed.").expect("a commit");
    let fetched = world.checkout(&branch("main")).await;
    assert_eq!(fetched.revision, format!("main@sha1:{head}"));
    assert_eq!(listing(&fetched), ["README.md", "deploy/", "deploy/app.yaml", "link@", "run.sh*"]);
    assert_eq!(content(&fetched, "deploy/app.yaml"), "kind: ConfigMap\n");
    assert_eq!(fetched.commit.id.to_string(), head);
    assert_eq!(fetched.commit.subject(), "Second commit");
    assert_eq!(fetched.commit.message, "Second commit\n\nWhy it is needed.\n");
    assert_eq!(fetched.commit.author.name, "Ada Author");
    assert_eq!(fetched.commit.committer.email, "carl@example.com");
    assert_eq!(fetched.tag, None);
}

/// source.md 18: scenario 2, as far as the wire is concerned
#[tokio::test]
async fn an_unchanged_branch_costs_a_list_of_references_and_nothing_else() {
    let world = World::new();
    let revision = world.checkout(&branch("main")).await.revision;
    world.server.forget_requests();
    for _ in 0..3 {
        let outcome = world.client.checkout(&world.remote(), &branch("main"), Some(&revision)).await;
        assert!(matches!(outcome, Ok(CheckoutOutcome::Unchanged(same)) if same == revision));
    }
    assert_eq!(world.server.count(RequestKind::Handshake), 3);
    assert_eq!(world.server.count(RequestKind::ListReferences), 3);
    assert_eq!(world.server.count(RequestKind::Fetch), 0);
}

#[tokio::test]
async fn a_new_commit_costs_only_what_is_new() {
    let world = World::new();
    // Bytes that do not compress, so that sending them again would show.
    let noise: Vec<u8> = (0..200_000_u64).flat_map(|n| ((n * n) ^ (n << 7)).to_le_bytes()).collect();
    world.repo.write("noise", &noise).expect("a file");
    world.repo.commit("Noise").expect("a commit");
    world.checkout(&branch("main")).await;
    let whole = world.server.fetched_bytes();
    world.server.forget_requests();
    world.repo.commit_file("small", "small\n").expect("a commit");
    let fetched = world.checkout(&branch("main")).await;
    assert_eq!(content(&fetched, "small"), "small\n");
    assert_eq!(content(&fetched, "README.md"), "read me\n");
    let more = world.server.fetched_bytes();
    assert!(more < 3_000 && whole > 100_000, "{more} bytes after {whole}");
}

#[tokio::test]
async fn a_commit_that_is_at_hand_is_not_fetched_again() {
    let world = World::new();
    let head = world.checkout(&branch("main")).await.commit.id.to_string();
    world.repo.tag("v1").expect("a tag");
    world.server.forget_requests();
    let tagged = world.checkout(&Reference::Tag("v1".into())).await;
    assert_eq!(tagged.revision, format!("v1@sha1:{head}"));
    assert_eq!(world.server.count(RequestKind::Fetch), 0);
}

#[tokio::test]
async fn many_at_once_share_lists_and_one_transfer() {
    let world = World::new();
    let (remote, reference) = (world.remote(), branch("main"));
    let all = (0..20).map(|_| world.client.checkout(&remote, &reference, None));
    let mut done = Vec::new();
    for outcome in futures_join(all).await {
        done.push(matches!(outcome, Ok(CheckoutOutcome::Fetched(_))));
    }
    assert_eq!(done, vec![true; 20]);
    assert_eq!(world.server.count(RequestKind::Fetch), 1);
    assert!(world.server.count(RequestKind::ListReferences) <= 2);
}

/// Polls all futures together without another dependency than tokio.
async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.map(|future| (Some(Box::pin(future)), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut pending {
            if let Some(running) = future
                && let std::task::Poll::Ready(value) = running.as_mut().poll(context)
            {
                *output = Some(value);
                *future = None;
            }
        }
        if pending.iter().all(|(future, _)| future.is_none()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    pending.into_iter().filter_map(|(_, output)| output).collect()
}

/// source.md 18: scenario 9, as far as revisions are concerned
#[tokio::test]
async fn an_annotated_tag_stands_for_its_commit_and_moving_it_is_noticed() {
    let world = World::new();
    let first = world.repo.head().expect("a commit");
    let object = world.repo.annotated_tag("v1", "Version 1").expect("a tag");
    let reference = Reference::Tag("v1".into());
    let fetched = world.checkout(&reference).await;
    assert_eq!(fetched.revision, format!("v1@sha1:{first}"));
    let tag = fetched.tag.clone().expect("a tag");
    let (id, raw) = tag.object.expect("an annotated tag");
    assert_eq!((tag.name.as_str(), id.to_string()), ("v1", object));
    assert!(String::from_utf8_lossy(&raw).contains("Version 1"));
    let second = world.repo.commit_file("new", "new\n").expect("a commit");
    world.repo.annotated_tag("v1", "Version 1 again").expect("a tag");
    let outcome = world.client.checkout(&world.remote(), &reference, Some(&fetched.revision)).await;
    let Ok(CheckoutOutcome::Fetched(moved)) = outcome else { panic!("not noticed: {outcome:?}") };
    assert_eq!(moved.revision, format!("v1@sha1:{second}"));
}

#[tokio::test]
async fn a_version_is_chosen_among_all_tags_and_only_that_one_is_fetched() {
    let world = World::new();
    world.repo.annotated_tag("1.0.0", "one").expect("a tag");
    let second = world.repo.commit_file("two", "two\n").expect("a commit");
    world.repo.annotated_tag("2.0.0", "two").expect("a tag");
    let reference = Reference::Version(Arc::new(Prefix("2.")));
    let fetched = world.checkout(&reference).await;
    assert_eq!(fetched.revision, format!("2.0.0@sha1:{second}"));
    world.server.forget_requests();
    let outcome = world.client.checkout(&world.remote(), &reference, Some(&fetched.revision)).await;
    assert!(matches!(outcome, Ok(CheckoutOutcome::Unchanged(_))));
    assert_eq!(world.server.count(RequestKind::Fetch), 0);
    let error = world.failure(&Reference::Version(Arc::new(Prefix("9.")))).await;
    assert_eq!(error, "no match found for semver: 9.");
    let error = world.failure(&Reference::Version(Arc::new(Prefix("")))).await;
    assert_eq!(error, "semver parse error: improper constraint: ");
}

#[tokio::test]
async fn among_equal_versions_the_newest_commit_wins_without_transfer_the_next_time() {
    let world = World::new();
    world.repo.tag("1.0.0+z").expect("a tag");
    let second = world.repo.commit_file("two", "two\n").expect("a commit");
    world.repo.tag("1.0.0+a").expect("a tag");
    let reference = Reference::Version(Arc::new(Prefix("1.0.0")));
    let fetched = world.checkout(&reference).await;
    assert_eq!(fetched.revision, format!("1.0.0+a@sha1:{second}"));
    world.server.forget_requests();
    let outcome = world.client.checkout(&world.remote(), &reference, Some(&fetched.revision)).await;
    assert!(matches!(outcome, Ok(CheckoutOutcome::Unchanged(_))), "{outcome:?}");
    assert_eq!(world.server.count(RequestKind::Fetch), 0);
}

/// source.md 18: scenario 11, as far as the wire is concerned
#[tokio::test]
async fn a_pull_request_from_a_fork_is_fetched_by_its_name_and_not_again() {
    let world = World::new();
    world.repo.switch("fork").expect("a branch");
    let head = world.repo.commit_file("fork", "fork\n").expect("a commit");
    world.repo.switch("main").expect("a branch");
    world.repo.set_reference("refs/pull/7/head", &head).expect("a reference");
    world.repo.delete_reference("refs/heads/fork").expect("a reference");
    let reference = Reference::Name("refs/pull/7/head".into());
    let fetched = world.checkout(&reference).await;
    assert_eq!(fetched.revision, format!("refs/pull/7/head@sha1:{head}"));
    assert_eq!(content(&fetched, "fork"), "fork\n");
    world.server.forget_requests();
    let outcome = world.client.checkout(&world.remote(), &reference, Some(&fetched.revision)).await;
    assert!(matches!(outcome, Ok(CheckoutOutcome::Unchanged(_))));
    assert_eq!(world.server.count(RequestKind::Fetch), 0);
    let error = world.failure(&Reference::Name("refs/pull/8/head".into())).await;
    assert_eq!(error, "unable to resolve ref 'refs/pull/8/head' to a specific commit");
}

/// source.md 18: scenario 12, as far as revisions and errors are concerned
#[tokio::test]
async fn a_commit_is_found_in_the_history_of_its_branch_and_nowhere_else() {
    let world = World::new();
    let first = world.repo.head().expect("a commit");
    world.repo.switch("other").expect("a branch");
    let elsewhere = world.repo.commit_file("other", "other\n").expect("a commit");
    world.repo.switch("main").expect("a branch");
    world.repo.commit_file("second", "second\n").expect("a commit");
    world.repo.commit_file("third", "third\n").expect("a commit");

    let fetched = world.checkout(&commit(&first, Some("main"))).await;
    assert_eq!(fetched.revision, format!("main@sha1:{first}"));
    assert_eq!(listing(&fetched), ["README.md", "deploy/", "deploy/app.yaml"]);
    let fetched = world.checkout(&commit(&elsewhere, None)).await;
    assert_eq!(fetched.revision, format!("sha1:{elsewhere}"));
    let error = world.failure(&commit(&elsewhere, Some("main"))).await;
    assert_eq!(error, format!("unable to resolve commit object for '{elsewhere}': object not found"));
    let unknown = "0123456789012345678901234567890123456789";
    let error = world.failure(&commit(unknown, None)).await;
    assert_eq!(error, format!("unable to resolve commit object for '{unknown}': object not found"));

    world.server.forget_requests();
    let revision = format!("main@sha1:{first}");
    let outcome =
        world.client.checkout(&world.remote(), &commit(&first, Some("main")), Some(&revision)).await;
    assert!(matches!(outcome, Ok(CheckoutOutcome::Unchanged(_))));
    assert_eq!(world.server.count(RequestKind::Fetch), 0);
}

#[tokio::test]
async fn where_the_server_can_filter_only_commits_are_searched() {
    let world = World::new();
    world.repo.git(&["config", "uploadpack.allowFilter", "true"]).expect("the setting");
    let first = world.repo.head().expect("a commit");
    let noise: Vec<u8> = (0..200_000_u64).flat_map(|n| ((n * n) ^ (n << 7)).to_le_bytes()).collect();
    world.repo.write("noise", &noise).expect("a file");
    world.repo.commit("Noise").expect("a commit");
    let fetched = world.checkout(&commit(&first, Some("main"))).await;
    assert_eq!(listing(&fetched), ["README.md", "deploy/", "deploy/app.yaml"]);
    assert!(world.server.fetched_bytes() < 20_000, "{} bytes", world.server.fetched_bytes());
}

#[tokio::test]
async fn missing_references_have_the_texts_of_the_contract() {
    let world = World::new();
    let url = world.server.url("app");
    let error = world.failure(&branch("nope")).await;
    assert_eq!(error, format!("unable to clone '{url}': couldn't find remote ref \"refs/heads/nope\""));
    let error = world.failure(&Reference::Tag("nope".into())).await;
    assert_eq!(error, format!("unable to clone '{url}': couldn't find remote ref \"refs/tags/nope\""));
}

#[tokio::test]
async fn an_empty_repository_is_no_missing_branch() {
    let world = World::new();
    GitRepo::create(&world.root.path().join("repos"), "empty").expect("a repository");
    let url = world.server.url("empty");
    let remote = ferroflux_git::Remote::new(&url, Default::default()).expect("a remote");
    let outcome = world.client.checkout(&remote, &branch("master"), None).await;
    assert!(matches!(outcome, Ok(CheckoutOutcome::Empty)), "{outcome:?}");
    let error = failure(&world.client, &remote, &Reference::Tag("v1".into()), None).await;
    assert_eq!(error, format!("unable to clone: remote repository is empty: git repository: '{url}'"));
}

#[tokio::test]
async fn submodules_and_large_file_pointers_stay_what_they_are_in_the_tree() {
    let world = World::new();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";
    world.repo.write("large.bin", pointer).expect("a file");
    world.repo.commit("A pointer").expect("a commit");
    world
        .repo
        .commit_submodule_entry("library", "0123456789012345678901234567890123456789")
        .expect("an entry");
    let fetched = world.checkout(&branch("main")).await;
    assert_eq!(listing(&fetched), ["README.md", "deploy/", "deploy/app.yaml", "large.bin", "library="]);
    assert_eq!(content(&fetched, "large.bin"), pointer);
}

#[tokio::test]
async fn stores_survive_the_process_and_damage_is_repaired() {
    let world = World::new();
    let remote = world.remote();
    world.checkout(&branch("main")).await;
    let World { root, repo, server, client: first } = world;
    drop(first);
    // A pack that a killed process did not finish.
    let packs = find(root.path(), "pack");
    std::fs::write(packs.join("tmp-unfinished"), b"PACK").expect("a file");
    server.forget_requests();
    let second = client(root.path());
    checkout(&second, &remote, &branch("main")).await;
    assert_eq!(server.count(RequestKind::Fetch), 0);
    assert!(!packs.join("tmp-unfinished").exists());
    drop(second);
    for entry in std::fs::read_dir(&packs).expect("packs").flatten() {
        std::fs::remove_file(entry.path()).expect("removed");
    }
    let generation = packs.parent().and_then(std::path::Path::parent).expect("a generation").to_owned();
    let third = client(root.path());
    let fetched = checkout(&third, &remote, &branch("main")).await;
    assert_eq!(fetched.commit.id.to_string(), repo.head().expect("a commit"));
    assert_eq!(server.count(RequestKind::Fetch), 1);
    assert!(!generation.exists(), "what is damaged is deleted");
    drop((fetched, third));
    // A generation that was retired by a process that was killed before it could delete it.
    std::fs::create_dir_all(&generation).expect("a directory");
    std::fs::write(generation.join("retired"), b"").expect("a file");
    let fourth = client(root.path());
    checkout(&fourth, &remote, &branch("main")).await;
    assert!(!generation.exists());
    assert_eq!(server.count(RequestKind::Fetch), 1);
}

/// The first directory of this name below another.
fn find(below: &std::path::Path, name: &str) -> std::path::PathBuf {
    let mut pending = vec![below.join("stores")];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory").flatten() {
            if entry.file_name() == name {
                return entry.path();
            }
            if entry.path().is_dir() {
                pending.push(entry.path());
            }
        }
    }
    panic!("no directory `{name}`")
}

#[tokio::test]
async fn ten_thousand_files_are_fetched_and_listed_in_seconds() {
    let world = World::new();
    for number in 0..10_000 {
        let path = format!("apps/{:03}/{number}.yaml", number % 200);
        world.repo.write(&path, format!("kind: ConfigMap\nname: app-{number}\n")).expect("a file");
    }
    world.repo.commit("Ten thousand files").expect("a commit");
    let started = std::time::Instant::now();
    let fetched = world.checkout(&branch("main")).await;
    let tree = fetched.tree().expect("a tree");
    let mut buffer = Vec::new();
    let mut bytes = 0;
    for entry in tree.entries().expect("entries") {
        if matches!(entry.kind, ferroflux_git::EntryKind::File { .. }) {
            bytes += tree.read(entry.id, &mut buffer).expect("content").len();
        }
    }
    assert!(bytes > 300_000);
    // Far more than it takes, even unoptimised on a busy machine; a quadratic walk would not end in it.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_server_of_version_zero_serves_as_well() {
    let world = World::new();
    let options = GitHttpOptions { version_zero: true, ..GitHttpOptions::default() };
    let server = GitHttpServer::start_with(&world.root.path().join("repos"), options).expect("a server");
    let remote = Remote::new(&server.url("app"), RemoteOptions::default()).expect("a remote");
    let first = checkout(&world.client, &remote, &branch("main")).await;
    assert_eq!(content(&first, "README.md"), "read me\n");
    world.repo.annotated_tag("v1", "Version 1").expect("a tag");
    let head = world.repo.commit_file("new", "new\n").expect("a commit");
    server.forget_requests();
    let second = checkout(&world.client, &remote, &branch("main")).await;
    assert_eq!(second.revision, format!("main@sha1:{head}"));
    assert_eq!(content(&second, "README.md"), "read me\n");
    assert!(server.fetched_bytes() < 1_500, "{} bytes", server.fetched_bytes());
    let tag = checkout(&world.client, &remote, &Reference::Tag("v1".into())).await;
    assert_eq!(tag.revision, format!("v1@sha1:{}", first.commit.id));
    let old = checkout(&world.client, &remote, &commit(&first.commit.id.to_string(), Some("main"))).await;
    assert_eq!(content(&old, "README.md"), "read me\n");
    assert_eq!(server.count(RequestKind::ListReferences), 0);

    GitRepo::create(&world.root.path().join("repos"), "empty").expect("a repository");
    let empty = Remote::new(&server.url("empty"), RemoteOptions::default()).expect("a remote");
    let outcome = world.client.checkout(&empty, &branch("master"), None).await;
    assert!(matches!(outcome, Ok(CheckoutOutcome::Empty)), "{outcome:?}");
}
