//! A single version.

use std::{cmp::Ordering, fmt, str::FromStr};

use crate::{quote::quote, scan};

/// Bytes that a version may have.
pub const MAX_VERSION_LENGTH: usize = 256;

/// Why a text is no version. The texts are those of the library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// It has not the form of one.
    #[error("invalid semantic version")]
    Invalid,
    /// There is no text.
    #[error("version string empty")]
    Empty,
    /// It is longer than [`MAX_VERSION_LENGTH`].
    #[error("version string is too long (max {MAX_VERSION_LENGTH} bytes)")]
    TooLong,
    /// A part is no number (strict reading).
    #[error("invalid characters in version")]
    Characters,
    /// A part, or a numeric pre-release identifier, has a leading zero.
    #[error("version segment starts with 0")]
    LeadingZero,
    /// A pre-release identifier is empty or holds other characters (strict reading).
    #[error("invalid prerelease string")]
    Prerelease,
    /// A metadata identifier is empty or holds other characters (strict reading).
    #[error("invalid metadata string")]
    Metadata,
    /// A part is empty (strict reading).
    #[error("strconv.ParseUint: parsing \"\": invalid syntax")]
    EmptyPart,
    /// A part does not fit into 64 bits.
    #[error("{}strconv.ParseUint: parsing {}: value out of range", prefix(*strict), quote(part))]
    Range {
        /// The part.
        part: String,
        /// Whether it was read strictly.
        strict: bool,
    },
}

fn prefix(strict: bool) -> &'static str {
    if strict { "" } else { "error parsing version segment: " }
}

/// A version. Compared by precedence: build metadata and the way it was written do not count.
#[derive(Debug, Clone)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    pre: Box<str>,
    metadata: Box<str>,
    original: Box<str>,
}

impl Version {
    /// Reads a version as people write them: an optional `v`, one to three numbers (leading zeros are fine), and
    /// optionally a pre-release and metadata.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_VERSION_LENGTH {
            return Err(VersionError::TooLong);
        }
        let pieces = match scan::take_version(text, scan::is_number) {
            Some((pieces, "")) => pieces,
            _ => return Err(VersionError::Invalid),
        };
        let part = |part: Option<&str>| number(part.unwrap_or("0"), false);
        let version = Self {
            major: part(Some(pieces.major))?,
            minor: part(pieces.minor)?,
            patch: part(pieces.patch)?,
            pre: pieces.pre.unwrap_or_default().into(),
            metadata: pieces.metadata.unwrap_or_default().into(),
            original: text.into(),
        };
        if pieces.pre.is_some() {
            check_prerelease(&version.pre)?;
        }
        Ok(version)
    }

    /// Reads a version as the specification has it: three numbers, no `v`, no leading zeros.
    pub fn parse_strict(text: &str) -> Result<Self, VersionError> {
        if text.is_empty() {
            return Err(VersionError::Empty);
        }
        if text.len() > MAX_VERSION_LENGTH {
            return Err(VersionError::TooLong);
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VersionError::Invalid);
        };
        let (rest, metadata) = split(rest, '+');
        if let Some(metadata) = metadata {
            let bad = |part: &str| part.is_empty() || !part.bytes().all(is_identifier_byte);
            if metadata.split('.').any(bad) {
                return Err(VersionError::Metadata);
            }
        }
        let (patch, pre) = split(rest, '-');
        if let Some(pre) = pre {
            check_prerelease(pre)?;
        }
        for part in [major, minor, patch] {
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(VersionError::Characters);
            }
            if part.len() > 1 && part.starts_with('0') {
                return Err(VersionError::LeadingZero);
            }
        }
        Ok(Self {
            major: number(major, true)?,
            minor: number(minor, true)?,
            patch: number(patch, true)?,
            pre: pre.unwrap_or_default().into(),
            metadata: metadata.unwrap_or_default().into(),
            original: text.into(),
        })
    }

    /// Reads a candidate among tags or chart versions: strict but for an optional `v` (contract/source.md 10.3).
    pub fn parse_candidate(text: &str) -> Result<Self, VersionError> {
        Self::parse_strict(text.strip_prefix('v').unwrap_or(text))?;
        Self::parse(text)
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.major
    }

    /// The second number.
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The third number.
    pub fn patch(&self) -> u64 {
        self.patch
    }

    /// What follows the hyphen; empty for a release.
    pub fn prerelease(&self) -> &str {
        &self.pre
    }

    /// What follows the plus; empty if there is none.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The text that was read.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The same version with other metadata, written in full; `None` if a metadata identifier is malformed.
    pub fn with_metadata(&self, metadata: &str) -> Option<Self> {
        let bad = |part: &str| part.is_empty() || !part.bytes().all(is_identifier_byte);
        if !metadata.is_empty() && metadata.split('.').any(bad) {
            return None;
        }
        let mut version = Self { metadata: metadata.into(), ..self.clone() };
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        version.original = format!("{prefix}{version}").into();
        Some(version)
    }
}

/// The version in full, without a leading `v`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        Self::parse(text)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| compare_prereleases(&self.pre, &other.pre))
    }
}

/// A release comes after its pre-releases; those compare identifier by identifier.
pub(crate) fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => left.split('.').map(identifier).cmp(right.split('.').map(identifier)),
    }
}

/// Numbers come before texts; a number that does not fit into 64 bits is a text.
fn identifier(part: &str) -> (Option<&str>, u64) {
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    match part.parse::<u64>() {
        Ok(number) if digits => (None, number),
        _ => (Some(part), 0),
    }
}

fn number(part: &str, strict: bool) -> Result<u64, VersionError> {
    if part.is_empty() {
        return Err(VersionError::EmptyPart);
    }
    part.parse().map_err(|_| VersionError::Range { part: part.to_owned(), strict })
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}

fn is_identifier_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn check_prerelease(pre: &str) -> Result<(), VersionError> {
    for part in pre.split('.') {
        if part.is_empty() || !part.bytes().all(is_identifier_byte) {
            return Err(VersionError::Prerelease);
        }
        if part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VersionError::LeadingZero);
        }
    }
    Ok(())
}
