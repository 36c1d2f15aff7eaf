//! Documents: directives, where they start and end, and the comments that belong to them as a whole.

use std::borrow::Cow;

use crate::{Comments, Error, Mark, scan::TokenKind};

use super::{Data, Event, Parser, State, YAML_TAGS, event};

impl<'a> Parser<'a> {
    pub(super) fn document_start(&mut self, implicit: bool) -> Result<Event<'a>, Error> {
        if !implicit {
            while matches!(self.peek()?.kind, TokenKind::DocumentEnd) {
                self.take()?;
            }
        }
        let (start, end) = (self.peek()?.start, self.peek()?.end);
        match self.peek()?.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                self.take()?;
                Ok(event(Data::StreamEnd, start, end))
            }
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart => self.explicit_document(start),
            _ if !implicit => self.explicit_document(start),
            _ => {
                self.default_tags();
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                let head = self.document_head();
                let comments = (!head.is_empty()).then(|| Box::new(Comments { head, ..Comments::default() }));
                Ok(Event { comments, ..event(Data::DocumentStart { explicit: false }, start, start) })
            }
        }
    }

    pub(super) fn explicit_document(&mut self, start: Mark) -> Result<Event<'a>, Error> {
        self.directives()?;
        let token = self.peek()?;
        if !matches!(token.kind, TokenKind::DocumentStart) {
            let at = token.start;
            return Err(self.error(Mark::default(), "did not find expected <document start>", at));
        }
        let end = token.end;
        self.take()?;
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(event(Data::DocumentStart { explicit: true }, start, end))
    }

    /// The part of the first comment before its last empty line belongs to the document as a whole.
    pub(super) fn document_head(&mut self) -> String {
        let comment = &self.head;
        let bytes = comment.as_bytes();
        for at in (1..bytes.len()).rev() {
            if bytes[at] != b'\n' {
                continue;
            }
            let end = match at {
                at if at == bytes.len() - 1 => at,
                at if bytes[at - 1] == b'\n' => at - 1,
                _ => continue,
            };
            let rest = comment[at + 1..].to_owned();
            let mut head = std::mem::replace(&mut self.head, rest);
            head.truncate(end);
            return head;
        }
        String::new()
    }

    pub(super) fn directives(&mut self) -> Result<(), Error> {
        let mut versioned = false;
        loop {
            let token = self.peek()?;
            let at = token.start;
            match &token.kind {
                TokenKind::VersionDirective { major, minor } => {
                    let supported = (*major, *minor) == (1, 1);
                    if versioned {
                        return Err(self.error(Mark::default(), "found duplicate %YAML directive", at));
                    }
                    if !supported {
                        return Err(self.error(Mark::default(), "found incompatible YAML document", at));
                    }
                    versioned = true;
                }
                TokenKind::TagDirective { handle, prefix } => {
                    let (handle, prefix) = (*handle, prefix.clone());
                    if self.tags.iter().any(|(known, _)| *known == handle) {
                        return Err(self.error(Mark::default(), "found duplicate %TAG directive", at));
                    }
                    self.tags.push((handle, prefix));
                }
                _ => break,
            }
            self.take()?;
        }
        self.default_tags();
        Ok(())
    }

    pub(super) fn default_tags(&mut self) {
        for (handle, prefix) in [("!", "!"), ("!!", YAML_TAGS)] {
            if !self.tags.iter().any(|(known, _)| *known == handle) {
                self.tags.push((handle, Cow::Borrowed(prefix)));
            }
        }
    }

    pub(super) fn document_content(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let then = self.states.pop().unwrap_or(State::End);
                self.empty_scalar(then, start)
            }
            _ => self.node(true, false),
        }
    }

    pub(super) fn document_end(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let start = token.start;
        let mut end = start;
        if matches!(token.kind, TokenKind::DocumentEnd) {
            end = token.end;
            self.take()?;
        }
        self.tags.clear();
        self.state = State::DocumentStart;
        let mut comments = self.take_comments();
        if let Some(comments) = &mut comments
            && comments.foot.is_empty()
        {
            comments.foot = std::mem::take(&mut comments.head);
        }
        Ok(Event { comments, ..event(Data::DocumentEnd, start, end) })
    }
}
