//! What the process uses, after the flags have been read and checked.

use std::time::Duration;

use url::Url;

use crate::acl::AccessRules;
use crate::flags::{CommonFlags, FeatureGates, check_selector};
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
    /// Defaults of shared flags that are other ones in this program.
    pub defaults: &'static [(&'static str, &'static str)],
    /// Environment variables that stand for flags that are not given.
    pub environment: &'static [(&'static str, &'static str)],
    /// Shared flags that this program does not know.
    pub absent_flags: &'static [&'static str],
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
    pub metrics_address: Option<String>,
    /// Where `/healthz` and `/readyz` are served; none switches it off.
    pub health_address: Option<String>,
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
    /// Optional behaviour.
    pub gates: FeatureGates,
    /// Upper bound of the time after which an object looks at its dependencies again.
    pub requeue_dependency: Duration,
    /// Which references are allowed.
    pub access: AccessRules,
    /// ServiceAccount of objects that name none.
    pub default_service_account: Option<String>,
    /// Retries of a failed artifact download.
    pub http_retry: u32,
    /// Tokens kept, and for how long at most.
    pub token_cache: TokenCacheConfig,
    /// What happens to runs when the process is to end.
    pub shutdown: ShutdownPolicy,
}

/// Limits of the token cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCacheConfig {
    /// Tokens kept; 0 switches the cache off.
    pub max_size: usize,
    /// Longest time that a token is kept; never above an hour.
    pub max_duration: Duration,
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

/// The process cannot start with what was typed. `message` is the fixed text of the log line (contract/source.md 15.1).
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// What could not be done.
    pub message: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl ConfigError {
    /// A start-up error with its fixed text and its cause.
    pub fn new(message: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { message, source: source.into() }
    }
}

/// Longest validity of a cached token (contract/kustomize.md 14).
const LONGEST_TOKEN: Duration = Duration::from_hours(1);

