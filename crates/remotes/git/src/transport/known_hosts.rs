//! OpenSSH's `known_hosts`: which keys a host may show (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use russh::keys::{
    Algorithm, Certificate, HashAlg, PublicKey,
    ssh_key::{Fingerprint, certificate::CertType},
};
use sha1::{Digest as _, Sha1};

use crate::error::SshError;

/// The port that is not written down.
const DEFAULT_PORT: u16 = 22;

/// All lines that could be read.
#[derive(Debug, Default)]
pub(crate) struct KnownHosts {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    marker: Marker,
    hosts: Hosts,
    key: PublicKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker {
    None,
    CertificateAuthority,
    Revoked,
}

#[derive(Debug)]
enum Hosts {
    Patterns(Vec<String>),
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
}

impl KnownHosts {
    /// Reads the whole text. Keys of types that nobody can check are passed over.
    pub(crate) fn parse(text: &str) -> Result<Self, SshError> {
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let problem = |problem| SshError::KnownHosts { line: number + 1, problem };
            lines.extend(parse_line(line).map_err(problem)?);
        }
        Ok(Self { lines })
    }

    /// The algorithms for which the host has keys, best first as the file names them; empty when it has none.
    pub(crate) fn algorithms(&self, host: &str, port: u16) -> Vec<Algorithm> {
        let mut algorithms = Vec::new();
        let mut add = |algorithm: Algorithm| {
            if !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        };
        for line in self.matching(Marker::None, host, port) {
            match line.key.algorithm() {
                // An old entry of type ssh-rsa is a key; which hash signs with it is another question.
                Algorithm::Rsa { .. } => {
                    add(Algorithm::Rsa { hash: Some(HashAlg::Sha512) });
                    add(Algorithm::Rsa { hash: Some(HashAlg::Sha256) });
                    add(Algorithm::Rsa { hash: None });
                }
                other => add(other),
            }
        }
        algorithms
    }

    /// Whether a certificate authority speaks for the host.
    pub(crate) fn has_authority(&self, host: &str, port: u16) -> bool {
        self.matching(Marker::CertificateAuthority, host, port).next().is_some()
    }

    /// Checks a host's plain key.
    pub(crate) fn check(&self, host: &str, port: u16, key: &PublicKey) -> Result<(), SshError> {
        self.not_revoked(key)?;
        let mut known = false;
        for line in self.matching(Marker::None, host, port) {
            known = true;
            if line.key.key_data() == key.key_data() {
                return Ok(());
            }
        }
        Err(SshError::HostKey(if known { "key mismatch" } else { "key is unknown" }))
    }

    /// Checks a host's certificate at this time.
    pub(crate) fn check_certificate(
        &self,
        host: &str,
        port: u16,
        certificate: &Certificate,
        unix_seconds: u64,
    ) -> Result<(), SshError> {
        if certificate.cert_type() != CertType::Host {
            return Err(SshError::HostKey("the certificate is not one of a host"));
        }
        if !certificate.valid_principals().iter().any(|principal| principal == host) {
            return Err(SshError::HostKey("the certificate is not for this host"));
        }
        self.not_revoked(&PublicKey::from(certificate.signature_key().clone()))?;
        self.not_revoked(&PublicKey::from(certificate.public_key().clone()))?;
        let authorities: Vec<Fingerprint> = self
            .matching(Marker::CertificateAuthority, host, port)
            .map(|line| line.key.fingerprint(HashAlg::Sha256))
            .collect();
        certificate
            .validate_at(unix_seconds, &authorities)
            .map_err(|_| SshError::HostKey("the certificate is not valid or its authority is unknown"))
    }

    fn not_revoked(&self, key: &PublicKey) -> Result<(), SshError> {
        let revoked = self
            .lines
            .iter()
            .any(|line| line.marker == Marker::Revoked && line.key.key_data() == key.key_data());
        if revoked { Err(SshError::HostKey("key is revoked")) } else { Ok(()) }
    }

    fn matching(&self, marker: Marker, host: &str, port: u16) -> impl Iterator<Item = &Line> {
        let name = written(host, port);
        self.lines.iter().filter(move |line| line.marker == marker && line.hosts.contain(&name))
    }
}

/// A host as `known_hosts` writes it.
fn written(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == DEFAULT_PORT { host } else { format!("[{host}]:{port}") }
}

fn parse_line(line: &str) -> Result<Option<Line>, &'static str> {
    let mut fields = line.split_ascii_whitespace();
    let mut first = fields.next().ok_or("it is empty")?;
    let marker = match first {
        "@cert-authority" => Marker::CertificateAuthority,
        "@revoked" => Marker::Revoked,
        other if other.starts_with('@') => return Err("it begins with an unknown marker"),
        _ => Marker::None,
    };
    if marker != Marker::None {
        first = fields.next().ok_or("it names no host")?;
    }
    let (Some(kind), Some(key)) = (fields.next(), fields.next()) else {
        return Err("it holds no key");
    };
    let hosts = match first.strip_prefix('|') {
        None => Hosts::Patterns(first.split(',').map(str::to_ascii_lowercase).collect()),
        Some(hashed) => {
            let mut parts = hashed.split('|');
            let (Some("1"), Some(salt), Some(hash), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err("its hashed host has an unknown form");
            };
            let decode = |text| STANDARD.decode(text).map_err(|_| "its hashed host is no base64");
            Hosts::Hashed { salt: decode(salt)?, hash: decode(hash)? }
        }
    };
    if STANDARD.decode(key).is_err() {
        return Err("its key is no base64");
    }
    // Unknown types of keys, such as those of security devices to come, are none of our business.
    let key = PublicKey::from_openssh(&format!("{kind} {key}")).ok();
    Ok(key.map(|key| Line { marker, hosts, key }))
}

impl Hosts {
    fn contain(&self, name: &str) -> bool {
        match self {
            Self::Hashed { salt, hash } => hmac_sha1(salt, name.as_bytes()) == **hash,
            Self::Patterns(patterns) => {
                let mut found = false;
                for pattern in patterns {
                    match pattern.strip_prefix('!') {
                        Some(negated) if matches(normalised(negated), name) => return false,
                        Some(_) => {}
                        None => found |= matches(normalised(pattern), name),
                    }
                }
                found
            }
        }
    }
}

/// A pattern that names the default port is one that names none.
fn normalised(pattern: &str) -> &str {
    pattern.strip_prefix('[').and_then(|rest| rest.strip_suffix("]:22")).unwrap_or(pattern)
}

/// Whether a name matches a pattern with `*` and `?`. Takes no more steps than the product of both lengths.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut pos) = (0, 0);
    let mut star = None;
    while let Some(&byte) = name.get(pos) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, pos));
                at += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == byte => {
                at += 1;
                pos += 1;
            }
            _ => match star {
                Some((star_at, star_pos)) => {
                    at = star_at + 1;
                    pos = star_pos + 1;
                    star = Some((star_at, pos));
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

/// RFC 2104 with SHA-1, which is what hashed host names are made with.
fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    let digest;
    let key = if key.len() > BLOCK {
        digest = Sha1::digest(key);
        digest.as_slice()
    } else {
        key
    };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let pad = |value: u8| block.map(|byte| byte ^ value);
    let inner = Sha1::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha1::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests;
