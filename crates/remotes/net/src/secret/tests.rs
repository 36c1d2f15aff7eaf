use super::*;

fn data(entries: &[(&str, &str)]) -> BTreeMap<String, ByteString> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), ByteString(value.as_bytes().to_vec()))).collect()
}

fn secret(data: &BTreeMap<String, ByteString>) -> SecretData<'_> {
    SecretData::new("apps", "creds", data)
}

/// source.md 13.3
#[test]
fn tls_keys_come_in_pairs_or_the_message_names_the_missing_one() {
    let message = |entries: &[(&str, &str)]| {
        secret(&data(entries)).require_tls(LegacyKeys::All).unwrap_err().to_string()
    };
    assert_eq!(message(&[("tls.crt", "c")]), "secret 'apps/creds' contains 'tls.crt' but missing 'tls.key'");
    assert_eq!(message(&[("tls.key", "k")]), "secret 'apps/creds' contains 'tls.key' but missing 'tls.crt'");
    assert_eq!(
        message(&[("other", "x")]),
        "secret 'apps/creds' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'"
    );
    assert_eq!(secret(&data(&[("ca.crt", "")])).tls(LegacyKeys::All), Ok(None));
}

#[test]
fn legacy_keys_count_only_where_they_are_allowed_and_the_new_ones_are_absent() {
    let old = data(&[("caFile", "old"), ("certFile", "c"), ("keyFile", "k")]);
    assert_eq!(secret(&old).tls(LegacyKeys::None), Ok(None));
    let authority = secret(&old).tls(LegacyKeys::Authority).unwrap().unwrap();
    assert_eq!((authority.authority.as_deref(), &authority.identity), (Some(b"old".as_slice()), &None));
    assert!(secret(&old).tls(LegacyKeys::All).unwrap().unwrap().identity.is_some());
    let both = data(&[("caFile", "old"), ("ca.crt", "new")]);
    let both = secret(&both).tls(LegacyKeys::All).unwrap().unwrap();
    assert_eq!(both.authority.as_deref(), Some(b"new".as_slice()));
}

/// source.md 13.2
#[test]
fn basic_auth_needs_both_halves() {
    let message = |key| secret(&data(&[(key, "x")])).basic_auth().unwrap_err().to_string();
    assert_eq!(
        message("username"),
        "secret 'apps/creds': malformed basic auth - has 'username' but missing 'password'"
    );
    assert_eq!(
        message("password"),
        "secret 'apps/creds': malformed basic auth - has 'password' but missing 'username'"
    );
    assert_eq!(secret(&data(&[])).basic_auth(), Ok(None));
}

/// source.md 13.2, 18: scenario 18.
#[test]
fn a_proxy_needs_an_address_of_a_known_scheme() {
    let message = |entries: &[(&str, &str)]| secret(&data(entries)).proxy().unwrap_err().to_string();
    assert_eq!(message(&[]), "secret 'apps/creds': key 'address' not found");
    assert_eq!(message(&[("address", "")]), "secret 'apps/creds': proxy address is empty");
    assert_eq!(
        message(&[("address", "ftp://p")]),
        "proxy URL must use one of the supported schemes (http, https, socks5), got 'ftp'"
    );
    let long = format!("http://{}", "a".repeat(2048));
    assert_eq!(message(&[("address", &long)]), "proxy URL exceeds maximum length of 2048 characters");
    let fine = data(&[("address", "socks5://p:1080"), ("username", "u")]);
    assert!(secret(&fine).proxy().is_ok(), "a user alone is allowed");
}

/// security.md: logs, events and conditions hold no secret.
#[test]
fn nothing_that_is_printed_holds_a_value() {
    let all = data(&[
        ("username", "m4rker"),
        ("password", "m4rker"),
        ("ca.crt", "m4rker"),
        ("tls.crt", "m4rker"),
        ("tls.key", "m4rker"),
        ("address", "http://m4rker:m4rker@proxy"),
    ]);
    let secret = secret(&all);
    let printed = format!(
        "{secret:?} {:?} {:?} {:?}",
        secret.basic_auth(),
        secret.tls(LegacyKeys::All),
        secret.proxy().unwrap()
    );
    assert!(!printed.contains("m4rker"), "{printed}");
}
