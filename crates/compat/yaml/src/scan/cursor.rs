//! Walking over characters, with line and column.

use crate::Error;

use super::Scanner;

impl<'a> Scanner<'a> {
    /// The byte `ahead` of the cursor; 0 behind the end (the text itself has no such byte).
    #[inline]
    pub(super) fn at(&self, ahead: usize) -> u8 {
        self.bytes.get(self.mark.offset + ahead).copied().unwrap_or(0)
    }

    /// The text from `start` to the cursor.
    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.mark.offset]
    }

    #[inline]
    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.at(ahead), b' ' | b'\t')
    }

    /// How many bytes of line break stand `ahead`; CR LF is one break.
    #[inline]
    pub(super) fn break_width(&self, ahead: usize) -> usize {
        match self.at(ahead) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(self.at(ahead + 1) == b'\n'),
            0xC2 if self.at(ahead + 1) == 0x85 => 2,
            0xE2 if self.at(ahead + 1) == 0x80 && matches!(self.at(ahead + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    #[inline]
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        self.break_width(ahead) > 0
    }

    #[inline]
    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.at(ahead) == 0 || self.is_break(ahead)
    }

    #[inline]
    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        match self.at(ahead) {
            b' ' | b'\t' | b'\n' | b'\r' | 0 => true,
            0xC2 | 0xE2 => self.is_break(ahead),
            _ => false,
        }
    }

    /// Whether `---` or `...` stands here, alone. The caller knows that this is the first column.
    pub(super) fn at_document_indicator(&self) -> bool {
        let first = self.at(0);
        matches!(first, b'-' | b'.') && self.at(1) == first && self.at(2) == first && self.is_blank_or_end(3)
    }

    /// Goes one character on.
    #[inline]
    pub(super) fn skip(&mut self) {
        let byte = self.at(0);
        if !matches!(byte, b' ' | b'\t') {
            self.newlines = 0;
        }
        self.mark.offset += match byte {
            0..=0x7F => 1,
            0x80..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0.. => 4,
        };
        self.mark.column += 1;
    }

    /// Goes on over `bytes` bytes of ASCII that are neither blanks nor breaks.
    #[inline]
    pub(super) fn skip_ascii(&mut self, bytes: usize) {
        self.newlines = 0;
        self.mark.offset += bytes;
        self.mark.column += bytes as u32;
    }

    /// Goes to the next line, if the cursor stands at a line break.
    pub(super) fn skip_line(&mut self) {
        let width = self.break_width(0);
        if width > 0 {
            self.mark.offset += width;
            self.mark.column = 0;
            self.mark.line += 1;
            self.newlines += 1;
        }
    }

    /// Goes to the next line and answers its break as YAML normalises it: a line feed, except for the two Unicode
    /// separators.
    pub(super) fn read_line(&mut self) -> Option<char> {
        let break_ = match (self.at(0), self.at(2)) {
            (0xE2, 0xA8) => '\u{2028}',
            (0xE2, _) => '\u{2029}',
            _ => '\n',
        };
        if !self.is_break(0) {
            return None;
        }
        self.skip_line();
        Some(break_)
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    pub(super) fn skip_to_line_end(&mut self) {
        while !self.is_break_or_end(0) {
            self.skip();
        }
    }

    /// Skips white space, line breaks and comments.
    pub(super) fn skip_to_next_token(&mut self) -> Result<(), Error> {
        let scan_mark = self.mark;
        loop {
            // A tab may not be indentation.
            while self.at(0) == b' ' || (self.in_flow() || !self.simple_key_allowed) && self.at(0) == b'\t' {
                self.skip();
            }
            if self.keeps_comments() {
                self.lift_entry_comment();
                if self.at(0) == b'#' {
                    self.scan_comments(scan_mark);
                }
            } else if self.at(0) == b'#' {
                self.skip_to_line_end();
            }
            if !self.is_break(0) {
                return Ok(());
            }
            self.skip_line();
            if !self.in_flow() {
                self.simple_key_allowed = true;
            }
        }
    }
}
