//! Wires storage, file server, Git client and drivers.

use std::sync::Arc;

use ferroflux_api::source::v1::{
    Bucket, GitRepository, HelmChart, HelmRepository, HelmRepositoryType, OCIRepository,
};
use ferroflux_artifact::{Server, ServerOptions, SourceKind, Storage};
use ferroflux_git::GitClient;
use ferroflux_runtime::{App, ConfigError, Key, Kind, When};

use crate::{
    config::Settings,
    git_repository::{Context, GitRepositories},
    metrics::SourceMetrics,
    unsupported::{Unsupported, Variant},
};

/// Adds everything to the process.
pub fn wire(app: &mut App, settings: Settings) -> Result<(), ConfigError> {
    let storage = Storage::open(settings.storage)
        .map_err(|cause| ConfigError::new("unable to configure artifact storage", cause))?;
    let git = GitClient::new(&settings.git)
        .map_err(|cause| ConfigError::new("unable to configure the Git object stores", cause))?;
    serve(app, &storage, settings.server);

    let kind = app.kind::<GitRepository>();
    wake_includers(&kind);
    let context = Context {
        repositories: kind.store().clone(),
        client: app.client().clone(),
        storage: storage.clone(),
        git: Arc::new(git),
        metrics: SourceMetrics::register(app.metrics()),
        requeue_dependency: settings.requeue_dependency,
        object_level_workload_identity: settings.object_level_workload_identity,
    };
    app.reconcile(kind, GitRepositories { context: Arc::new(context) });

    unsupported::<OCIRepository>(app, &storage, SourceKind::OciRepository);
    unsupported::<Bucket>(app, &storage, SourceKind::Bucket);
    unsupported::<HelmChart>(app, &storage, SourceKind::HelmChart);
    let kind = app.kind::<HelmRepository>();
    let is_static = |object: &HelmRepository| object.spec.r#type == Some(HelmRepositoryType::Oci);
    app.reconcile(kind, Unsupported::new(storage, SourceKind::HelmRepository).except(is_static));
    Ok(())
}

/// Wakes the objects that include another one when its artifact changes.
fn wake_includers(kind: &Kind<GitRepository>) {
    let includers = kind.store().add_index(|object: &GitRepository| {
        let namespace = object.metadata.namespace.as_deref().unwrap_or_default();
        let names = object.spec.include.iter().map(|include| &include.repository.name);
        names.map(|name| Key::new(namespace, name).to_string()).collect()
    });
    let digest = |object: &Option<Arc<GitRepository>>| {
        let artifact = object.as_ref()?.status.as_ref()?.artifact.as_ref()?;
        Some((artifact.revision.clone(), artifact.digest.clone()))
    };
    let watched = kind.watched().clone();
    kind.woken_by(&watched, move |change, store| {
        if digest(&change.before) == digest(&change.after) {
            return Vec::new();
        }
        store.keys_by_index(includers, &change.key.to_string())
    });
}

fn unsupported<K: Variant>(app: &mut App, storage: &Storage, directory: SourceKind) {
    let kind = app.kind::<K>();
    app.reconcile(kind, Unsupported::<K>::new(storage.clone(), directory));
}

/// Serves the storage while this process leads.
fn serve(app: &mut App, storage: &Storage, options: ServerOptions) {
    let (root, stop) = (storage.root().to_owned(), app.shutdown().clone());
    app.task(When::Leader, "artifact server", async move {
        Server::bind(root, options).await?.run(stop).await;
        Ok(())
    });
}
