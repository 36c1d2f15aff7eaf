//! End-to-end scenarios: the built controllers as processes, a real control plane, real Git.
//!
//! This library is the stage that the scenarios in `tests/` share.

use std::collections::BTreeMap;

use anyhow::bail;
use ferroflux_cluster::{Cluster, Objects, Options, condition};
use ferroflux_installation::{Component, Installation};
use ferroflux_servers::{GitHttpServer, GitRepo};
use kube::{ResourceExt as _, api::DynamicObject};
use serde_json::json;

/// The kind, as the test tools name it.
pub const GIT_REPOSITORY: &str = "source.toolkit.fluxcd.io/v1/GitRepository";
/// The kind, as the test tools name it.
pub const KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
/// The kind, as the test tools name it.
pub const CONFIG_MAP: &str = "v1/ConfigMap";

/// A control plane, both controllers, a Git server with one repository, and a namespace with a GitRepository `fleet`.
pub struct Stage {
    /// The controllers.
    pub installation: Installation,
    /// The namespace of the scenario.
    pub objects: Objects,
    /// What is pushed to.
    pub repository: GitRepo,
    /// What serves it.
    pub server: GitHttpServer,
    /// Ends last: the controllers need it.
    pub cluster: Cluster,
    directory: tempfile::TempDir,
    requests: u32,
}

impl Stage {
    /// Sets it up. The repository is empty and nothing is applied yet.
    pub async fn new(options: Options) -> anyhow::Result<Self> {
        let cluster = Cluster::start(options).await?;
        let mut installation = Installation::new(&cluster).await?;
        installation.start(Component::source(), &[]).await?;
        installation.start(Component::kustomize(), &[]).await?;
        let objects = cluster.namespace("scenario").await?;
        let directory = tempfile::tempdir()?;
        let repository = GitRepo::create(directory.path(), "fleet")?;
        let server = GitHttpServer::start(directory.path())?;
        Ok(Self { installation, objects, repository, server, cluster, directory, requests: 0 })
    }

    /// Applies the GitRepository `fleet` of branch `main`.
    pub async fn add_source(&self) -> anyhow::Result<()> {
        let url = self.server.url("fleet");
        self.objects
            .apply(&format!(
                "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: fleet}}\n\
                 spec: {{url: \"{url}\", interval: 1h, ref: {{branch: main}}}}\n"
            ))
            .await?;
        Ok(())
    }

    /// Applies a Kustomization of a directory of the repository, with pruning and waiting.
    pub async fn add_kustomization(&self, name: &str, path: &str) -> anyhow::Result<()> {
        self.objects.apply(&self.kustomization(name, path)).await?;
        Ok(())
    }

    /// The manifest that [`Stage::add_kustomization`] applies.
    pub fn kustomization(&self, name: &str, path: &str) -> String {
        let namespace = self.objects.namespace();
        format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}}}\n\
             spec:\n  interval: 1h\n  retryInterval: 1s\n  timeout: 2m\n  prune: true\n  wait: true\n  path: ./{path}\n  \
             targetNamespace: {namespace}\n  sourceRef: {{kind: GitRepository, name: fleet}}\n"
        )
    }

    /// Asks for a look at the repository now.
    pub async fn request_source(&mut self) -> anyhow::Result<()> {
        self.requests += 1;
        let token = format!("request-{}", self.requests);
        let patch = json!({ "metadata": { "annotations": { "reconcile.fluxcd.io/requestedAt": token } } });
        self.objects.merge(GIT_REPOSITORY, "fleet", &patch).await?;
        Ok(())
    }

    /// Waits until the Kustomization is Ready with this commit applied.
    pub async fn applied(&self, name: &str, commit: &str) -> anyhow::Result<DynamicObject> {
        match self
            .objects
            .wait_for(KUSTOMIZATION, name, "it is Ready at the commit", |o| is_applied(o, commit))
            .await
        {
            Ok(object) => Ok(object),
            Err(error) => {
                let object = self.objects.find(KUSTOMIZATION, name).await?;
                let status = object.and_then(|object| object.data.get("status").cloned()).unwrap_or_default();
                bail!("{error}: {status:#}\n{}", self.logs());
            }
        }
    }

    /// The `data.value` of every ConfigMap that the Kustomization owns, by name.
    pub async fn values(&self, kustomization: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let selector = format!("kustomize.toolkit.fluxcd.io/name={kustomization}");
        let list = self.objects.list_labelled(CONFIG_MAP, &selector).await?;
        let value = |object: &DynamicObject| {
            object.data.pointer("/data/value").and_then(|value| value.as_str()).unwrap_or_default().to_owned()
        };
        Ok(list.iter().map(|object| (object.name_any(), value(object))).collect())
    }

    /// The end of the controllers' logs.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        for controller in self.installation.controllers() {
            let log = controller.log();
            let lines: Vec<&str> = log.lines().rev().take(20).collect();
            text.push_str(&format!("--- {}\n", controller.name()));
            for line in lines.into_iter().rev() {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }

    /// Where the repository is.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }
}

/// Whether the object is Ready with this commit applied.
pub fn is_applied(object: &DynamicObject, commit: &str) -> bool {
    let ready = condition(object, "Ready").and_then(|ready| ready.get("status")).is_some_and(|s| s == "True");
    let revision = object.data.pointer("/status/lastAppliedRevision").and_then(|revision| revision.as_str());
    ready && revision.is_some_and(|revision| revision.ends_with(commit))
}

/// A ConfigMap with one value.
pub fn config_map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{value: \"{value}\"}}\n")
}
