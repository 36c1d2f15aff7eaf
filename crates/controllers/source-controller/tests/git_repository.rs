//! GitRepositories against a real API server and a real Git server.

mod world;

use anyhow::{Result, ensure};
use ferroflux_servers::RequestKind;
use serde_json::json;
use world::{GIT, World, condition, entries};

/// source.md 18: scenario 1
#[tokio::test(flavor = "multi_thread")]
async fn a_branch_becomes_an_artifact_that_can_be_downloaded_and_is_announced_once() -> Result<()> {
    let world = World::new("fresh").await?;
    let head = world.repo("app")?.head()?;
    world.source("app", json!({})).await?;
    let revision = format!("main@sha1:{head}");
    let status = world.ready_at("app", &revision).await?;
    assert_eq!(status["artifact"]["revision"], revision.as_str());
    assert_eq!(status["observedGeneration"], 1);
    let path = format!("gitrepository/{}/app/{head}.tar.gz", world.namespace());
    assert_eq!(status["artifact"]["path"], path.as_str());
    assert!(status["artifact"]["url"].as_str().is_some_and(|url| url.ends_with(&path)));
    world.download(&status).await?;
    world
        .eventually("the notification", async || {
            Ok(!world.notifications.about("app", "NewArtifact").is_empty())
        })
        .await?;
    let sent = world.notifications.about("app", "NewArtifact");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["message"], "stored artifact for commit 'First commit'");
    assert_eq!(sent[0]["severity"], "info");
    assert_eq!(sent[0]["metadata"]["source.toolkit.fluxcd.io/revision"], revision.as_str());
    assert_eq!(sent[0]["metadata"]["source.toolkit.fluxcd.io/digest"], status["artifact"]["digest"]);
    Ok(())
}

/// source.md 18: scenarios 2 and 25
#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_news_lists_references_and_changes_nothing() -> Result<()> {
    let world = World::new("same").await?;
    world.repo("app")?;
    world.source("app", json!({})).await?;
    let before = world.ready("app").await?;
    world.git.forget_requests();
    let after = world.request("app", "token-1").await?;
    assert_eq!(condition(&after, "Ready")["status"], "True", "ready is visible with the handled request");
    assert_eq!(after["artifact"], before["artifact"]);
    assert_eq!(world.git.count(RequestKind::ListReferences), 1);
    assert_eq!(world.git.count(RequestKind::Fetch), 0);
    world.wait_for_event("app", "GitOperationSucceeded", "no changes since last reconciliation").await?;
    assert_eq!(world.notifications.about("app", "GitOperationSucceeded").len(), 0);
    assert!(world.notifications.about("app", "NewArtifact").len() <= 1);
    Ok(())
}

/// source.md 18: scenario 3
#[tokio::test(flavor = "multi_thread")]
async fn a_new_commit_is_a_new_artifact_and_old_ones_go_later() -> Result<()> {
    let world = World::with_flags("news", &["--artifact-retention-ttl=1h"]).await?;
    let repo = world.repo("app")?;
    world.source("app", json!({})).await?;
    let first = world.ready("app").await?;
    let mut statuses = vec![first];
    for round in 1..=3 {
        let head = repo.commit_file("deploy/app.yaml", &format!("round: {round}\n"))?;
        world.request("app", &format!("round-{round}")).await?;
        statuses.push(world.ready_at("app", &format!("main@sha1:{head}")).await?);
        // The one before is still there for those who are late.
        world.download(&statuses[statuses.len() - 2]).await?;
    }
    world.request("app", "collect").await?;
    let (code, _) = world.get(statuses[0]["artifact"]["path"].as_str().unwrap_or_default()).await?;
    assert_eq!(code, 404, "no more than two are kept");
    world.wait_for_event("app", "GarbageCollectionSucceeded", "garbage collected 1 artifacts").await?;
    Ok(())
}

