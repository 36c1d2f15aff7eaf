//! Where comments belong (V3 only). The rules are those of go-yaml, whose results kustomize's and Helm's users see.

use crate::Mark;

use super::{Scanner, token::Role};

/// Go looks no further than this for a comment.
const LOOKAHEAD: usize = 512;

/// A comment that waits for its token.
#[derive(Debug, Default)]
pub(crate) struct Comment {
    /// Where the white space around it began.
    scan_mark: Mark,
    /// It belongs to the first token that starts here or later.
    pub(crate) token_mark: Mark,
    /// Where it starts; columns count from 1 here, except for line comments.
    start: Mark,
    /// Its last byte; 0 for line comments.
    end: i64,
    pub(crate) head: String,
    pub(crate) line: String,
    pub(crate) foot: String,
}

#[derive(Debug, Default)]
pub(crate) struct CommentQueue {
    pending: Vec<Comment>,
    /// Those before this one have found their token.
    first: usize,
}

impl CommentQueue {
    fn push(&mut self, comment: Comment) {
        if self.first == self.pending.len() {
            self.pending.clear();
            self.first = 0;
        }
        self.pending.push(comment);
    }

    /// The next comment that belongs to a token at `offset`. With `block_end` a comment above is left for the
    /// token after it.
    pub(crate) fn pop_before(&mut self, offset: usize, block_end: bool) -> Option<Comment> {
        let comment = self.pending.get_mut(self.first)?;
        if offset < comment.token_mark.offset || block_end && !comment.head.is_empty() {
            return None;
        }
        self.first += 1;
        Some(std::mem::take(comment))
    }

    /// Where a block with the indentation `indent` ends if comments at that indentation follow it.
    pub(super) fn end_of_block(&self, indent: i64, floor: i64) -> Option<Mark> {
        let mut floor = floor;
        let mut found = None;
        for comment in self.pending.iter().rev() {
            if comment.end < floor {
                break;
            }
            if i64::from(comment.start.column) == indent + 1 {
                found = Some(comment.start);
            }
            floor = comment.scan_mark.offset as i64;
        }
        found
    }
}

impl Scanner<'_> {
    fn ahead(&self, bytes: usize, line: u32, column: u32) -> Mark {
        Mark { offset: self.mark.offset + bytes, line, column }
    }

    /// A comment behind `- ` on its line is one above the item's content.
    pub(super) fn lift_entry_comment(&mut self) {
        if self.produced_count() < 2
            || self.produced(1).role != Role::BlockSequenceStart
            || self.produced(0).role != Role::BlockEntry
            || self.is_break(0)
        {
            return;
        }
        let mark = self.mark;
        if let Some(comment) = self.comments.pending.last_mut().filter(|comment| !comment.line.is_empty()) {
            comment.head = std::mem::take(&mut comment.line);
            if i64::from(comment.start.line) == i64::from(mark.line) - 1 {
                comment.token_mark = mark;
            }
        }
    }

    /// Takes a comment behind a token on the same line.
    pub(super) fn scan_line_comment(&mut self, token_mark: Mark) {
        if self.newlines > 0 {
            return;
        }
        let Some(blanks) = (0..LOOKAHEAD).find(|ahead| !self.is_blank(*ahead)) else { return };
        if self.at(blanks) != b'#' {
            return;
        }
        self.skip_blanks();
        let start = self.mark;
        self.skip_to_line_end();
        let line = self.since(start.offset).to_owned();
        self.comments.push(Comment { token_mark, start, line, ..Comment::default() });
    }

    /// Takes the comments up to the next token and decides for each whether it stands below what came before or
    /// above what follows.
    pub(super) fn scan_comments(&mut self, scan_mark: Mark) {
        let mut token = self.produced(0);
        if token.role == Role::FlowEntry && self.produced_count() > 1 {
            token = self.produced(1);
        }
        let mut scan_mark = scan_mark;
        let mut token_mark = token.start;
        let mut start = Mark::default();
        let mut text = String::new();
        let mut next_indent = self.indent.max(0);
        let mut recent_empty = false;
        let mut first_empty = self.newlines <= 1;
        let mut line = self.mark.line;
        let mut column = self.mark.column;
        let foot_line = self.foot_line(scan_mark);
        let mut peek = 0;
        while peek < LOOKAHEAD {
            column += 1;
            if self.is_blank(peek) {
                peek += 1;
                continue;
            }
            let character = self.at(peek);
            let close_flow = self.in_flow() && matches!(character, b']' | b'}');
            let dedented = i64::from(start.column) - 1 < next_indent;
            if close_flow || self.is_break_or_end(peek) {
                if close_flow || !recent_empty {
                    let is_foot = close_flow
                        || first_empty
                            && (i64::from(start.line) == foot_line && token.role != Role::Value || dedented);
                    if is_foot && !text.is_empty() {
                        if dedented {
                            token_mark = start;
                        }
                        let end = self.ahead(peek, line, column);
                        self.push_foot(scan_mark, token_mark, start, end, std::mem::take(&mut text));
                        scan_mark = end;
                        token_mark = end;
                    } else if !is_foot && !text.is_empty() && character != 0 {
                        text.push('\n');
                    }
                }
                if !self.is_break(peek) {
                    break;
                }
                first_empty = false;
                recent_empty = true;
                column = 0;
                line += 1;
                peek += 1;
                continue;
            }
            if !text.is_empty() && i64::from(column) - 1 < next_indent && column != start.column {
                let end = self.ahead(peek, line, column);
                self.push_foot(scan_mark, token_mark, start, end, std::mem::take(&mut text));
                scan_mark = end;
                token_mark = end;
            }
            if character != b'#' {
                break;
            }
            if text.is_empty() {
                start = self.ahead(peek, line, column);
            } else {
                text.push('\n');
            }
            recent_empty = false;
            self.read_comment_line(peek, &mut text);
            peek = 1;
            column = 0;
            line = self.mark.line;
            next_indent = self.indent.max(0);
        }
        if !text.is_empty() {
            let end = (self.mark.offset + peek) as i64 - 1;
            self.comments.push(Comment {
                scan_mark,
                token_mark: start,
                start,
                end,
                head: text,
                ..Comment::default()
            });
        }
    }

    /// The line on which a comment must start to belong to what came before it.
    fn foot_line(&self, scan_mark: Mark) -> i64 {
        if scan_mark.line == 0 {
            return -1;
        }
        let line = i64::from(self.mark.line) - i64::from(self.newlines) + 1;
        if self.newlines == 0 && self.mark.column > 1 { line + 1 } else { line }
    }

    fn push_foot(&mut self, scan_mark: Mark, token_mark: Mark, start: Mark, end: Mark, foot: String) {
        let end = end.offset as i64;
        self.comments.push(Comment { scan_mark, token_mark, start, end, foot, ..Comment::default() });
    }

    /// Skips to the comment `ahead` of the cursor, which may be on a later line, and takes it up to its line's end.
    fn read_comment_line(&mut self, ahead: usize, text: &mut String) {
        let seen = self.mark.offset + ahead;
        while self.mark.offset < seen {
            if self.is_break(0) {
                self.skip_line();
            } else if self.at(0) == 0 {
                return;
            } else {
                self.skip();
            }
        }
        let start = self.mark.offset;
        self.skip_to_line_end();
        text.push_str(self.since(start));
    }
}
