//! A namespace with a controller of its own, its storage, a Git server, and a receiver of notifications.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(
    clippy::disallowed_types,
    reason = "tests run the controller as a process, so that they can kill it"
)]

use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use ferroflux_cluster::{Cluster, Objects};
use ferroflux_servers::{GitHttpServer, GitRepo};
use kube::{ResourceExt as _, api::DynamicObject};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::sync::OnceCell;

pub(crate) const GIT: &str = "source.toolkit.fluxcd.io/v1/GitRepository";

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// The control plane with the definitions that the controller needs.
pub(crate) async fn cluster() -> Result<&'static Cluster> {
    static READY: OnceCell<()> = OnceCell::const_new();
    let cluster = Cluster::shared().await?;
    READY
        .get_or_try_init(|| async {
            let objects = cluster.objects().await?;
            let bases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../config/crd/bases");
            for plural in ["gitrepositories", "ocirepositories", "buckets", "helmrepositories", "helmcharts"]
            {
                let path = bases.join(format!("source.toolkit.fluxcd.io_{plural}.yaml"));
                objects.apply(&std::fs::read_to_string(path)?).await?;
            }
            anyhow::Ok(())
        })
        .await?;
    Ok(cluster)
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The controller as a program, with these arguments.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_source-controller"));
    command.args(arguments);
    command
}

