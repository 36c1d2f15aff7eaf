use std::time::Duration;

use super::RepositoryAddress;

fn parts(text: &str) -> Option<(String, String, String)> {
    RepositoryAddress::parse(text).map(|address| (address.clone_url, address.path, address.reference))
}

fn expect(text: &str, clone_url: &str, path: &str, reference: &str) {
    assert_eq!(parts(text), Some((clone_url.into(), path.into(), reference.into())), "{text}");
}

/// kustomize-engine.md 4.5: the markers of the end of the repository part, in their order
#[test]
fn an_address_is_split_at_its_first_marker() {
    expect("https://host.io/org/repo//a/b?ref=v1", "https://host.io/org/repo", "a/b", "v1");
    expect("https://host.io/org/repo.git/a", "https://host.io/org/repo.git", "a", "");
    expect("https://dev.azure.com/o/p/_git/r/a/b", "https://dev.azure.com/o/p/_git/r", "a/b", "");
    expect("https://host.io/org/repo/a/b?version=x", "https://host.io/org/repo", "a/b", "x");
    expect("git@host.io:org/repo//a", "git@host.io:org/repo", "a", "");
    expect("ssh://git@host.io/org/repo", "ssh://git@host.io/org/repo", "", "");
    expect("github.com/org/repo/a?ref=main", "https://github.com/org/repo", "a", "main");
    expect("git@github.com:org/repo.git", "git@github.com:org/repo.git", "", "");
    expect("git::https://host.io/org/repo", "https://host.io/org/repo", "", "");
    expect("file:///srv/repo//a", "file:///srv/repo", "a", "");
}

#[test]
fn paths_are_no_addresses() {
    for text in ["../base", "base", "/abs/base", "host.io/org/repo", "a:b"] {
        assert_eq!(parts(text), None, "{text}");
    }
    assert_eq!(parts("https://host.io/org/repo//../x"), None, "leaves the repository");
}

/// kustomize-engine.md 4.5: timeout in seconds or as a duration, submodules on unless switched off
#[test]
fn the_query_sets_timeout_and_submodules() {
    let of = |query: &str| {
        let address = RepositoryAddress::parse(&format!("https://h.io/o/r?{query}")).expect("an address");
        (address.timeout, address.submodules)
    };
    assert_eq!(of(""), (Duration::from_secs(27), true));
    assert_eq!(of("timeout=90"), (Duration::from_secs(90), true));
    assert_eq!(of("timeout=1m30s&submodules=false"), (Duration::from_secs(90), false));
    assert_eq!(of("timeout=-3"), (Duration::from_secs(27), true));
}
