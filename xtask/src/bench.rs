//! `make bench`: what the controllers cost, measured side by side in one run on real parts and printed as tables.
//!
//! Figures enter `docs/benchmarks.md` by hand, after a look. Nothing here passes or fails.

use std::{
    fmt::{Display, Write as _},
    time::{Duration, Instant},
};

use anyhow::bail;
use ferroflux_cluster::{Cluster, Objects, Options, condition};
use ferroflux_installation::{Component, Installation, Usage};
use ferroflux_servers::{GitHttpServer, GitRepo};
use kube::ResourceExt as _;
use serde_json::json;

const GIT_REPOSITORY: &str = "source.toolkit.fluxcd.io/v1/GitRepository";
const KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
/// Objects of the main table, as the numbers to beat were measured with.
const COUNT: usize = 100;
/// How many of them fail their health check in the second table.
const FAILING: usize = 30;
/// The longest that one round may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Measures everything.
pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        hundred_kustomizations().await?;
        failing_health_checks().await
    })
}

/// A control plane, both controllers, and a repository with a directory for each object.
struct Bench {
    cluster: Cluster,
    installation: Installation,
    objects: Objects,
    repository: GitRepo,
    server: GitHttpServer,
    _directory: tempfile::TempDir,
}

impl Bench {
    async fn start() -> anyhow::Result<Self> {
        let cluster = Cluster::start(Options::with_pods()).await?;
        let mut installation = Installation::new(&cluster).await?;
        installation.start(Component::source(), &["--log-level=info"]).await?;
        installation.start(Component::kustomize(), &["--log-level=info"]).await?;
        let objects = cluster.namespace("bench").await?;
        let directory = tempfile::tempdir()?;
        let repository = GitRepo::create(directory.path(), "fleet")?;
        let server = GitHttpServer::start(directory.path())?;
        let bench = Self { cluster, installation, objects, repository, server, _directory: directory };
        bench.objects.apply(&account(bench.objects.namespace())).await?;
        bench.idle().await?;
        Ok(bench)
    }