/// source.md 18: scenario 5
#[tokio::test(flavor = "multi_thread")]
async fn archives_hold_regular_files_and_directories_with_nothing_of_the_machine() -> Result<()> {
    let world = World::new("archive").await?;
    let repo = world.repo("app")?;
    repo.write_executable("bin/run.sh", "#!/bin/sh\n")?;
    repo.symlink("link", "bin/run.sh")?;
    repo.write(".gitignore", "target\n")?;
    repo.write("a.b/file", "x")?;
    repo.write("a/file", "y")?;
    repo.commit("More files")?;
    world.source("app", json!({})).await?;
    let status = world.ready("app").await?;
    let entries = entries(&world.download(&status).await?)?;
    let listed: Vec<(&str, u32)> = entries.iter().map(|entry| (entry.name.as_str(), entry.mode)).collect();
    let expected = [
        (".", 0o750),
        ("a", 0o750),
        ("a/file", 0o600),
        ("a.b", 0o750),
        ("a.b/file", 0o600),
        ("bin", 0o750),
        ("bin/run.sh", 0o700),
        ("deploy", 0o750),
        ("deploy/app.yaml", 0o600),
    ];
    assert_eq!(listed, expected);
    assert!(entries.iter().all(|entry| entry.owner == (0, 0) && entry.modified == 0));
    assert_eq!(entries[6].content, "#!/bin/sh\n");
    Ok(())
}

/// source.md 18: scenarios 6 and 8
#[tokio::test(flavor = "multi_thread")]
async fn ignore_files_replace_the_defaults_and_can_include_again() -> Result<()> {
    let world = World::new("ignore").await?;
    let repo = world.repo("app")?;
    repo.write("a.png", "png")?;
    repo.write("foo/x", "x")?;
    repo.write("foo/keep.txt", "keep")?;
    let first = repo.commit("An image")?;
    world.source("app", json!({})).await?;
    let names = world.names(&world.ready_at("app", &format!("main@sha1:{first}")).await?).await?;
    assert!(!names.contains(&"a.png".to_owned()) && names.contains(&"foo/x".to_owned()), "{names:?}");
    repo.write(".sourceignore", "foo/\n!foo/keep.txt\n")?;
    let second = repo.commit("Rules")?;
    world.request("app", "rules").await?;
    let names = world.names(&world.ready_at("app", &format!("main@sha1:{second}")).await?).await?;
    assert_eq!(names, [".", ".sourceignore", "a.png", "deploy", "deploy/app.yaml", "foo/keep.txt"]);
    Ok(())
}

/// source.md 18: scenario 7
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_ignore_field_builds_the_same_revision_again() -> Result<()> {
    let world = World::new("spec-ignore").await?;
    let repo = world.repo("app")?;
    repo.write("other/x", "x")?;
    repo.commit("Another directory")?;
    world.source("app", json!({})).await?;
    let before = world.ready("app").await?;
    world.git.forget_requests();
    world.change("app", json!({"ignore": "/*\n!/deploy\n"})).await?;
    let after = world.ready("app").await?;
    assert_eq!(world.names(&after).await?, [".", "deploy", "deploy/app.yaml"]);
    assert_eq!(after["artifact"]["revision"], before["artifact"]["revision"]);
    assert_ne!(after["artifact"]["digest"], before["artifact"]["digest"]);
    assert_eq!(after["observedIgnore"], "/*\n!/deploy\n");
    assert_eq!(world.git.count(RequestKind::Fetch), 0, "the commit is at hand");
    world
        .eventually("the second notification", async || {
            Ok(world.notifications.about("app", "NewArtifact").len() == 2)
        })
        .await
}

/// source.md 18: scenario 9
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_names_its_commit_and_moving_it_is_noticed() -> Result<()> {
    let world = World::new("tag").await?;
    let repo = world.repo("app")?;
    let first = repo.head()?;
    repo.annotated_tag("v1", "Version 1")?;
    world.source("app", json!({"ref": {"tag": "v1"}})).await?;
    world.ready_at("app", &format!("v1@sha1:{first}")).await?;
    let second = repo.commit_file("more", "more\n")?;
    repo.annotated_tag("v1", "Version 1 again")?;
    world.request("app", "moved").await?;
    world.ready_at("app", &format!("v1@sha1:{second}")).await?;
    Ok(())
}

/// source.md 18: scenario 10
#[tokio::test(flavor = "multi_thread")]
async fn a_range_chooses_the_highest_version_in_its_own_spelling() -> Result<()> {
    let world = World::new("semver").await?;
    let repo = world.repo("app")?;
    for tag in ["1.9.0", "v1.10.0", "2.0.0", "1.11.0-rc.1"] {
        repo.commit_file("version", tag)?;
        repo.tag(tag)?;
    }
    let wanted = repo.resolve("v1.10.0")?;
    world.source("app", json!({"ref": {"semver": ">=1.0.0 <2.0.0"}})).await?;
    world.ready_at("app", &format!("v1.10.0@sha1:{wanted}")).await?;
    Ok(())
}

