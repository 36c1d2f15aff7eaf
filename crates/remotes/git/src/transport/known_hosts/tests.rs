//! The forms of host names; that hashed ones agree with OpenSSH is shown against `ssh-keygen -H` in `tests/ssh.rs`.

use super::*;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAlmbe1xHtYQEqvfhbQy6e2CcCYIA6hrUPHCkPVHsMPt";

fn key(text: &str) -> PublicKey {
    PublicKey::from_openssh(text).expect("a key")
}

fn check(hosts: &str, host: &str, port: u16) -> Result<(), String> {
    let known = KnownHosts::parse(&format!("{hosts} {KEY} a comment\n")).expect("known hosts");
    known.check(host, port, &key(KEY)).map_err(|error| error.to_string())
}

#[test]
fn plain_names_wildcards_ports_and_negations_are_understood() {
    for (hosts, host, port, known) in [
        ("example.com", "example.com", 22, true),
        ("Example.com", "EXAMPLE.com", 22, true),
        ("example.com", "example.com", 2222, false),
        ("[example.com]:2222", "example.com", 2222, true),
        ("[example.com]:22", "example.com", 22, true),
        ("[example.com]:2222", "example.com", 22, false),
        ("other,example.com", "example.com", 22, true),
        ("*.example.com", "git.example.com", 22, true),
        ("*.example.com", "example.com", 22, false),
        ("git?.example.com", "git1.example.com", 22, true),
        ("*.example.com,!bad.example.com", "bad.example.com", 22, false),
        ("*.example.com,!bad.example.com", "good.example.com", 22, true),
        ("*", "anything", 22, true),
    ] {
        assert_eq!(check(hosts, host, port).is_ok(), known, "{hosts} for {host}:{port}");
    }
}

#[test]
fn another_key_of_a_known_host_is_a_mismatch() {
    let known = KnownHosts::parse(&format!("# comment\n\nexample.com {KEY}\n")).expect("known hosts");
    let error = known.check("example.com", 22, &key(OTHER)).expect_err("a mismatch");
    assert_eq!(error.to_string(), "handshake failed: knownhosts: key mismatch");
    let error = known.check("example.org", 22, &key(OTHER)).expect_err("unknown");
    assert_eq!(error.to_string(), "handshake failed: knownhosts: key is unknown");
}

#[test]
fn a_revoked_key_is_refused_for_every_host() {
    let known = KnownHosts::parse(&format!("@revoked * {KEY}\nexample.com {KEY}\n")).expect("known hosts");
    let error = known.check("example.com", 22, &key(KEY)).expect_err("revoked");
    assert_eq!(error.to_string(), "handshake failed: knownhosts: key is revoked");
}

#[test]
fn an_authority_is_no_host_key() {
    let known = KnownHosts::parse(&format!("@cert-authority *.example.com {KEY}\n")).expect("known hosts");
    assert!(known.check("git.example.com", 22, &key(KEY)).is_err());
    assert!(known.has_authority("git.example.com", 22));
    assert!(!known.has_authority("example.com", 22));
}

#[test]
fn broken_lines_are_named_by_their_number() {
    for (text, problem) in [
        ("example.com", "it holds no key"),
        ("@what example.com ssh-rsa AAAA", "it begins with an unknown marker"),
        ("|2|a|b ssh-rsa AAAA", "its hashed host has an unknown form"),
        ("example.com ssh-rsa !!!!", "its key is no base64"),
    ] {
        let error = KnownHosts::parse(&format!("\n{text}")).expect_err(text);
        assert_eq!(error.to_string(), format!("invalid known_hosts: line 2: {problem}"));
    }
}

#[test]
fn keys_of_unknown_types_are_passed_over() {
    let known =
        KnownHosts::parse(&format!("example.com new-type AAAA\nexample.com {KEY}\n")).expect("known hosts");
    assert!(known.check("example.com", 22, &key(KEY)).is_ok());
    assert_eq!(known.algorithms("example.com", 22), [Algorithm::Ed25519]);
}
