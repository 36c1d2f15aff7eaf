use super::*;

fn proxies(entries: &[(&str, &str)]) -> EnvironmentProxies {
    EnvironmentProxies::from_variables(|name| {
        entries.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

fn proxied(exceptions: &str, url: &str) -> bool {
    let all = [("HTTP_PROXY", "proxy:3128"), ("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", exceptions)];
    proxies(&all).for_url(&Url::parse(url).unwrap()).is_some()
}

/// install-and-cli.md 6.4 and 12: scenario 16.
#[test]
fn in_cluster_names_with_a_closing_dot_are_not_proxied() {
    let artifact = "http://source-controller.flux-system.svc.cluster.local./gitrepository/a.tar.gz";
    for exceptions in
        [".cluster.local.,.cluster.local,.svc", ".cluster.local", ".cluster.local.", "cluster.local"]
    {
        assert!(!proxied(exceptions, artifact), "{exceptions}");
    }
    assert!(proxied(".cluster.local", "https://github.com/a/b"));
}

#[test]
fn exceptions_are_read_as_go_reads_them() {
    for (exceptions, url, expected) in [
        ("", "http://example.com", true),
        ("*", "http://example.com", false),
        ("example.com", "http://example.com", false),
        ("example.com", "http://a.example.com", false),
        (".example.com", "http://example.com", true),
        ("*.example.com", "http://a.example.com", false),
        ("example.com", "http://notexample.com", true),
        ("example.com:8080", "http://example.com:8080", false),
        ("example.com:8080", "http://example.com", true),
        ("example.com:443", "https://example.com", false),
        ("10.0.0.0/8", "http://10.1.2.3", false),
        ("10.0.0.0/8", "http://11.1.2.3", true),
        ("0.0.0.0/0", "http://11.1.2.3", false),
        ("0.0.0.0/0", "http://[2001:db8::1]", true),
        ("2001:db8::/32", "http://[2001:db8::1]", false),
        ("192.0.2.1", "http://192.0.2.1:99", false),
        ("192.0.2.1:80", "http://192.0.2.1:99", true),
        ("10.0.0.0/99, ,nonsense:x", "http://10.1.2.3", true),
        ("", "http://localhost:80", false),
        ("", "http://127.0.0.1:9090", false),
        ("", "http://[::1]/", false),
    ] {
        assert_eq!(proxied(exceptions, url), expected, "{exceptions:?} {url}");
    }
}

#[test]
fn the_scheme_of_the_request_chooses_the_variable() {
    let some =
        proxies(&[("https_proxy", "secure:1"), ("HTTP_PROXY", "plain:2"), ("all_proxy", "socks5://s:3")]);
    let host = |url: &str| {
        let url = Url::parse(url).unwrap();
        some.for_url(&url).map(|proxy| proxy.url().host_str().unwrap().to_owned())
    };
    assert_eq!(host("https://a.example"), Some("secure".into()));
    assert_eq!(host("http://a.example"), Some("plain".into()));
    assert_eq!(some.for_other().map(|proxy| proxy.url().scheme()), Some("socks5"));
    assert_eq!(proxies(&[("HTTP_PROXY", "ftp://x")]), EnvironmentProxies::default());
}
