//! `make demo`: the main job on real parts, each step with its time.
//!
//! A control plane, the controllers as processes, a Git server. A commit becomes a running workload; the next one is
//! applied within a second of being asked for; what somebody changes by hand is put back; what leaves Git leaves the
//! cluster. Everything ends with this process, unless it is told to stay.

use std::{
    fmt::Display,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use ferroflux_cluster::{Cluster, Objects, Options, condition};
use ferroflux_installation::{Component, Installation};
use ferroflux_servers::{GitHttpServer, GitRepo};
use kube::api::DynamicObject;
use serde_json::json;

const GIT_REPOSITORY: &str = "source.toolkit.fluxcd.io/v1/GitRepository";
const KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
const DEPLOYMENT: &str = "apps/v1/Deployment";
const CONFIG_MAP: &str = "v1/ConfigMap";

/// How the demo ends.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Leaves everything running and prints the kubeconfig
    #[arg(long)]
    keep: bool,
}

/// Shows it.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut steps = Steps { began: Instant::now(), count: 0 };
    steps.time("build the controllers", build)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(show(&mut steps, arguments.keep))
}

/// Numbers the steps and prints how long each took.
struct Steps {
    began: Instant,
    count: u32,
}

impl Steps {
    fn print(&mut self, what: impl Display, took: Duration) {
        self.count += 1;
        line(format_args!("{:>3}. {:<64} {:>8.3} s", self.count, what.to_string(), took.as_secs_f64()));
    }

    fn time<T>(&mut self, what: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let began = Instant::now();
        let result = work().with_context(|| format!("step failed: {what}"))?;
        self.print(what, began.elapsed());
        Ok(result)
    }

    async fn wait<T>(
        &mut self,
        what: &str,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<(T, Duration)> {
        let began = Instant::now();
        let result = work.await.with_context(|| format!("step failed: {what}"))?;
        let took = began.elapsed();
        self.print(what, took);
        Ok((result, took))
    }
}

#[expect(clippy::disallowed_types, reason = "a task of the project, not a controller")]
fn build() -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = std::process::Command::new(cargo)
        .current_dir(ferroflux_programs::workspace_root())
        .args(["build", "--locked", "--workspace", "--bins"])
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo build ended with {status}");
    Ok(())
}

async fn show(steps: &mut Steps, keep: bool) -> anyhow::Result<()> {
    line(
        "  The first run builds the control plane from its sources, which takes some minutes; later ones find it.",
    );
    let (cluster, _) = steps
        .wait("control plane up: etcd, API server, controllers, scheduler, a node", async {
            Ok(Cluster::start(Options::with_pods()).await?)
        })
        .await?;
    let mut installation = Installation::new(&cluster).await?;
    steps
        .wait("source-controller and kustomize-controller ready", async {
            installation.start(Component::source(), &[]).await?;
            installation.start(Component::kustomize(), &[]).await?;
            Ok(())
        })
        .await?;
    let outcome = scenes(steps, &cluster).await;
    if let Err(error) = &outcome {
        line(format_args!("\nThe demo failed: {error:#}\n"));
        for controller in installation.controllers() {
            let log = controller.log();
            let end: Vec<&str> = log.lines().rev().take(15).collect();
            line(format_args!("--- the end of {}'s log", controller.name()));
            end.into_iter().rev().for_each(line);
        }
    }
    outcome?;
    for controller in installation.controllers() {
        let usage = controller.usage()?;
        line(format_args!(
            "     {}: {:.2} s of CPU, {} MiB at most",
            controller.name(),
            usage.cpu.as_secs_f64(),
            usage.peak_memory >> 20
        ));
    }
    line(format_args!("\nAll of it took {:.1} s.", steps.began.elapsed().as_secs_f64()));
    if keep {
        stay(&cluster, &installation).await?;
    }
    Ok(())
}

