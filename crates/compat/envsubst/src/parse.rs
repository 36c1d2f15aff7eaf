//! From text to a tree of texts and references.

use crate::{
    Error, MAX_DEPTH,
    scan::{Accept, Escapes, Scanner, Token},
};

/// A piece of a text or of an argument.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    Reference(Reference),
}

/// `${name}`, with what an operator does to its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) operator: Operator,
    pub(crate) arguments: Vec<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `${v}`
    Bare,
    /// `=`, `:=`, `:-`, `:+`, `:?`
    Default,
    /// `#v`
    Length,
    /// `^`
    UpperFirst,
    /// `^^`
    Upper,
    /// `,`
    LowerFirst,
    /// `,,`
    Lower,
    /// `^,` and `,^`: nothing happens.
    MixedCase,
    /// `:`
    Substring,
    /// `#`
    ShortestPrefix,
    /// `##`
    LongestPrefix,
    /// `%`
    ShortestSuffix,
    /// `%%`
    LongestSuffix,
    /// `/`
    ReplaceFirst,
    /// `//`
    ReplaceAll,
    /// `/#`
    ReplacePrefix,
    /// `/%`
    ReplaceSuffix,
}

/// Reads a whole text.
pub(crate) fn parse(text: &str) -> Result<Vec<Node>, Error> {
    let mut parser = Parser { scanner: Scanner::new(text), depth: 0 };
    let mut nodes = Vec::new();
    loop {
        match parser.scanner.scan(|_, _| true, true, Escapes::Dollar) {
            Token::Text(text) => nodes.push(Node::Text(text)),
            Token::Open => nodes.push(Node::Reference(parser.reference()?)),
            Token::End => return Ok(nodes),
            Token::Illegal => return Err(Error::BadSubstitution),
        }
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    depth: usize,
}

impl Parser<'_> {
    /// What follows `${`, the closing brace included.
    fn reference(&mut self) -> Result<Reference, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let reference = self.operation()?;
        self.depth -= 1;
        Ok(reference)
    }

    fn operation(&mut self) -> Result<Reference, Error> {
        if self.scanner.take('#') {
            let name = self.text(is_name, Error::BadSubstitution)?;
            return self.closed(name, Operator::Length, Vec::new());
        }
        let name = self.text(is_name, Error::VariableName)?;
        match self.scanner.peek() {
            Some(':') if matches!(self.scanner.peek_second(), Some('=' | '-' | '?' | '+')) => {
                self.scanner.take(':');
                self.text(|_, place| place == 1, Error::Default)?;
                self.default(name)
            }
            Some(':') => self.substring(name),
            Some('=') => {
                self.scanner.take('=');
                self.default(name)
            }
            Some(',' | '^') => self.casing(name),
            Some('/') => self.replacement(name),
            Some('#') => self.removal(name, '#', [Operator::ShortestPrefix, Operator::LongestPrefix]),
            Some('%') => self.removal(name, '%', [Operator::ShortestSuffix, Operator::LongestSuffix]),
            _ if self.scanner.take('}') => {
                Ok(Reference { name, operator: Operator::Bare, arguments: Vec::new() })
            }
            _ => Err(Error::MissingClosingBrace),
        }
    }

    /// Everything up to the first brace that closes nothing else.
    fn default(&mut self, name: String) -> Result<Reference, Error> {
        let mut arguments = Vec::new();
        while self.scanner.peek() != Some('}') {
            arguments.push(self.argument(not_brace, Escapes::None)?);
        }
        self.closed(name, Operator::Default, arguments)
    }

    fn substring(&mut self, name: String) -> Result<Reference, Error> {
        // The library loses its place if the colon is the last character, or one of several bytes follows.
        if self.scanner.peek_second().is_none_or(|next| !next.is_ascii()) {
            return Err(Error::BadSubstitution);
        }
        self.scanner.take(':');
        let mut arguments = vec![self.argument(|c, _| !matches!(c, ':' | '}'), Escapes::None)?];
        if self.scanner.take('}') {
            return Ok(Reference { name, operator: Operator::Substring, arguments });
        }
        self.text(|character, _| character == ':', Error::BadSubstitution)?;
        arguments.push(self.argument(not_brace, Escapes::None)?);
        self.closed(name, Operator::Substring, arguments)
    }

    fn casing(&mut self, name: String) -> Result<Reference, Error> {
        let spelled = self.text(|c, place| matches!(c, ',' | '^') && place < 3, Error::BadSubstitution)?;
        let operator = match spelled.as_str() {
            "^" => Operator::UpperFirst,
            "^^" => Operator::Upper,
            "," => Operator::LowerFirst,
            ",," => Operator::Lower,
            _ => Operator::MixedCase,
        };
        self.closed(name, operator, Vec::new())
    }

    fn removal(
        &mut self,
        name: String,
        sign: char,
        [shortest, longest]: [Operator; 2],
    ) -> Result<Reference, Error> {
        self.scanner.take(sign);
        let operator = if self.scanner.take(sign) { longest } else { shortest };
        let pattern = self.argument(not_brace, Escapes::None)?;
        self.closed(name, operator, vec![pattern])
    }

    fn replacement(&mut self, name: String) -> Result<Reference, Error> {
        self.scanner.take('/');
        let operator = match self.scanner.peek() {
            Some('/') => Operator::ReplaceAll,
            Some('#') => Operator::ReplacePrefix,
            Some('%') => Operator::ReplaceSuffix,
            _ => Operator::ReplaceFirst,
        };
        if operator != Operator::ReplaceFirst {
            self.text(|_, place| place == 1, Error::BadSubstitution)?;
        }
        let mut arguments = vec![self.argument(|character, _| character != '/', Escapes::All)?];
        self.text(|character, _| character == '/', Error::BadSubstitution)?;
        if self.scanner.peek() != Some('}') {
            arguments.push(self.argument(not_brace, Escapes::All)?);
        }
        self.closed(name, operator, arguments)
    }

    /// One piece of an argument: a text, or a reference.
    fn argument(&mut self, accept: Accept, escapes: Escapes) -> Result<Node, Error> {
        match self.scanner.scan(accept, true, escapes) {
            Token::Open => Ok(Node::Reference(self.reference()?)),
            Token::Text(text) => Ok(Node::Text(text)),
            Token::End | Token::Illegal => Err(Error::Argument),
        }
    }

    fn text(&mut self, accept: Accept, error: Error) -> Result<String, Error> {
        match self.scanner.scan(accept, false, Escapes::None) {
            Token::Text(text) => Ok(text),
            Token::Open | Token::End | Token::Illegal => Err(error),
        }
    }

    fn closed(&mut self, name: String, operator: Operator, arguments: Vec<Node>) -> Result<Reference, Error> {
        if self.scanner.take('}') {
            Ok(Reference { name, operator, arguments })
        } else {
            Err(Error::BadSubstitution)
        }
    }
}

fn is_name(character: char, _: usize) -> bool {
    character == '_' || character.is_alphabetic() || character.is_numeric()
}

fn not_brace(character: char, _: usize) -> bool {
    character != '}'
}
