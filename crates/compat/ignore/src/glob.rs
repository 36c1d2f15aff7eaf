//! Patterns of one path component: `*`, `?`, classes and escapes, as Go's `path/filepath.Match` reads them.

/// A pattern of one component.
#[derive(Debug, Clone)]
pub(crate) enum Glob {
    /// No special character.
    Literal(Box<str>),
    /// Everything else.
    Tokens(Box<[Token]>),
    /// Not well-formed; matches nothing.
    Malformed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Character(char),
    AnyCharacter,
    AnyText,
    Class { negated: bool, ranges: Box<[(char, char)]> },
}

impl Glob {
    pub(crate) fn parse(text: &str) -> Self {
        if !text.contains(['*', '?', '[', '\\']) {
            return Self::Literal(text.into());
        }
        let mut tokens = Vec::new();
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            let token = match character {
                '*' => Some(Token::AnyText),
                '?' => Some(Token::AnyCharacter),
                '[' => class(&mut rest),
                '\\' => rest.next().map(Token::Character),
                other => Some(Token::Character(other)),
            };
            match token {
                // Two stars in a row are one.
                Some(Token::AnyText) if tokens.last() == Some(&Token::AnyText) => {}
                Some(token) => tokens.push(token),
                None => return Self::Malformed,
            }
        }
        Self::Tokens(tokens.into())
    }

    /// Whether the whole of `name` matches. Takes time in proportion to the product of both lengths at most.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Literal(text) => **text == *name,
            Self::Tokens(tokens) => matches(tokens, name),
            Self::Malformed => false,
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
            return Some(Token::Class { negated, ranges: ranges.into() });
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

fn matches(tokens: &[Token], name: &str) -> bool {
    let (mut at, mut rest) = (0, name);
    // Where to go on if what follows the last star did not match: the star takes one character more.
    let mut star: Option<(usize, &str)> = None;
    loop {
        match tokens.get(at) {
            Some(Token::AnyText) => {
                at += 1;
                star = Some((at, rest));
                continue;
            }
            None if rest.is_empty() => return true,
            token => {
                let mut characters = rest.chars();
                let fits = characters.next().zip(token).is_some_and(|(found, token)| token.fits(found));
                if fits {
                    at += 1;
                    rest = characters.as_str();
                    continue;
                }
            }
        }
        let Some((behind, from)) = star else { return false };
        let mut characters = from.chars();
        if characters.next().is_none() {
            return false;
        }
        (at, rest) = (behind, characters.as_str());
        star = Some((behind, rest));
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
