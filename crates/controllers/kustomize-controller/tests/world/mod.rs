//! A namespace with a controller of its own, an artifact server, and sources whose artifacts the test decides.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(
    clippy::disallowed_types,
    reason = "tests run the controller as a process, so that they can kill it"
)]

pub(crate) mod artifacts;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use ferroflux_cluster::{Cluster, Objects};
use kube::ResourceExt as _;
use kube::api::DynamicObject;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use artifacts::Artifacts;

pub(crate) const KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
pub(crate) const GIT: &str = "source.toolkit.fluxcd.io/v1/GitRepository";

/// The control plane with the definitions that the controller needs.
async fn cluster() -> Result<&'static Cluster> {
    static READY: OnceCell<()> = OnceCell::const_new();
    let cluster = Cluster::shared_with_pods().await?;
    READY
        .get_or_try_init(|| async {
            let objects = cluster.objects().await?;
            let bases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../config/crd/bases");
            for name in [
                "kustomize.toolkit.fluxcd.io_kustomizations",
                "source.toolkit.fluxcd.io_gitrepositories",
                "source.toolkit.fluxcd.io_ocirepositories",
                "source.toolkit.fluxcd.io_buckets",
            ] {
                let manifest = std::fs::read_to_string(bases.join(format!("{name}.yaml")))?;
                objects.apply(&manifest).await?;
            }
            anyhow::Ok(())
        })
        .await?;
    Ok(cluster)
}

pub(crate) struct World {
    pub(crate) cluster: &'static Cluster,
    pub(crate) objects: Objects,
    pub(crate) artifacts: Artifacts,
    controller: Option<Controller>,
    flags: Vec<String>,
    directory: TempDir,
}

struct Controller {
    child: Child,
    metrics: u16,
}

impl Drop for Controller {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl World {
    /// A world whose controller runs.
    pub(crate) async fn new(prefix: &str) -> Result<Self> {
        Self::with_flags(prefix, &[]).await
    }

    pub(crate) async fn with_flags(prefix: &str, flags: &[&str]) -> Result<Self> {
        let cluster = cluster().await?;
        let objects = cluster.namespace(prefix).await?;
        let mut world = Self {
            cluster,
            objects,
            artifacts: Artifacts::serve().await?,
            controller: None,
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            directory: TempDir::new()?,
        };
        world.start()?;
        Ok(world)
    }

    pub(crate) fn namespace(&self) -> &str {
        self.objects.namespace()
    }

    /// Starts the controller, which sees this namespace only.
    pub(crate) fn start(&mut self) -> Result<()> {
        let metrics = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_path())?;
        let child = Command::new(env!("CARGO_BIN_EXE_kustomize-controller"))
            .args(["--watch-all-namespaces=false", "--health-addr=127.0.0.1:0", "--log-level=debug"])
            .arg(format!("--metrics-addr=127.0.0.1:{metrics}"))
            .args(&self.flags)
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .env("RUNTIME_NAMESPACE", self.namespace())
            .stderr(Stdio::from(log))
            .stdout(Stdio::null())
            .spawn()?;
        self.controller = Some(Controller { child, metrics });
        Ok(())
    }

