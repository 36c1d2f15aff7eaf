//! Shell-style variable substitution as the drone/envsubst library does it (contract/kustomize.md 8.3, 8.4).
//!
//! Not a shell: there are no special variables, `:+` and `:?` mean the same as `:-`, and nothing is executed.
//! Where variables come from, and what the text is, is the business of the caller. Error messages name
//! variables, never their values.
//!
//! Differences to the library, all where it would crash, hang or take all memory: a negative length and a length
//! that overflows are errors, nesting, patterns and results are bounded, `?` never splits a character.

mod evaluate;
mod function;
mod parse;
mod pattern;
mod scan;

/// How deep `${…}` may stand in `${…}`. Real manifests have two or three levels.
pub const MAX_DEPTH: usize = 200;

/// Characters that a pattern of `#`, `##`, `%` and `%%` may have.
pub const MAX_PATTERN: usize = 1024;

/// Bytes that a result, or any value on the way to it, may have. The API server takes no object of this size.
pub const MAX_OUTPUT: usize = 16 << 20;

/// What a variable without a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// An error, unless the reference has a default.
    #[default]
    Strict,
    /// Empty.
    Lenient,
}

/// Why a text could not be substituted. The texts are those of the library where it has one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An operator is not used the way it can be.
    #[error("bad substitution")]
    BadSubstitution,
    /// A name is not followed by an operator or a brace.
    #[error("missing closing brace")]
    MissingClosingBrace,
    /// There is no name where one is needed.
    #[error("unable to parse variable name")]
    VariableName,
    /// An operator's argument is missing.
    #[error("unable to parse substitution within function")]
    Argument,
    /// A default operator is not used the way it can be.
    #[error("unable to parse default function")]
    Default,
    /// A variable has no value.
    #[error("variable not set (strict mode): \"{0}\"")]
    NotSet(String),
    /// The length of a substring is negative, or overflows together with its position.
    #[error("length of the substring of \"{0}\" is negative or too large")]
    Length(String),
    /// `${…}` is nested deeper than [`MAX_DEPTH`].
    #[error("substitutions are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// A pattern is longer than [`MAX_PATTERN`].
    #[error("pattern for \"{0}\" has more than {MAX_PATTERN} characters")]
    PatternTooLong(String),
    /// A result would be longer than [`MAX_OUTPUT`].
    #[error("result has more than {MAX_OUTPUT} bytes")]
    TooLarge,
    /// A substring cut a character in two and the rest of it is not there.
    #[error("result is no valid UTF-8")]
    NotText,
}

/// Replaces every `${…}` in `text`. `variable` gives the value of a name, or nothing if it has none.
pub fn substitute<'a>(
    text: &str,
    variable: impl Fn(&str) -> Option<&'a str>,
    strictness: Strictness,
) -> Result<String, Error> {
    let nodes = parse::parse(text)?;
    let result = evaluate::evaluate(&nodes, &variable, strictness)?;
    String::from_utf8(result).map_err(|_| Error::NotText)
}

#[cfg(test)]
mod tests;
