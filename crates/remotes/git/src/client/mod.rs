//! From a remote and a reference to a commit at hand, with as few bytes as possible.

mod history;
mod resolve;

use std::{path::PathBuf, sync::Arc, time::Instant};

use gix_hash::ObjectId;

use self::resolve::{Resolution, Target};
use crate::{
    Checkout, CommitError, Error, Reference, Remote, RemoteError, checkout,
    session::{FetchRequest, RemoteReference, Session},
    store::{Generation, Indexer, Listing, Store, StoreState, Stores},
    transport::{Transports, http::HttpClients, ssh::SshAlgorithms},
};

/// How a client is set up.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Where object stores are kept; made when it is not there. They may be deleted whenever no client runs.
    pub directory: PathBuf,
    /// All stores together may take up about this many bytes; the least recently used ones go first.
    pub max_store_bytes: u64,
    /// One pack may have this many bytes.
    pub max_pack_bytes: u64,
    /// `User-Agent` of HTTP requests.
    pub user_agent: String,
    /// Key exchange algorithms for SSH, best first; empty for the usual ones.
    pub ssh_key_exchange_algorithms: Vec<String>,
    /// Host key algorithms for SSH, best first; empty for those for which `known_hosts` has keys.
    pub ssh_host_key_algorithms: Vec<String>,
}

impl ClientOptions {
    /// The usual limits, with stores in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            max_store_bytes: 4 << 30,
            max_pack_bytes: 2 << 30,
            user_agent: concat!("flux/v2 git/ferroflux-", env!("CARGO_PKG_VERSION")).to_owned(),
            ssh_key_exchange_algorithms: Vec::new(),
            ssh_host_key_algorithms: Vec::new(),
        }
    }
}

/// What a checkout found.
#[derive(Clone, Debug)]
pub enum CheckoutOutcome {
    /// The reference still leads to the observed revision; no object was transferred.
    Unchanged(String),
    /// The repository has no commits, and a branch was asked for.
    Empty,
    /// The commit is at hand.
    Fetched(Box<Checkout>),
}

/// Fetches from Git repositories into shared stores. One per process.
pub struct GitClient {
    transports: Transports,
    stores: Arc<Stores>,
    max_pack_bytes: u64,
}

impl GitClient {
    /// Opens the stores. Does file I/O.
    pub fn new(options: &ClientOptions) -> Result<Self, Error> {
        // The HTTP client asks the process for its TLS provider. A program that has chosen one keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ssh = SshAlgorithms {
            key_exchange: options.ssh_key_exchange_algorithms.clone(),
            host_key: options.ssh_host_key_algorithms.clone(),
        };
        Ok(Self {
            transports: Transports { http: HttpClients::new(options.user_agent.clone()), ssh },
            stores: Arc::new(Stores::open(options)?),
            max_pack_bytes: options.max_pack_bytes,
        })
    }

    /// Finds out what the reference leads to and fetches it, unless that is the `observed` revision. The remote's timeout
    /// bounds all of it; dropping the future cancels it.
    ///
    /// Objects with the same remote share one store, and those that ask at the same time share one list of references
    /// and one transfer.
    pub async fn checkout(
        &self,
        remote: &Remote,
        reference: &Reference,
        observed: Option<&str>,
    ) -> Result<CheckoutOutcome, Error> {
        let timeout = remote.timeout();
        // On the heap, because callers hold this future in theirs.
        let checkout = Box::pin(self.checkout_at_leisure(remote, reference, observed));
        match tokio::time::timeout(timeout, checkout).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::Timeout { url: remote.display_url(), timeout }),
        }
    }

    async fn checkout_at_leisure(
        &self,
        remote: &Remote,
        reference: &Reference,
        observed: Option<&str>,
    ) -> Result<CheckoutOutcome, Error> {
        resolve::check(reference)?;
        let arrived = Instant::now();
        let key = remote.key(self.stores.salt());
        let store = self.stores.get(&key);
        let mut state = store.state.lock().await;
        let listing_only = observed.is_some() && reference.resolves_by_list();
        let mut operation = Operation { client: self, remote, key: &key, session: None, listing_only };

        let references = operation.list(&mut state, arrived, reference.prefixes()).await?;
        let resolution = resolve::resolve(reference, &references, &remote.display_url())?;
        if let Some(revision) = resolution.revision()
            && observed.is_some_and(|observed| resolve::same_revision(observed, revision))
        {
            let revision = revision.to_owned();
            operation.close().await;
            return Ok(CheckoutOutcome::Unchanged(revision));
        }
        operation.listing_only = false;
        let checkout = match resolution {
            Resolution::Missing(error) => {
                let empty = references.is_empty() && operation.is_empty().await?;
                operation.close().await;
                return match (empty, reference) {
                    (true, Reference::Branch(_)) => Ok(CheckoutOutcome::Empty),
                    (true, _) => Err(Error::EmptyRemote(remote.display_url())),
                    (false, _) => Err(error),
                };
            }
            Resolution::One(target) => operation.fetch(&store, &mut state, &target).await?,
            Resolution::Several(targets) => operation.newest(&store, &mut state, targets).await?,
            Resolution::Exactly { target, roots } => {
                if operation.session().await?.gives_any_object() {
                    operation.fetch(&store, &mut state, &target).await?
                } else {
                    operation.commit(&store, &mut state, &target, &roots).await?
                }
            }
            Resolution::Commit { target, roots } => {
                operation.commit(&store, &mut state, &target, &roots).await?
            }
        };
        operation.close().await;
        store.touch();
        if observed.is_some_and(|observed| observed == checkout.revision) {
            // Versions of equal precedence are told apart by their commits, which were at hand already.
            return Ok(CheckoutOutcome::Unchanged(checkout.revision));
        }
        Ok(CheckoutOutcome::Fetched(Box::new(checkout)))
    }
}

