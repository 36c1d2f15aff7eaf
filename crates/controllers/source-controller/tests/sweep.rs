//! A controller for all namespaces, in a cluster that no other test uses.

mod world;

use anyhow::Result;
use serde_json::json;
use world::World;

/// source.md 4.5: directories of objects that were deleted while nobody looked
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_owns_any_more_is_removed_at_the_start() -> Result<()> {
    let mut world = World::new("sweep").await?;
    world.kill();
    let orphan = world.data().join("gitrepository/gone/app");
    std::fs::create_dir_all(&orphan)?;
    let file = orphan.join("0.tar.gz");
    std::fs::write(&file, b"old")?;
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    for path in [&file, &orphan] {
        std::fs::File::open(path)?.set_modified(long_ago)?;
    }
    // One that sees a single namespace cannot know what is an orphan.
    world.start(&[])?;
    world.eventually("the controller serves", async || Ok(world.get("/").await.is_ok())).await?;
    assert!(file.exists());
    world.kill();
    // A controller that is shown no object at all cannot know either: it may not be allowed to see them.
    world.source("kept", json!({"suspend": true})).await?;
    world.start(&["--watch-all-namespaces=true", "--concurrent=1"])?;
    world.eventually("the orphan is gone", async || Ok(!file.exists())).await
}