pub(crate) struct World {
    pub(crate) cluster: &'static Cluster,
    pub(crate) objects: Objects,
    pub(crate) git: GitHttpServer,
    pub(crate) notifications: Notifications,
    pub(crate) directory: TempDir,
    controller: Option<Controller>,
    flags: Vec<String>,
    storage_port: u16,
    http: reqwest::Client,
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
        // Only a second test in the same process finds one there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cluster = cluster().await?;
        let objects = cluster.namespace(prefix).await?;
        let directory = TempDir::new()?;
        for name in ["repos", "data", "tmp"] {
            std::fs::create_dir(directory.path().join(name))?;
        }
        let mut world = Self {
            cluster,
            objects,
            git: GitHttpServer::start(&directory.path().join("repos"))?,
            notifications: Notifications::serve().await?,
            directory,
            controller: None,
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            storage_port: free_port()?,
            http: reqwest::Client::new(),
        };
        world.start(&[])?;
        Ok(world)
    }

    pub(crate) fn namespace(&self) -> &str {
        self.objects.namespace()
    }

    /// The root of the storage.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Where repositories are.
    pub(crate) fn repos(&self) -> PathBuf {
        self.directory.path().join("repos")
    }

    /// A repository with one commit, behind [`World::git`].
    pub(crate) fn repo(&self, name: &str) -> Result<GitRepo> {
        let repo = GitRepo::create(&self.repos(), name)?;
        repo.write("deploy/app.yaml", "kind: ConfigMap\n")?;
        repo.commit("First commit")?;
        Ok(repo)
    }

    /// Starts the controller, which sees this namespace only. Later flags win.
    pub(crate) fn start(&mut self, more: &[&str]) -> Result<()> {
        let metrics = free_port()?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_path())?;
        let child = program(&[])
            .args(["--watch-all-namespaces=false", "--health-addr=127.0.0.1:0", "--log-level=trace"])
            .args(["--min-retry-delay=100ms", "--max-retry-delay=1s"])
            .arg(format!("--metrics-addr=127.0.0.1:{metrics}"))
            .arg(format!("--events-addr={}", self.notifications.url))
            .arg(format!("--storage-path={}", self.data().display()))
            .arg(format!("--storage-addr=127.0.0.1:{}", self.storage_port))
            .args(&self.flags)
            .args(more)
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .env("RUNTIME_NAMESPACE", self.namespace())
            .env("TMPDIR", self.directory.path().join("tmp"))
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

    /// The metrics as text.
    pub(crate) async fn metrics(&self) -> Result<String> {
        let port = self.controller.as_ref().context("the controller runs")?.metrics;
        Ok(self.http.get(format!("http://127.0.0.1:{port}/metrics")).send().await?.text().await?)
    }

    /// A GitRepository of the repository of the same name, with further fields of the spec.
    pub(crate) async fn source(&self, name: &str, spec: Value) -> Result<()> {
        let mut full = json!({"interval": "1h", "url": self.git.url(name), "ref": {"branch": "main"}});
        merge(&mut full, spec);
        let object = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": name, "namespace": self.namespace()},
            "spec": full,
        });
        self.objects.apply(&object.to_string()).await?;
        Ok(())
    }

    /// Changes the spec.
    pub(crate) async fn change(&self, name: &str, spec: Value) -> Result<()> {
        self.objects.merge(GIT, name, &json!({"spec": spec})).await?;
        Ok(())
    }

    pub(crate) async fn secret(&self, name: &str, data: &[(&str, &str)]) -> Result<()> {
        let data: BTreeMap<_, _> = data.iter().copied().collect();
        let object = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": self.namespace()},
            "stringData": data,
        });
        self.objects.apply(&object.to_string()).await?;
        Ok(())
    }

    /// Asks for a run, as `flux reconcile` does, and waits until it was handled.
    pub(crate) async fn request(&self, name: &str, token: &str) -> Result<Value> {
        let patch = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}});
        self.objects.merge(GIT, name, &patch).await?;
        let token = token.to_owned();
        self.wait(name, "the request is handled", move |status| {
            status["lastHandledReconcileAt"] == token.as_str()
        })
        .await
    }

    /// Waits for a status of a GitRepository; the controller's log is part of the failure.
    pub(crate) async fn wait(
        &self,
        name: &str,
        what: &str,
        holds: impl Fn(&Value) -> bool + Send + Sync + 'static,
    ) -> Result<Value> {
        let holds = move |object: &DynamicObject| holds(&object.data["status"]);
        let found = self.objects.wait_within(PATIENCE, GIT, name, what, holds).await;
        let object = found.with_context(|| format!("the controller said:\n{}", tail(&self.log())))?;
        Ok(object.data["status"].clone())
    }

    /// Waits until the object is ready for its current generation.
    pub(crate) async fn ready(&self, name: &str) -> Result<Value> {
        let generation = self.objects.get(GIT, name).await?.metadata.generation;
        self.wait(name, "it is ready", move |status| {
            condition(status, "Ready")["status"] == "True"
                && status["observedGeneration"].as_i64() >= generation
                && condition(status, "Reconciling").is_null()
        })
        .await
    }

    /// Waits until it is ready with an artifact of this revision.
    pub(crate) async fn ready_at(&self, name: &str, revision: &str) -> Result<Value> {
        let message = format!("stored artifact for revision '{revision}'");
        self.wait(name, "it is ready at the revision", move |status| {
            let ready = condition(status, "Ready");
            ready["status"] == "True" && ready["message"] == message.as_str()
        })
        .await
    }

    /// Waits until Ready is False for this reason, and returns the message.
    pub(crate) async fn failed(&self, name: &str, reason: &'static str) -> Result<String> {
        let status = self
            .wait(name, "it has failed", move |status| {
                let ready = condition(status, "Ready");
                ready["status"] == "False" && ready["reason"] == reason
            })
            .await?;
        Ok(condition(&status, "Ready")["message"].as_str().unwrap_or_default().to_owned())
    }

    /// Reasons of the Kubernetes events about an object, each with its message.
    pub(crate) async fn events(&self, name: &str) -> Result<Vec<(String, String)>> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let events = self.objects.list("v1/Event").await?;
        let about = events.into_iter().filter(|event| event.data["involvedObject"]["name"] == name);
        Ok(about.map(|event| (text(&event.data["reason"]), text(&event.data["message"]))).collect())
    }

    pub(crate) async fn wait_for_event(&self, name: &str, reason: &str, part: &str) -> Result<()> {
        self.eventually(&format!("an event {reason} with `{part}` about {name}"), async || {
            let events = self.events(name).await?;
            Ok(events.iter().any(|(given, message)| given == reason && message.contains(part)))
        })
        .await
    }

    /// Looks again and again until it holds.
    pub(crate) async fn eventually(&self, what: &str, holds: impl AsyncFn() -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await? {
            if Instant::now() > deadline {
                bail!("{what} did not come true; the controller said:\n{}", tail(&self.log()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Status code and body of a GET on the file server.
    pub(crate) async fn get(&self, path: &str) -> Result<(u16, Vec<u8>)> {
        let url = format!("http://127.0.0.1:{}/{}", self.storage_port, path.trim_start_matches('/'));
        let response = self.http.get(url).send().await?;
        Ok((response.status().as_u16(), response.bytes().await?.to_vec()))
    }

    /// Downloads the artifact of a status and checks it against its digest and size.
    pub(crate) async fn download(&self, status: &Value) -> Result<Vec<u8>> {
        let artifact = &status["artifact"];
        let (code, body) = self.get(artifact["path"].as_str().context("a path")?).await?;
        ensure!(code == 200, "the file server answered {code}");
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(&body)));
        ensure!(artifact["digest"] == digest.as_str(), "{artifact} is not {digest}");
        ensure!(artifact["size"].as_u64() == Some(body.len() as u64));
        Ok(body)
    }

    /// The names in the artifact of a status.
    pub(crate) async fn names(&self, status: &Value) -> Result<Vec<String>> {
        let entries = entries(&self.download(status).await?)?;
        Ok(entries.into_iter().map(|entry| entry.name).collect())
    }
}

/// An entry of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ArchiveEntry {
    pub(crate) name: String,
    pub(crate) mode: u32,
    pub(crate) owner: (u64, u64),
    pub(crate) modified: u64,
    pub(crate) kind: tar::EntryType,
    pub(crate) content: String,
}

/// The entries of an archive, read by another implementation of the format.
pub(crate) fn entries(archive: &[u8]) -> Result<Vec<ArchiveEntry>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut entries = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let mut content = String::new();
        entry.read_to_string(&mut content)?;
        let header = entry.header();
        entries.push(ArchiveEntry {
            name: entry.path()?.display().to_string(),
            mode: header.mode()? & 0o7777,
            owner: (header.uid()?, header.gid()?),
            modified: header.mtime()?,
            kind: header.entry_type(),
            content,
        });
    }
    Ok(entries)
}

