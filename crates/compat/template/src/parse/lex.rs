//! Splits a template's text into tokens as Go's `text/template` does, trim markers and comments included.
//!
//! The lexer is asked for one token at a time and never looks back further than the current action. What it cannot
//! read becomes a token of kind [`Kind::Error`] whose text is the message; the parser reports it with the line.

use crate::quote::quote;

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Bool,
    /// A printable ASCII character that means nothing by itself (a comma, a stray `#`).
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParenthesis,
    Space,
    String,
    Text,
    Variable,
    Dot,
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Kind {
    fn is_keyword(self) -> bool {
        matches!(
            self,
            Kind::Dot
                | Kind::Nil
                | Kind::Block
                | Kind::Break
                | Kind::Continue
                | Kind::Define
                | Kind::Else
                | Kind::End
                | Kind::If
                | Kind::Range
                | Kind::Template
                | Kind::With
        )
    }
}

/// A token: its kind, byte offset, line (from 1) and text.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) position: usize,
    pub(super) line: usize,
    pub(super) text: String,
}

impl Token {
    /// How error messages show the token.
    pub(super) fn describe(&self) -> String {
        match self.kind {
            Kind::Eof => "EOF".into(),
            Kind::Error => self.text.clone(),
            kind if kind.is_keyword() => format!("<{}>", self.text),
            _ if self.text.chars().count() > 10 => {
                format!("{}...", quote(&self.text.chars().take(10).collect::<String>()))
            }
            _ => quote(&self.text),
        }
    }
}

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
const OPEN_COMMENT: &str = "/*";
const CLOSE_COMMENT: &str = "*/";
/// The length of a trim marker: a dash and a space.
const TRIM_MARKER: usize = 2;

enum State {
    Text,
    LeftDelimiter,
    Inside,
    Done,
}