/// source.md 18: scenario 11
#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_followed_by_its_reference() -> Result<()> {
    let world = World::new("pull").await?;
    let repo = world.repo("app")?;
    repo.switch("fork")?;
    let head = repo.commit_file("fork", "fork\n")?;
    repo.switch("main")?;
    repo.set_reference("refs/pull/7/head", &head)?;
    repo.delete_reference("refs/heads/fork")?;
    world.source("app", json!({"ref": {"name": "refs/pull/7/head"}})).await?;
    world.ready_at("app", &format!("refs/pull/7/head@sha1:{head}")).await?;
    world.git.forget_requests();
    world.request("app", "again").await?;
    assert_eq!(world.git.count(RequestKind::Fetch), 0);
    Ok(())
}

/// source.md 18: scenario 12
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_must_be_on_its_branch() -> Result<()> {
    let world = World::new("commit").await?;
    let repo = world.repo("app")?;
    let first = repo.head()?;
    repo.switch("other")?;
    let elsewhere = repo.commit_file("other", "other\n")?;
    repo.switch("main")?;
    repo.commit_file("second", "second\n")?;
    world.source("app", json!({"ref": {"branch": "main", "commit": first}})).await?;
    world.ready_at("app", &format!("main@sha1:{first}")).await?;
    world.change("app", json!({"ref": {"commit": elsewhere}})).await?;
    let message = world.failed("app", "GitOperationFailed").await?;
    assert_eq!(
        message,
        format!(
            "failed to checkout and determine revision: unable to resolve commit object for '{elsewhere}': \
             object not found"
        )
    );
    Ok(())
}

/// source.md 18: scenario 13
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_branch_is_retried_while_the_old_artifact_stays_and_its_return_is_a_recovery() -> Result<()>
{
    let world = World::new("missing").await?;
    let repo = world.repo("app")?;
    world.source("app", json!({})).await?;
    let before = world.ready("app").await?;
    let head = repo.head()?;
    repo.set_reference("refs/heads/elsewhere", &head)?;
    repo.delete_reference("refs/heads/main")?;
    world.request("app", "gone").await?;
    let message = world.failed("app", "GitOperationFailed").await?;
    let url = world.git.url("app");
    assert_eq!(
        message,
        format!(
            "failed to checkout and determine revision: unable to clone '{url}': \
             couldn't find remote ref \"refs/heads/main\""
        )
    );
    let status = world
        .wait("app", "it says that it failed to fetch", |status| {
            condition(status, "FetchFailed")["status"] == "True"
                && condition(status, "Reconciling")["reason"] == "ProgressingWithRetry"
        })
        .await?;
    assert_eq!(status["artifact"], before["artifact"]);
    world.download(&status).await?;
    world.wait_for_event("app", "GitOperationFailed", "couldn't find remote ref").await?;
    repo.set_reference("refs/heads/main", &head)?;
    let after = world.ready("app").await?;
    assert_eq!(after["artifact"], before["artifact"]);
    world
        .eventually("the recovery", async || Ok(world.notifications.about("app", "Succeeded").len() == 1))
        .await
}

/// source.md 18: scenario 16 (the part about a provider without its secret)
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_its_secret_is_stalled_until_the_spec_changes() -> Result<()> {
    let world = World::new("provider").await?;
    world.repo("app")?;
    world.source("app", json!({"provider": "github"})).await?;
    let message = world.failed("app", "InvalidProviderConfiguration").await?;
    assert_eq!(message, "secretRef with github app data must be specified when provider is set to github");
    let status = world
        .wait("app", "it is stalled", |status| {
            condition(status, "Stalled")["status"] == "True" && status["observedGeneration"] == 1
        })
        .await?;
    assert!(condition(&status, "Reconciling").is_null());
    assert_eq!(world.git.requests().len(), 0);
    world.change("app", json!({"provider": null})).await?;
    let status = world.ready("app").await?;
    assert!(
        condition(&status, "Stalled").is_null() && condition(&status, "FetchFailed").is_null(),
        "{status}"
    );
    Ok(())
}

