//! What can go wrong, in the words that the Go packages use.

/// Why a text could not be read or a value not be written. The text is Go's, so callers may show it as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is no YAML: `yaml: line 3: mapping values are not allowed in this context`.
    #[error("yaml: {}{problem}", line_prefix(*line))]
    Syntax {
        /// The line as Go reports it, from 1; 0 if Go names none.
        line: usize,
        /// Go's description of the problem.
        problem: String,
    },
    /// Well-formed YAML that has no meaning: an unknown anchor, a scalar that does not fit its tag, a bad merge.
    #[error("yaml: {0}")]
    Invalid(String),
    /// Equal keys in a mapping, one entry for each: `yaml: unmarshal errors:\n  line 2: …`.
    #[error("yaml: unmarshal errors:\n  {}", .0.join("\n  "))]
    DuplicateKeys(Vec<String>),
    /// A value that JSON cannot hold: `json: unsupported value: +Inf`, `json: unsupported type: …`.
    #[error("json: unsupported {0}")]
    NotJson(String),
    /// A mapping key that has no string form: `unsupported map key of type: …`.
    #[error("unsupported map key of type: {kind}, key: {key}, value: {value}")]
    UnsupportedKey {
        /// The key's Go type.
        kind: String,
        /// The key in Go syntax.
        key: String,
        /// The value beside it, in Go syntax.
        value: String,
    },
    /// A ceiling of [`crate::Limits`] was reached: `yaml: exceeded max depth of 500`.
    #[error("yaml: {}exceeded max {what} of {limit}", line_prefix(*line))]
    Limit {
        /// The line at which it was reached, from 1; 0 if not known.
        line: usize,
        /// Which one.
        what: &'static str,
        /// The ceiling.
        limit: usize,
    },
}

fn line_prefix(line: usize) -> String {
    if line == 0 { String::new() } else { format!("line {line}: ") }
}
