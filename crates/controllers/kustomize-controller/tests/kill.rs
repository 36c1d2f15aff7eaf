//! `kill -9` at random moments of apply and prune.

mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use world::{World, config_map, inventory};

/// Rounds unless `FERROFLUX_KILL_ROUNDS` says another number.
const ROUNDS: usize = 10;
/// Objects of the larger revisions.
const OBJECTS: usize = 30;

/// design decision 4; kustomize.md 17: process killed between apply and status write
#[tokio::test(flavor = "multi_thread")]
async fn a_controller_killed_at_any_moment_ends_in_the_right_state() -> Result<()> {
    let rounds = std::env::var("FERROFLUX_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let mut world = World::new("kill").await?;
    world.push("app", "main@sha1:0", &[("README.md", "")]).await?;
    world.kustomization("apps", "app", json!({"retryInterval": "1s"})).await?;
    world.ready("apps", "main@sha1:0").await?;
    for round in 1..=rounds.unwrap_or(ROUNDS) {
        // Every revision shares half of its names with the one before: creations, changes and prunes in each.
        let first = (round * OBJECTS / 2) % (OBJECTS * 2);
        let names: BTreeSet<String> =
            (first..first + OBJECTS).map(|index| format!("m{}", index % (OBJECTS * 2))).collect();
        let color = format!("color{round}");
        let files: Vec<(String, String)> =
            names.iter().map(|name| (format!("{name}.yaml"), config_map(name, &color))).collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect();
        let revision = format!("main@sha1:{round}");
        world.push("app", &revision, &files).await?;
        // The moment is the point of the test: anywhere between the first request and the last.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..600))).await;
        world.kill();
        world.start()?;
        let object = world.ready("apps", &revision).await?;
        let live: BTreeSet<String> = world
            .objects
            .list_labelled("v1/ConfigMap", "kustomize.toolkit.fluxcd.io/name=apps")
            .await?
            .into_iter()
            .filter_map(|map| map.metadata.name)
            .collect();
        ensure!(live == names, "round {round}: the cluster has {live:?} instead of {names:?}");
        for name in &names {
            ensure!(world.color(name).await?.as_ref() == Some(&color), "round {round}: {name} is old");
        }
        let owned: BTreeSet<String> = inventory(&object).into_iter().collect();
        let expected: BTreeSet<String> = names.iter().map(|name| format!("_{name}__ConfigMap")).collect();
        ensure!(owned == expected, "round {round}: the inventory has {owned:?}");
    }
    Ok(())
}
