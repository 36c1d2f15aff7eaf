//! What the process uses, after the flags have been read and checked.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use crate::acl::AccessRules;
use crate::jitter::Jitter;
use crate::queue::Backoff;

/// Constant facts about a program.
#[derive(Debug)]
pub struct Program {
    /// Name of the program and of its lease (`<name>-leader-election`).
    pub name: &'static str,
    /// Version as users know it.
    pub version: &'static str,
    /// Feature gates with their defaults.
    pub feature_gates: &'static [(&'static str, bool)],
    /// Default of `--concurrent`.
    pub concurrent: i64,
    /// What happens to runs when the process is to end.
    pub shutdown: ShutdownPolicy,
    /// Whether the lease's name depends on the label selector. Notification-controller's does not.
    pub sharded_lease: bool,
}

/// What happens to runs in progress on SIGTERM (contract/install-and-cli.md 4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShutdownPolicy {
    /// They are told to stop and dropped when they have not after this time.
    Cancel(Duration),
    /// They may finish within `--graceful-shutdown-timeout`.
    Finish(Duration),
}

impl ShutdownPolicy {
    /// The longest time that runs are waited for.
    pub fn grace(self) -> Duration {
        match self {
            Self::Cancel(grace) | Self::Finish(grace) => grace,
        }
    }
}

/// Everything that the runtime needs to know, validated.
#[derive(Clone, Debug)]
pub struct Config {
    /// The program.
    pub program: &'static Program,
    /// Where `/metrics` is served; none switches it off.
    pub metrics_address: Option<SocketAddr>,
    /// Where `/healthz` and `/readyz` are served; none switches it off.
    pub health_address: Option<SocketAddr>,
    /// Where notifications are posted.
    pub events_address: Option<Url>,
    /// Slots per kind.
    pub concurrent: usize,
    /// The namespace that the process runs in.
    pub namespace: String,
    /// The only namespace whose objects are reconciled; none for all.
    pub watch_namespace: Option<String>,
    /// Label selector of the reconciled kinds.
    pub watch_labels: Option<String>,
    /// Label selector of Secrets and ConfigMaps that wake objects when they change.
    pub watch_configs_labels: String,
    /// Requests per second and at once to the API server.
    pub api_rate: ApiRate,
    /// Leader election; none when every process works.
    pub leader_election: Option<LeaderElectionConfig>,
    /// Per-object back-off.
    pub backoff: Backoff,
    /// Jitter of intervals.
    pub jitter: Jitter,
    /// Upper bound of the time after which an object looks at its dependencies again.
    pub requeue_dependency: Duration,
    /// Which references are allowed.
    pub access: AccessRules,
    /// ServiceAccount of objects that name none.
    pub default_service_account: Option<String>,
    /// What happens to runs when the process is to end.
    pub shutdown: ShutdownPolicy,
}

/// Client-side limits of requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApiRate {
    /// Requests per second.
    pub qps: f64,
    /// Requests at once.
    pub burst: u32,
}

/// Timings of the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaderElectionConfig {
    /// Name of the Lease.
    pub lease: String,
    /// Namespace of the Lease.
    pub namespace: String,
    /// Who holds it: unique per process.
    pub identity: String,
    /// How long others wait after the last renewal that they saw.
    pub lease_duration: Duration,
    /// How long the holder tries to renew before it gives up.
    pub renew_deadline: Duration,
    /// Pause between tries.
    pub retry_period: Duration,
    /// Whether the lease is given up when the process ends.
    pub release_on_cancel: bool,
}

/// The name of this host, for `reportingInstance` and lease identities; empty when it has none.
pub(crate) fn host_name() -> String {
    std::env::var("HOSTNAME")
        .ok()
        .filter(|name| !name.is_empty())
        .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok())
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}
