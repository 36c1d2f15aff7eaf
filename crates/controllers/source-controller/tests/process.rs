//! The program: flags, exit codes, metrics, leadership, shards, and notifications that cannot be delivered.

mod world;

use std::process::Output;

use anyhow::Result;
use serde_json::{Value, json};
use world::{World, cluster, free_port, program};

async fn exit(arguments: &[&str]) -> Result<Output> {
    let kubeconfig = cluster().await?.kubeconfig();
    let directory = tempfile::tempdir()?;
    Ok(program(arguments).env("KUBECONFIG", kubeconfig).env("TMPDIR", directory.path()).output()?)
}

/// The one line that says why.
fn last_line(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

/// source.md 18: scenario 68
#[tokio::test(flavor = "multi_thread")]
async fn unusable_settings_end_the_program_with_one_clear_line() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let storage = format!("--storage-path={}", directory.path().display());
    let off = ["--metrics-addr=0", "--health-addr=0"];
    for (flag, message, cause) in [
        ("--feature-gates=Nope=true", "unable to load feature gates", "feature-gate 'Nope' not supported"),
        ("--artifact-digest-algo=md5", "unable to configure canonical digest algorithm", ""),
        ("--storage-path=/nowhere", "unable to configure artifact storage", "invalid dir path: /nowhere"),
        ("--watch-label-selector=a b", "unable to configure watch label selector for manager", ""),
        ("--interval-jitter-percentage=100", "unable to set global jitter", ""),
        ("--default-service-account=x", "invalid configuration", "cannot set default service accounts"),
    ] {
        let output = exit(&[off[0], off[1], &storage, flag]).await?;
        assert_eq!(output.status.code(), Some(1), "{flag}");
        let line = last_line(&output);
        assert_eq!(line["msg"], message, "{flag}: {line}");
        assert_eq!(line["logger"], "setup");
        assert!(line["error"].as_str().is_some_and(|error| error.contains(cause)), "{flag}: {line}");
    }
    let output = exit(&["--no-such-flag"]).await?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).ends_with("unknown flag: --no-such-flag\n"));
    assert_eq!(exit(&["--http-retry=1"]).await?.status.code(), Some(2));
    assert_eq!(exit(&["--help"]).await?.status.code(), Some(0));
    Ok(())
}

/// source.md 18: scenario 59
#[tokio::test(flavor = "multi_thread")]
async fn runs_are_measured_and_forgotten_with_their_object() -> Result<()> {
    let world = World::new("metrics").await?;
    world.repo("app")?;
    world.source("app", json!({})).await?;
    world.ready("app").await?;
    let series = format!(
        "gotk_reconcile_duration_seconds_count{{kind=\"GitRepository\",name=\"app\",namespace=\"{}\"}}",
        world.namespace()
    );
    let shown = async |wanted: bool| Ok(world.metrics().await?.contains(&series) == wanted);
    world.eventually("the series is there", async || shown(true).await).await?;
    assert!(
        world.metrics().await?.contains("controller_runtime_reconcile_total{controller=\"gitrepository\"")
    );
    world.objects.delete(world::GIT, "app").await?;
    world.eventually("the series is gone", async || shown(false).await).await
}

/// source.md 18: scenario 60
#[tokio::test(flavor = "multi_thread")]
async fn notifications_that_fail_hold_nothing_up() -> Result<()> {
    let world = World::new("outbox").await?;
    world.notifications.answer(Some(503));
    let repo = world.repo("app")?;
    world.source("app", json!({})).await?;
    world.ready("app").await?;
    world.notifications.answer(None);
    let head = repo.commit_file("more", "more\n")?;
    world.request("app", "more").await?;
    let revision = format!("main@sha1:{head}");
    world.ready_at("app", &revision).await?;
    world
        .eventually("the later notification", async || {
            let sent = world.notifications.about("app", "NewArtifact");
            Ok(sent
                .iter()
                .any(|event| event["metadata"]["source.toolkit.fluxcd.io/revision"] == revision.as_str()))
        })
        .await
}

/// source.md 18: scenario 55
#[tokio::test(flavor = "multi_thread")]
async fn a_standby_serves_nothing_until_the_leader_is_gone() -> Result<()> {
    let elect = [
        "--enable-leader-election",
        "--leader-election-lease-duration=4s",
        "--leader-election-renew-deadline=3s",
        "--leader-election-retry-period=500ms",
    ];
    let mut world = World::with_flags("leader", &elect).await?;
    world.repo("app")?;
    world.source("app", json!({})).await?;
    world.ready("app").await?;
    let (health, storage) = (free_port()?, free_port()?);
    let health_flag = format!("--health-addr=127.0.0.1:{health}");
    let storage_flag = format!("--storage-addr=127.0.0.1:{storage}");
    let data = format!("--storage-path={}", world.data().display());
    let mut standby = program(&elect)
        .args(["--watch-all-namespaces=false", "--metrics-addr=0", &health_flag, &storage_flag, &data])
        .env("KUBECONFIG", world.cluster.kubeconfig())
        .env("RUNTIME_NAMESPACE", world.namespace())
        .env("TMPDIR", world.directory.path().join("tmp"))
        .stderr(std::process::Stdio::null())
        .spawn()?;
    let code = async |port: u16, path: &str| {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/{path}")).await;
        answer.ok().map(|answer| answer.status().as_u16())
    };
    let checked = async {
        world
            .eventually("the standby lives", async || Ok(code(health, "healthz").await == Some(200)))
            .await?;
        anyhow::ensure!(code(storage, "").await.is_none(), "a standby must not listen");
        world.kill();
        world.eventually("the standby serves", async || Ok(code(storage, "").await == Some(200))).await
    };
    let result = checked.await;
    standby.kill()?;
    standby.wait()?;
    result
}

/// source.md 18: scenario 56
#[tokio::test(flavor = "multi_thread")]
async fn a_shard_sees_its_own_objects_only() -> Result<()> {
    let world = World::with_flags("shard", &["--watch-label-selector=sharding.fluxcd.io/key=one"]).await?;
    world.repo("mine")?;
    world.repo("other")?;
    world.source("other", json!({})).await?;
    world.source("mine", json!({})).await?;
    let label = json!({"metadata": {"labels": {"sharding.fluxcd.io/key": "one"}}});
    world.objects.merge(world::GIT, "mine", &label).await?;
    world.ready("mine").await?;
    let other = world.objects.get(world::GIT, "other").await?;
    assert!(other.metadata.finalizers.is_none());
    assert_eq!(other.data["status"]["observedGeneration"], -1);
    Ok(())
}

/// source.md 18: scenario 57 through the whole program
#[tokio::test(flavor = "multi_thread")]
async fn the_file_server_answers_as_the_readiness_probe_and_consumers_expect() -> Result<()> {
    let world = World::new("server").await?;
    world.repo("app")?;
    world.source("app", json!({})).await?;
    let status = world.ready("app").await?;
    assert_eq!(world.get("/").await?, (200, Vec::new()));
    assert_eq!(world.get("/gitrepository/").await?.0, 404);
    assert_eq!(world.get("/%2e%2e/etc/passwd").await?.0, 404);
    world.download(&status).await?;
    Ok(())
}
