//! The flags that all controllers share (contract/install-and-cli.md 4.1).

use std::time::Duration;

use super::GateList;

crate::flag_group! {
    /// What was typed for the shared flags. A program that lacks one of them hides it.
    pub struct CommonFlags {
        /// Where metrics are served.
        metrics_addr: String = "metrics-addr", ":8080", "The address the metric endpoint binds to.";
        /// Where probes are served.
        health_addr: String = "health-addr", ":9440", "The address the health endpoint binds to.";
        /// Where notifications are sent.
        events_addr: String = "events-addr", "", "The address of the events receiver; empty sends none.";
        /// Slots per kind.
        concurrent: i64 = "concurrent", "4", "The number of concurrent reconciles per kind.";
        /// Whether all namespaces are watched.
        watch_all_namespaces: bool = "watch-all-namespaces", "true",
            "Watch for resources in all namespaces; if set to false only in the namespace of the controller.";
        /// Which objects are reconciled.
        watch_label_selector: String = "watch-label-selector", "",
            "Watch for resources with matching labels e.g. 'sharding.fluxcd.io/key=shard1'.";
        /// Which Secrets and ConfigMaps wake objects.
        watch_configs_label_selector: String = "watch-configs-label-selector",
            "reconcile.fluxcd.io/watch=Enabled",
            "Watch for ConfigMaps and Secrets with matching labels.";
        /// Requests per second.
        kube_api_qps: f64 = "kube-api-qps", "50", "The maximum queries per second to the Kubernetes API.";
        /// Requests at once.
        kube_api_burst: i64 = "kube-api-burst", "300", "The maximum burst of queries to the Kubernetes API.";
        /// Least important log lines shown.
        log_level: String = "log-level", "info", "Log verbosity level: 'trace', 'debug', 'info' or 'error'.";
        /// Form of log lines.
        log_encoding: String = "log-encoding", "json", "Log encoding format: 'json' or 'console'.";
        /// Whether only one process works.
        enable_leader_election: bool = "enable-leader-election", "false",
            "Enable leader election, so that only one process is active.";
        /// Whether the lease is given up at the end.
        leader_election_release_on_cancel: bool = "leader-election-release-on-cancel", "true",
            "Release the lease when the process ends.";
        /// How long others wait for the holder.
        leader_election_lease_duration: Duration = "leader-election-lease-duration", "35s",
            "The time that others wait after the last renewal before they take over.";
        /// How long the holder tries to renew.
        leader_election_renew_deadline: Duration = "leader-election-renew-deadline", "30s",
            "The time that the leader tries to renew the lease before it gives up.";
        /// Pause between tries.
        leader_election_retry_period: Duration = "leader-election-retry-period", "5s",
            "The time between two tries to get or renew the lease.";
        /// First back-off.
        min_retry_delay: Duration = "min-retry-delay", "750ms",
            "The time after which an object is retried for the first time.";
        /// Longest back-off.
        max_retry_delay: Duration = "max-retry-delay", "15m0s",
            "The longest time after which an object is retried.";
        /// Feature gates.
        feature_gates: GateList = "feature-gates", "",
            "Comma-separated list of key=bool pairs that switch features on or off.";
        /// Jitter.
        interval_jitter_percentage: i64 = "interval-jitter-percentage", "5",
            "Percentage by which intervals are stretched or shrunk at random.";
        /// How soon a missing dependency is looked at again.
        requeue_dependency: Duration = "requeue-dependency", "30s",
            "The longest time after which an object looks at its dependencies again.";
        /// Artifact download retries.
        http_retry: i64 = "http-retry", "9", "The number of retries of a failed artifact download.";
        /// Size of the token cache.
        token_cache_max_size: i64 = "token-cache-max-size", "100",
            "The number of tokens in the token cache; 0 switches it off.";
        /// Longest validity in the token cache.
        token_cache_max_duration: Duration = "token-cache-max-duration", "1h0m0s",
            "The longest time that a token stays in the token cache.";
        /// Whose identity is used for objects that name none.
        default_service_account: String = "default-service-account", "",
            "The service account used for objects that name none.";
        /// Whether references stay in the namespace.
        no_cross_namespace_refs: bool = "no-cross-namespace-refs", "false",
            "Refuse references between objects of different namespaces.";
    }
}
