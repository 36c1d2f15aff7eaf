//! Work that keeps a thread busy, limited, so that it cannot take all of them.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Runs blocking work on threads of its own, at most this many at once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blocking {
    slots: Arc<Semaphore>,
}

/// Blocking work panicked.
#[derive(Debug, thiserror::Error)]
#[error("blocking work did not end normally")]
pub struct BlockingError(#[source] tokio::task::JoinError);

impl Blocking {
    /// At most `limit` pieces of work at once.
    pub fn new(limit: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(limit.max(1))) }
    }

    /// Runs `work` when there is a free slot. Dropping the future does not stop work that has begun; its slot stays
    /// taken until it ends.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, BlockingError> {
        let slot = self.slots.clone().acquire_owned().await.expect("the semaphore is never closed");
        let span = tracing::Span::current();
        let work = move || {
            let _slot = slot;
            span.in_scope(work)
        };
        tokio::task::spawn_blocking(work).await.map_err(BlockingError)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn no_more_than_the_limit_runs_at_once() {
        let blocking = Blocking::new(2);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = (0..16).map(|_| {
            let (now, most) = (now.clone(), most.clone());
            blocking.run(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for ended in futures::future::join_all(work).await {
            ended.expect("nothing panics");
        }
        assert!(most.load(Ordering::SeqCst) <= 2);
    }

    #[tokio::test]
    async fn a_panic_comes_back_as_an_error_and_frees_its_slot() {
        let blocking = Blocking::new(1);
        assert!(blocking.run(|| panic!("on purpose")).await.is_err());
        assert_eq!(blocking.run(|| 7).await.expect("the slot is free again"), 7);
    }
}
