//! The life of the process: start, lead, stop.

use std::time::Duration;

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

/// Time for queued events and servers after the runs have ended.
const FLUSH_TIME: Duration = Duration::from_secs(6);

impl App {
    /// Runs until [`App::shutdown`] is cancelled or a part of the process ends. On shutdown no new run begins, runs in
    /// progress end as the program's [`ShutdownPolicy`](crate::ShutdownPolicy) says, queued events are delivered as far
    /// as time permits, and the lease is released.
    pub async fn run(self) -> Result<(), RunError> {
        let Self {
            config, client, clock, metrics, shutdown, ended, tasks, background, outbox, sinks, ..
        } = self;
        let mut background_tasks = JoinSet::new();
        for task in background {
            background_tasks.spawn(task);
        }
        if let Some(outbox) = outbox {
            let client = reqwest::Client::builder().build().map_err(RunError::EventClient)?;
            background_tasks.spawn(outbox.deliver(client, ended.clone()));
        }
        if let Some(address) = &config.metrics_address {
            let listener = bind("metrics", address).await?;
            background_tasks.spawn(serve_metrics(listener, metrics.clone(), ended.clone()));
        }
        if let Some(address) = &config.health_address {
            let listener = bind("health", address).await?;
            background_tasks.spawn(serve_probes(listener, ended.clone()));
        }
        let (always, leader): (Vec<_>, Vec<_>) =
            tasks.into_iter().partition(|(when, _, _)| *when == When::Always);
        let mut running = JoinSet::new();
        spawn(&mut running, always);
        let mut elector =
            config.leader_election.map(|election| Elector::new(client, election, clock, &metrics));
        let result = match lead(elector.as_mut(), &mut running, leader, &shutdown).await {
            // Nothing may be written any more: what is running is dropped where it stands.
            Err(RunError::LeadershipLost) => return Err(RunError::LeadershipLost),
            result => result,
        };
        shutdown.cancel();
        let stop = async {
            drain(running).await;
            if let Some(elector) = &mut elector
                && elector.is_leader()
            {
                elector.release().await;
            }
        };
        stop.await;
        ended.cancel();
        drop(sinks);
        let flush = async { while background_tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FLUSH_TIME, flush).await.is_err() {
            background_tasks.abort_all();
        }
        result
    }
}

async fn bind(name: &'static str, address: &str) -> Result<TcpListener, RunError> {
    listen(address).await.map_err(|source| RunError::Bind { name, address: address.to_owned(), source })
}

/// Becomes the leader, starts the leader's tasks, and watches over everything until the end.
async fn lead(
    elector: Option<&mut Elector>,
    running: &mut JoinSet<Finished>,
    leader: Vec<(When, &'static str, Task)>,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let Some(elector) = elector else {
        spawn(running, leader);
        return supervise(running, shutdown).await;
    };
    tokio::select! {
        biased;
        () = elector.acquire() => {}
        ended = supervise(running, shutdown) => return ended,
    }
    spawn(running, leader);
    tokio::select! {
        biased;
        () = elector.hold() => Err(RunError::LeadershipLost),
        ended = supervise(running, shutdown) => ended,
    }
}

type Finished = (&'static str, Result<(), TaskError>);

fn spawn(running: &mut JoinSet<Finished>, tasks: Vec<(When, &'static str, Task)>) {
    for (_, name, task) in tasks {
        running.spawn(async move { (name, task.await) });
    }
}

/// Waits for shutdown, or for the first task that ends without it.
async fn supervise(running: &mut JoinSet<Finished>, shutdown: &CancellationToken) -> Result<(), RunError> {
    tokio::select! {
        biased;
        () = shutdown.cancelled() => {
            info!("shutting down");
            Ok(())
        }
        Some(finished) = running.join_next(), if !running.is_empty() => match finished {
            Ok((name, Ok(()))) => Err(RunError::Ended { name }),
            Ok((name, Err(source))) => Err(RunError::Task { name, source }),
            Err(cause) => Err(RunError::Task { name: "task", source: Box::new(cause) }),
        },
    }
}

async fn drain(mut running: JoinSet<Finished>) {
    while let Some(finished) = running.join_next().await {
        match finished {
            Ok((_, Ok(()))) => {}
            Ok((name, Err(cause))) => {
                error!(error = crate::failure::chain(cause.as_ref()), "`{name}` failed");
            }
            Err(cause) => error!(error = crate::failure::chain(&cause), "a task failed"),
        }
    }
}
