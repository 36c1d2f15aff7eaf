//! What is on disk, and what becomes of it when it is damaged, lost, or published under another name.

mod world;

use anyhow::{Context as _, Result};
use serde_json::json;
use world::{World, condition, files};

fn path(world: &World, status: &serde_json::Value) -> Result<std::path::PathBuf> {
    Ok(world.data().join(status["artifact"]["path"].as_str().context("a path")?))
}

/// Waits until the first artifact is announced.
async fn announced(world: &World) -> Result<()> {
    let sent = async || Ok(world.notifications.about("app", "NewArtifact").len() == 1);
    world.eventually("the notification", sent).await
}

/// source.md 18: scenario 4
#[tokio::test(flavor = "multi_thread")]
async fn two_controllers_make_the_same_bytes_of_one_commit() -> Result<()> {
    let world = World::new("first").await?;
    let repo = world.repo("app")?;
    for number in 0..50 {
        repo.write(&format!("dir{}/file{number}.yaml", number % 7), format!("number: {number}\n"))?;
    }
    repo.commit("Many files")?;
    world.source("app", json!({})).await?;
    let first = world.ready("app").await?;
    let other = World::new("second").await?;
    other.source("app", json!({"url": world.git.url("app")})).await?;
    let second = other.ready("app").await?;
    assert_eq!(first["artifact"]["digest"], second["artifact"]["digest"]);
    Ok(())
}

/// source.md 18: scenario 27
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_archive_is_noticed_and_made_again() -> Result<()> {
    let world = World::new("damage").await?;
    world.repo("app")?;
    world.source("app", json!({})).await?;
    let before = world.ready("app").await?;
    announced(&world).await?;
    std::fs::write(path(&world, &before)?, b"short")?;
    world.request("app", "damaged").await?;
    let after = world.ready("app").await?;
    world.download(&after).await?;
    assert_eq!(after["artifact"]["digest"], before["artifact"]["digest"]);
    world
        .wait_for_event("app", "ArtifactVerificationFailed", "computed digest doesn't match 'sha256:")
        .await?;
    assert_eq!(world.notifications.about("app", "NewArtifact").len(), 1, "the same digest is no news");
    Ok(())
}

/// source.md 18: scenario 28
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_disk_after_a_restart_is_filled_again() -> Result<()> {
    let mut world = World::new("restart").await?;
    world.repo("app")?;
    world.source("app", json!({})).await?;
    let before = world.ready("app").await?;
    world.kill();
    std::fs::remove_dir_all(world.data())?;
    std::fs::create_dir(world.data())?;
    world.start(&[])?;
    let data = world.data();
    world.eventually("the archive is back", async || Ok(!files(&data).is_empty())).await?;
    let after = world.ready("app").await?;
    world.download(&after).await?;
    assert_eq!(after["artifact"]["url"], before["artifact"]["url"]);
    assert_eq!(after["artifact"]["digest"], before["artifact"]["digest"]);
    Ok(())
}

/// source.md 18: scenario 29
#[tokio::test(flavor = "multi_thread")]
async fn another_address_is_published_without_anything_else_changing() -> Result<()> {
    let mut world = World::new("address").await?;
    world.repo("app")?;
    world.source("app", json!({})).await?;
    let before = world.ready("app").await?;
    // What a killed process has not sent is lost.
    announced(&world).await?;
    world.kill();
    world.start(&["--storage-adv-addr=source-controller.flux-system.svc.cluster.local."])?;
    let path = before["artifact"]["path"].as_str().context("a path")?;
    let url = format!("http://source-controller.flux-system.svc.cluster.local./{path}");
    let after =
        world.wait("app", "the new address", move |status| status["artifact"]["url"] == url.as_str()).await?;
    for field in ["digest", "revision", "lastUpdateTime", "path"] {
        assert_eq!(after["artifact"][field], before["artifact"][field], "{field}");
    }
    world.ready("app").await?;
    assert_eq!(world.notifications.about("app", "NewArtifact").len(), 1);
    Ok(())
}

/// design decision 4: crash at any point
#[tokio::test(flavor = "multi_thread")]
async fn a_controller_killed_at_any_moment_ends_with_whole_archives() -> Result<()> {
    let rounds =
        std::env::var("FERROFLUX_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(10);
    let mut world = World::new("kill").await?;
    let repo = world.repo("app")?;
    world.source("app", json!({})).await?;
    world.ready("app").await?;
    for round in 0..rounds {
        for number in 0..100 {
            repo.write(&format!("files/{number}"), format!("{round} {number}\n").repeat(50))?;
        }
        let head = repo.commit(&format!("Round {round}"))?;
        let patch =
            json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": format!("{round}")}}});
        world.objects.merge(world::GIT, "app", &patch).await?;
        // The moment is the point of the test: anywhere between the request and the last write.
        tokio::time::sleep(std::time::Duration::from_millis(fastrand::u64(0..400))).await;
        world.kill();
        world.start(&[])?;
        // The status may be the old process's last word, before the new one serves.
        world.ready_at("app", &format!("main@sha1:{head}")).await?;
        world
            .eventually("the archive is served whole", async || {
                let object = world.objects.get(world::GIT, "app").await?;
                Ok(world.download(&object.data["status"]).await.is_ok())
            })
            .await?;
    }
    assert_eq!(condition(&world.ready("app").await?, "FetchFailed"), serde_json::Value::Null);
    Ok(())
}
