//! Rates and kubeconfigs.

use serde_json::{Value, json};

use super::kubeconfig::{load, sanitize};
use super::*;

#[tokio::test(start_paused = true)]
async fn requests_beyond_the_burst_wait_for_the_rate() {
    let throttle = Throttle::new(ApiRate { qps: 10.0, burst: 2 });
    let waits: Vec<Duration> = (0..4).map(|_| throttle.reserve()).collect();
    assert_eq!(waits, [0, 0, 100, 200].map(Duration::from_millis));
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(throttle.reserve(), Duration::ZERO);
    assert_eq!(Throttle::new(ApiRate { qps: -1.0, burst: 1 }).reserve(), Duration::ZERO);
}

fn hostile() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "a",
        "preferences": {"x": 1},
        "clusters": [{"name": "c", "cluster": {
            "server": "https://example.com",
            "certificate-authority": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
            "certificate-authority-data": "QQ==",
            "insecure-skip-tls-verify": true,
            "proxy-url": "http://proxy:1",
        }}],
        "users": [{"name": "u", "user": {
            "token": "t",
            "tokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/token",
            "client-certificate": "/etc/x",
            "client-key": "/etc/y",
            "auth-provider": {"name": "gcp", "config": {"cmd-path": "/bin/sh"}},
            "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh"},
            "as": "system:admin",
            "as-groups": ["system:masters"],
        }}],
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u", "extensions": []}}],
    })
}

/// security.md: CVE-2022-24817; install-and-cli.md 12: scenario 31
#[test]
fn a_users_kubeconfig_names_no_program_no_file_and_nobody_to_act_as() {
    let clean = sanitize(&hostile(), KubeConfigOptions::default());
    assert_eq!(
        clean,
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "a",
            "clusters": [{"name": "c", "cluster": {
                "server": "https://example.com",
                "certificate-authority-data": "QQ==",
                "proxy-url": "http://proxy:1",
            }}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
        })
    );
    let allowed = sanitize(&hostile(), KubeConfigOptions { insecure_exec: true, insecure_tls: true });
    assert_eq!(allowed.pointer("/users/0/user/exec/command"), Some(&json!("/bin/sh")));
    assert_eq!(allowed.pointer("/clusters/0/cluster/insecure-skip-tls-verify"), Some(&json!(true)));
    assert_eq!(allowed.pointer("/users/0/user/tokenFile"), None);
}

#[tokio::test]
async fn what_is_no_kubeconfig_is_refused_without_quoting_it() {
    let secret = "hunter2-marker";
    for text in [
        format!("users: [{{name: u, user: {{token: {{a: {secret}}}}}}}]"),
        format!("{{{secret}"),
        format!("- {secret}"),
        "x".repeat(2 << 20),
        String::new(),
    ] {
        let error = load(text.as_bytes(), KubeConfigOptions::default()).await.expect_err("it is refused");
        assert!(!crate::chain(&error).contains(secret), "{error}");
    }
}
