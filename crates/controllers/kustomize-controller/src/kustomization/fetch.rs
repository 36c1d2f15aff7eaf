//! The artifact's files: from the shared cache, or fetched without holding a slot (contract/kustomize.md 6.1). I/O.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ferroflux_api::kustomize::v1::reasons;
use ferroflux_api::meta::Artifact;
use ferroflux_archive::{Digest, Snapshot};
use ferroflux_artifact::FetchError;
use ferroflux_runtime::{Cause, Failure, Wait};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Work;
use super::memory::{Fetch, Guarded};
use super::report::{Step, progress};
use super::settings::go_duration;

/// Most artifacts are near: a fetch that takes no longer than this needs no second run.
const PATIENCE: Duration = Duration::from_millis(500);
/// A wait without any result by then is begun anew.
const LONGEST: Duration = Duration::from_mins(15);

/// What became of a fetch.
pub(super) enum Fetched {
    /// The files.
    Here(Snapshot),
    /// They are on their way.
    Waiting(Wait),
}

#[derive(Debug, thiserror::Error)]
#[error("Source is not ready, artifact not found, retrying in {0}")]
struct NotServed(String);

fn failure(work: &Work<'_>, error: Arc<FetchError>) -> Failure {
    if error.is_not_found() {
        let pause = work.context.settings.requeue_dependency;
        let error = NotServed(go_duration(pause));
        tracing::info!("{error}");
        return Failure::waiting(pause, reasons::ARTIFACT_FAILED, error).without_event();
    }
    Failure::retry(reasons::ARTIFACT_FAILED, error)
}

/// Gets the files of an artifact.
pub(super) async fn fetch(work: &mut Work<'_>, artifact: &Artifact) -> Result<Fetched, Failure> {
    let fetcher = &work.context.fetcher;
    if let Ok(digest) = Digest::parse_strong(&artifact.digest)
        && let Some(snapshot) = fetcher.cache().get(&digest)
    {
        work.run.memory(|memory| memory.fetch = None);
        return Ok(Fetched::Here(snapshot));
    }
    let under_way = work.run.memory(|memory| memory.fetch.take());
    if let Some(fetch) = under_way.filter(|fetch| fetch.digest == artifact.digest) {
        return match fetch.result.get().cloned() {
            Some(Ok(snapshot)) => Ok(Fetched::Here(snapshot)),
            Some(Err(error)) => Err(failure(work, error)),
            None => {
                work.run.memory(|memory| memory.fetch = Some(fetch));
                Ok(Fetched::Waiting(wait()))
            }
        };
    }
    let (stamp, settings) = (work.stamp, work.settings);
    progress(&mut work.status, stamp, Step::Fetching, &artifact.revision, &settings);
    work.publish().await?;
    start(work, artifact).await
}

fn wait() -> Wait {
    Wait::new("artifact", Instant::now() + LONGEST)
}

async fn start(work: &Work<'_>, artifact: &Artifact) -> Result<Fetched, Failure> {
    let slot = Arc::new(OnceLock::new());
    let (finished, first) = oneshot::channel();
    let (fetcher, waker) = (work.context.fetcher.clone(), work.run.waker());
    let (url, digest, result) = (artifact.url.clone(), artifact.digest.clone(), Arc::clone(&slot));
    let task = tokio::spawn(async move {
        let fetched = fetcher.snapshot(&url, &digest).await;
        // Either the run that began this still listens, or it is over and has to be woken.
        if let Err(fetched) = finished.send(fetched) {
            let _ = result.set(fetched);
            waker.wake(Cause::Continued);
        }
    });
    let task = Guarded(task);
    match tokio::time::timeout(PATIENCE, first).await {
        Ok(Ok(Ok(snapshot))) => Ok(Fetched::Here(snapshot)),
        Ok(Ok(Err(error))) => Err(failure(work, error)),
        Ok(Err(_)) => Err(failure(work, Arc::new(FetchError::Abandoned))),
        Err(_) => {
            let fetch = Fetch { digest: artifact.digest.clone(), result: slot, task };
            work.run.memory(|memory| memory.fetch = Some(fetch));
            Ok(Fetched::Waiting(wait()))
        }
    }
}
