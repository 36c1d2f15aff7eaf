//! Regular expressions as Go writes them, on an engine that is linear in the text as Go's is.

use regex::{Regex, RegexBuilder};

use crate::error::Error;

/// Ceiling on a compiled expression, far above what a selector needs.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles an expression in Go's syntax.
pub(crate) fn compile(pattern: &str) -> Result<Regex, Error> {
    RegexBuilder::new(&translate(pattern))
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| Error::build(format!("error parsing regexp: {}", summary(&error))))
}

fn summary(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().map_or_else(|| text.clone(), |line| line.trim_start_matches("error: ").to_owned())
}

/// Go's classes are ASCII, it knows `\Q…\E`, and brackets in classes have no further meaning.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut characters = pattern.chars().peekable();
    let mut class = false;
    let mut class_start = false;
    while let Some(character) = characters.next() {
        let first_in_class = std::mem::take(&mut class_start);
        match (character, class) {
            ('\\', _) => match characters.next() {
                Some('Q') => {
                    let mut literal = String::new();
                    while let Some(next) = characters.next() {
                        if next == '\\' && characters.peek() == Some(&'E') {
                            characters.next();
                            break;
                        }
                        literal.push(next);
                    }
                    out.push_str(&regex::escape(&literal));
                }
                Some('d') => out.push_str(if class { "0-9" } else { "[0-9]" }),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str(if class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => out.push_str(if class { "\\t\\n\\x0c\\r " } else { "[\\t\\n\\x0c\\r ]" }),
                Some('S') => out.push_str("[^\\t\\n\\x0c\\r ]"),
                Some('b') if !class => out.push_str("(?-u:\\b)"),
                Some('B') if !class => out.push_str("(?-u:\\B)"),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push('\\'),
            },
            ('[', false) => {
                class = true;
                class_start = true;
                out.push('[');
                if characters.peek() == Some(&'^') {
                    characters.next();
                    out.push('^');
                }
            }
            ('[', true) if characters.peek() == Some(&':') => {
                // `[:alpha:]`
                out.push('[');
                while let Some(next) = characters.next() {
                    out.push(next);
                    if next == ':' && characters.peek() == Some(&']') {
                        characters.next();
                        out.push(']');
                        break;
                    }
                }
            }
            (']', true) if first_in_class => out.push_str("\\]"),
            (']', true) => {
                class = false;
                out.push(']');
            }
            ('[' | '&' | '~', true) => {
                out.push('\\');
                out.push(character);
            }
            ('-', true) if characters.peek() == Some(&'-') => out.push_str("\\-"),
            (other, _) => out.push(other),
        }
    }
    out
}

/// An expression that must match a whole text; one without special characters is compared as text.
#[derive(Debug, Clone)]
pub(crate) enum Anchored {
    Any,
    Literal(String),
    Expression(Regex),
}

impl Anchored {
    pub(crate) fn compile(pattern: &str) -> Result<Self, Error> {
        if pattern.is_empty() {
            return Ok(Self::Any);
        }
        if pattern.chars().all(|character| character.is_ascii_alphanumeric() || "-_/:".contains(character)) {
            return Ok(Self::Literal(pattern.to_owned()));
        }
        compile(&format!("^(?:{pattern})$")).map(Self::Expression)
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) => literal == text,
            Self::Expression(expression) => expression.is_match(text),
        }
    }
}
