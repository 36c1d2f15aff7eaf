//! From bytes to characters: encodings, and the characters that YAML does not allow.

use std::borrow::Cow;

/// Input that the scanner can walk over.
pub(crate) struct Input<'a> {
    /// The text up to the first character that is not allowed.
    pub(crate) text: Cow<'a, str>,
    /// Where to begin: behind a byte order mark.
    pub(crate) start: usize,
    /// What is wrong behind the text.
    pub(crate) bad: Option<Bad>,
}

/// A character that is not allowed, or bytes that are none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bad {
    /// Go reads in blocks of this many bytes and sees the problem when it enters the block.
    pub(crate) noticed_at: usize,
    pub(crate) problem: &'static str,
}

const BLOCK: usize = 512;

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        match bytes {
            [0xFF, 0xFE, rest @ ..] => Self::utf16(rest, u16::from_le_bytes),
            [0xFE, 0xFF, rest @ ..] => Self::utf16(rest, u16::from_be_bytes),
            [0xEF, 0xBB, 0xBF, ..] => Self::utf8(bytes, 3),
            _ => Self::utf8(bytes, 0),
        }
    }

    fn utf8(bytes: &'a [u8], start: usize) -> Self {
        let (text, broken) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                (std::str::from_utf8(valid).unwrap_or_default(), Some(problem_of(rest)))
            }
        };
        let (text, problem) = match first_not_allowed(text) {
            Some(at) => (&text[..at], Some("control characters are not allowed")),
            None => (text, broken),
        };
        let bad = problem.map(|problem| Bad { noticed_at: text.len() / BLOCK * BLOCK, problem });
        Self { text: Cow::Borrowed(text), start: start.min(text.len()), bad }
    }

    fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Input<'static> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let mut text = String::with_capacity(pairs.len());
        let mut problem = (!rest.is_empty()).then_some("incomplete UTF-16 character");
        for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
            match decoded {
                Ok(character) if is_allowed(character) => text.push(character),
                Ok(_) => {
                    problem = Some("control characters are not allowed");
                    break;
                }
                Err(error) => {
                    let low = error.unpaired_surrogate() & 0xFC00 == 0xDC00;
                    problem = Some(if low {
                        "unexpected low surrogate area"
                    } else {
                        "expected low surrogate area"
                    });
                    break;
                }
            }
        }
        let bad = problem.map(|problem| Bad { noticed_at: text.len() / BLOCK * BLOCK, problem });
        Input { text: Cow::Owned(text), start: 0, bad }
    }
}

fn problem_of(rest: &[u8]) -> &'static str {
    let Some(first) = rest.first() else { return "incomplete UTF-8 octet sequence" };
    let width = match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    let Some(sequence) = rest.get(..width) else { return "incomplete UTF-8 octet sequence" };
    if sequence[1..].iter().any(|octet| octet & 0xC0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    match sequence {
        [0xC0 | 0xC1, ..] | [0xE0, ..=0x9F, _] | [0xF0, ..=0x8F, ..] => "invalid length of a UTF-8 sequence",
        _ => "invalid Unicode character",
    }
}

fn is_allowed(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}'
    )
}

/// The offset of the first character that may not stand in YAML.
fn first_not_allowed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let suspicious = match byte {
            b' '..=b'~' | b'\n' | b'\t' | b'\r' => false,
            0xC2 => bytes.get(at + 1).is_some_and(|next| *next < 0xA0 && *next != 0x85),
            0xEF => bytes.get(at + 1) == Some(&0xBF) && bytes.get(at + 2).is_some_and(|next| *next >= 0xBE),
            0x80.. => false,
            _ => true,
        };
        if suspicious {
            return Some(at);
        }
        at += 1;
    }
    None
}
