//! What this program uses beside the runtime's configuration, checked.

use std::{path::PathBuf, time::Duration};

use ferroflux_api::{meta, names::environment};
use ferroflux_archive::Algorithm;
use ferroflux_artifact::{Retention, ServerOptions, StorageOptions, address::advertised_address};
use ferroflux_git::ClientOptions;
use ferroflux_runtime::{Config, ConfigError, Program, ShutdownPolicy, host_name};

use crate::args::SourceFlags;

/// The gate without which no object may name a ServiceAccount for a cloud identity.
pub(crate) const OBJECT_LEVEL_WORKLOAD_IDENTITY: &str = "ObjectLevelWorkloadIdentity";

/// Feature gates with their defaults (contract/source.md 15.1).
pub const FEATURE_GATES: &[(&str, bool)] =
    &[("CacheSecretsAndConfigMaps", false), (OBJECT_LEVEL_WORKLOAD_IDENTITY, false)];

/// This program.
pub static PROGRAM: Program = Program {
    name: "source-controller",
    version: env!("CARGO_PKG_VERSION"),
    feature_gates: FEATURE_GATES,
    defaults: &[("concurrent", "2")],
    environment: &[
        ("metrics-addr", environment::METRICS_ADDR),
        ("events-addr", environment::EVENTS_ADDR),
        ("storage-path", environment::STORAGE_PATH),
        ("storage-addr", environment::STORAGE_ADDRESS),
        ("storage-adv-addr", environment::STORAGE_ADV_ADDR),
    ],
    absent_flags: &["http-retry", "no-cross-namespace-refs"],
    shutdown: ShutdownPolicy::Cancel(Duration::from_secs(5)),
    sharded_lease: true,
};

/// Validated settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The storage of artifacts.
    pub storage: StorageOptions,
    /// The file server over it.
    pub server: ServerOptions,
    /// Git.
    pub git: ClientOptions,
    /// Upper bound of the time after which a waiting object looks again.
    pub requeue_dependency: Duration,
    /// Whether objects may name a ServiceAccount for a cloud identity.
    pub object_level_workload_identity: bool,
}

/// Why a digest algorithm or account cannot be used.
#[derive(Debug, thiserror::Error)]
enum Invalid {
    #[error(
        "cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled"
    )]
    DefaultServiceAccount,
}

impl Settings {
    /// Checks what was typed.
    pub fn new(flags: SourceFlags, config: &Config) -> Result<Self, ConfigError> {
        let SourceFlags {
            storage_path,
            storage_addr,
            storage_adv_addr,
            artifact_retention_ttl,
            artifact_retention_records,
            artifact_digest_algo,
            helm_index_max_size,
            helm_chart_max_size,
            helm_chart_file_max_size,
            helm_cache_max_size,
            helm_cache_ttl,
            helm_cache_purge_interval,
            ssh_kex_algos,
            ssh_hostkey_algos,
        } = flags;
        let object_level_workload_identity = config.gates.enabled(OBJECT_LEVEL_WORKLOAD_IDENTITY);
        if config.default_service_account.is_some() && !object_level_workload_identity {
            return Err(ConfigError::new("invalid configuration", Invalid::DefaultServiceAccount));
        }
        let algorithm = artifact_digest_algo
            .parse::<Algorithm>()
            .map_err(|cause| ConfigError::new("unable to configure canonical digest algorithm", cause))?;
        check_helm_cache(helm_cache_max_size, &helm_cache_ttl, &helm_cache_purge_interval)?;
        // Limits of kinds that this version answers with a condition: accepted, so that manifests need no change.
        tracing::debug!(
            helm_index_max_size,
            helm_chart_max_size,
            helm_chart_file_max_size,
            "limits of Helm kinds"
        );
        let git = ClientOptions {
            ssh_key_exchange_algorithms: ssh_kex_algos.0,
            ssh_host_key_algorithms: ssh_hostkey_algos.0,
            ..ClientOptions::new(git_directory())
        };
        let retention = Retention {
            ttl: artifact_retention_ttl,
            records: usize::try_from(artifact_retention_records).unwrap_or(1),
        };
        Ok(Self {
            storage: StorageOptions {
                root: storage_path.into(),
                advertised: advertised_address(&storage_adv_addr, &storage_addr, host_name),
                retention,
                algorithm,
            },
            server: ServerOptions { listen: storage_addr, ..ServerOptions::default() },
            git,
            requeue_dependency: config.requeue_dependency,
            object_level_workload_identity,
        })
    }
}

/// The durations are read only when there is a cache, as in the reference.
fn check_helm_cache(size: i64, ttl: &str, purge_interval: &str) -> Result<(), ConfigError> {
    if size <= 0 {
        return Ok(());
    }
    let parse = |text: &str| meta::Duration::new(text).parse();
    parse(ttl).map_err(|cause| ConfigError::new("unable to parse Helm index cache item TTL", cause))?;
    parse(purge_interval)
        .map_err(|cause| ConfigError::new("unable to parse Helm index cache purge interval", cause))?;
    Ok(())
}

/// Object stores live with the other temporary files: they survive a restart of the container, not of the pod.
fn git_directory() -> PathBuf {
    std::env::temp_dir().join("ferroflux-git")
}
