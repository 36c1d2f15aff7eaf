//! Checking out, putting together and archiving (contract/source.md 7.1, 7.3, 7.6, 7.7, 4.2).

use std::{collections::BTreeMap, sync::Arc};

use ferroflux_api::{conditions::types, meta::Artifact, source::v1::reasons};
use ferroflux_archive::{Entry, Limits, UnpackOptions};
use ferroflux_artifact::{ObjectDirectory, SourceKind, Storage, storage};
use ferroflux_git::{Checkout, CheckoutOutcome, ObjectId, Reference, Remote, Tree};
use ferroflux_runtime::{Failure, Key, chain};
use tokio_util::sync::CancellationToken;

use super::{
    Context,
    plan::{Include, Plan},
    submodules,
};
use crate::archive::{self, Item, ItemKind, Source};

/// Repositories inside each other are followed so far.
const MAX_SUBMODULE_DEPTH: usize = 10;

/// An included archive may unpack to this many bytes; far above what repositories of manifests have.
const MAX_INCLUDED: u64 = 1 << 30;

/// The repository has no commits.
#[derive(Debug, thiserror::Error)]
#[error("git repository is empty")]
struct Empty;

/// The process is to end.
#[derive(Debug, thiserror::Error)]
#[error("the checkout was interrupted")]
struct Interrupted;

/// The commit's files cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the commit's files")]
struct Unreadable;

/// What a checkout came to.
#[derive(Debug)]
pub(super) enum Found {
    /// The artifact is of this revision already.
    Unchanged(String),
    /// This commit.
    Commit(Box<Checkout>),
}

/// What goes into the archive, and the trees that hold its content.
pub(super) struct Assembled {
    layers: Vec<Tree>,
    entries: Vec<Entry<Source>>,
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
        return Err(interrupted());
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
            let cause = chain(&error);
            Err(checkout_failure(error, &cause))
        }
    }
}

/// The process is to end before the work is done.
pub(super) fn interrupted() -> Failure {
    Failure::interrupted(reasons::GIT_OPERATION_FAILED, Interrupted)
}

fn git_failure(error: impl std::error::Error + Send + Sync + 'static, message: String) -> Failure {
    Failure::retry(reasons::GIT_OPERATION_FAILED, error).with_message(message).on(types::FETCH_FAILED)
}

fn checkout_failure(error: impl std::error::Error + Send + Sync + 'static, cause: &str) -> Failure {
    git_failure(error, format!("failed to checkout and determine revision: {cause}"))
}

/// The files of a commit, of its submodules and of what is included, without those that are ignored.
pub(super) async fn assemble(
    context: &Context,
    remote: &Remote,
    checkout: &Arc<Checkout>,
    plan: &Plan,
) -> Result<Assembled, Failure> {
    let (tree, mut items) = files(checkout, 0, String::new()).await?;
    plan.sparse.check(&items).map_err(|error| {
        let message = format!("failed to sparse checkout directories : {}", chain(&error));
        git_failure(error, message)
    })?;
    plan.sparse.limit(&mut items);
    let mut layers = vec![tree];
    if plan.submodules {
        add_submodules(context, remote, plan, &mut layers, &mut items).await?;
    }
    for include in &plan.includes {
        add_included(context, include, &mut items).await?;
    }
    let ignore = plan.ignore.clone();
    let selected = blocking(move || {
        let entries = archive::select(items, &layers, ignore.as_deref());
        entries.map(|entries| Assembled { layers, entries })
    });
    selected.await?.map_err(|error| unreadable(checkout, &chain(&error)))
}

/// Lists a commit's files, which stand at `prefix`.
async fn files(checkout: &Arc<Checkout>, layer: usize, prefix: String) -> Result<(Tree, Vec<Item>), Failure> {
    let source = Arc::clone(checkout);
    let listed = blocking(move || {
        let tree = source.tree().map_err(|error| chain(&error))?;
        let items = archive::list(&tree, layer, &prefix).map_err(|error| chain(&error))?;
        Ok::<_, String>((tree, items))
    });
    listed.await?.map_err(|cause| unreadable(checkout, &cause))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| {
        let cause = error.to_string();
        checkout_failure(error, &cause)
    })
}

/// The store is no longer what was fetched; the retry fetches again.
fn unreadable(checkout: &Checkout, cause: &str) -> Failure {
    checkout.discard_store();
    checkout_failure(Unreadable, cause)
}

