//! The built controllers as processes against a control plane, for end-to-end tests, the demo and benchmarks.
//!
//! The programs are those that `cargo build --workspace --bins` put beside the running test or task; nothing is built
//! here. Every controller gets ports of its own on loopback, a log file, and ends with the value that stands for it,
//! also when the process that started it is killed.
//!
//! ```no_run
//! # async fn test(cluster: &ferroflux_cluster::Cluster) -> Result<(), ferroflux_installation::Error> {
//! use ferroflux_installation::{Component, Installation};
//!
//! let mut installation = Installation::new(cluster).await?;      // definitions and the namespace flux-system
//! installation.start(Component::source(), &[]).await?;
//! installation.start(Component::kustomize(), &["--concurrent=2"]).await?;
//! installation.controller("kustomize-controller")?.kill()?;       // SIGKILL
//! installation.restart("kustomize-controller").await?;
//! let metrics = installation.controller("source-controller")?.metrics().await?;
//! # Ok(())
//! # }
//! ```
#![expect(clippy::disallowed_types, reason = "this crate is where tests start the built controllers")]

mod controller;
mod error;
mod http;

use std::path::{Path, PathBuf};

use ferroflux_cluster::{Cluster, Objects};

pub use crate::{
    controller::{Component, Controller, Usage},
    error::Error,
    http::get,
};

/// Where the controllers believe to run.
pub const NAMESPACE: &str = "flux-system";

/// Controllers that run against one control plane.
pub struct Installation {
    directory: tempfile::TempDir,
    kubeconfig: PathBuf,
    objects: Objects,
    controllers: Vec<Controller>,
}

impl Installation {
    /// Installs the custom resource definitions and the namespace; starts nothing yet.
    pub async fn new(cluster: &Cluster) -> Result<Self, Error> {
        let directory = tempfile::tempdir().map_err(Error::io("the temporary directory"))?;
        let objects = cluster.objects().await?;
        objects.apply(&definitions()?).await?;
        let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}\n");
        objects.apply(&namespace).await?;
        Ok(Self { directory, kubeconfig: cluster.kubeconfig(), objects, controllers: Vec::new() })
    }

    /// The admin's view of the cluster, in the namespace of the controllers.
    pub fn objects(&self) -> Objects {
        self.objects.within(NAMESPACE)
    }

    /// Starts a component with further arguments and waits until it works.
    pub async fn start(&mut self, component: Component, arguments: &[&str]) -> Result<&Controller, Error> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut controller =
            Controller::start(component, arguments, self.directory.path(), &self.kubeconfig)?;
        controller.wait_until_ready().await?;
        self.controllers.retain(|other| other.name() != controller.name());
        self.controllers.push(controller);
        self.controllers.last().ok_or(Error::NotStarted(String::new()))
    }

    /// Starts an ended component again, with the same arguments, ports and files.
    pub async fn restart(&mut self, name: &str) -> Result<(), Error> {
        let controller = self.find(name)?;
        controller.spawn()?;
        controller.wait_until_ready().await
    }

    /// A started controller.
    pub fn controller(&mut self, name: &str) -> Result<&mut Controller, Error> {
        self.find(name)
    }

    /// All started controllers.
    pub fn controllers(&self) -> &[Controller] {
        &self.controllers
    }

    /// Where logs and storage are.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn find(&mut self, name: &str) -> Result<&mut Controller, Error> {
        self.controllers
            .iter_mut()
            .find(|controller| controller.name() == name)
            .ok_or_else(|| Error::NotStarted(name.to_owned()))
    }
}

/// All generated custom resource definitions as one stream.
fn definitions() -> Result<String, Error> {
    let directory = ferroflux_programs::workspace_root().join("config/crd/bases");
    let at = Error::io(directory.display().to_string());
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .map_err(at)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    let mut stream = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(Error::io(file.display().to_string()))?;
        stream.push_str("---\n");
        stream.push_str(text.trim_start_matches("---\n"));
    }
    Ok(stream)
}