/// The lexer of one text.
pub(super) struct Lexer<'a> {
    input: &'a str,
    position: usize,
    start: usize,
    line: usize,
    start_line: usize,
    depth: usize,
    state: State,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        Self { input, position: 0, start: 0, line: 1, start_line: 1, depth: 0, state: State::Text }
    }

    pub(super) fn next_token(&mut self) -> Token {
        loop {
            let token = match self.state {
                State::Text => self.text(),
                State::LeftDelimiter => self.left_delimiter(),
                State::Inside => Some(self.inside()),
                State::Done => Some(self.token(Kind::Eof)),
            };
            if let Some(token) = token {
                return token;
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.input.get(self.position..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        if character == '\n' {
            self.line += 1;
        }
        Some(character)
    }

    fn advance(&mut self, bytes: usize) {
        let skipped = &self.rest()[..bytes];
        self.line += skipped.matches('\n').count();
        self.position += bytes;
    }

    fn token(&mut self, kind: Kind) -> Token {
        let text = self.input.get(self.start..self.position).unwrap_or("").to_owned();
        let token = Token { kind, position: self.start, line: self.start_line, text };
        self.ignore();
        token
    }

    fn ignore(&mut self) {
        self.start = self.position;
        self.start_line = self.line;
    }

    fn error(&mut self, message: String) -> Token {
        self.state = State::Done;
        let token = Token { kind: Kind::Error, position: self.start, line: self.start_line, text: message };
        self.position = self.input.len();
        self.ignore();
        token
    }

    fn text(&mut self) -> Option<Token> {
        let Some(offset) = self.rest().find(LEFT) else {
            let length = self.rest().len();
            self.advance(length);
            self.state = State::Done;
            return (self.position > self.start).then(|| self.token(Kind::Text));
        };
        self.state = State::LeftDelimiter;
        if offset == 0 {
            self.ignore();
            return None;
        }
        let before = &self.rest()[..offset];
        let kept = if has_left_trim_marker(&self.rest()[offset + LEFT.len()..]) {
            before.trim_end_matches(is_space).len()
        } else {
            offset
        };
        self.advance(kept);
        let token = (kept > 0).then(|| self.token(Kind::Text));
        self.advance(offset - kept);
        self.ignore();
        token
    }

    fn left_delimiter(&mut self) -> Option<Token> {
        self.advance(LEFT.len());
        let trim = if has_left_trim_marker(self.rest()) { TRIM_MARKER } else { 0 };
        if self.rest().get(trim..).is_some_and(|rest| rest.starts_with(OPEN_COMMENT)) {
            self.advance(trim);
            self.ignore();
            return self.comment();
        }
        let token = self.token(Kind::LeftDelimiter);
        self.advance(trim);
        self.ignore();
        self.depth = 0;
        self.state = State::Inside;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token> {
        self.advance(OPEN_COMMENT.len());
        let Some(end) = self.rest().find(CLOSE_COMMENT) else {
            return Some(self.error("unclosed comment".into()));
        };
        self.advance(end + CLOSE_COMMENT.len());
        let Some(trim) = self.at_right_delimiter() else {
            return Some(self.error("comment ends before closing delimiter".into()));
        };
        self.close_action(trim);
        self.ignore();
        None
    }

    /// Whether the right delimiter stands here; `Some(true)` when a trim marker precedes it.
    fn at_right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if has_right_trim_marker(rest) && rest[TRIM_MARKER..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    /// Passes the right delimiter and, after a trim marker, the white space behind it.
    fn close_action(&mut self, trim: bool) {
        self.advance(if trim { TRIM_MARKER } else { 0 } + RIGHT.len());
        if trim {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start_matches(is_space).len();
            self.advance(spaces);
        }
        self.state = State::Text;
    }

    fn right_delimiter(&mut self, trim: bool) -> Token {
        if trim {
            self.advance(TRIM_MARKER);
            self.ignore();
        }
        self.advance(RIGHT.len());
        let token = self.token(Kind::RightDelimiter);
        if trim {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start_matches(is_space).len();
            self.advance(spaces);
            self.ignore();
        }
        self.state = State::Text;
        token
    }

    fn inside(&mut self) -> Token {
        if let Some(trim) = self.at_right_delimiter() {
            if self.depth == 0 {
                return self.right_delimiter(trim);
            }
            return self.error("unclosed left paren".into());
        }
        let Some(character) = self.bump() else {
            return self.error("unclosed action".into());
        };
        match character {
            ' ' | '\t' | '\r' | '\n' => self.space(),
            '=' => self.token(Kind::Assign),
            ':' => {
                if self.bump() != Some('=') {
                    return self.error("expected :=".into());
                }
                self.token(Kind::Declare)
            }
            '|' => self.token(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string"),
            '`' => self.raw_string(),
            '$' => self.field_or_variable(Kind::Variable),
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant"),
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                if self.peek().is_none() {
                    // A dot that ends the input is the beginning of a number to Go.
                    self.position -= 1;
                    return self.number();
                }
                self.field_or_variable(Kind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.position -= 1;
                self.number()
            }
            '(' => {
                self.depth += 1;
                self.token(Kind::LeftParenthesis)
            }
            ')' => {
                let Some(depth) = self.depth.checked_sub(1) else {
                    return self.error("unexpected right paren".into());
                };
                self.depth = depth;
                self.token(Kind::RightParenthesis)
            }
            c if is_alphanumeric(c) => self.identifier(),
            c if c.is_ascii() && !c.is_ascii_control() => self.token(Kind::Char),
            c => self.error(format!("unrecognized character in action: {}", unicode(c))),
        }
    }

    fn space(&mut self) -> Token {
        let mut spaces = 1;
        while self.peek().is_some_and(is_space) {
            self.bump();
            spaces += 1;
        }
        // The last space may belong to a trim marker ` -}}`.
        let last = self.position - 1;
        if has_right_trim_marker(&self.input[last..]) && self.input[last + TRIM_MARKER..].starts_with(RIGHT) {
            if self.input.as_bytes()[last] == b'\n' {
                self.line -= 1;
            }
            self.position = last;
            if spaces == 1 {
                if self.depth > 0 {
                    return self.error("unclosed left paren".into());
                }
                return self.right_delimiter(true);
            }
        }
        self.token(Kind::Space)
    }

    fn identifier(&mut self) -> Token {
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        let kind = match &self.input[self.start..self.position] {
            "true" | "false" => Kind::Bool,
            "nil" => Kind::Nil,
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            _ => Kind::Identifier,
        };
        self.token(kind)
    }

    fn field_or_variable(&mut self, kind: Kind) -> Token {
        if self.at_terminator() {
            return self.token(if kind == Kind::Variable { Kind::Variable } else { Kind::Dot });
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        self.token(kind)
    }

    fn bad_character(&mut self) -> Token {
        let message =
            self.peek().map_or_else(|| "bad character".into(), |c| format!("bad character {}", unicode(c)));
        self.error(message)
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with(RIGHT),
        }
    }

    fn quoted(&mut self, end: char, kind: Kind, unterminated: &str) -> Token {
        loop {
            match self.bump() {
                Some('\\') if self.peek().is_some_and(|c| c != '\n') => {
                    self.bump();
                }
                None | Some('\n' | '\\') => return self.error(unterminated.into()),
                Some(c) if c == end => return self.token(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Token {
        match self.rest().find('`') {
            Some(end) => {
                self.advance(end + 1);
                self.token(Kind::RawString)
            }
            None => self.error("unterminated raw quoted string".into()),
        }
    }

    fn number(&mut self) -> Token {
        if !self.scan_number() {
            return self.bad_number();
        }
        if !matches!(self.peek(), Some('+' | '-')) {
            return self.token(Kind::Number);
        }
        // Complex: 1+2i. No spaces, and it must end in an `i`.
        if !self.scan_number() || !self.input[self.start..self.position].ends_with('i') {
            return self.bad_number();
        }
        self.token(Kind::Complex)
    }

    fn bad_number(&mut self) -> Token {
        let text = quote(&self.input[self.start..self.position]);
        self.error(format!("bad number syntax: {text}"))
    }

    fn accept(&mut self, valid: &str) -> bool {
        let found = self.peek().is_some_and(|c| valid.contains(c));
        if found {
            self.bump();
        }
        found
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits.len() == 11 && self.accept("eE") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        if digits.len() == 23 && self.accept("pP") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    // Go: a letter or a decimal digit; Rust's alphanumeric also holds letter-like and other numbers, which no
    // chart uses in a name.
    c == '_' || c.is_alphanumeric()
}

fn has_left_trim_marker(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next() == Some('-') && characters.next().is_some_and(is_space)
}

fn has_right_trim_marker(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_space) && characters.next() == Some('-')
}

/// A character as Go's `%#U` prints it: `U+20AC '€'`, without the quoted part when it cannot be printed.
fn unicode(c: char) -> String {
    if c.is_control() { format!("U+{:04X}", c as u32) } else { format!("U+{:04X} '{c}'", c as u32) }
}
