//! Commits by their id: whether a branch leads there, and how to get them.

use std::{collections::HashSet, sync::Arc};

use gix_hash::ObjectId;
use gix_object::{CommitRefIter, FindExt as _};

use super::{Operation, opened, resolve::Target};
use crate::{
    Checkout, CommitError, Error,
    session::FetchRequest,
    store::{Generation, Store, StoreState},
};

/// The history that is searched; Linux has about 1.4 million commits.
const MAX_COMMITS: usize = 10_000_000;

impl Operation<'_> {
    /// Fetches a commit that one of the roots leads to.
    ///
    /// The head of a branch needs no search. Else the history is fetched into a store of its own: commits alone where
    /// the server can do that, and everything where it cannot.
    pub(super) async fn commit(
        &mut self,
        store: &Store,
        state: &mut StoreState,
        target: &Target,
        roots: &[ObjectId],
    ) -> Result<Checkout, Error> {
        if roots.contains(&target.object) {
            return self.fetch(store, state, target).await;
        }
        let commits_only = self.session().await?.can_filter();
        let key = format!("{}-{}", self.key, if commits_only { "commits" } else { "full" });
        let history = self.client.stores.get(&key);
        let mut history_state = history.state.lock().await;
        let generation = history.generation(&mut history_state)?;
        self.fetch_history(&generation, roots, commits_only).await?;
        history.touch();

        let found = reachable(&generation, roots, target.object).await;
        match found {
            Ok(true) => {}
            Ok(false) => return Err(Error::CommitNotFound(target.object.to_string())),
            Err(source) => {
                // Whatever is wrong with the store, the next attempt begins with a new one.
                generation.retire();
                return Err(Error::Commit { id: target.object.to_string(), source });
            }
        }
        if commits_only {
            return self.fetch(store, state, target).await;
        }
        opened(&generation, target)
            .await
            .map_err(|source| Error::Commit { id: target.object.to_string(), source })
    }

    async fn fetch_history(
        &mut self,
        generation: &Arc<Generation>,
        roots: &[ObjectId],
        commits_only: bool,
    ) -> Result<(), Error> {
        let wants: Vec<ObjectId> = roots.iter().copied().filter(|root| !generation.has(*root)).collect();
        if wants.is_empty() {
            return Ok(());
        }
        let request = FetchRequest {
            wants: wants.clone(),
            haves: generation.complete(),
            shallow: Vec::new(),
            without_history: false,
            commits_only,
        };
        self.transfer(generation, &request).await?;
        wants.into_iter().try_for_each(|root| generation.record(root))
    }
}

/// Whether one of the roots leads to the commit.
async fn reachable(
    generation: &Arc<Generation>,
    roots: &[ObjectId],
    wanted: ObjectId,
) -> Result<bool, CommitError> {
    let (generation, roots) = (Arc::clone(generation), roots.to_vec());
    let search = tokio::task::spawn_blocking(move || {
        let database = generation.database().map_err(CommitError::Database)?;
        let mut seen: HashSet<ObjectId> = roots.iter().copied().collect();
        let mut pending = roots;
        let mut buffer = Vec::new();
        while let Some(id) = pending.pop() {
            let broken = |problem: String| CommitError::Object { id, problem };
            let object = database.find(&id, &mut buffer).map_err(|error| broken(error.to_string()))?;
            if id == wanted {
                return Ok(true);
            }
            for parent in CommitRefIter::from_bytes(object.data, gix_hash::Kind::Sha1).parent_ids() {
                if seen.insert(parent) {
                    pending.push(parent);
                }
            }
            if seen.len() > MAX_COMMITS {
                return Err(broken("the history is too long to be searched".to_owned()));
            }
        }
        Ok(false)
    });
    search.await.unwrap_or_else(|error| Err(CommitError::Object { id: wanted, problem: error.to_string() }))
}