impl Config {
    /// Checks what was typed and makes of it what is used. `namespace` is `RUNTIME_NAMESPACE`.
    pub fn new(
        program: &'static Program,
        flags: CommonFlags,
        namespace: Option<String>,
    ) -> Result<Self, ConfigError> {
        let CommonFlags {
            metrics_addr,
            health_addr,
            events_addr,
            concurrent,
            watch_all_namespaces,
            watch_label_selector,
            watch_configs_label_selector,
            kube_api_qps,
            kube_api_burst,
            // Logs are set up before anything can fail.
            log_level: _,
            log_encoding: _,
            enable_leader_election,
            leader_election_release_on_cancel,
            leader_election_lease_duration,
            leader_election_renew_deadline,
            leader_election_retry_period,
            min_retry_delay,
            max_retry_delay,
            feature_gates,
            interval_jitter_percentage,
            requeue_dependency,
            http_retry,
            token_cache_max_size,
            token_cache_max_duration,
            default_service_account,
            no_cross_namespace_refs,
        } = flags;
        let gates = FeatureGates::new(program.feature_gates, &feature_gates)
            .map_err(|cause| ConfigError::new("unable to load feature gates", cause))?;
        for (name, value) in &feature_gates.0 {
            tracing::info!(logger = "setup", "loading feature gate {name}={value}");
        }
        check_selector(&watch_label_selector).map_err(|cause| {
            ConfigError::new("unable to configure watch label selector for manager", cause)
        })?;
        check_selector(&watch_configs_label_selector).map_err(|cause| {
            ConfigError::new("unable to configure watch configs label selector for controller", cause)
        })?;
        let jitter = Jitter::new(interval_jitter_percentage)
            .map_err(|cause| ConfigError::new("unable to set global jitter", cause))?;
        let events_address = match events_addr.as_str() {
            "" => None,
            address => Some(
                Url::parse(address)
                    .map_err(|cause| ConfigError::new("unable to create event recorder", cause))?,
            ),
        };
        let invalid = |problem: &'static str| ConfigError::new("invalid configuration", problem);
        let namespace = namespace.filter(|namespace| !namespace.is_empty());
        let watch_namespace = match (watch_all_namespaces, &namespace) {
            (true, _) => None,
            (false, Some(namespace)) => Some(namespace.clone()),
            (false, None) => {
                return Err(invalid("RUNTIME_NAMESPACE is not set, needed to watch one namespace"));
            }
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        let watch_labels = some(watch_label_selector);
        let leader_election = enable_leader_election
            .then(|| {
                let namespace =
                    namespace.clone().ok_or("RUNTIME_NAMESPACE is not set, needed for leader election")?;
                Ok(LeaderElectionConfig {
                    lease: lease_name(program, watch_labels.as_deref()),
                    namespace,
                    identity: format!("{}_{}", host_name(), crate::controller::new_id()),
                    lease_duration: leader_election_lease_duration,
                    renew_deadline: leader_election_renew_deadline,
                    retry_period: leader_election_retry_period,
                    release_on_cancel: leader_election_release_on_cancel,
                })
            })
            .transpose()
            .map_err(invalid)?;
        if let Some(election) = &leader_election {
            election.check().map_err(invalid)?;
        }
        Ok(Self {
            program,
            metrics_address: some(metrics_addr).filter(|address| address != "0"),
            health_address: some(health_addr).filter(|address| address != "0"),
            events_address,
            // Zero and less mean one, as in controller-runtime.
            concurrent: usize::try_from(concurrent).unwrap_or(1).max(1),
            namespace: namespace.unwrap_or_default(),
            watch_namespace,
            watch_labels,
            watch_configs_labels: watch_configs_label_selector,
            api_rate: ApiRate { qps: kube_api_qps, burst: u32::try_from(kube_api_burst).unwrap_or(1).max(1) },
            leader_election,
            backoff: Backoff { min: min_retry_delay, max: max_retry_delay },
            jitter,
            gates,
            requeue_dependency,
            access: AccessRules { no_cross_namespace_refs },
            default_service_account: some(default_service_account),
            http_retry: u32::try_from(http_retry).unwrap_or(0),
            token_cache: TokenCacheConfig {
                max_size: usize::try_from(token_cache_max_size).unwrap_or(0),
                max_duration: token_cache_max_duration.min(LONGEST_TOKEN),
            },
            shutdown: program.shutdown,
        })
    }
}

impl Config {
    /// Refuses default service accounts for cloud identities while the gate for them is off. `accounts` are the values
    /// of the program's flags that name such accounts.
    pub fn check_default_accounts(&self, accounts: &[&str]) -> Result<(), ConfigError> {
        if self.gates.enabled("ObjectLevelWorkloadIdentity")
            || accounts.iter().all(|account| account.is_empty())
        {
            return Ok(());
        }
        Err(ConfigError::new(
            "invalid configuration",
            "cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled",
        ))
    }
}

impl LeaderElectionConfig {
    /// The timings must leave time to notice the loss of the lease before another process takes it.
    fn check(&self) -> Result<(), &'static str> {
        if self.lease_duration <= self.renew_deadline {
            return Err("leaseDuration must be greater than renewDeadline");
        }
        // Tries are up to a fifth late on purpose.
        if self.renew_deadline <= self.retry_period.mul_f64(1.2) {
            return Err("renewDeadline must be greater than retryPeriod*JitterFactor");
        }
        if self.retry_period.is_zero() {
            return Err("retryPeriod must be greater than zero");
        }
        Ok(())
    }
}

/// `<program>-leader-election`, for a shard with the first 8 hex digits of the selector's SHA-256, so that shards do
/// not fight each other (contract/install-and-cli.md 4.6).
fn lease_name(program: &Program, selector: Option<&str>) -> String {
    use sha2::{Digest as _, Sha256};
    let name = format!("{}-leader-election", program.name);
    match selector {
        Some(selector) if program.sharded_lease => {
            let digest = hex::encode(Sha256::digest(selector.as_bytes()));
            format!("{name}-{}", digest.get(..8).unwrap_or_default())
        }
        _ => name,
    }
}

/// The name of this host, for `reportingInstance` and lease identities; empty when it has none.
pub fn host_name() -> String {
    std::env::var("HOSTNAME")
        .ok()
        .filter(|name| !name.is_empty())
        .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok())
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