/// One checkout under way.
struct Operation<'a> {
    client: &'a GitClient,
    remote: &'a Remote,
    key: &'a str,
    session: Option<Session>,
    /// Whether a failure now leaves open whether anything changed, which the error says.
    listing_only: bool,
}

impl Operation<'_> {
    fn error(&self, source: RemoteError) -> Error {
        let (url, source) = (self.remote.display_url(), Box::new(source));
        if self.listing_only { Error::List { url, source } } else { Error::Clone { url, source } }
    }

    async fn session(&mut self) -> Result<&mut Session, Error> {
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::open(&self.client.transports, self.remote)
                .await
                .map_err(|error| self.error(error))?,
        };
        Ok(self.session.insert(session))
    }

    /// The references with these prefixes: a list that was begun after this operation arrived serves it, too.
    async fn list(
        &mut self,
        state: &mut StoreState,
        arrived: Instant,
        prefixes: Vec<String>,
    ) -> Result<Arc<Vec<RemoteReference>>, Error> {
        if let Some(listing) = &state.listing
            && listing.begun >= arrived
            && listing.prefixes == prefixes
        {
            return Ok(Arc::clone(&listing.references));
        }
        let begun = Instant::now();
        let listed = self.session().await?.list(&prefixes).await;
        let references = Arc::new(listed.map_err(|error| self.error(error))?);
        state.listing = Some(Listing { begun, prefixes, references: Arc::clone(&references) });
        Ok(references)
    }

    /// Whether the repository has no references at all.
    async fn is_empty(&mut self) -> Result<bool, Error> {
        let listed = self.session().await?.list(&[]).await;
        Ok(listed.map_err(|error| self.error(error))?.is_empty())
    }

    /// Fetches what a target names, without history, unless it is there.
    async fn fetch(
        &mut self,
        store: &Store,
        state: &mut StoreState,
        target: &Target,
    ) -> Result<Checkout, Error> {
        let mut generation = store.generation(state)?;
        if generation.has(target.object) {
            match opened(&generation, target).await {
                Ok(checkout) => return Ok(checkout),
                Err(error) => {
                    tracing::warn!(error = %error, "an object store is damaged and will be fetched again");
                    generation.retire();
                    generation = store.generation(state)?;
                }
            }
        } else if generation.is_crowded() {
            generation.retire();
            generation = store.generation(state)?;
        }
        let at_hand = generation.complete();
        let request = FetchRequest {
            wants: vec![target.object],
            haves: at_hand.clone(),
            shallow: at_hand,
            without_history: true,
            commits_only: false,
        };
        self.transfer(&generation, &request).await?;
        let checkout = opened(&generation, target)
            .await
            .map_err(|source| Error::Commit { id: target.object.to_string(), source })?;
        generation.record(checkout.commit.id)?;
        if target.object != checkout.commit.id {
            generation.record_tag(target.object)?;
        }
        self.collect().await;
        Ok(checkout)
    }

    /// Of several equally good targets the one whose commit is the newest.
    async fn newest(
        &mut self,
        store: &Store,
        state: &mut StoreState,
        targets: Vec<Target>,
    ) -> Result<Checkout, Error> {
        let mut best: Option<Checkout> = None;
        for target in &targets {
            let checkout = self.fetch(store, state, target).await?;
            let newer = best.as_ref().is_none_or(|best| {
                // Equal times leave the choice to the names, so that it is the same every time.
                let rank =
                    |checkout: &Checkout| (checkout.commit.committer.seconds, checkout.revision.clone());
                rank(&checkout) > rank(best)
            });
            if newer {
                best = Some(checkout);
            }
        }
        best.ok_or_else(|| self.error(RemoteError::Protocol("no reference to choose from")))
    }

    /// Transfers a pack into a generation.
    async fn transfer(&mut self, generation: &Arc<Generation>, request: &FetchRequest) -> Result<(), Error> {
        let max_bytes = self.client.max_pack_bytes;
        let session = self.session().await?;
        let (indexer, sender) = Indexer::start(generation, max_bytes);
        // The indexer must not see the end of the pack before it is told that it is the end.
        let open = sender.clone();
        let received = session.fetch(request, sender).await;
        if received.is_ok() {
            indexer.complete();
        }
        drop(open);
        let indexed = indexer.finish().await;
        received.and(indexed).map_err(|error| self.error(error))
    }

    /// Makes room when all stores together have become too large.
    async fn collect(&mut self) {
        let stores = Arc::clone(&self.client.stores);
        // A panic in there would cost disk space, not this checkout.
        let _ = tokio::task::spawn_blocking(move || stores.collect()).await;
    }

    async fn close(&mut self) {
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }
}

/// Reads a target's commit out of a generation.
async fn opened(generation: &Arc<Generation>, target: &Target) -> Result<Checkout, CommitError> {
    let (generation, target) = (Arc::clone(generation), target.clone());
    let object: ObjectId = target.object;
    let read = tokio::task::spawn_blocking(move || {
        let database = generation.database().map_err(CommitError::Database)?;
        let (commit, tag) = checkout::read(&database, target.object, target.tag.as_deref())?;
        let revision = target.revision_of(commit.id);
        Ok(Checkout { revision, commit, tag, generation })
    });
    read.await.unwrap_or_else(|error| Err(CommitError::Object { id: object, problem: error.to_string() }))
}
