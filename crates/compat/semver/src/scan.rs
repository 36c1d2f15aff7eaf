//! Reading versions and wildcards from the front of a text.

/// The pieces of a version as they were written, before anybody asks what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pieces<'a> {
    /// Everything.
    pub(crate) whole: &'a str,
    pub(crate) major: &'a str,
    pub(crate) minor: Option<&'a str>,
    pub(crate) patch: Option<&'a str>,
    /// Without the hyphen.
    pub(crate) pre: Option<&'a str>,
    /// Without the plus.
    pub(crate) metadata: Option<&'a str>,
}

/// White space between constraints; the vertical tab is none.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

/// The text behind its leading white space.
pub(crate) fn skip_space(text: &str) -> &str {
    text.trim_start_matches(|character: char| character.is_ascii() && is_space(character as u8))
}

/// What a part of a constraint's version may be made of; a lone `|` passes here and fails as a number.
pub(crate) fn is_wild_part(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*' | b'|')
}

/// What a part of a version may be made of.
pub(crate) fn is_number(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Takes as much of a version as there is at the front of `text`, and gives it with what follows.
pub(crate) fn take_version(text: &str, part: fn(u8) -> bool) -> Option<(Pieces<'_>, &str)> {
    let start = text.strip_prefix('v').unwrap_or(text);
    let (major, rest) = take_run(start, part)?;
    let (minor, rest) = take_after(rest, '.', |rest| take_run(rest, part));
    let (patch, rest) = match minor {
        Some(_) => take_after(rest, '.', |rest| take_run(rest, part)),
        None => (None, rest),
    };
    let (pre, rest) = take_after(rest, '-', take_identifiers);
    let (metadata, rest) = take_after(rest, '+', take_identifiers);
    let whole = text.get(..text.len() - rest.len())?;
    Some((Pieces { whole, major, minor, patch, pre, metadata }, rest))
}

/// At least one byte of a kind.
fn take_run(text: &str, wanted: fn(u8) -> bool) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !wanted(byte)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Identifiers with dots between them.
fn take_identifiers(text: &str) -> Option<(&str, &str)> {
    let (_, mut rest) = take_run(text, is_identifier)?;
    while let Some((_, behind)) = rest.strip_prefix('.').and_then(|rest| take_run(rest, is_identifier)) {
        rest = behind;
    }
    Some(text.split_at(text.len() - rest.len()))
}

/// Something behind a separator; without it, nothing is taken.
fn take_after<'a>(
    text: &'a str,
    separator: char,
    take: impl FnOnce(&'a str) -> Option<(&'a str, &'a str)>,
) -> (Option<&'a str>, &'a str) {
    match text.strip_prefix(separator).and_then(take) {
        Some((taken, rest)) => (Some(taken), rest),
        None => (None, text),
    }
}
