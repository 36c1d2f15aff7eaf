//! URLs, credentials, and what they must not do together.

use super::*;

fn basic(username: &str, password: &str) -> Option<HttpCredentials> {
    Some(HttpCredentials::Basic { username: username.into(), password: Redacted::new(password) })
}

fn ssh(identity: &str, known_hosts: &str) -> RemoteOptions {
    let identity = Redacted::new(identity);
    let ssh = SshCredentials { identity, passphrase: None, known_hosts: known_hosts.into() };
    RemoteOptions { ssh: Some(ssh), ..RemoteOptions::default() }
}

#[test]
fn credentials_in_the_url_fill_what_the_secret_leaves_open_and_are_never_shown() {
    let remote =
        Remote::new("https://us%40er:p%3Ass@example.com/a.git", RemoteOptions::default()).expect("a remote");
    assert_eq!(remote.options().http, basic("us@er", "p:ss"));
    assert_eq!(remote.display_url(), "https://example.com/a.git");
    let options = RemoteOptions { http: basic("", "secret"), ..RemoteOptions::default() };
    let remote = Remote::new("https://user@example.com/a.git", options).expect("a remote");
    assert_eq!(remote.options().http, basic("user", "secret"));
    assert!(!format!("{remote:?}").contains("secret"));
}

#[test]
fn contradicting_credentials_are_refused_with_the_texts_of_the_contract() {
    let bearer = Some(HttpCredentials::Bearer(Redacted::new("token")));
    let options = RemoteOptions { http: bearer, ..RemoteOptions::default() };
    let error = Remote::new("https://user:password@example.com/a", options).expect_err("two ways");
    assert_eq!(error.to_string(), "basic auth and bearer token cannot be set at the same time");
    let options = RemoteOptions { http: basic("", "secret"), ..RemoteOptions::default() };
    let error = Remote::new("http://example.com/a", options).expect_err("no user");
    assert_eq!(error.to_string(), "invalid 'http' auth option: 'password' requires 'username' to be set");
    let error = Remote::new("ssh://git@example.com/a", RemoteOptions::default()).expect_err("no key");
    assert_eq!(error.to_string(), "invalid 'ssh' auth option: 'identity' is required");
    let error = Remote::new("ssh://git@example.com/a", ssh("key", "")).expect_err("no hosts");
    assert_eq!(error.to_string(), "invalid 'ssh' auth option: 'known_hosts' is required");
}

#[test]
fn an_unreadable_url_is_named_without_its_credentials() {
    let error = Remote::new("https://user:secret@exa mple/a", RemoteOptions::default()).expect_err("no URL");
    assert_eq!(error.to_string(), "failed to parse url 'https://exa mple/a'");
}

#[test]
fn another_identity_is_another_store() {
    let plain = Remote::new("https://example.com/a", RemoteOptions::default()).expect("a remote");
    let user = Remote::new("https://user@example.com/a", RemoteOptions::default()).expect("a remote");
    let same = Remote::new("https://example.com/a", RemoteOptions::default()).expect("a remote");
    assert_ne!(plain.key(b"salt"), user.key(b"salt"));
    assert_eq!(plain.key(b"salt"), same.key(b"salt"));
    assert_ne!(plain.key(b"salt"), plain.key(b"other"));
}