/// A repository whose submodules are to be fetched.
struct Parent {
    remote: Remote,
    layer: usize,
    prefix: String,
    depth: usize,
}

/// Replaces the places of submodules by their files, and those of their submodules.
async fn add_submodules(
    context: &Context,
    remote: &Remote,
    plan: &Plan,
    layers: &mut Vec<Tree>,
    items: &mut Vec<Item>,
) -> Result<(), Failure> {
    let mut pending = vec![Parent { remote: remote.clone(), layer: 0, prefix: String::new(), depth: 0 }];
    while let Some(parent) = pending.pop() {
        let wanted: Vec<(String, ObjectId)> = items
            .iter()
            .filter_map(|item| match item.kind {
                ItemKind::Submodule { layer, commit } if layer == parent.layer => {
                    Some((item.path.clone(), commit))
                }
                _ => None,
            })
            .collect();
        if wanted.is_empty() || parent.depth == MAX_SUBMODULE_DEPTH {
            continue;
        }
        let known = layers.get(parent.layer).map(read_modules).unwrap_or_default();
        for (path, commit) in wanted {
            let own = path.strip_prefix(&parent.prefix).unwrap_or(&path);
            let failed = |cause: &str| checkout_failure(Unreadable, &format!("submodule '{path}': {cause}"));
            let module = known.iter().find(|module| module.path == own && !module.url.is_empty());
            let module = module.ok_or_else(|| failed("no URL in .gitmodules"))?;
            let url = submodules::resolve(parent.remote.url().as_str(), &module.url);
            // The top repository's credentials count, however deep the submodule is.
            let from = remote.related(&url).map_err(|error| failed(&chain(&error)))?;
            let reference = Reference::Exactly(commit.to_string());
            let outcome = context.git.checkout(&from, &reference, None).await;
            let checkout = match outcome.map_err(|error| failed(&chain(&error)))? {
                CheckoutOutcome::Fetched(checkout) => Arc::new(*checkout),
                CheckoutOutcome::Unchanged(_) | CheckoutOutcome::Empty => {
                    return Err(failed("the repository is empty"));
                }
            };
            let (layer, prefix) = (layers.len(), format!("{path}/"));
            let (tree, mut found) = files(&checkout, layer, prefix.clone()).await?;
            plan.sparse.limit(&mut found);
            layers.push(tree);
            for item in items.iter_mut().filter(|item| item.path == path) {
                item.kind = ItemKind::Directory;
            }
            items.append(&mut found);
            pending.push(Parent { remote: from, layer, prefix, depth: parent.depth + 1 });
        }
    }
    Ok(())
}

/// The submodules that a tree names; a file that cannot be read names none.
fn read_modules(tree: &Tree) -> Vec<submodules::Submodule> {
    let entries = tree.entries_where(|_| false).unwrap_or_default();
    let Some(entry) = entries.iter().find(|entry| entry.path == ".gitmodules") else { return Vec::new() };
    let mut buffer = Vec::new();
    tree.read(entry.id, &mut buffer)
        .map(|content| submodules::parse(&String::from_utf8_lossy(content)))
        .unwrap_or_default()
}

async fn add_included(context: &Context, include: &Include, items: &mut Vec<Item>) -> Result<(), Failure> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        let Include { name, from, to, .. } = include;
        let cause = chain(error.as_ref());
        let message = format!("failed to copy '{name}' include from {from} to {to}: {cause}");
        Failure::retry(reasons::COPY_FAILURE, error).with_message(message).on(types::STORAGE_OPERATION_FAILED)
    };
    let options = UnpackOptions::artifact(Limits::up_to(MAX_INCLUDED));
    // The digest is checked before the first byte is believed.
    let snapshot = context.storage.snapshot(&include.artifact, options).await;
    let snapshot = snapshot.map_err(|error| failed(error.into()))?;
    archive::include(items, &snapshot, &include.from, &include.to).map_err(|error| failed(error.into()))
}

/// Writes the archive.
pub(super) async fn write(
    storage: &Storage,
    key: &Key,
    checkout: &Checkout,
    assembled: Assembled,
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
    let Assembled { layers, entries } = assembled;
    let open = move |source: Source| archive::content(&layers, &source);
    let written = storage.archive(path, checkout.revision.clone(), BTreeMap::new(), entries, open).await;
    written.map_err(|error| {
        failed(reasons::ARCHIVE_OPERATION_FAILED, "unable to archive artifact to storage", error)
            .on(types::STORAGE_OPERATION_FAILED)
    })
}
