//! From flags to the configuration.

use super::*;
use crate::flags::{FlagGroup as _, FlagSet};

static PROGRAM: Program = Program {
    name: "kustomize-controller",
    version: "0.0.0",
    feature_gates: &[("ObjectLevelWorkloadIdentity", false), ("ExternalArtifact", false)],
    defaults: &[],
    environment: &[],
    absent_flags: &[],
    shutdown: ShutdownPolicy::Cancel(Duration::from_secs(5)),
    sharded_lease: true,
};

fn config(arguments: &[&str]) -> Result<Config, ConfigError> {
    let mut flags = FlagSet::default();
    CommonFlags::define(&mut flags);
    flags.parse(arguments.iter().map(|argument| (*argument).to_owned()), |_| None).expect("valid flags");
    Config::new(&PROGRAM, CommonFlags::read(&flags), Some("flux-system".to_owned()))
}

fn refused(arguments: &[&str]) -> (String, String) {
    let error = config(arguments).expect_err("it is refused");
    (error.to_string(), error.source.to_string())
}

#[test]
fn the_defaults_watch_everything_without_a_lease() {
    let config = config(&[]).expect("valid");
    assert_eq!((config.watch_namespace, config.watch_labels), (None, None));
    assert!(config.leader_election.is_none());
    assert_eq!(config.metrics_address.as_deref(), Some(":8080"));
    assert_eq!(config.events_address, None);
    assert_eq!(config.concurrent, 4);
}

/// install-and-cli.md 12: scenario 7
#[test]
fn one_namespace_is_the_programs_own() {
    let config = config(&["--watch-all-namespaces=false", "--metrics-addr=0"]).expect("valid");
    assert_eq!(config.watch_namespace.as_deref(), Some("flux-system"));
    assert_eq!(config.metrics_address, None);
}

/// install-and-cli.md 4.6, source.md 15.4: the first 8 hex digits of the selector's SHA-256.
#[test]
fn a_shard_has_its_own_lease() {
    let lease = |arguments: &[&str]| {
        config(arguments).expect("valid").leader_election.map(|election| (election.lease, election.namespace))
    };
    assert_eq!(
        lease(&["--enable-leader-election"]),
        Some(("kustomize-controller-leader-election".to_owned(), "flux-system".to_owned()))
    );
    // printf 'sharding.fluxcd.io/key=shard1' | sha256sum
    let (name, _) =
        lease(&["--enable-leader-election", "--watch-label-selector=sharding.fluxcd.io/key=shard1"])
            .expect("a lease");
    assert_eq!(name, "kustomize-controller-leader-election-73fdc1be");
}

#[test]
fn what_cannot_be_used_is_refused_with_the_contracts_texts() {
    assert_eq!(
        refused(&["--feature-gates=Nope=true"]),
        ("unable to load feature gates".into(), "feature-gate 'Nope' not supported".into())
    );
    assert_eq!(
        refused(&["--interval-jitter-percentage=100"]),
        (
            "unable to set global jitter".into(),
            "the interval jitter percentage must be a non-negative value and less than 100".into()
        )
    );
    assert_eq!(
        refused(&["--watch-label-selector=a b"]).0,
        "unable to configure watch label selector for manager"
    );
    assert_eq!(
        refused(&["--watch-configs-label-selector=a b"]).0,
        "unable to configure watch configs label selector for controller"
    );
    assert_eq!(
        refused(&["--enable-leader-election", "--leader-election-lease-duration=30s"]).1,
        "leaseDuration must be greater than renewDeadline"
    );
    let off = config(&[]).expect("valid");
    assert_eq!(
        off.check_default_accounts(&["", "default"]).expect_err("it is refused").source.to_string(),
        "cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled"
    );
    off.check_default_accounts(&["", ""]).expect("nothing is named");
    let on = config(&["--feature-gates=ObjectLevelWorkloadIdentity=true"]).expect("valid");
    on.check_default_accounts(&["default"]).expect("the gate is on");
}

#[test]
fn tokens_are_never_kept_for_more_than_an_hour() {
    let config = config(&["--token-cache-max-duration=5h", "--concurrent=0"]).expect("valid");
    assert_eq!(config.token_cache.max_duration, Duration::from_hours(1));
    assert_eq!(config.concurrent, 1);
}
