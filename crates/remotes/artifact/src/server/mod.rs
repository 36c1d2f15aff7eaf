//! The artifact file server: static files below one root, GET and HEAD, nothing else (contract/source.md 4.4).
//!
//! It listens only once this process leads, so that no other replica ever is an endpoint of the Service.
//! Directories are not listed. A transfer holds an open file and a small buffer, so removing or replacing the
//! file does not touch it, and a client that stops reading is dropped after a while.

mod answer;
mod conditions;
mod resolve;
mod stall;

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How the server treats its clients.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// `--storage-addr`: `host:port`, where an empty host means all addresses.
    pub listen: String,
    /// A request's header must be complete within this time, and an idle connection ends after it.
    pub header_timeout: Duration,
    /// A client that takes no byte for this long is dropped.
    pub stall_timeout: Duration,
    /// Running transfers get this long when the server stops.
    pub stop_timeout: Duration,
    /// Connections at a time; further ones wait to be accepted.
    pub connections: usize,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            listen: ":9090".into(),
            header_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_mins(1),
            stop_timeout: Duration::from_secs(5),
            connections: 1024,
        }
    }
}

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is no `host:port`, or cannot be bound.
    #[error("cannot listen on '{listen}'")]
    Listen {
        /// The address.
        listen: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A bound server that answers once it is run.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    root: Arc<Path>,
    options: ServerOptions,
}

/// Serves `root` as soon as `leader` is true and until `stop`. Ends without having listened if `stop` comes first
/// or nobody can make `leader` true any more.
pub async fn serve_as_leader(
    root: PathBuf,
    options: ServerOptions,
    mut leader: watch::Receiver<bool>,
    stop: CancellationToken,
) -> Result<(), ServerError> {
    let leads = stop.run_until_cancelled(leader.wait_for(|leads| *leads)).await;
    if !matches!(leads, Some(Ok(_))) {
        return Ok(());
    }
    drop(leads);
    Server::bind(root, options).await?.run(stop).await;
    Ok(())
}

impl Server {
    /// Binds the address. `root` is a path without symbolic links, such as [`crate::Storage::root`].
    pub async fn bind(root: PathBuf, options: ServerOptions) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Listen { listen: options.listen.clone(), source };
        let listener = bind(&options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, root: root.into(), options })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop`, then lets running transfers end for a while.
    pub async fn run(self, stop: CancellationToken) {
        let permits = Arc::new(Semaphore::new(self.options.connections));
        let connections = TaskTracker::new();
        // Dropping this future ends its connections as well.
        let abort = stop.child_token();
        let _abort_on_drop = abort.clone().drop_guard();
        while let Some(Ok(permit)) = stop.run_until_cancelled(permits.clone().acquire_owned()).await {
            let Some(accepted) = stop.run_until_cancelled(self.listener.accept()).await else { break };
            match accepted {
                Ok((stream, _)) => {
                    let connection =
                        connection(stream, self.root.clone(), self.options.clone(), abort.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    // Out of file descriptors, or the client is gone already; neither ends the server.
                    tracing::debug!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
        drop(self.listener);
        connections.close();
        if timeout(self.options.stop_timeout, connections.wait()).await.is_err() {
            tracing::debug!("transfers were cut off at shutdown");
        }
    }
}

/// Serves one client until it goes, stalls, or the server stops.
async fn connection(stream: TcpStream, root: Arc<Path>, options: ServerOptions, stop: CancellationToken) {
    let service = service_fn(move |request| {
        let root = root.clone();
        async move { answer::answer(&root, &request).await }
    });
    // Small answers leave at once; large ones fill their packets anyway.
    let _ = stream.set_nodelay(true);
    let stream = stall::StallTimeout::new(stream, options.stall_timeout);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            timeout(options.stop_timeout, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a client's connection broke");
    }
}

/// Binds an address in Go's form, in which `:9090` means every address of the host.
async fn bind(listen: &str) -> io::Result<TcpListener> {
    let Some(port) = listen.strip_prefix(':') else { return TcpListener::bind(listen).await };
    let port: u16 = port.parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Ok(listener) => Ok(listener),
        // No IPv6 on this host.
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
