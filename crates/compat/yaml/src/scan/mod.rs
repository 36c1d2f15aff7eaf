//! From characters to tokens, by the rules of go-yaml's scanners: what may be a key, what ends a block, and in
//! [`Dialect::V3`] also where comments belong.

mod block;
mod comments;
mod cursor;
mod directives;
mod flow;
mod input;
mod token;

use std::collections::VecDeque;

use crate::{Dialect, Error, Mark};

use comments::CommentQueue;
use token::Trace;

pub(crate) use input::{Bad, Input};
pub(crate) use token::{Token, TokenKind};

/// A token that may turn out to be a key when a `:` follows it on its line.
#[derive(Debug, Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token_number: usize,
    mark: Mark,
}

/// A key on one line may have this many characters before its `:`.
const LONGEST_SIMPLE_KEY: u32 = 1024;

pub(crate) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    mark: Mark,
    dialect: Dialect,
    bad: Option<Bad>,
    /// Line breaks since the last character that was no blank.
    newlines: u32,
    queue: VecDeque<Token<'a>>,
    /// The last two tokens that left the queue, the later one last.
    consumed: [Trace; 2],
    tokens_consumed: usize,
    started: bool,
    ended: bool,
    indent: i64,
    indents: Vec<i64>,
    simple_key_allowed: bool,
    /// One for the block level and one for each flow collection that is open.
    simple_keys: Vec<SimpleKey>,
    /// Token numbers and the places in `simple_keys` that they lead to, in order. As in Go, an entry can outlive its
    /// key and lead to a later one, and the entry of a key that is an empty flow collection is lost.
    keys_by_token: VecDeque<(usize, usize)>,
    pub(crate) comments: CommentQueue,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(input: &'a Input<'_>, dialect: Dialect) -> Self {
        let text: &'a str = &input.text;
        Self {
            text,
            bytes: text.as_bytes(),
            mark: Mark { offset: input.start, ..Mark::default() },
            dialect,
            bad: input.bad,
            newlines: 0,
            queue: VecDeque::with_capacity(16),
            consumed: [Trace::default(); 2],
            tokens_consumed: 0,
            started: false,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: false,
            simple_keys: vec![SimpleKey::default()],
            keys_by_token: VecDeque::new(),
            comments: CommentQueue::default(),
        }
    }

    fn keeps_comments(&self) -> bool {
        self.dialect == Dialect::V3
    }

    fn in_flow(&self) -> bool {
        self.simple_keys.len() > 1
    }

    /// The next token without consuming it.
    pub(crate) fn peek(&mut self) -> Result<&Token<'a>, Error> {
        self.fill()?;
        self.queue.front().ok_or_else(past_the_end)
    }

    /// Consumes the token last peeked at.
    pub(crate) fn take(&mut self) -> Result<Token<'a>, Error> {
        self.fill()?;
        let token = self.queue.pop_front().ok_or_else(past_the_end)?;
        self.consumed = [self.consumed[1], token.trace()];
        self.tokens_consumed += 1;
        Ok(token)
    }

    /// Scans until the first token of the queue is certain: no `:` can turn it into a key any more, and in V3 two
    /// more tokens are there, so that its comments are known.
    fn fill(&mut self) -> Result<(), Error> {
        let wanted = if self.keeps_comments() { 3 } else { 1 };
        loop {
            let enough = self.ended || self.queue.len() >= wanted;
            let certain = enough && !self.head_may_be_key()?;
            if certain || self.ended {
                return Ok(());
            }
            self.fetch()?;
            self.check_input()?;
        }
    }

    fn head_may_be_key(&mut self) -> Result<bool, Error> {
        let head = self.tokens_consumed;
        while self.keys_by_token.front().is_some_and(|(number, _)| *number < head) {
            self.keys_by_token.pop_front();
        }
        match self.keys_by_token.front() {
            Some((number, index)) if *number == head => self.key_is_still_possible(*index),
            _ => Ok(false),
        }
    }

    fn forget_key(&mut self, token_number: usize) {
        if let Ok(at) = self.keys_by_token.binary_search_by_key(&token_number, |(number, _)| *number) {
            self.keys_by_token.remove(at);
        }
    }

    /// Reports characters that are not allowed once the scanner comes near them.
    fn check_input(&self) -> Result<(), Error> {
        match self.bad {
            Some(bad) if self.ended || self.mark.offset + 4 > bad.noticed_at => {
                Err(Error::Syntax { line: 0, problem: bad.problem.into() })
            }
            _ => Ok(()),
        }
    }

    /// A scanner error; `context` is the place where the construct began.
    fn error(&self, context: Mark, problem: &str) -> Error {
        if let Err(error) = self.check_input() {
            return error;
        }
        let (first, second) = match self.dialect {
            Dialect::V2 => (self.mark.line, 0),
            Dialect::V3 => (context.line, self.mark.line),
        };
        let line = match (first, second) {
            (0, 0) if self.dialect == Dialect::V2 && context.line != 0 => context.line as usize,
            (0, 0) => 0,
            (0, line) | (line, _) => line as usize + 1,
        };
        Error::Syntax { line, problem: problem.into() }
    }

    fn push(&mut self, kind: TokenKind<'a>, start: Mark) {
        self.queue.push_back(Token { kind, start, end: self.mark });
    }

    /// The `back`-th token from the end of everything produced so far.
    fn produced(&self, back: usize) -> Trace {
        match self.queue.len().checked_sub(back + 1).and_then(|at| self.queue.get(at)) {
            Some(token) => token.trace(),
            None if back - self.queue.len() == 0 => self.consumed[1],
            None => self.consumed[0],
        }
    }

    /// How many tokens were produced so far.
    fn produced_count(&self) -> usize {
        self.tokens_consumed + self.queue.len()
    }

    fn fetch(&mut self) -> Result<(), Error> {
        if !self.started {
            self.started = true;
            self.simple_key_allowed = true;
            let start = self.mark;
            self.push(TokenKind::StreamStart, start);
            return Ok(());
        }
        let scan_mark = self.mark;
        self.skip_to_next_token()?;
        self.unroll_indent(i64::from(self.mark.column), scan_mark);
        let first = self.at(0);
        if first == 0 {
            return self.fetch_stream_end();
        }
        if self.mark.column == 0 {
            if first == b'%' {
                self.end_blocks()?;
                return self.scan_directive();
            }
            if self.at_document_indicator() {
                return self.fetch_document_indicator(first);
            }
        }
        let comment_mark = if self.produced_count() > 0
            && (!self.in_flow() && first == b':' || self.in_flow() && first == b',')
        {
            self.produced(0).start
        } else {
            self.mark
        };
        self.fetch_content(first)?;
        if self.keeps_comments() && self.produced(0).role != token::Role::BlockEntry {
            self.scan_line_comment(comment_mark);
        }
        Ok(())
    }

    fn fetch_content(&mut self, first: u8) -> Result<(), Error> {
        let flow = self.in_flow();
        match first {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blank_or_end(1) => self.fetch_block_entry(),
            b'?' if flow || self.is_blank_or_end(1) => self.fetch_key(),
            b':' if flow || self.is_blank_or_end(1) => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(first),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if !flow => self.fetch_block_scalar(first == b'|'),
            b'\'' | b'"' => self.fetch_flow_scalar(first == b'\''),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => self.cannot_start(),
            _ => self.fetch_plain_scalar(),
        }
    }

    fn cannot_start(&self) -> Result<(), Error> {
        Err(self.error(self.mark, "found character that cannot start any token"))
    }

    // --- keys and indentation ---

    fn key_is_still_possible(&mut self, index: usize) -> Result<bool, Error> {
        let Some(key) = self.simple_keys.get_mut(index).filter(|key| key.possible) else { return Ok(false) };
        if key.mark.line < self.mark.line || key.mark.column + LONGEST_SIMPLE_KEY < self.mark.column {
            // A required one stays: the error is found again by who looks again.
            if key.required {
                let mark = key.mark;
                return Err(self.error(mark, "could not find expected ':'"));
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_simple_key(&mut self) -> Result<(), Error> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let key = SimpleKey {
            possible: true,
            required: !self.in_flow() && self.indent == i64::from(self.mark.column),
            token_number: self.produced_count(),
            mark: self.mark,
        };
        self.remove_simple_key()?;
        let index = self.simple_keys.len() - 1;
        self.simple_keys[index] = key;
        self.forget_key(key.token_number);
        self.keys_by_token.push_back((key.token_number, index));
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), Error> {
        let Some(last) = self.simple_keys.last_mut().filter(|key| key.possible) else { return Ok(()) };
        let SimpleKey { required, mark, token_number, .. } = *last;
        if required {
            return Err(self.error(mark, "could not find expected ':'"));
        }
        last.possible = false;
        self.forget_key(token_number);
        Ok(())
    }

    /// Opens a block at `column` if it is deeper than the current one; `at` is the number of the token that the
    /// block's start goes before.
    fn roll_indent(&mut self, column: u32, at: Option<usize>, kind: TokenKind<'a>, mark: Mark) {
        let column = i64::from(column);
        if self.in_flow() || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token = Token { kind, start: mark, end: mark };
        match at {
            Some(number) => self.insert(number, token),
            None => self.queue.push_back(token),
        }
    }

    /// Puts a token before the one with this number; at the end if that one is gone.
    fn insert(&mut self, number: usize, token: Token<'a>) {
        match number.checked_sub(self.tokens_consumed).filter(|at| *at <= self.queue.len()) {
            Some(at) => self.queue.insert(at, token),
            None => self.queue.push_back(token),
        }
    }

    /// Closes the blocks that are deeper than `column`.
    fn unroll_indent(&mut self, column: i64, scan_mark: Mark) {
        if self.in_flow() {
            return;
        }
        // A hair before the white space, so that comments in it belong to what follows.
        let mut block_mark = Mark { offset: scan_mark.offset.saturating_sub(1), ..scan_mark };
        let mut floor = scan_mark.offset as i64 - 1;
        while self.indent > column {
            if self.keeps_comments() {
                if let Some(mark) = self.comments.end_of_block(self.indent, floor) {
                    block_mark = mark;
                    floor = mark.offset as i64;
                }
            } else {
                block_mark = self.mark;
            }
            self.queue.push_back(Token { kind: TokenKind::BlockEnd, start: block_mark, end: block_mark });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Closes everything, before a directive or a document indicator.
    fn end_blocks(&mut self) -> Result<(), Error> {
        self.unroll_indent(-1, self.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    // --- tokens of one character ---

    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.end_blocks()?;
        let start = self.mark;
        self.push(TokenKind::StreamEnd, start);
        self.ended = true;
        Ok(())
    }

    fn fetch_document_indicator(&mut self, first: u8) -> Result<(), Error> {
        self.end_blocks()?;
        let start = self.mark;
        for _ in 0..3 {
            self.skip();
        }
        self.push(if first == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd }, start);
        Ok(())
    }

    fn push_indicator(&mut self, kind: TokenKind<'a>) {
        let start = self.mark;
        self.skip();
        self.push(kind, start);
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.save_simple_key()?;
        let token_number = self.produced_count();
        self.simple_keys.push(SimpleKey { token_number, mark: self.mark, ..SimpleKey::default() });
        self.simple_key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'a>) -> Result<(), Error> {
        self.remove_simple_key()?;
        if self.in_flow()
            && let Some(inner) = self.simple_keys.pop()
        {
            self.forget_key(inner.token_number);
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        if !self.in_flow() {
            if !self.simple_key_allowed {
                return Err(self.error(self.mark, "block sequence entries are not allowed in this context"));
            }
            self.roll_indent(self.mark.column, None, TokenKind::BlockSequenceStart, self.mark);
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        if !self.in_flow() {
            if !self.simple_key_allowed {
                return Err(self.error(self.mark, "mapping keys are not allowed in this context"));
            }
            self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark);
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = !self.in_flow();
        self.push_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        let last = self.simple_keys.len() - 1;
        if self.key_is_still_possible(last)? {
            let key = self.simple_keys[last];
            let token = Token { kind: TokenKind::Key, start: key.mark, end: key.mark };
            self.insert(key.token_number, token);
            self.roll_indent(key.mark.column, Some(key.token_number), TokenKind::BlockMappingStart, key.mark);
            self.simple_keys[last].possible = false;
            self.forget_key(key.token_number);
            self.simple_key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.simple_key_allowed {
                    return Err(self.error(self.mark, "mapping values are not allowed in this context"));
                }
                self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark);
            }
            self.simple_key_allowed = !self.in_flow();
        }
        self.push_indicator(TokenKind::Value);
        Ok(())
    }
}

fn past_the_end() -> Error {
    Error::Invalid("attempted to go past the end of stream; corrupted value?".into())
}