/// source.md 18: scenario 20
#[tokio::test(flavor = "multi_thread")]
async fn a_sparse_checkout_holds_whole_directories_only() -> Result<()> {
    let world = World::new("sparse").await?;
    let repo = world.repo("app")?;
    for path in ["a/x", "ab/y", "root"] {
        repo.write(path, path)?;
    }
    repo.commit("Directories")?;
    world.source("app", json!({"sparseCheckout": ["./a"]})).await?;
    let status = world.ready("app").await?;
    assert_eq!(world.names(&status).await?, [".", "a", "a/x"]);
    assert_eq!(status["observedSparseCheckout"], json!(["./a"]));
    world.change("app", json!({"sparseCheckout": ["nope"]})).await?;
    let message = world.failed("app", "GitOperationFailed").await?;
    assert!(
        message.starts_with("failed to sparse checkout directories : sparse checkout dir 'nope'"),
        "{message}"
    );
    Ok(())
}

/// source.md 18: scenario 23; and what is not built says so
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said_in_a_terminal_condition_that_names_the_field() -> Result<()> {
    let world = World::new("unsupported").await?;
    world.repo("app")?;
    world.source("app", json!({"verify": {"mode": "Tag", "secretRef": {"name": "keys"}}})).await?;
    let message = world.failed("app", "InvalidVerificationMode").await?;
    assert_eq!(message, "cannot verify tag object's signature if a tag reference is not specified");
    world.change("app", json!({"verify": {"mode": "HEAD"}})).await?;
    let message = world.failed("app", "FeatureGateDisabled").await?;
    assert_eq!(message, "`spec.verify` is not supported by this version");
    world.change("app", json!({"verify": null})).await?;
    world.ready("app").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_that_are_not_built_say_so_and_static_ones_stay_silent() -> Result<()> {
    let world = World::new("kinds").await?;
    let manifest = "
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: oci}
spec: {interval: 1m, url: 'oci://example.com/app'}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: static}
spec: {type: oci, url: 'oci://example.com/charts'}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: classic}
spec: {url: 'https://example.com/charts'}
";
    world.objects.apply(manifest).await?;
    for (kind, name) in [("OCIRepository", "oci"), ("HelmRepository", "classic")] {
        let full = format!("source.toolkit.fluxcd.io/v1/{kind}");
        let object = world
            .objects
            .wait_for(&full, name, "it is stalled", |object| {
                condition(&object.data["status"], "Stalled")["status"] == "True"
            })
            .await?;
        let ready = condition(&object.data["status"], "Ready");
        assert_eq!(ready["status"], "False");
        assert_eq!(ready["message"], format!("{kind} is not supported by this version"));
        world.objects.delete(&full, name).await?;
        world.objects.wait_until_gone(&full, name).await?;
    }
    let untouched = world.objects.get("source.toolkit.fluxcd.io/v1/HelmRepository", "static").await?;
    ensure!(untouched.metadata.finalizers.is_none(), "{:?}", untouched.metadata.finalizers);
    Ok(())
}

/// source.md 18: scenario 24
#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_object_only_acknowledges_requests_and_resumes_at_once() -> Result<()> {
    let world = World::new("suspend").await?;
    let repo = world.repo("app")?;
    world.source("app", json!({})).await?;
    let before = world.ready("app").await?;
    world.change("app", json!({"suspend": true})).await?;
    let head = repo.commit_file("more", "more\n")?;
    world.git.forget_requests();
    let status = world.request("app", "while-suspended").await?;
    assert_eq!(status["artifact"], before["artifact"]);
    assert_eq!(world.git.requests().len(), 0);
    world.download(&status).await?;
    world.change("app", json!({"suspend": false})).await?;
    world.ready_at("app", &format!("main@sha1:{head}")).await?;
    Ok(())
}

/// source.md 18: scenario 26 (the part that needs no read-only storage)
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_object_takes_its_archives_with_it() -> Result<()> {
    let world = World::new("delete").await?;
    world.repo("app")?;
    world.source("app", json!({})).await?;
    let status = world.ready("app").await?;
    world.objects.delete(GIT, "app").await?;
    world.objects.wait_until_gone(GIT, "app").await?;
    let (code, _) = world.get(status["artifact"]["path"].as_str().unwrap_or_default()).await?;
    assert_eq!(code, 404);
    assert_eq!(world::files(&world.data()), Vec::<std::path::PathBuf>::new());
    Ok(())
}

/// source.md 7.1, step 8
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_repository_is_named_as_such() -> Result<()> {
    let world = World::new("empty").await?;
    ferroflux_servers::GitRepo::create(&world.repos(), "app")?;
    world.source("app", json!({})).await?;
    assert_eq!(world.failed("app", "EmptyGitRepository").await?, "git repository is empty");
    Ok(())
}

