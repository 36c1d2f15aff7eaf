//! The lexer. What is a token depends on where the parser stands.

/// What a token turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// Characters that were accepted.
    Text(String),
    /// `${`
    Open,
    /// The end of the text, or a NUL, which counts as one.
    End,
    /// Something that is not accepted here.
    Illegal,
}

/// Which doubled or escaped characters stand for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    None,
    /// `$$`
    Dollar,
    /// `$$`, `\/` and `\\`
    All,
}

/// Which characters belong to a text, by their place (in bytes, the first being 1) behind its start.
pub(crate) type Accept = fn(char, usize) -> bool;

#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The next character, or nothing at the end.
    pub(crate) fn peek(&self) -> Option<char> {
        self.rest.chars().next().filter(|character| *character != '\0')
    }

    /// The character behind the next one; a NUL is one.
    pub(crate) fn peek_second(&self) -> Option<char> {
        self.rest.chars().nth(1)
    }

    /// Takes `character` if it comes next.
    pub(crate) fn take(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The next text of accepted characters. With `open`, it ends in front of `${`, which is a token by itself.
    pub(crate) fn scan(&mut self, accept: Accept, open: bool, escapes: Escapes) -> Token {
        if self.peek().is_none() {
            return Token::End;
        }
        if open && let Some(rest) = self.rest.strip_prefix("${") {
            self.rest = rest;
            return Token::Open;
        }
        let mut text = String::new();
        let start = self.rest.len();
        while let Some(character) = self.peek() {
            if open && self.rest.starts_with("${") {
                break;
            }
            let mut behind = self.rest.chars();
            behind.next();
            if let Some(escaped) = behind.clone().next().filter(|next| escapes.covers(character, *next)) {
                text.push(escaped);
                behind.next();
            } else if accept(character, start - behind.as_str().len()) {
                text.push(character);
            } else {
                break;
            }
            self.rest = behind.as_str();
        }
        if self.rest.len() == start { Token::Illegal } else { Token::Text(text) }
    }
}

impl Escapes {
    fn covers(self, first: char, second: char) -> bool {
        match (self, first) {
            (Self::Dollar | Self::All, '$') => second == '$',
            (Self::All, '\\') => matches!(second, '/' | '\\'),
            _ => false,
        }
    }
}
