//! Plain and quoted scalars.

use std::borrow::Cow;

use crate::{Error, Mark, Style};

use super::{Scanner, Token, TokenKind};

/// A scalar's text under way: a slice of the input as long as nothing had to be folded or escaped.
struct Pieces<'a> {
    owned: Option<String>,
    borrowed: &'a str,
}

impl<'a> Pieces<'a> {
    fn owned(&mut self) -> &mut String {
        let borrowed = self.borrowed;
        self.owned.get_or_insert_with(|| borrowed.to_owned())
    }

    fn finish(self) -> Cow<'a, str> {
        self.owned.map_or(Cow::Borrowed(self.borrowed), Cow::Owned)
    }
}

/// White space between two words that may turn out to be folded.
#[derive(Debug, Default)]
struct Gap {
    first_break: Option<char>,
    more_breaks: String,
}

impl Gap {
    /// What YAML makes of it: one line break is a blank, more are one less.
    fn fold(&mut self, out: &mut String) {
        match self.first_break.take() {
            Some('\n') if self.more_breaks.is_empty() => out.push(' '),
            Some('\n') | None => {}
            Some(other) => out.push(other),
        }
        out.push_str(&self.more_breaks);
        self.more_breaks.clear();
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn fetch_plain_scalar(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let mut end = start;
        let indent = self.indent + 1;
        let flow = self.in_flow();
        let mut pieces = Pieces { owned: None, borrowed: "" };
        let mut gap = Gap::default();
        loop {
            if self.at(0) == b'#' || self.mark.column == 0 && self.at_document_indicator() {
                break;
            }
            let word = self.mark.offset;
            self.skip_plain_word(flow);
            if self.mark.offset > word {
                if gap.first_break.is_some() {
                    let text = pieces.owned();
                    gap.fold(text);
                    text.push_str(self.since(word));
                } else if pieces.owned.is_some() {
                    // Blanks within a line stay as they are.
                    let since = self.since(end.offset);
                    pieces.owned().push_str(since);
                } else {
                    pieces.borrowed = self.since(start.offset);
                }
                end = self.mark;
            }
            if !self.is_blank(0) && !self.is_break(0) {
                break;
            }
            self.plain_gap(&mut gap, start, indent)?;
            if !flow && i64::from(self.mark.column) < indent {
                break;
            }
        }
        if gap.first_break.is_some() {
            self.simple_key_allowed = true;
        }
        self.queue.push_back(Token { kind: TokenKind::Scalar(pieces.finish(), Style::Plain), start, end });
        Ok(())
    }

    /// Skips characters up to a blank or the end of the scalar.
    fn skip_plain_word(&mut self, flow: bool) {
        loop {
            match self.at(0) {
                b':' if self.is_blank_or_end(1) => return,
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if flow => return,
                b' ' | b'\t' | b'\n' | b'\r' | 0 => return,
                0xC2 | 0xE2 if self.is_break(0) => return,
                byte if byte < 0x80 => self.skip_ascii(1),
                _ => self.skip(),
            }
        }
    }

    fn plain_gap(&mut self, gap: &mut Gap, start: Mark, indent: i64) -> Result<(), Error> {
        loop {
            if self.is_blank(0) {
                let indentation = gap.first_break.is_some() && i64::from(self.mark.column) < indent;
                if indentation && self.at(0) == b'\t' {
                    return Err(self.error(start, "found a tab character that violates indentation"));
                }
                self.skip();
            } else if let Some(line_break) = self.read_line() {
                if gap.first_break.is_none() {
                    gap.first_break = Some(line_break);
                } else {
                    gap.more_breaks.push(line_break);
                }
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn fetch_flow_scalar(&mut self, single: bool) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let quote = if single { b'\'' } else { b'"' };
        self.skip();
        let inside = self.mark.offset;
        let mut pieces = Pieces { owned: None, borrowed: "" };
        loop {
            if self.mark.column == 0 && self.at_document_indicator() {
                return Err(self.error(start, "found unexpected document indicator"));
            }
            if self.at(0) == 0 {
                return Err(self.error(start, "found unexpected end of stream"));
            }
            let escaped_break = self.quoted_word(single, inside, &mut pieces, start)?;
            if self.at(0) == quote {
                break;
            }
            self.quoted_gap(inside, &mut pieces, escaped_break);
        }
        if pieces.owned.is_none() {
            pieces.borrowed = self.since(inside);
        }
        self.skip();
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        self.push(TokenKind::Scalar(pieces.finish(), style), start);
        Ok(())
    }

    /// Takes characters up to a blank, a line break or the closing quote; answers whether it ended with an escaped
    /// line break.
    fn quoted_word(
        &mut self,
        single: bool,
        inside: usize,
        pieces: &mut Pieces<'a>,
        start: Mark,
    ) -> Result<bool, Error> {
        let mut run = self.mark.offset;
        loop {
            let byte = self.at(0);
            let special = match byte {
                b'\'' if single && self.at(1) == b'\'' => true,
                b'\'' if single => break,
                b'"' if !single => break,
                b'\\' if !single => true,
                b' ' | b'\t' | b'\n' | b'\r' | 0 => break,
                0xC2 | 0xE2 if self.is_break(0) => break,
                _ => false,
            };
            if !special {
                if byte < 0x80 {
                    self.skip_ascii(1);
                } else {
                    self.skip();
                }
                continue;
            }
            self.take_run(run, inside, pieces);
            if single {
                pieces.owned().push('\'');
                self.skip();
                self.skip();
            } else if self.is_break(1) {
                self.skip();
                self.skip_line();
                return Ok(true);
            } else {
                let character = self.escape(start)?;
                pieces.owned().push(character);
            }
            run = self.mark.offset;
        }
        if pieces.owned.is_some() {
            self.take_run(run, inside, pieces);
        }
        Ok(false)
    }

    /// Appends the input from `run` on; the first call makes the text an owned one.
    fn take_run(&self, run: usize, inside: usize, pieces: &mut Pieces<'a>) {
        if let Some(owned) = &mut pieces.owned {
            owned.push_str(self.since(run));
        } else {
            pieces.owned = Some(self.since(inside).to_owned());
        }
    }

    fn quoted_gap(&mut self, inside: usize, pieces: &mut Pieces<'a>, escaped_break: bool) {
        let blanks = self.mark.offset;
        let mut gap = Gap::default();
        let mut folding = escaped_break;
        loop {
            if self.is_blank(0) {
                self.skip();
            } else if self.is_break(0) {
                if !folding {
                    self.text_before(blanks, inside, pieces);
                    folding = true;
                    gap.first_break = self.read_line();
                } else {
                    gap.more_breaks.extend(self.read_line());
                }
            } else {
                break;
            }
        }
        if folding {
            if gap.first_break.is_none() && escaped_break && gap.more_breaks.is_empty() {
                return;
            }
            gap.fold(pieces.owned());
        } else if let Some(owned) = &mut pieces.owned {
            owned.push_str(&self.text[blanks..self.mark.offset]);
        }
    }

    /// Makes the text an owned one that ends where the blanks at `blanks` begin.
    fn text_before(&self, blanks: usize, inside: usize, pieces: &mut Pieces<'a>) {
        if pieces.owned.is_none() {
            pieces.owned = Some(self.text[inside..blanks].to_owned());
        }
    }

    fn escape(&mut self, start: Mark) -> Result<char, Error> {
        let (character, digits) = match self.at(1) {
            b'0' => ('\0', 0),
            b'a' => ('\u{07}', 0),
            b'b' => ('\u{08}', 0),
            b't' | b'\t' => ('\t', 0),
            b'n' => ('\n', 0),
            b'v' => ('\u{0B}', 0),
            b'f' => ('\u{0C}', 0),
            b'r' => ('\r', 0),
            b'e' => ('\u{1B}', 0),
            b' ' => (' ', 0),
            b'"' => ('"', 0),
            b'\'' => ('\'', 0),
            b'\\' => ('\\', 0),
            b'N' => ('\u{85}', 0),
            b'_' => ('\u{A0}', 0),
            b'L' => ('\u{2028}', 0),
            b'P' => ('\u{2029}', 0),
            b'x' => ('\0', 2),
            b'u' => ('\0', 4),
            b'U' => ('\0', 8),
            _ => return Err(self.error(start, "found unknown escape character")),
        };
        self.skip();
        self.skip();
        if digits == 0 {
            return Ok(character);
        }
        let mut code: u32 = 0;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.at(ahead)).to_digit(16) else {
                return Err(self.error(start, "did not find expected hexdecimal number"));
            };
            code = code << 4 | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return Err(self.error(start, "found invalid Unicode character escape code"));
        };
        self.skip_ascii(digits);
        Ok(character)
    }
}
