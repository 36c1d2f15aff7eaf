//! Checking out and archiving (contract/source.md 7.1, 7.3, 4.2).

use std::{collections::BTreeMap, io, sync::Arc};

use ferroflux_api::{conditions::types, meta::Artifact, source::v1::reasons};
use ferroflux_archive::Content;
use ferroflux_artifact::{ObjectDirectory, SourceKind, Storage, storage};
use ferroflux_git::{Checkout, CheckoutOutcome, Remote, Tree};
use ferroflux_runtime::{Failure, Key, chain};
use tokio_util::sync::CancellationToken;

use super::{Context, plan::Plan};
use crate::archive::{self, SelectError, Selection};

/// The repository has no commits.
#[derive(Debug, thiserror::Error)]
#[error("git repository is empty")]
struct Empty;

/// The process is to end.
#[derive(Debug, thiserror::Error)]
#[error("the checkout was interrupted")]
struct Interrupted;

/// What a checkout came to.
#[derive(Debug)]
pub(super) enum Found {
    /// The artifact is of this revision already.
    Unchanged(String),
    /// This commit.
    Commit(Box<Checkout>),
}

/// Asks the remote and fetches what is new.
pub(super) async fn checkout(
    context: &Context,
    remote: &Remote,
    plan: &Plan,
    shutdown: &CancellationToken,
) -> Result<Found, Failure> {
    let checkout = context.git.checkout(remote, &plan.reference, plan.observed.as_deref());
    let Some(outcome) = shutdown.run_until_cancelled(checkout).await else {
        return Err(Failure::interrupted(reasons::GIT_OPERATION_FAILED, Interrupted));
    };
    let count = |result: &str| context.metrics.checkouts.with_label_values(&[result]).inc();
    match outcome {
        Ok(CheckoutOutcome::Unchanged(revision)) => {
            count("unchanged");
            Ok(Found::Unchanged(revision))
        }
        Ok(CheckoutOutcome::Fetched(checkout)) => {
            count("fetched");
            Ok(Found::Commit(checkout))
        }
        Ok(CheckoutOutcome::Empty) => {
            count("failed");
            Err(Failure::retry(reasons::EMPTY_GIT_REPOSITORY, Empty).on(types::FETCH_FAILED))
        }
        Err(error) => {
            count("failed");
            let message = format!("failed to checkout and determine revision: {}", chain(&error));
            Err(git_failure(error, message))
        }
    }
}

fn git_failure(error: impl std::error::Error + Send + Sync + 'static, message: String) -> Failure {
    Failure::retry(reasons::GIT_OPERATION_FAILED, error).with_message(message).on(types::FETCH_FAILED)
}

/// What of the commit goes into the archive.
pub(super) async fn select(checkout: &Arc<Checkout>, plan: &Plan) -> Result<(Tree, Selection), Failure> {
    let (source, sparse, ignore) = (Arc::clone(checkout), plan.sparse.clone(), plan.ignore.clone());
    let work = tokio::task::spawn_blocking(move || {
        let tree = source.tree().map_err(|error| chain(&error))?;
        let selection = archive::select(&tree, &sparse, ignore.as_deref());
        Ok::<_, String>((tree, selection))
    });
    let unreadable = |cause: String| {
        // The store is no longer what was fetched; the retry fetches again.
        checkout.discard_store();
        let message = format!("failed to checkout and determine revision: {cause}");
        git_failure(Unreadable, message)
    };
    let (tree, selection) = work.await.map_err(|error| unreadable(error.to_string()))?.map_err(unreadable)?;
    match selection {
        Ok(selection) => Ok((tree, selection)),
        Err(error @ SelectError::Sparse(_)) => {
            let message = format!("failed to sparse checkout directories : {}", chain(&error));
            Err(git_failure(error, message))
        }
        Err(error) => Err(unreadable(chain(&error))),
    }
}

/// The commit's files cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the commit's files")]
struct Unreadable;

/// Writes the archive.
pub(super) async fn write(
    storage: &Storage,
    key: &Key,
    checkout: &Checkout,
    tree: Tree,
    selection: Selection,
) -> Result<Artifact, Failure> {
    let directory = ObjectDirectory::new(SourceKind::GitRepository, &key.namespace, &key.name);
    let path = directory.and_then(|directory| directory.file(&format!("{}.tar.gz", checkout.commit.id)));
    let path = path.map_err(|error| {
        Failure::stalled(reasons::INVALID_PATH, error).on(types::STORAGE_OPERATION_FAILED)
    })?;
    let failed = |reason: &'static str, prefix: &str, error: storage::Error| {
        let message = format!("{prefix}: {}", chain(&error));
        Failure::retry(reason, error).with_message(message)
    };
    storage.create_directory(path.directory().clone()).await.map_err(|error| {
        failed(reasons::DIRECTORY_CREATION_FAILED, "failed to create artifact directory", error)
            .on(types::STORAGE_OPERATION_FAILED)
    })?;
    let _lock = storage
        .lock(&path)
        .await
        .map_err(|error| failed(reasons::FAILED, "failed to acquire lock for artifact", error))?;
    let open = move |id| {
        let mut content = Vec::new();
        let length = tree.read(id, &mut content).map_err(io::Error::other)?.len();
        content.truncate(length);
        Ok(Content::Owned(content))
    };
    storage.archive(path, checkout.revision.clone(), BTreeMap::new(), selection.entries, open).await.map_err(
        |error| {
            failed(reasons::ARCHIVE_OPERATION_FAILED, "unable to archive artifact to storage", error)
                .on(types::STORAGE_OPERATION_FAILED)
        },
    )
}
