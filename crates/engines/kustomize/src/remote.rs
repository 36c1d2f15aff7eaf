//! Remote bases: what the engine asks for, and how the address of a repository is taken apart.

use std::{sync::Arc, time::Duration};

use crate::tree::{FileTree, clean};

/// Why a remote base or file could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The server answered with a status that is no success; nothing else is tried then.
    #[error("HTTP Error: status code {code} ({text})")]
    Status {
        /// The status.
        code: u16,
        /// Its name, such as `Not Found`.
        text: String,
    },
    /// Anything else: no such host, no such reference, time-out.
    #[error("{0}")]
    Failed(String),
}

/// A repository at one revision.
pub struct Checkout {
    /// Its files.
    pub tree: Arc<dyn FileTree>,
    /// The directory of the repository's root in that tree, without symlinks.
    pub root: String,
}

/// Fetches what lies outside the tree. A caller that has none of it refuses by passing no implementation.
pub trait RemoteSource {
    /// The content behind an `http://` or `https://` address.
    fn file(&self, url: &str) -> Result<Arc<[u8]>, RemoteError>;

    /// The repository at the reference that the address names, submodules included if asked for.
    fn repository(&self, address: &RepositoryAddress) -> Result<Checkout, RemoteError>;
}

/// The address of a directory in a Git repository, as kustomize understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryAddress {
    /// The text it came from.
    pub raw: String,
    /// What to clone: `https://github.com/org/repo.git`.
    pub clone_url: String,
    /// The directory inside the repository, empty for its root.
    pub path: String,
    /// Branch, tag or commit; empty for the default branch.
    pub reference: String,
    /// How long fetching may take.
    pub timeout: Duration,
    /// Whether submodules are wanted.
    pub submodules: bool,
}

/// How long a clone may take unless the address says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(27);

const SCHEMES: [&str; 4] = ["ssh://", "https://", "http://", "file://"];

impl RepositoryAddress {
    /// Takes an address apart; nothing if it does not name a repository (then it is a path).
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            return None;
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (host, rest) = split_host(address)?;
        let file = host.starts_with("file://");
        let (repository, path) = split_path(&rest, file)?;
        if repository.is_empty() || leaves_repository(&path) {
            return None;
        }
        let (reference, timeout, submodules) = parse_query(query);
        Some(Self {
            raw: text.to_owned(),
            clone_url: format!("{host}{repository}"),
            path: path.strip_prefix('/').unwrap_or(&path).to_owned(),
            reference,
            timeout,
            submodules,
        })
    }
}

/// Whether the path is an address of a file on a web server.
pub(crate) fn is_remote_file(path: &str) -> bool {
    let lower = path.get(..8).unwrap_or(path).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..).unwrap_or(""))
}

/// Scheme, user and host with the separator behind it, and the rest.
fn split_host(address: &str) -> Option<(String, String)> {
    let address = strip_prefix_ignoring_case(address, "git::").unwrap_or(address);
    let (mut scheme, address) = SCHEMES
        .iter()
        .find_map(|scheme| Some((*scheme, strip_prefix_ignoring_case(address, scheme)?)))
        .unwrap_or(("", address));
    let user_length = address
        .split_once('@')
        .filter(|(user, _)| {
            user.starts_with(|first: char| first.is_ascii_alphabetic())
                && user.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
        })
        .map_or(0, |(user, _)| user.len() + 1);
    let (mut user, address) = address.split_at(user_length);
    let lower = address.to_ascii_lowercase();
    let github = lower.starts_with("github.com/") || lower.starts_with("github.com:");
    let scp = scheme.is_empty() && (!user.is_empty() || github);
    if scheme.is_empty() && !scp {
        return None;
    }
    if scheme == "file://" {
        return Some((scheme.to_owned(), format!("{user}{address}")));
    }
    let mut separator = address.find('/');
    if scp
        && let Some(colon) = address.find(':')
        && separator.is_none_or(|slash| colon > 0 && colon < slash)
    {
        separator = Some(colon);
    }
    let (mut host, rest) = match separator {
        Some(index) => address.split_at(index + 1),
        None => (address, ""),
    };
    if github {
        if scheme == "ssh://" || !user.is_empty() {
            (scheme, host) = ("", "github.com:");
        } else {
            (scheme, user, host) = ("https://", "", "github.com/");
        }
    }
    (!host.is_empty()).then(|| (format!("{scheme}{user}{host}"), rest.to_owned()))
}

/// The repository part and the directory inside it.
fn split_path(rest: &str, file: bool) -> Option<(String, String)> {
    if let Some((head, tail)) = rest.split_once("_git/") {
        let (name, path) = tail.split_once('/').unwrap_or((tail, ""));
        return Some((format!("{head}_git/{name}"), path.to_owned()));
    }
    if let Some((repository, path)) = rest.split_once("//") {
        return Some((repository.to_owned(), path.to_owned()));
    }
    if let Some((repository, path)) = rest.split_once(".git") {
        return Some((format!("{repository}.git"), path.to_owned()));
    }
    if file {
        return Some((rest.to_owned(), String::new()));
    }
    let mut segments = rest.splitn(3, '/');
    let (owner, name) = (segments.next()?, segments.next()?);
    Some((format!("{owner}/{name}"), segments.next().unwrap_or("").to_owned()))
}

fn leaves_repository(path: &str) -> bool {
    let cleaned = clean(path.strip_prefix('/').unwrap_or(path));
    cleaned == ".." || cleaned.starts_with("../")
}

fn parse_query(query: &str) -> (String, Duration, bool) {
    let value = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| percent_decode(value))
    };
    let reference = value("ref").or_else(|| value("version")).unwrap_or_default();
    let timeout = value("timeout").and_then(|text| parse_duration(&text)).unwrap_or(DEFAULT_TIMEOUT);
    let submodules =
        !matches!(value("submodules").as_deref(), Some("0" | "f" | "F" | "false" | "FALSE" | "False"));
    (reference, timeout, submodules)
}

fn percent_decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes().iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let digits: Vec<u8> = bytes.clone().take(2).collect();
                let code = std::str::from_utf8(&digits)
                    .ok()
                    .filter(|digits| digits.len() == 2)
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                match code {
                    Some(code) => {
                        decoded.push(code);
                        bytes.nth(1);
                    }
                    None => decoded.push(byte),
                }
            }
            other => decoded.push(other),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Seconds, or a Go duration such as `1m30s`; only positive ones count.
fn parse_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return (seconds > 0).then(|| Duration::from_secs(seconds));
    }
    let mut total = 0.0_f64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_end =
            tail.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = tail;
    }
    Duration::try_from_secs_f64(total).ok().filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests;
