//! The life of the process: start, lead, stop.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::{App, Task, TaskError, When};

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
    /// The client for notifications could not be made.
    #[error("client for events cannot be made")]
    EventClient(#[source] reqwest::Error),
}

/// Time for servers to close after the runs have ended.
const SERVER_GRACE: Duration = Duration::from_secs(5);

impl App {
    /// Runs until [`App::shutdown`] is cancelled or a part of the process ends. On shutdown no new run begins, runs in
    /// progress end as the program's [`ShutdownPolicy`](crate::ShutdownPolicy) says, queued events are delivered as far
    /// as time permits, and the lease is released.
    pub async fn run(self) -> Result<(), RunError> {
        let Self { shutdown, ended, tasks, background, outbox, sinks, .. } = self;
        let mut background_tasks = JoinSet::new();
        for task in background {
            background_tasks.spawn(task);
        }
        if let Some(outbox) = outbox {
            let client = reqwest::Client::builder().build().map_err(RunError::EventClient)?;
            background_tasks.spawn(outbox.deliver(client, ended.clone()));
        }
        let (always, leader): (Vec<_>, Vec<_>) =
            tasks.into_iter().partition(|(when, _, _)| *when == When::Always);
        let mut running = JoinSet::new();
        spawn(&mut running, always);
        spawn(&mut running, leader);
        let result = supervise(&mut running, &shutdown).await;
        shutdown.cancel();
        drain(running).await;
        ended.cancel();
        drop(sinks);
        let flush = async { while background_tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(SERVER_GRACE + Duration::from_secs(1), flush).await.is_err() {
            background_tasks.abort_all();
        }
        result
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
                error!(error = crate::failure::chain(cause.as_ref()), "`{name}` failed")
            }
            Err(cause) => error!(error = crate::failure::chain(&cause), "a task failed"),
        }
    }
}