    /// Ends the controller as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.controller = None;
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// The value of a metric without labels.
    pub(crate) async fn metric(&self, name: &str) -> Result<u64> {
        let port = self.controller.as_ref().context("the controller runs")?.metrics;
        let text = artifacts::get(&format!("http://127.0.0.1:{port}/metrics")).await?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.with_context(|| format!("the metric {name} is shown"))?.trim().parse()?)
    }

    /// A GitRepository without an artifact.
    pub(crate) async fn source(&self, name: &str) -> Result<()> {
        let manifest = format!(
            "
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: {name}}}
spec: {{interval: 10m, url: 'https://example.com/{name}'}}
"
        );
        self.objects.apply(&manifest).await?;
        Ok(())
    }

    /// Gives a source an artifact of these files.
    pub(crate) async fn push(&self, source: &str, revision: &str, files: &[(&str, &str)]) -> Result<()> {
        if self.objects.find(GIT, source).await?.is_none() {
            self.source(source).await?;
        }
        let artifact = self.artifacts.add(revision, files)?;
        self.objects.merge_status(GIT, source, &json!({"status": {"artifact": artifact}})).await?;
        Ok(())
    }

    /// A Kustomization of the source of the same world, with further fields of the spec.
    pub(crate) async fn kustomization(&self, name: &str, source: &str, spec: Value) -> Result<()> {
        let object = kustomization(name, self.namespace(), source, spec);
        self.objects.apply(&object.to_string()).await?;
        Ok(())
    }

    /// Asks for a run, as `flux reconcile` does.
    pub(crate) async fn request(&self, name: &str, token: &str) -> Result<()> {
        let patch = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}});
        self.objects.merge(KUSTOMIZATION, name, &patch).await?;
        Ok(())
    }

    /// Waits for a state of a Kustomization; the controller's log is part of the failure.
    pub(crate) async fn wait(
        &self,
        name: &str,
        what: &str,
        condition: impl Fn(&Value) -> bool + Send + Sync + 'static,
    ) -> Result<DynamicObject> {
        self.wait_within(name, what, Duration::from_mins(1), condition).await
    }

    pub(crate) async fn wait_within(
        &self,
        name: &str,
        what: &str,
        limit: Duration,
        condition: impl Fn(&Value) -> bool + Send + Sync + 'static,
    ) -> Result<DynamicObject> {
        let holds = move |object: &DynamicObject| {
            let status = object.data.get("status").cloned().unwrap_or_default();
            condition(&status)
        };
        let found = self.objects.wait_within(limit, KUSTOMIZATION, name, what, holds).await;
        found.with_context(|| format!("the controller said:\n{}", tail(&self.log())))
    }

    pub(crate) async fn ready(&self, name: &str, revision: &str) -> Result<DynamicObject> {
        let message = format!("Applied revision: {revision}");
        self.wait(name, "it is ready", move |status| {
            let ready = condition(status, "Ready");
            ready["status"] == "True" && ready["message"] == message.as_str()
        })
        .await
    }

    /// Waits until Ready is False for this reason, and returns the message.
    pub(crate) async fn failed(&self, name: &str, reason: &'static str) -> Result<String> {
        let object = self
            .wait(name, "it has failed", move |status| {
                let ready = condition(status, "Ready");
                ready["status"] == "False" && ready["reason"] == reason
            })
            .await?;
        let ready = condition(&object.data["status"], "Ready");
        Ok(ready["message"].as_str().unwrap_or_default().to_owned())
    }

    /// Messages of the events about an object, oldest first, each as often as it was counted.
    pub(crate) async fn events(&self, name: &str) -> Result<Vec<String>> {
        let mut events = self.objects.list("v1/Event").await?;
        events.sort_by_key(|event| event.data["lastTimestamp"].as_str().unwrap_or_default().to_owned());
        let about = events.into_iter().filter(|event| event.data["involvedObject"]["name"] == name);
        Ok(about.map(|event| event.data["message"].as_str().unwrap_or_default().to_owned()).collect())
    }

    pub(crate) async fn wait_for_event(&self, name: &str, wanted: &str) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let events = self.events(name).await?;
            if events.iter().any(|message| message.contains(wanted)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("no event says `{wanted}`, but: {events:#?}\n{}", tail(&self.log()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn color(&self, name: &str) -> Result<Option<String>> {
        let found = self.objects.find("v1/ConfigMap", name).await?;
        Ok(found.and_then(|map| map.data["data"]["color"].as_str().map(str::to_owned)))
    }
}

pub(crate) fn kustomization(name: &str, namespace: &str, source: &str, spec: Value) -> Value {
    let mut full = json!({
        "interval": "10m", "prune": true, "targetNamespace": namespace,
        "sourceRef": {"kind": "GitRepository", "name": source}});
    if let (Value::Object(full), Value::Object(spec)) = (&mut full, spec) {
        full.extend(spec);
        full.retain(|_, value| !value.is_null());
    }
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": namespace}, "spec": full})
}

/// The condition of a type, or null.
pub(crate) fn condition(status: &Value, kind: &str) -> Value {
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    conditions.into_iter().find(|condition| condition["type"] == kind).unwrap_or_default()
}

/// Inventory ids without the namespace in front.
pub(crate) fn inventory(object: &DynamicObject) -> Vec<String> {
    let entries = object.data["status"]["inventory"]["entries"].as_array().cloned().unwrap_or_default();
    let namespace = object.namespace().unwrap_or_default();
    let ids = entries.iter().filter_map(|entry| entry["id"].as_str());
    ids.map(|id| id.strip_prefix(&namespace).unwrap_or(id).to_owned()).collect()
}

pub(crate) fn config_map(name: &str, color: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{color: {color}}}\n")
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n")
}
