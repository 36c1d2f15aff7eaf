//! What the operators do to a value.

use std::borrow::Cow;

use crate::{
    Error, MAX_OUTPUT,
    parse::Operator,
    pattern::{Extent, Pattern},
};

/// The value of a reference to `name`.
pub(crate) fn apply(
    name: &str,
    operator: Operator,
    value: &str,
    arguments: &[Vec<u8>],
) -> Result<Vec<u8>, Error> {
    let first = arguments.first().map(Vec::as_slice).unwrap_or_default();
    let second = arguments.get(1).map(Vec::as_slice);
    let text = match operator {
        Operator::Bare | Operator::MixedCase => value.to_owned(),
        Operator::Default if value.is_empty() => return Ok(first.to_vec()),
        Operator::Default => value.to_owned(),
        Operator::Length => value.len().to_string(),
        Operator::Upper => value.chars().map(upper).collect(),
        Operator::Lower => value.chars().map(lower).collect(),
        Operator::UpperFirst => with_first(value, upper),
        Operator::LowerFirst => with_first(value, lower),
        Operator::Substring => return substring(name, value.as_bytes(), first, second),
        Operator::ShortestPrefix => trim(name, value, first, Extent::Shortest, false)?,
        Operator::LongestPrefix => trim(name, value, first, Extent::Longest, false)?,
        Operator::ShortestSuffix => trim(name, value, first, Extent::Shortest, true)?,
        Operator::LongestSuffix => trim(name, value, first, Extent::Longest, true)?,
        Operator::ReplaceFirst => replace(value, first, second.unwrap_or_default(), 1)?,
        Operator::ReplaceAll => replace(value, first, second.unwrap_or_default(), usize::MAX)?,
        Operator::ReplacePrefix => match second {
            Some(second) if value.as_bytes().starts_with(first) => replace(value, first, second, 1)?,
            _ => value.to_owned(),
        },
        Operator::ReplaceSuffix => match (value.as_bytes().strip_suffix(first), second) {
            (Some(rest), Some(second)) => return Ok([rest, second].concat()),
            _ => value.to_owned(),
        },
    };
    Ok(text.into_bytes())
}

/// The upper-case form that is one character, as Go maps; `ß` has none.
fn upper(character: char) -> char {
    let mut mapped = character.to_uppercase();
    mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(character)
}

fn lower(character: char) -> char {
    match character {
        // The only character whose lower-case form is two characters in Unicode's full mapping.
        'İ' => 'i',
        other => other.to_lowercase().next().unwrap_or(other),
    }
}

fn with_first(value: &str, map: fn(char) -> char) -> String {
    let mut characters = value.chars();
    characters.next().map(map).into_iter().chain(characters).collect()
}

/// A part of the value by bytes. What is no number gives the whole value.
fn substring(name: &str, value: &[u8], position: &[u8], length: Option<&[u8]>) -> Result<Vec<u8>, Error> {
    let Some(position) = integer(position) else { return Ok(value.to_vec()) };
    let size = value.len() as i64;
    let position = if position < 0 { (size + position).max(0) } else { position };
    let end = match length.map(integer) {
        None => size,
        Some(None) => return Ok(value.to_vec()),
        Some(Some(length)) => {
            let end = position.checked_add(length).ok_or_else(|| Error::Length(name.to_owned()))?;
            if length < 0 && end < size {
                return Err(Error::Length(name.to_owned()));
            }
            end.min(size)
        }
    };
    let range = usize::try_from(position).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(0);
    Ok(value.get(range).unwrap_or_default().to_vec())
}

/// A decimal integer with an optional sign.
fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Removes what the pattern matches at the value's start, or at its end.
fn trim(name: &str, value: &str, pattern: &[u8], extent: Extent, suffix: bool) -> Result<String, Error> {
    let reverse = |text: &str| text.chars().rev().collect::<String>();
    let pattern = String::from_utf8_lossy(pattern);
    // The pattern is turned round character by character, whatever they mean in it.
    let pattern = if suffix { Cow::Owned(reverse(&pattern)) } else { pattern };
    let pattern = Pattern::parse(&pattern).map_err(|_| Error::PatternTooLong(name.to_owned()))?;
    let turned = if suffix { Cow::Owned(reverse(value)) } else { Cow::Borrowed(value) };
    let matched = pattern.prefix(&turned, extent);
    let rest = turned.get(matched..).unwrap_or_default();
    Ok(if suffix { reverse(rest) } else { rest.to_owned() })
}

/// Replaces a literal text, at most `count` times.
fn replace(value: &str, from: &[u8], to: &[u8], count: usize) -> Result<String, Error> {
    let (from, to) = (String::from_utf8_lossy(from), String::from_utf8_lossy(to));
    // Counted first, because the result can be as long as the product of both.
    let found = value.matches(from.as_ref()).take(count).count();
    let growth = to.len().saturating_sub(from.len()).saturating_mul(found);
    if value.len().saturating_add(growth) > MAX_OUTPUT {
        return Err(Error::TooLarge);
    }
    Ok(value.replacen(from.as_ref(), &to, count))
}
