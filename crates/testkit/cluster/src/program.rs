//! Where each component's program comes from.

use std::{
    env,
    path::{Path, PathBuf},
};

use ferroflux_programs::GoProgram;

use crate::Error;

/// Kubernetes as `e2e/controlplane/go.mod` requires it; a test holds the two together.
pub const KUBERNETES_VERSION: &str = "v1.36.5";

/// What `kube-apiserver --version` and `/version` say. Charts compare their kubeVersion with it.
const VERSION_FLAGS: [(&str, &str); 6] = [
    ("gitVersion", KUBERNETES_VERSION),
    ("gitMajor", "1"),
    ("gitMinor", "36"),
    ("gitCommit", "0000000000000000000000000000000000000000"),
    ("gitTreeState", "clean"),
    // Constant, so that the same content gives the same program.
    ("buildDate", "2026-09-23T00:00:00Z"),
];

/// A program and what has to come before its own arguments.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) leading: Option<&'static str>,
}

/// The control plane's components, built from `e2e/controlplane` in one file (6.5 minutes on two cores the
/// first time, then kept).
pub fn control_plane() -> GoProgram {
    VERSION_FLAGS.iter().fold(GoProgram::new("e2e/controlplane"), |program, (variable, value)| {
        program.ldflags(&format!("-X k8s.io/component-base/version.{variable}={value}"))
    })
}

/// The program that plays nodes and pods, built from `e2e/kwok`.
pub fn kwok() -> GoProgram {
    GoProgram::new("e2e/kwok")
}

/// Finds `name` in the directory that `KUBEBUILDER_ASSETS` names, else builds it. Blocks while it builds.
pub(crate) fn find(name: &'static str) -> Result<Program, Error> {
    if let Some(assets) = env::var_os("KUBEBUILDER_ASSETS") {
        let path = Path::new(&assets).join(name);
        if path.is_file() {
            return Ok(Program { path, leading: None });
        }
    }
    let (program, leading) = match name {
        "kwok" => (kwok(), None),
        _ => (control_plane(), Some(name)),
    };
    let path = program.path().map_err(|source| Error::Program { name, source })?;
    Ok(Program { path, leading })
}
