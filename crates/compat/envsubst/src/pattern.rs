//! Patterns of `#`, `##`, `%` and `%%`: `*`, `?`, classes and escapes.

use crate::MAX_PATTERN;

/// Which of several matches counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The shortest of at least one character.
    Shortest,
    /// The longest.
    Longest,
}

/// A pattern; one that is not well-formed has no tokens and matches nothing.
#[derive(Debug)]
pub(crate) struct Pattern {
    tokens: Option<Vec<Token>>,
}

#[derive(Debug)]
enum Token {
    Character(char),
    AnyCharacter,
    AnyText,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// A pattern has more than [`MAX_PATTERN`] characters.
#[derive(Debug)]
pub(crate) struct TooLong;

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, TooLong> {
        if text.chars().count() > MAX_PATTERN {
            return Err(TooLong);
        }
        let mut rest = text.chars();
        let mut tokens = Some(Vec::new());
        while let Some(character) = rest.next() {
            let token = match character {
                '*' => Some(Token::AnyText),
                '?' => Some(Token::AnyCharacter),
                '[' => class(&mut rest),
                '\\' => rest.next().map(Token::Character),
                other => Some(Token::Character(other)),
            };
            match (token, &mut tokens) {
                (Some(token), Some(tokens)) => tokens.push(token),
                _ => tokens = None,
            }
        }
        Ok(Self { tokens })
    }

    /// How many bytes at the start of `value` match; 0 if none do.
    ///
    /// All places of the pattern at which a match may stand are followed at once, so the time is bounded by the
    /// product of both lengths.
    pub(crate) fn prefix(&self, value: &str, extent: Extent) -> usize {
        let Some(tokens) = &self.tokens else { return 0 };
        let mut matched = 0;
        let mut places = Vec::new();
        enter(tokens, 0, &mut places);
        for (at, character) in value.char_indices() {
            let mut next = Vec::with_capacity(places.len());
            for place in places {
                match tokens.get(place) {
                    Some(Token::AnyText) => enter(tokens, place, &mut next),
                    Some(token) if token.fits(character) => enter(tokens, place + 1, &mut next),
                    _ => {}
                }
            }
            places = next;
            if places.last() == Some(&tokens.len()) {
                matched = at + character.len_utf8();
                if extent == Extent::Shortest {
                    break;
                }
            }
            if places.is_empty() {
                break;
            }
        }
        matched
    }
}

/// Adds a place and those that are reached from it without a character; `places` stay sorted and unique.
fn enter(tokens: &[Token], mut place: usize, places: &mut Vec<usize>) {
    loop {
        if places.last().is_none_or(|last| *last < place) {
            places.push(place);
        }
        if !matches!(tokens.get(place), Some(Token::AnyText)) {
            return;
        }
        place += 1;
    }
}

impl Token {
    fn fits(&self, found: char) -> bool {
        match self {
            Self::Character(wanted) => *wanted == found,
            Self::AnyCharacter => true,
            Self::AnyText => false,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&found)) != *negated
            }
        }
    }
}

/// What follows `[`, up to its `]`.
fn class(rest: &mut std::str::Chars<'_>) -> Option<Token> {
    let negated = rest.clone().next() == Some('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && rest.clone().next() == Some(']') {
            rest.next();
            return Some(Token::Class { negated, ranges });
        }
        let low = class_character(rest)?;
        let high = if rest.clone().next() == Some('-') {
            rest.next();
            class_character(rest)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

fn class_character(rest: &mut std::str::Chars<'_>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        other => Some(other),
    }
}