/// The condition of a status; null when it has none.
pub(crate) fn condition(status: &Value, type_: &str) -> Value {
    let conditions = status["conditions"].as_array();
    let found = conditions.and_then(|list| list.iter().find(|condition| condition["type"] == type_));
    found.cloned().unwrap_or_default()
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

fn tail(log: &str) -> &str {
    let start = log.len().saturating_sub(6_000);
    log.get(log.ceil_char_boundary(start)..).unwrap_or(log)
}

/// An endpoint for notifications that remembers them.
pub(crate) struct Notifications {
    pub(crate) url: String,
    state: Arc<Received>,
}

#[derive(Default)]
struct Received {
    events: Mutex<Vec<Value>>,
    status: Mutex<Option<StatusCode>>,
}

impl Notifications {
    async fn serve() -> Result<Self> {
        let state = Arc::new(Received::default());
        let router = Router::new().route("/", post(receive)).with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, state })
    }

    /// Answers with this status from now on; none for the usual one.
    pub(crate) fn answer(&self, status: Option<u16>) {
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        *self.state.status.lock().expect("nobody panics with it") = status;
    }

    /// The notifications about an object with this reason.
    pub(crate) fn about(&self, name: &str, reason: &str) -> Vec<Value> {
        let events = self.state.events.lock().expect("nobody panics with it");
        let wanted = |event: &&Value| event["involvedObject"]["name"] == name && event["reason"] == reason;
        events.iter().filter(wanted).cloned().collect()
    }
}

async fn receive(State(state): State<Arc<Received>>, Json(event): Json<Value>) -> StatusCode {
    state.events.lock().expect("nobody panics with it").push(event);
    state.status.lock().expect("nobody panics with it").unwrap_or(StatusCode::ACCEPTED)
}

/// All files below a directory.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                pending.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// The name of an object, for messages.
pub(crate) fn name(object: &DynamicObject) -> String {
    object.name_any()
}
