//! Wires storage, file server, Git client and drivers.

use std::{collections::HashSet, sync::Arc};

use ferroflux_api::source::v1::{
    Bucket, GitRepository, HelmChart, HelmRepository, HelmRepositoryType, OCIRepository,
};
use ferroflux_artifact::{ObjectDirectory, Server, ServerOptions, SourceKind, Storage};
use ferroflux_git::GitClient;
use ferroflux_runtime::{App, ConfigError, Key, Kind, Store, When};

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
    sweep(app, &storage, kind.store().clone());
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

/// Removes once, as leader, the directories of GitRepositories that vanished while nobody looked (contract/source.md
/// 4.5). A process that sees a part of the objects only cannot know.
fn sweep(app: &mut App, storage: &Storage, store: Store<GitRepository>) {
    if app.config().watch_labels.is_some() || app.config().watch_namespace.is_some() {
        return;
    }
    let (storage, stop) = (storage.clone(), app.shutdown().clone());
    app.task(When::Leader, "orphan sweep", async move {
        if stop.run_until_cancelled(store.wait_until_ready()).await.is_none() {
            return Ok(());
        }
        let known: HashSet<Key> = store.list().iter().map(|object| Key::of(object.as_ref())).collect();
        // An object that cannot be decoded has a directory, too, but nobody can tell which. And an empty list may mean
        // that listing was refused: then nothing is known, and what is advertised must not go.
        let all = !known.is_empty() && known.len() == store.len();
        let exists = move |directory: &ObjectDirectory| {
            let key = Key::new(directory.namespace(), directory.name());
            !all || directory.kind() != SourceKind::GitRepository || known.contains(&key)
        };
        match storage.sweep(exists).await {
            Ok(removed) if removed.is_empty() => {}
            Ok(removed) => {
                tracing::info!(count = removed.len(), "removed directories of objects that are gone");
            }
            Err(error) => {
                let error = ferroflux_runtime::chain(&error);
                tracing::error!(error, "looking for directories of objects that are gone failed");
            }
        }
        // A task that ends before the process would end the process.
        stop.cancelled().await;
        Ok(())
    });
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