    /// Prints what the controllers hold before there is anything to do.
    async fn idle(&self) -> anyhow::Result<()> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        for controller in self.installation.controllers() {
            let usage = controller.usage()?;
            line(format_args!("idle {:<24} {:>6.1} MiB", controller.name(), mebibytes(usage.memory)));
        }
        Ok(())
    }

    fn usage(&self) -> anyhow::Result<Vec<(&'static str, Usage)>> {
        let all = self
            .installation
            .controllers()
            .iter()
            .map(|controller| Ok((controller.name(), controller.usage()?)));
        all.collect()
    }

    async fn source(&self, url: &str) -> anyhow::Result<()> {
        self.objects
            .apply(&format!(
                "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: fleet}}\n\
                 spec:\n  url: {url}\n  interval: 1h\n  ref: {{branch: main}}\n"
            ))
            .await?;
        self.objects.wait_for_condition(GIT_REPOSITORY, "fleet", "Ready", "True").await?;
        Ok(())
    }

    /// Waits until every one of the named objects is Ready with this commit and token.
    async fn all_ready(
        &self,
        names: &[String],
        commit: &str,
        token: Option<&str>,
    ) -> anyhow::Result<Duration> {
        let began = Instant::now();
        loop {
            let list = self.objects.list(KUSTOMIZATION).await?;
            let ready = list.iter().filter(|object| {
                let applied = object.data.pointer("/status/lastAppliedRevision").and_then(|r| r.as_str());
                let handled = object.data.pointer("/status/lastHandledReconcileAt").and_then(|t| t.as_str());
                names.contains(&object.name_any())
                    && condition(object, "Ready").and_then(|c| c.get("status")).is_some_and(|s| s == "True")
                    && applied.is_some_and(|revision| revision.ends_with(commit))
                    && (token.is_none() || handled == token)
            });
            let ready = ready.count();
            if ready == names.len() {
                return Ok(began.elapsed());
            }
            if began.elapsed() > PATIENCE {
                bail!("{ready} of {} objects became Ready within {PATIENCE:?}", names.len());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn request(&self, kind: &str, names: &[String], token: &str) -> anyhow::Result<()> {
        let patch = json!({ "metadata": { "annotations": { "reconcile.fluxcd.io/requestedAt": token } } });
        for name in names {
            self.objects.merge(kind, name, &patch).await?;
        }
        Ok(())
    }
}

/// The table of design.md section 6, with a Git repository as the source.
async fn hundred_kustomizations() -> anyhow::Result<()> {
    line(format_args!("\n{COUNT} Kustomizations, wait: true, a service account, 4 small objects each"));
    let bench = Bench::start().await?;
    let names: Vec<String> = (0..COUNT).map(|index| format!("app-{index:03}")).collect();
    for name in &names {
        bench.repository.write(&format!("{name}/objects.yaml"), small_objects(name, 1))?;
    }
    let head = bench.repository.commit("First")?;
    bench.source(&bench.server.url("fleet")).await?;
    line("phase             wall       controller            CPU    peak memory");
    let before = bench.usage()?;
    let manifests: String = names.iter().map(|name| kustomization(name, bench.objects.namespace())).collect();
    let began = Instant::now();
    bench.objects.apply(&manifests).await?;
    bench.all_ready(&names, &head, None).await?;
    report("install", began.elapsed(), &before, &bench)?;

    for name in &names {
        bench.repository.write(&format!("{name}/objects.yaml"), small_objects(name, 2))?;
    }
    let head = bench.repository.commit("Second")?;
    let before = bench.usage()?;
    let began = Instant::now();
    bench.request(GIT_REPOSITORY, &["fleet".to_owned()], "second").await?;
    bench.all_ready(&names, &head, None).await?;
    report("upgrade", began.elapsed(), &before, &bench)?;

    let before = bench.usage()?;
    let began = Instant::now();
    bench.request(KUSTOMIZATION, &names, "again").await?;
    bench.all_ready(&names, &head, Some("again")).await?;
    report("nothing changed", began.elapsed(), &before, &bench)?;
    drop(bench.installation);
    drop(bench.cluster);
    Ok(())
}

/// 70 healthy objects, alone and beside 30 that never become healthy.
async fn failing_health_checks() -> anyhow::Result<()> {
    let healthy = COUNT - FAILING;
    line(format_args!(
        "\n{healthy} healthy Kustomizations, alone and beside {FAILING} that fail their health check"
    ));
    let mut times = Vec::new();
    for failing in [0, FAILING] {
        let bench = Bench::start().await?;
        let names: Vec<String> = (0..healthy).map(|index| format!("app-{index:03}")).collect();
        let bad: Vec<String> = (0..failing).map(|index| format!("a-bad-{index:03}")).collect();
        for name in &names {
            bench.repository.write(&format!("{name}/objects.yaml"), small_objects(name, 1))?;
        }
        for name in &bad {
            bench.repository.write(&format!("{name}/objects.yaml"), unhealthy(name))?;
        }
        let head = bench.repository.commit("First")?;
        bench.source(&bench.server.url("fleet")).await?;
        // The failing ones come first, so that they would hold every slot if waiting held any.
        let manifests: String =
            bad.iter().chain(&names).map(|name| kustomization(name, bench.objects.namespace())).collect();
        let began = Instant::now();
        bench.objects.apply(&manifests).await?;
        bench.all_ready(&names, &head, None).await?;
        line(format_args!(
            "{failing:>3} failing: {healthy} healthy Ready after {:.2} s",
            began.elapsed().as_secs_f64()
        ));
        times.push(began.elapsed().as_secs_f64());
    }
    if let [alone, beside] = times.as_slice() {
        line(format_args!("ratio {:.2}", beside / alone));
    }
    Ok(())
}

fn report(
    phase: &str,
    wall: Duration,
    before: &[(&'static str, Usage)],
    bench: &Bench,
) -> anyhow::Result<()> {
    for ((name, after), (_, before)) in bench.usage()?.into_iter().zip(before) {
        line(format_args!(
            "{phase:<16} {:>6.2} s   {name:<20} {:>6.2} s {:>8.1} MiB",
            wall.as_secs_f64(),
            after.cpu.saturating_sub(before.cpu).as_secs_f64(),
            mebibytes(after.peak_memory)
        ));
    }
    Ok(())
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn account(namespace: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: deployer}}\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: deployer}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}}\n\
         subjects:\n- {{kind: ServiceAccount, name: deployer, namespace: {namespace}}}\n"
    )
}

fn kustomization(name: &str, namespace: &str) -> String {
    format!(
        "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}}}\n\
         spec:\n  interval: 1h\n  timeout: 5m\n  prune: true\n  wait: true\n  path: ./{name}\n  \
         targetNamespace: {namespace}\n  serviceAccountName: deployer\n  \
         sourceRef: {{kind: GitRepository, name: fleet}}\n"
    )
}

fn small_objects(name: &str, version: u32) -> String {
    let mut text = String::new();
    for part in ["one", "two"] {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}-{part}}}\ndata: {{version: \"{version}\"}}\n"
        );
    }
    let _ = write!(
        text,
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, annotations: {{version: \"{version}\"}}}}\n\
         ---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n\
         spec: {{selector: {{app: {name}}}, ports: [{{port: {}}}]}}\n",
        8000 + version
    );
    text
}

fn unhealthy(name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: 1\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n      \
         annotations: {{ferroflux.test/pod: unready}}\n    spec:\n      containers: [{{name: app, image: none}}]\n"
    )
}

#[expect(clippy::print_stdout, reason = "this task is here to print")]
fn line(text: impl Display) {
    println!("{text}");
}
