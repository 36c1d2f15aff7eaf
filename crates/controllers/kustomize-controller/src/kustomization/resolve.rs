//! What a Kustomization refers to: its source and the identity it applies with (contract/kustomize.md 3.3, 11).

use ferroflux_api::CustomResource;
use ferroflux_api::kustomize::v1::{Kustomization, SourceKind, reasons};
use ferroflux_api::meta::Artifact;
use ferroflux_api::source::v1::{Bucket, ExternalArtifact, GitRepository, OCIRepository};
use ferroflux_runtime::{Failure, FailureKind, Key, Store, Watched};
use kube::{Api, Client, ResourceExt as _};

use crate::config::Settings;

/// The watched sources.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) git: Watched<GitRepository>,
    pub(crate) oci: Watched<OCIRepository>,
    pub(crate) bucket: Watched<Bucket>,
    pub(crate) external: Option<Watched<ExternalArtifact>>,
}

/// Kind, namespace and name of the source of a Kustomization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceKey {
    pub(crate) kind: SourceKind,
    pub(crate) key: Key,
}

impl SourceKey {
    /// The form in which sources are looked up in an index.
    pub(crate) fn index(kind: &str, key: &Key) -> String {
        format!("{kind}/{key}")
    }
}

/// The source that an object names.
pub(crate) fn source_key(object: &Kustomization) -> SourceKey {
    let source = &object.spec.source_ref;
    let namespace = source.namespace.clone().or_else(|| object.namespace()).unwrap_or_default();
    SourceKey { kind: source.kind, key: Key::new(namespace, &source.name) }
}

#[derive(Debug, thiserror::Error)]
enum SourceError {
    #[error("{kind}.source.toolkit.fluxcd.io \"{name}\" not found")]
    NotFound { kind: &'static str, name: String },
    #[error("unable to get source '{key}': {cause}")]
    Unreadable { key: Key, cause: String },
    #[error("can't access 'ExternalArtifact/{0}', ExternalArtifact feature gate is disabled")]
    GateDisabled(Key),
    #[error("Source artifact not found, retrying in {0}")]
    NoArtifact(String),
}

/// The artifact to build, or why there is none yet.
pub(crate) async fn artifact(
    object: &Kustomization,
    client: &Client,
    sources: &Sources,
    settings: &Settings,
    retry: std::time::Duration,
) -> Result<Artifact, Failure> {
    let source = source_key(object);
    let kind: &'static str = source.kind.as_str();
    settings.access.check(
        &object.namespace().unwrap_or_default(),
        kind,
        &source.key.namespace,
        &source.key.name,
    )?;
    if source.kind == SourceKind::ExternalArtifact && sources.external.is_none() {
        return Err(Failure::stalled(reasons::ACCESS_DENIED, SourceError::GateDisabled(source.key)));
    }
    let found = if settings.gates.direct_source_fetch {
        read(client, &source).await?
    } else {
        cached(sources, &source)
    };
    if found == Found::NoSource {
        if object.spec.source_ref.namespace.is_some() {
            tracing::info!("Source '{kind}/{}' not found", source.key);
        } else {
            tracing::info!("Source '{kind}/{}' not found", source.key.name);
        }
        let shown = if settings.gates.direct_source_fetch { plural(source.kind) } else { kind };
        let error = SourceError::NotFound { kind: shown, name: source.key.name.to_string() };
        return Err(Failure::waiting(retry, reasons::ARTIFACT_FAILED, error).without_event());
    }
    if let Found::Artifact(artifact) = found {
        return Ok(*artifact);
    }
    let pause = settings.requeue_dependency;
    let error = SourceError::NoArtifact(super::settings::go_duration(pause));
    tracing::info!("{error}");
    Err(Failure::new(FailureKind::Waiting(pause), reasons::ARTIFACT_FAILED, error).without_event())
}

/// What stands behind a source reference.
#[derive(PartialEq)]
enum Found {
    NoSource,
    NoArtifact,
    Artifact(Box<Artifact>),
}

impl Found {
    fn of(artifact: Option<Artifact>) -> Self {
        artifact.map_or(Self::NoArtifact, |artifact| Self::Artifact(Box::new(artifact)))
    }
}

fn plural(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::OCIRepository => "ocirepositories",
        SourceKind::GitRepository => "gitrepositories",
        SourceKind::Bucket => "buckets",
        SourceKind::ExternalArtifact => "externalartifacts",
    }
}

fn cached(sources: &Sources, source: &SourceKey) -> Found {
    fn of<K: kube::Resource>(
        store: &Store<K>,
        key: &Key,
        artifact: impl Fn(&K) -> Option<Artifact>,
    ) -> Found {
        store.get(key).map_or(Found::NoSource, |object| Found::of(artifact(&object)))
    }
    let key = &source.key;
    match source.kind {
        SourceKind::GitRepository => {
            of(sources.git.store(), key, |source| source.status.as_ref()?.artifact.clone())
        }
        SourceKind::OCIRepository => {
            of(sources.oci.store(), key, |source| source.status.as_ref()?.artifact.clone())
        }
        SourceKind::Bucket => {
            of(sources.bucket.store(), key, |source| source.status.as_ref()?.artifact.clone())
        }
        SourceKind::ExternalArtifact => match &sources.external {
            Some(external) => of(external.store(), key, |source| source.status.as_ref()?.artifact.clone()),
            None => Found::NoSource,
        },
    }
}

async fn read(client: &Client, source: &SourceKey) -> Result<Found, Failure> {
    async fn of<K: CustomResource>(
        client: &Client,
        key: &Key,
        artifact: impl Fn(K) -> Option<Artifact>,
    ) -> Result<Found, kube::Error> {
        let found = Api::<K>::namespaced(client.clone(), &key.namespace).get_opt(&key.name).await?;
        Ok(found.map_or(Found::NoSource, |source| Found::of(artifact(source))))
    }
    let key = &source.key;
    let read = match source.kind {
        SourceKind::GitRepository => of(client, key, |source: GitRepository| source.status?.artifact).await,
        SourceKind::OCIRepository => of(client, key, |source: OCIRepository| source.status?.artifact).await,
        SourceKind::Bucket => of(client, key, |source: Bucket| source.status?.artifact).await,
        SourceKind::ExternalArtifact => {
            of(client, key, |source: ExternalArtifact| source.status?.artifact).await
        }
    };
    read.map_err(|error| {
        let cause = ferroflux_runtime::chain(&error);
        Failure::retry(reasons::ARTIFACT_FAILED, SourceError::Unreadable { key: key.clone(), cause })
    })
}
