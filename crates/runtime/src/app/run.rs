//! The life of the process: start, lead, stop.

use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::{App, Task, TaskError, When};
use crate::lease::Elector;
use crate::server::{listen, serve_metrics, serve_probes};

/// Why the process ended in another way than it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A server or a controller ended by itself.
    #[error("`{name}` failed")]
    Task {
        /// Which one.
        name: &'static str,
        /// Why.
        #[source]
        source: TaskError,
    },
    /// A server or a controller ended although nothing asked it to.
    #[error("`{name}` ended")]
    Ended {
        /// Which one.
        name: &'static str,
    },
    /// Another process took the lease, or it could not be renewed in time.
    #[error("leader election lost")]
    LeadershipLost,
    /// A server's address cannot be used.
    #[error("unable to listen on `{address}` for {name}")]
    Bind {
        /// Which server.
        name: &'static str,
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The client for notifications could not be made.
    #[error("client for events cannot be made")]
    EventClient(#[source] reqwest::Error),
}

/// Time for servers to close, beyond what runs may take.
const TASK_GRACE: Duration = Duration::from_secs(3);

/// Time for queued events and servers after the runs have ended.
const FLUSH_TIME: Duration = Duration::from_secs(6);

impl App {
    /// Runs until [`App::shutdown`] is cancelled or a part of the process ends. On shutdown no new run begins, runs in
    /// progress end as the program's [`ShutdownPolicy`](crate::ShutdownPolicy) says, queued events are delivered as far
    /// as time permits, and the lease is released.
    pub async fn run(self) -> Result<(), RunError> {
        let Self {
            config, client, clock, metrics, shutdown, ended, tasks, background, listed, outbox, ..
        } = self;
        let mut behind = JoinSet::new();
        for task in background {
            behind.spawn(task);
        }
        if let Some(outbox) = outbox {
            let client = reqwest::Client::builder().build().map_err(RunError::EventClient)?;
            behind.spawn(outbox.deliver(client, ended.clone()));
        }
        if let Some(address) = &config.metrics_address {
            let listener = bind("metrics", address).await?;
            behind.spawn(serve_metrics(listener, metrics.clone(), ended.clone()));
        }
        if let Some(address) = &config.health_address {
            let listener = bind("health", address).await?;
            behind.spawn(serve_probes(listener, ended.clone()));
        }
        let (always, leader) = tasks.into_iter().partition(|(when, _, _)| *when == When::Always);
        let mut work =
            Work { running: JoinSet::new(), leader, listed, shutdown, grace: config.shutdown.grace() };
        work.spawn(always);
        let mut elector =
            config.leader_election.map(|election| Elector::new(client, election, clock, &metrics));
        let result = tokio::select! {
            biased;
            result = lead(elector.as_mut(), &mut work) => result,
            // A watch or a server that ended by itself: going on would be going on blind.
            Some(_) = behind.join_next() => {
                work.drain().await;
                Err(RunError::Ended { name: "a watch or a server" })
            }
        };
        if matches!(result, Err(RunError::LeadershipLost)) {
            // Nothing may be written any more: what is running is dropped where it stands.
            return result;
        }
        if let Some(elector) = &mut elector
            && elector.is_leader()
        {
            elector.release().await;
        }
        ended.cancel();
        let flush = async { while behind.join_next().await.is_some() {} };
        if tokio::time::timeout(FLUSH_TIME, flush).await.is_err() {
            behind.abort_all();
        }
        result
    }
}

async fn bind(name: &'static str, address: &str) -> Result<TcpListener, RunError> {
    listen(address).await.map_err(|source| RunError::Bind { name, address: address.to_owned(), source })
}

/// Becomes the leader and works until the end. The lease is renewed until the last run has ended.
async fn lead(elector: Option<&mut Elector>, work: &mut Work) -> Result<(), RunError> {
    let Some(elector) = elector else { return work.lead().await };
    tokio::select! {
        biased;
        () = elector.acquire() => {}
        ended = work.supervise() => {
            work.drain().await;
            return ended;
        }
    }
    tokio::select! {
        biased;
        () = elector.hold() => Err(RunError::LeadershipLost),
        ended = work.lead() => ended,
    }
}

/// The tasks whose end is the end of the process.
struct Work {
    running: JoinSet<Finished>,
    leader: Vec<(When, &'static str, Task)>,
    listed: Vec<BoxFuture<'static, ()>>,
    shutdown: CancellationToken,
    grace: Duration,
}

impl Work {
    fn spawn(&mut self, tasks: Vec<(When, &'static str, Task)>) {
        for (_, name, task) in tasks {
            self.running.spawn(async move { (name, task.await) });
        }
    }

    /// Starts the leader's tasks when every watch has listed its kind, so that nothing is taken for missing that was
    /// only not listed yet; then watches over all tasks until the end.
    async fn lead(&mut self) -> Result<(), RunError> {
        let listed = join_all(std::mem::take(&mut self.listed));
        let early = tokio::select! {
            biased;
            ended = self.supervise() => Some(ended),
            _ = listed => None,
        };
        let ended = match early {
            Some(ended) => ended,
            None => {
                let leader = std::mem::take(&mut self.leader);
                self.spawn(leader);
                self.supervise().await
            }
        };
        self.drain().await;
        ended
    }

    /// Waits for shutdown, or for the first task that ends without it.
    async fn supervise(&mut self) -> Result<(), RunError> {
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => {
                info!("shutting down");
                Ok(())
            }
            Some(finished) = self.running.join_next(), if !self.running.is_empty() => match finished {
                Ok((name, Ok(()))) => Err(RunError::Ended { name }),
                Ok((name, Err(source))) => Err(RunError::Task { name, source }),
                Err(cause) => Err(RunError::Task { name: "task", source: Box::new(cause) }),
            },
        }
    }

    /// Lets all tasks end. A task that ignores the shutdown is dropped after the time of grace and a little more.
    async fn drain(&mut self) {
        self.shutdown.cancel();
        let running = &mut self.running;
        let end = async {
            while let Some(finished) = running.join_next().await {
                match finished {
                    Ok((_, Ok(()))) => {}
                    Ok((name, Err(cause))) => {
                        error!(error = crate::failure::chain(cause.as_ref()), "`{name}` failed");
                    }
                    Err(cause) => error!(error = crate::failure::chain(&cause), "a task failed"),
                }
            }
        };
        if tokio::time::timeout(self.grace + TASK_GRACE, end).await.is_err() {
            error!(error = "they ignore the shutdown", "tasks are dropped");
            self.running.shutdown().await;
        }
    }
}

type Finished = (&'static str, Result<(), TaskError>);