/// design decision 2: one fetch serves every object with the same URL, reference and identity
#[tokio::test(flavor = "multi_thread")]
async fn twenty_objects_of_one_repository_share_one_transfer() -> Result<()> {
    let world = World::with_flags("shared", &["--concurrent=8"]).await?;
    world.repo("app")?;
    let url = world.git.url("app");
    for number in 0..20 {
        world.source(&format!("app-{number}"), json!({"url": url})).await?;
    }
    for number in 0..20 {
        world.ready(&format!("app-{number}")).await?;
    }
    assert_eq!(world.git.count(RequestKind::Fetch), 1);
    Ok(())
}

/// source.md 18: scenario 21
#[tokio::test(flavor = "multi_thread")]
async fn an_included_artifact_is_part_of_this_one_and_followed() -> Result<()> {
    let world = World::new("include").await?;
    let a = world.repo("a")?;
    world.repo("b")?;
    let include = json!([{"repository": {"name": "a"}, "fromPath": "deploy", "toPath": "vendor/a"}]);
    world.source("b", json!({"include": include})).await?;
    let message = world.failed("b", "NotFound").await?;
    assert_eq!(
        message,
        "could not get resource for include 'a': GitRepository.source.toolkit.fluxcd.io \"a\" not found"
    );
    world.source("a", json!({})).await?;
    let status = world.ready("b").await?;
    let expected = [".", "deploy", "deploy/app.yaml", "vendor", "vendor/a", "vendor/a/app.yaml"];
    assert_eq!(world.names(&status).await?, expected);
    assert!(condition(&status, "IncludeUnavailable").is_null());
    assert_eq!(status["includedArtifacts"][0]["digest"], world.ready("a").await?["artifact"]["digest"]);

    let head = a.commit_file("deploy/more.yaml", "more\n")?;
    world.request("a", "more").await?;
    let digest = world.ready_at("a", &format!("main@sha1:{head}")).await?["artifact"]["digest"].clone();
    let status = world
        .wait("b", "it follows", move |status| {
            status["includedArtifacts"][0]["digest"] == digest
                && condition(status, "Ready")["status"] == "True"
        })
        .await?;
    assert!(world.names(&status).await?.contains(&"vendor/a/more.yaml".to_owned()));
    world.change("b", json!({"include": [{"repository": {"name": "a"}, "fromPath": "zzz"}]})).await?;
    let message = world.failed("b", "CopyFailure").await?;
    assert!(message.starts_with("failed to copy 'a' include from zzz to a: cannot stat"), "{message}");
    Ok(())
}

/// source.md 18: scenario 19
#[tokio::test(flavor = "multi_thread")]
async fn submodules_are_fetched_and_only_their_own_host_gets_credentials() -> Result<()> {
    let world = World::new("submodules").await?;
    let elsewhere = ferroflux_servers::GitHttpServer::start(&world.repos())?;
    let library = world.repo("library")?;
    let stranger = world.repo("stranger")?;
    let app = world.repo("app")?;
    app.write(
        ".gitmodules",
        format!(
            "[submodule \"library\"]\n\tpath = libs/library\n\turl = ../library.git\n\
             [submodule \"stranger\"]\n\tpath = stranger\n\turl = {}\n",
            elsewhere.url("stranger")
        ),
    )?;
    app.commit("Submodules")?;
    app.commit_submodule_entry("libs/library", &library.head()?)?;
    app.commit_submodule_entry("stranger", &stranger.head()?)?;
    world.git.set_credentials(Some(&ferroflux_servers::Credentials::basic("user", "secret")));
    world.secret("auth", &[("username", "user"), ("password", "secret")]).await?;
    world.source("app", json!({"secretRef": {"name": "auth"}})).await?;
    let without = world.ready("app").await?;
    assert_eq!(
        world.names(&without).await?,
        [".", "deploy", "deploy/app.yaml", "libs", "libs/library", "stranger"],
        "an empty directory stands for what is not fetched"
    );
    world.change("app", json!({"recurseSubmodules": true})).await?;
    let status = world.ready("app").await?;
    let names = world.names(&status).await?;
    assert!(names.contains(&"libs/library/deploy/app.yaml".to_owned()), "{names:?}");
    assert!(names.contains(&"stranger/deploy/app.yaml".to_owned()), "{names:?}");
    assert!(!elsewhere.requests().is_empty());
    assert!(elsewhere.requests().iter().all(|request| request.authorization.is_none()));
    Ok(())
}
