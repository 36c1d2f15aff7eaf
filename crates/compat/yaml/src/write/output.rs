//! The text under way and what the emitter knows about its last character.

use crate::Dialect;

use super::scalar::is_break;

/// Everything is appended through this; it keeps the column in characters.
pub(super) struct Output {
    pub(super) text: String,
    pub(super) dialect: Dialect,
    /// Blanks per level.
    pub(super) best_indent: i32,
    /// Scalars are folded after this column.
    pub(super) best_width: usize,
    pub(super) column: usize,
    /// The column that [`Output::write_indent`] goes to; -1 before the first collection.
    pub(super) indent: i32,
    /// Whether the last character was white space or an indicator that needs none after it.
    pub(super) whitespace: bool,
    /// Whether the line holds nothing but indentation and `-`, `?`, `:`.
    pub(super) indention: bool,
    /// The indentation of a foot comment just written, which wants an empty line after it; -1 for none.
    pub(super) foot_indent: i32,
}

impl Output {
    pub(super) fn new(dialect: Dialect, indent: usize, width: usize) -> Self {
        Self {
            text: String::new(),
            dialect,
            best_indent: indent as i32,
            best_width: width,
            column: 0,
            indent: -1,
            whitespace: true,
            indention: true,
            foot_indent: -1,
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn put(&mut self, character: char) {
        self.text.push(character);
        self.column += 1;
    }

    /// Appends text that is known to be ASCII without line feeds.
    pub(super) fn put_ascii(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.len();
    }

    pub(super) fn put_break(&mut self) {
        self.text.push('\n');
        self.column = 0;
        if self.dialect == Dialect::V3 {
            self.indention = true;
        }
    }

    /// Appends a line break of the value itself, which may be one of the Unicode ones.
    pub(super) fn write_break(&mut self, character: char) {
        if character == '\n' {
            self.put_break();
        } else {
            self.text.push(character);
            self.column = 0;
            if self.dialect == Dialect::V3 {
                self.indention = true;
            }
        }
    }

    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.max(0);
        let column = indent as usize;
        if !self.indention || self.column > column || (self.column == column && !self.whitespace) {
            self.put_break();
        }
        if self.foot_indent == indent {
            self.put_break();
        }
        while self.column < column {
            self.put(' ');
        }
        self.whitespace = true;
        if self.dialect == Dialect::V2 {
            self.indention = true;
        }
        self.foot_indent = -1;
    }

    /// Appends `-`, `?`, `:`, a quote or a bracket.
    pub(super) fn indicator(
        &mut self,
        text: &str,
        needs_whitespace: bool,
        is_whitespace: bool,
        is_indention: bool,
    ) {
        if needs_whitespace && !self.whitespace {
            self.put(' ');
        }
        self.put_ascii(text);
        self.whitespace = is_whitespace;
        self.indention = self.indention && is_indention;
    }

    /// Appends a comment and ends its line.
    pub(super) fn write_comment(&mut self, comment: &str) {
        let mut breaks = false;
        let mut marked = false;
        for character in comment.chars() {
            if is_break(character) {
                self.write_break(character);
                breaks = true;
                marked = false;
                continue;
            }
            if breaks {
                self.write_indent();
            }
            if !marked {
                if character != '#' {
                    self.put_ascii("# ");
                }
                marked = true;
            }
            self.put(character);
            self.indention = false;
            breaks = false;
        }
        if !breaks {
            self.put_break();
        }
        self.whitespace = true;
    }

    /// Goes one level deeper and answers the level to come back to. `in_sequence` says that the node is an item of
    /// a block sequence, `stay` that the level keeps its column (V2), `compact` that it is a sequence whose dash
    /// counts as indentation (V3).
    pub(super) fn increase_indent(
        &mut self,
        flow: bool,
        in_sequence: bool,
        stay: bool,
        compact: bool,
    ) -> i32 {
        let before = self.indent;
        if before < 0 {
            self.indent = if flow { self.best_indent } else { 0 };
        } else if self.dialect == Dialect::V2 {
            if !stay {
                self.indent += self.best_indent;
            }
        } else if in_sequence {
            self.indent += 2;
        } else {
            self.indent = self.best_indent * ((self.indent + self.best_indent) / self.best_indent);
            if compact {
                self.indent -= 2;
            }
        }
        before
    }
}
