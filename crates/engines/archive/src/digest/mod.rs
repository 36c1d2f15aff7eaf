//! Digests written `algorithm:hex`, as in `status.artifact.digest` and in OCI descriptors.

use std::{
    fmt,
    io::{self, Read, Write},
    str::FromStr,
};

use sha2::Digest as _;

/// The longest digest that is known (SHA-512), in bytes.
const MAX_BYTES: usize = 64;

/// A hash function that `--artifact-digest-algo` can name (contract/source.md 15.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// 160 bits; offered by the flag, refused by consumers ([`Digest::parse_strong`]).
    Sha1,
    /// 256 bits, the default.
    Sha256,
    /// 384 bits.
    Sha384,
    /// 512 bits.
    Sha512,
    /// 256 bits.
    Blake3,
}

impl Algorithm {
    /// Every algorithm, in the order in which help texts name them.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512, Self::Blake3];

    /// The name in front of the colon.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Blake3 => "blake3",
        }
    }

    /// Length of a digest in bytes.
    pub const fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Blake3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// A fresh computation.
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            Self::Sha1 => State::Sha1(sha1::Sha1::new()),
            Self::Sha256 => State::Sha256(sha2::Sha256::new()),
            Self::Sha384 => State::Sha384(sha2::Sha384::new()),
            Self::Sha512 => State::Sha512(sha2::Sha512::new()),
            Self::Blake3 => State::Blake3(Box::new(blake3::Hasher::new())),
        })
    }

    /// The digest of `bytes`.
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = ParseError;

    fn from_str(name: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| ParseError::Unsupported(shorten(name)))
    }
}

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// There is no text.
    #[error("empty digest")]
    Empty,
    /// The algorithm is unknown, or too weak for this use.
    #[error("unsupported digest algorithm '{0}'")]
    Unsupported(String),
    /// What follows the colon is not the right number of hexadecimal digits.
    #[error("invalid {algorithm} digest '{text}'")]
    Malformed {
        /// The algorithm in front of the colon.
        algorithm: Algorithm,
        /// What followed it, shortened.
        text: String,
    },
}

/// The bytes are not those that the digest was made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("computed digest doesn't match provided '{expected}'")]
pub struct Mismatch {
    /// What was promised.
    pub expected: Digest,
    /// What came.
    pub computed: Digest,
}

/// The result of a hash function, with its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    algorithm: Algorithm,
    bytes: [u8; MAX_BYTES],
}

impl Digest {
    /// The digest that consists of `bytes`, or nothing if their number does not suit `algorithm`.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Option<Self> {
        let mut all = [0; MAX_BYTES];
        if bytes.len() != algorithm.size() {
            return None;
        }
        all.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { algorithm, bytes: all })
    }

    /// Reads the digest of an artifact as a consumer does (contract/kustomize.md 6.1): a text without a colon is a
    /// SHA-256, and SHA-1 is refused.
    pub fn parse_strong(text: &str) -> Result<Self, ParseError> {
        let digest: Self = if text.contains(':') || text.is_empty() {
            text.parse()?
        } else {
            parse_hex(Algorithm::Sha256, text)?
        };
        match digest.algorithm {
            Algorithm::Sha1 => Err(ParseError::Unsupported("sha1".into())),
            _ => Ok(digest),
        }
    }

    /// The hash function.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bare bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.size()).unwrap_or_default()
    }

    /// The part behind the colon, in lower case.
    pub fn hex(&self) -> String {
        hex::encode(self.as_bytes())
    }

    /// Whether `bytes` are what this digest was made of.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), Mismatch> {
        self.verify_computed(self.algorithm.digest(bytes))
    }

    /// Whether `computed`, made of the bytes at hand, is this digest.
    pub fn verify_computed(&self, computed: Self) -> Result<(), Mismatch> {
        if *self == computed { Ok(()) } else { Err(Mismatch { expected: *self, computed }) }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm)?;
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.is_empty() {
            return Err(ParseError::Empty);
        }
        let (algorithm, encoded) = text.split_once(':').unwrap_or((text, ""));
        parse_hex(algorithm.parse()?, encoded)
    }
}

fn parse_hex(algorithm: Algorithm, text: &str) -> Result<Digest, ParseError> {
    let malformed = || ParseError::Malformed { algorithm, text: shorten(text) };
    if text.len() != algorithm.size() * 2 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(malformed());
    }
    let bytes = hex::decode(text).map_err(|_| malformed())?;
    Digest::from_bytes(algorithm, &bytes).ok_or_else(malformed)
}

/// A text from outside, cut so that it can stand in a message.
fn shorten(text: &str) -> String {
    text.chars().take(160).collect()
}

/// A digest under way; also a [`Write`], so that it can stand at the end of a copy.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha1(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
            State::Blake3(state) => {
                state.update(bytes);
            }
        }
    }

    /// The digest of everything that was taken in.
    pub fn finish(self) -> Digest {
        let mut bytes = [0; MAX_BYTES];
        let mut put = |from: &[u8]| bytes.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        let algorithm = match self.0 {
            State::Sha1(state) => {
                put(&state.finalize());
                Algorithm::Sha1
            }
            State::Sha256(state) => {
                put(&state.finalize());
                Algorithm::Sha256
            }
            State::Sha384(state) => {
                put(&state.finalize());
                Algorithm::Sha384
            }
            State::Sha512(state) => {
                put(&state.finalize());
                Algorithm::Sha512
            }
            State::Blake3(state) => {
                put(state.finalize().as_bytes());
                Algorithm::Blake3
            }
        };
        Digest { algorithm, bytes }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Passes bytes on to a writer while it counts and digests them.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
    size: u64,
}

impl<W: Write> HashingWriter<W> {
    /// Digests with `algorithm` what goes to `inner`.
    pub fn new(inner: W, algorithm: Algorithm) -> Self {
        Self { inner, hasher: algorithm.hasher(), size: 0 }
    }

    /// The writer, the digest of what it was given, and the number of bytes.
    pub fn finish(self) -> (W, Digest, u64) {
        (self.inner, self.hasher.finish(), self.size)
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes));
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The digest and the length of everything that `reader` gives, in constant memory.
pub fn digest_reader(algorithm: Algorithm, mut reader: impl Read) -> io::Result<(Digest, u64)> {
    let mut hasher = algorithm.hasher();
    let size = io::copy(&mut reader, &mut hasher)?;
    Ok((hasher.finish(), size))
}

#[cfg(test)]
mod tests;
