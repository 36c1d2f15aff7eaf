//! Literal and folded scalars.

use std::borrow::Cow;

use crate::{Error, Mark, Style};

use super::{Scanner, Token, TokenKind};

/// What becomes of the line breaks at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark;
        self.skip();
        let (chomping, increment) = self.block_header(start)?;
        let mut end = self.mark;
        let parent = self.indent.max(0) as u32;
        let mut indent = if increment > 0 { parent + increment } else { 0 };
        let mut text = String::new();
        let mut breaks = String::new();
        self.block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        let mut line_break: Option<char> = None;
        let mut leading_blank = false;
        while self.mark.column == indent && self.at(0) != 0 {
            let blank = self.is_blank(0);
            if !literal && !leading_blank && !blank && line_break == Some('\n') {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.extend(line_break);
            }
            text.push_str(&breaks);
            breaks.clear();
            leading_blank = blank;
            let line = self.mark.offset;
            self.skip_to_line_end();
            text.push_str(self.since(line));
            line_break = self.read_line();
            self.block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        }
        if chomping != Chomping::Strip {
            text.extend(line_break);
        }
        if chomping == Chomping::Keep {
            text.push_str(&breaks);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        self.queue.push_back(Token { kind: TokenKind::Scalar(Cow::Owned(text), style), start, end });
        Ok(())
    }

    /// The indicators behind `|` or `>` and the rest of their line.
    fn block_header(&mut self, start: Mark) -> Result<(Chomping, u32), Error> {
        let mut chomping = self.chomping();
        let mut increment = 0;
        if self.at(0).is_ascii_digit() {
            increment = u32::from(self.at(0) - b'0');
            if increment == 0 {
                return Err(self.error(start, "found an indentation indicator equal to 0"));
            }
            self.skip();
            if chomping.is_none() {
                chomping = self.chomping();
            }
        }
        self.skip_blanks();
        if self.at(0) == b'#' {
            if self.keeps_comments() {
                self.scan_line_comment(start);
            }
            self.skip_to_line_end();
        }
        if !self.is_break_or_end(0) {
            return Err(self.error(start, "did not find expected comment or line break"));
        }
        self.skip_line();
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.at(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.skip();
        Some(chomping)
    }

    /// Takes indentation and empty lines; finds the indentation out if it is 0.
    fn block_breaks(
        &mut self,
        indent: &mut u32,
        breaks: &mut String,
        start: Mark,
        end: &mut Mark,
    ) -> Result<(), Error> {
        *end = self.mark;
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.mark.column < *indent) && self.at(0) == b' ' {
                self.skip();
            }
            deepest = deepest.max(self.mark.column);
            if (*indent == 0 || self.mark.column < *indent) && self.at(0) == b'\t' {
                return Err(self.error(start, "found a tab character where an indentation space is expected"));
            }
            let Some(line_break) = self.read_line() else { break };
            breaks.push(line_break);
            *end = self.mark;
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1) as u32);
        }
        Ok(())
    }
}
