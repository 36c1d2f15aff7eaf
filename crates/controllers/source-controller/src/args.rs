//! This program's own flags (contract/install-and-cli.md 4.2, contract/source.md 15.1).

use std::time::Duration;

use ferroflux_runtime::flags::CommaList;

ferroflux_runtime::flag_group! {
    /// What was typed for the source-controller's own flags.
    pub struct SourceFlags {
        /// Root of the storage.
        storage_path: String = "storage-path", "/data",
            "The directory in which artifacts are kept.";
        /// Where the file server listens.
        storage_addr: String = "storage-addr", ":9090",
            "The address that the file server of artifacts listens on.";
        /// Where artifacts are published.
        storage_adv_addr: String = "storage-adv-addr", "",
            "The address under which artifacts are published; made of the listen address when empty.";
        /// How long old artifacts stay.
        artifact_retention_ttl: Duration = "artifact-retention-ttl", "1m",
            "How long artifacts that are no longer current stay.";
        /// How many artifacts stay.
        artifact_retention_records: i64 = "artifact-retention-records", "2",
            "How many artifacts of an object stay, the current one among them.";
        /// Digests of new artifacts.
        artifact_digest_algo: String = "artifact-digest-algo", "sha256",
            "The algorithm of artifact digests: sha1, sha256, sha384, sha512 or blake3.";
        /// Largest Helm repository index.
        helm_index_max_size: i64 = "helm-index-max-size", "52428800",
            "The largest index of a Helm repository in bytes.";
        /// Largest Helm chart.
        helm_chart_max_size: i64 = "helm-chart-max-size", "10485760",
            "The largest Helm chart in bytes.";
        /// Largest file in a Helm chart.
        helm_chart_file_max_size: i64 = "helm-chart-file-max-size", "5242880",
            "The largest file in a Helm chart in bytes.";
        /// Indexes that are kept in memory.
        helm_cache_max_size: i64 = "helm-cache-max-size", "0",
            "How many indexes of Helm repositories are kept in memory.";
        /// How long indexes are kept in memory.
        helm_cache_ttl: String = "helm-cache-ttl", "15m",
            "How long an index of a Helm repository is kept in memory.";
        /// How often indexes are looked at for removal.
        helm_cache_purge_interval: String = "helm-cache-purge-interval", "1m",
            "How often old indexes of Helm repositories are removed from memory.";
        /// Key exchange algorithms for SSH.
        ssh_kex_algos: CommaList = "ssh-kex-algos", "",
            "Key exchange algorithms for SSH, best first.";
        /// Host key algorithms for SSH.
        ssh_hostkey_algos: CommaList = "ssh-hostkey-algos", "",
            "Host key algorithms for SSH, best first.";
    }
}
