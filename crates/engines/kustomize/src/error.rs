//! Why a build failed.
//!
//! The text of an error is what users know from kustomize and search the web for, with all its context in front;
//! it is therefore composed here and not left to the caller's error chain. Callers that decide anything do so on
//! [`ErrorKind`].

use std::fmt;

/// The sort of problem, for callers that treat some differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or directory that is named does not exist or cannot be read.
    File,
    /// A path leaves the root, by `..`, by being absolute or through a symlink.
    Confinement,
    /// The kustomization file itself is wrong.
    Kustomization,
    /// A resource, patch or configuration file is no valid YAML or lacks what every object has.
    Yaml,
    /// A directory is reached from itself.
    Cycle,
    /// A remote base could not be had, or remote bases are switched off.
    Remote,
    /// Something that would run a program: Helm, exec and container functions, plugins.
    Refused,
    /// A ceiling that protects the process was reached.
    Limit,
    /// Everything that goes wrong while objects are transformed.
    Build,
}

/// A failed build. Its text is the reference program's where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    malformed: bool,
    status: bool,
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), malformed: false, status: false }
    }

    pub(crate) fn build(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Build, message)
    }

    pub(crate) fn yaml(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Yaml, message)
    }

    /// A document that is no YAML: the file is then shown alone, without the attempt to read it as a directory.
    pub(crate) fn malformed(message: impl fmt::Display) -> Self {
        let mut error = Self::new(ErrorKind::Yaml, format!("MalformedYAMLError: {message}"));
        error.malformed = true;
        error
    }

    /// An answer of an HTTP server that is final.
    pub(crate) fn http_status(message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::Remote, message);
        error.status = true;
        error
    }

    /// What sort of problem it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn is_malformed(&self) -> bool {
        self.malformed
    }

    pub(crate) fn is_http_status(&self) -> bool {
        self.status
    }

    /// Puts `prefix: ` in front.
    pub(crate) fn context(mut self, prefix: impl fmt::Display) -> Self {
        self.message = format!("{prefix}: {}", self.message);
        self
    }

    pub(crate) fn map_message(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.message = change(self.message);
        self
    }
}

/// Puts context in front of an error.
pub(crate) trait Context<T> {
    fn context<D: fmt::Display>(self, prefix: impl FnOnce() -> D) -> Result<T, Error>;
}

impl<T> Context<T> for Result<T, Error> {
    fn context<D: fmt::Display>(self, prefix: impl FnOnce() -> D) -> Result<T, Error> {
        self.map_err(|error| error.context(prefix()))
    }
}

/// Go's `%q`: a string in double quotes with escapes.
pub(crate) fn quote(text: &str) -> String {
    use std::fmt::Write as _;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if (control as u32) < 0x20 || control as u32 == 0x7f => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\x{:02x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
