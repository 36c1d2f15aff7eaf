//! The flags that each component runs with, and why.

use std::path::Path;

use crate::{Audit, Options, certificates::file};

pub(crate) const TOKENS: &str = "tokens.csv";
pub(crate) const KUBECONFIG: &str = "kubeconfig";
pub(crate) const AUDIT_LOG: &str = "audit.log";
pub(crate) const AUDIT_POLICY: &str = "audit-policy.yaml";
pub(crate) const STAGES: &str = "stages.yaml";
const ETCD_SOCKET: &str = "etcd.sock";

/// What reconciles something that a test can see. Left out is what needs a cloud, a kubelet or hours.
const CONTROLLERS: [&str; 17] = [
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemonset-controller",
    "deployment-controller",
    "disruption-controller",
    "endpoints-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "job-controller",
    "namespace-controller",
    "replicaset-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "statefulset-controller",
    "ttl-after-finished-controller",
];

fn path(directory: &Path, name: &str) -> String {
    directory.join(name).display().to_string()
}

/// etcd on sockets in the directory: no port to collide, nobody else can reach it.
pub(crate) fn etcd(directory: &Path) -> Vec<String> {
    // What it advertises must look like a host and a port; as a socket that is a file in the working directory.
    let peer = "unix://localhost:2380";
    vec![
        "--name=only".into(),
        format!("--data-dir={}", path(directory, "etcd")),
        format!("--listen-client-urls=unix://{}", path(directory, ETCD_SOCKET)),
        "--advertise-client-urls=unix://localhost:2379".into(),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=only={peer}"),
        // Milliseconds. The only member wins its election when the timeout is over, and serves only then.
        "--heartbeat-interval=10".into(),
        "--election-timeout=100".into(),
        // The data is gone with the test; waiting for the disk is most of a write's time.
        "--unsafe-no-fsync".into(),
        "--log-level=warn".into(),
    ]
}

pub(crate) fn apiserver(directory: &Path, port: u16, options: &Options) -> Vec<String> {
    let mut flags = vec![
        format!("--etcd-servers=unix://{}", path(directory, ETCD_SOCKET)),
        "--bind-address=127.0.0.1".into(),
        "--advertise-address=127.0.0.1".into(),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", path(directory, "certificates")),
        format!("--tls-cert-file={}", path(directory, file::SERVER_CERTIFICATE)),
        format!("--tls-private-key-file={}", path(directory, file::SERVER_KEY)),
        format!("--client-ca-file={}", path(directory, file::AUTHORITY)),
        format!("--token-auth-file={}", path(directory, TOKENS)),
        "--authorization-mode=RBAC".into(),
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local".into(),
        format!("--service-account-key-file={}", path(directory, file::TOKEN_PUBLIC_KEY)),
        format!("--service-account-signing-key-file={}", path(directory, file::TOKEN_KEY)),
        "--service-cluster-ip-range=10.96.0.0/16".into(),
        "--allow-privileged=true".into(),
        // Loopback may not be an endpoint, and nothing routes to the `kubernetes` service here.
        "--endpoint-reconciler-type=none".into(),
        // The fixed limits of requests in flight stay; fair queuing costs start time and is not tested.
        "--enable-priority-and-fairness=false".into(),
        "--profiling=false".into(),
    ];
    // The node's taint is removed by a controller that watches kubelets. Pods need a service account only where
    // something creates it.
    let disabled = if runs_controllers(options) {
        "TaintNodesByCondition"
    } else {
        "TaintNodesByCondition,ServiceAccount"
    };
    flags.push(format!("--disable-admission-plugins={disabled}"));
    if options.audit != Audit::Off {
        flags.push(format!("--audit-log-path={}", path(directory, AUDIT_LOG)));
        flags.push(format!("--audit-policy-file={}", path(directory, AUDIT_POLICY)));
    }
    flags.extend(options.apiserver_flags.iter().cloned());
    flags
}

pub(crate) fn controller_manager(directory: &Path) -> Vec<String> {
    let mut flags = client_flags(directory);
    flags.extend([
        format!("--controllers={}", CONTROLLERS.join(",")),
        format!("--service-account-private-key-file={}", path(directory, file::TOKEN_KEY)),
        format!("--root-ca-file={}", path(directory, file::AUTHORITY)),
        "--allocate-node-cidrs=false".into(),
        "--profiling=false".into(),
    ]);
    flags
}

pub(crate) fn scheduler(directory: &Path) -> Vec<String> {
    let mut flags = client_flags(directory);
    flags.push("--profiling=false".into());
    flags
}

fn client_flags(directory: &Path) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", path(directory, KUBECONFIG)),
        "--leader-elect=false".into(),
        // Nobody asks for their metrics, so they need no port.
        "--secure-port=0".into(),
        // The defaults are for clusters that other clients share; tests want the answer.
        "--kube-api-qps=1000".into(),
        "--kube-api-burst=2000".into(),
    ]
}

pub(crate) fn kwok(directory: &Path) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", path(directory, KUBECONFIG)),
        format!("--config={}", path(directory, STAGES)),
        "--manage-all-nodes=true".into(),
        "--node-ip=127.0.0.1".into(),
        "--node-port=0".into(),
        // Nothing here judges a node by its lease.
        "--node-lease-duration-seconds=0".into(),
        "--cidr=10.244.0.0/16".into(),
    ]
}

pub(crate) fn runs_controllers(options: &Options) -> bool {
    options.controllers || options.pods
}
