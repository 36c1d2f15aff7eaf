//! `kill -9` of either controller at random moments of apply and prune ends in the right cluster state.

use std::{collections::BTreeMap, time::Duration};

use ferroflux_cluster::Options;
use ferroflux_scenarios::{Stage, config_map};

/// Objects that a commit may hold.
const OBJECTS: usize = 40;

/// Rounds of the test; `make test-long` asks for more.
fn rounds() -> u32 {
    std::env::var("FERROFLUX_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(10)
}

/// kustomize.md 17: process killed between apply and status write; install-and-cli.md 4.6: cancelled mid-apply.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_controller_killed_at_any_moment_of_apply_and_prune_converges() -> anyhow::Result<()> {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut stage = Stage::new(Options::default()).await?;
    write_round(&stage, &mut random, 0)?;
    let head = stage.repository.commit("Round 0")?;
    stage.add_source().await?;
    stage.add_kustomization("app", "app").await?;
    stage.applied("app", &head).await?;
    for round in 1..=rounds() {
        let wanted = write_round(&stage, &mut random, round)?;
        let head = stage.repository.commit(&format!("Round {round}"))?;
        stage.request_source().await?;
        // The moment is the point of the test, so this is the one place that lets time pass.
        tokio::time::sleep(Duration::from_millis(random.u64(0..500))).await;
        let name = if random.u8(0..4) == 0 { "source-controller" } else { "kustomize-controller" };
        stage.installation.controller(name)?.kill()?;
        stage.installation.restart(name).await?;
        let object = stage.applied("app", &head).await?;
        assert_eq!(stage.values("app").await?, wanted, "round {round}, seed {seed}, {name}");
        let inventory =
            object.data.pointer("/status/inventory/entries").and_then(|e| e.as_array()).map_or(0, Vec::len);
        assert_eq!(inventory, wanted.len(), "round {round}, seed {seed}: the inventory is what is there");
    }
    Ok(())
}

/// Writes a random subset of the objects with this round's value.
fn write_round(
    stage: &Stage,
    random: &mut fastrand::Rng,
    round: u32,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut wanted = BTreeMap::new();
    for index in 0..OBJECTS {
        let name = format!("object-{index:02}");
        let path = format!("app/{name}.yaml");
        // One object always stays, so that the directory does.
        if index == 0 || random.bool() {
            let value = format!("round-{round}");
            stage.repository.write(&path, config_map(&name, &value))?;
            wanted.insert(name, value);
        } else if stage.repository.work_tree().join(&path).exists() {
            stage.repository.remove(&path)?;
        }
    }
    Ok(wanted)
}