/// What is shown, once everything runs.
async fn scenes(steps: &mut Steps, cluster: &Cluster) -> anyhow::Result<()> {
    let objects = cluster.namespace("demo").await?;
    let directory = tempfile::tempdir()?;
    let repository = GitRepo::create(directory.path(), "shop")?;
    write_app(&repository, "1.0.0")?;
    let server = GitHttpServer::start(directory.path())?;

    let ((), _) = steps
        .wait("git push of a small app; its commit is a running workload", async {
            let head = repository.commit("Add the shop")?;
            objects.apply(&flux_objects(&server.url("shop"), objects.namespace())).await?;
            ready_at(&objects, KUSTOMIZATION, "shop", &head).await?;
            available(&objects, "shop").await
        })
        .await?;

    write_app(&repository, "1.1.0")?;
    let head = repository.commit("Release 1.1.0")?;
    let (_, took) = steps
        .wait("a second push, applied on request", async {
            request(&objects, GIT_REPOSITORY, "shop", "demo-1").await?;
            objects
                .wait_for(CONFIG_MAP, "shop", "it says 1.1.0", |object| {
                    object.data.pointer("/data/version").is_some_and(|version| version == "1.1.0")
                })
                .await
                .context("the second commit was not applied")
        })
        .await?;
    ready_at(&objects, KUSTOMIZATION, "shop", &head).await?;
    if took > Duration::from_secs(1) {
        line("     (more than the second that it should take; is the machine busy?)");
    }

    steps
        .wait("somebody scales the deployment by hand; it is put back", async {
            let by_hand = json!({ "spec": { "replicas": 5 } });
            objects.merge(DEPLOYMENT, "shop", &by_hand).await?;
            let restored = |object: &DynamicObject| {
                object.data.pointer("/spec/replicas").is_some_and(|replicas| replicas == 2)
            };
            Ok(objects.wait_for(DEPLOYMENT, "shop", "it has two replicas again", restored).await?)
        })
        .await?;

    repository.remove("app/extra.yaml")?;
    repository.commit("Drop what nobody uses")?;
    steps
        .wait("a file deleted from Git; its object is pruned from the cluster", async {
            request(&objects, GIT_REPOSITORY, "shop", "demo-2").await?;
            Ok(objects.wait_until_gone(CONFIG_MAP, "extra").await?)
        })
        .await?;
    available(&objects, "shop").await
}

fn write_app(repository: &GitRepo, version: &str) -> anyhow::Result<()> {
    repository.write(
        "app/extra.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\ndata:\n  used-by: nobody\n",
    )?;
    repository.write(
        "app/config.yaml",
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  version: \"{version}\"\n"
        ),
    )?;
    repository.write(
        "app/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  replicas: 2\n  selector:\n    \
         matchLabels: {app: shop}\n  template:\n    metadata:\n      labels: {app: shop}\n    spec:\n      \
         containers:\n      - name: shop\n        image: registry.example/shop:1\n",
    )?;
    Ok(())
}

fn flux_objects(url: &str, namespace: &str) -> String {
    format!(
        "
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: shop}}
spec:
  url: {url}
  interval: 10m
  ref: {{branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: shop
  annotations: {{kustomize.toolkit.fluxcd.io/drift-detection: enabled}}
spec:
  interval: 10m
  prune: true
  wait: true
  path: ./app
  targetNamespace: {namespace}
  sourceRef: {{kind: GitRepository, name: shop}}
"
    )
}

async fn request(objects: &Objects, kind: &str, name: &str, token: &str) -> anyhow::Result<()> {
    let patch = json!({ "metadata": { "annotations": { "reconcile.fluxcd.io/requestedAt": token } } });
    objects.merge(kind, name, &patch).await?;
    Ok(())
}

/// Waits until the object is Ready with this commit applied.
async fn ready_at(objects: &Objects, kind: &str, name: &str, commit: &str) -> anyhow::Result<()> {
    let is_ready = |object: &DynamicObject| {
        let ready =
            condition(object, "Ready").and_then(|ready| ready.get("status")).is_some_and(|s| s == "True");
        let revision = object.data.pointer("/status/lastAppliedRevision").and_then(|r| r.as_str());
        ready && revision.is_some_and(|revision| revision.ends_with(commit))
    };
    let waited = objects.wait_for(kind, name, "it is Ready", is_ready).await;
    if waited.is_err()
        && let Some(object) = objects.find(kind, name).await?
    {
        bail!("{name} is not Ready: {}", object.data.pointer("/status/conditions").unwrap_or_default());
    }
    waited.map(|_| ()).map_err(Into::into)
}

async fn available(objects: &Objects, name: &str) -> anyhow::Result<()> {
    objects.wait_for_condition(DEPLOYMENT, name, "Available", "True").await?;
    Ok(())
}

async fn stay(cluster: &Cluster, installation: &Installation) -> anyhow::Result<()> {
    let kubeconfig: PathBuf = cluster.kubeconfig();
    line(format_args!("\nEverything keeps running. In another terminal:\n"));
    line(format_args!("  export KUBECONFIG={}\n", kubeconfig.display()));
    for controller in installation.controllers() {
        line(format_args!("  {}: log {}", controller.name(), controller.log_path().display()));
    }
    line("\nCtrl-C ends it.");
    tokio::signal::ctrl_c().await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this task is here to print")]
fn line(text: impl Display) {
    println!("{text}");
}
