//! Builds a path of an artifact (contract/kustomize.md 6). Computation only: the files are in memory.

use std::sync::Arc;

use ferroflux_api::kustomize::v1::{KustomizationSpec, reasons};
use ferroflux_archive::Snapshot;
use ferroflux_kustomize::{Options, build as kustomize_build};
use ferroflux_objects::{Object, ObjectError, digest_of_bytes};
use ferroflux_runtime::{Blocking, Failure};

use super::generate::{GenerateError, write_kustomization};
use super::inputs::{Inputs, ROOT, RecordedTree};
use super::substitute::{SubstituteError, Variables, put_in};

/// A finished build.
#[derive(Debug)]
pub(super) struct Built {
    /// The objects as they came out of the engine, in its order.
    pub(super) objects: Vec<Object>,
    /// Digest of the output text, for the history.
    pub(super) output: String,
    /// What was read.
    pub(super) inputs: Inputs,
}

/// Why there is nothing to apply.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error("kustomize build failed: {0}")]
    Engine(ferroflux_kustomize::Error),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Substitute(#[from] SubstituteError),
    #[error("recovered from kustomize build panic")]
    Panicked,
}

/// Builds beside the async threads.
pub(super) async fn build(
    threads: &Blocking,
    snapshot: Snapshot,
    path: String,
    spec: Arc<KustomizationSpec>,
    variables: Variables,
) -> Result<Built, Failure> {
    let built = threads.run(move || build_now(snapshot, &path, &spec, &variables)).await;
    built.unwrap_or(Err(BuildError::Panicked)).map_err(|error| Failure::retry(reasons::BUILD_FAILED, error))
}

/// Builds the directory `path` (relative to the artifact's root) as the spec says.
pub(super) fn build_now(
    snapshot: Snapshot,
    path: &str,
    spec: &KustomizationSpec,
    variables: &Variables,
) -> Result<Built, BuildError> {
    let mut tree = RecordedTree::new(snapshot);
    write_kustomization(&mut tree, path, spec)?;
    let tree = Arc::new(tree);
    let directory = if path.is_empty() { ROOT.to_owned() } else { format!("{ROOT}/{path}") };
    // Remote bases come with the engine's remote source; until then each of them is refused by name.
    let mut build = kustomize_build(Arc::clone(&tree) as _, &directory, &Options::flux(ROOT), None)
        .map_err(BuildError::Engine)?;
    for warning in &build.warnings {
        tracing::debug!("{warning}");
    }
    put_in(&mut build.objects, variables)?;
    let output = digest_of_bytes(build.to_yaml().as_bytes()).to_string();
    let objects = build
        .objects
        .into_iter()
        .map(|object| Object::from_value(object.value))
        .collect::<Result<Vec<Object>, ObjectError>>()?;
    Ok(Built { objects, output, inputs: tree.inputs() })
}
