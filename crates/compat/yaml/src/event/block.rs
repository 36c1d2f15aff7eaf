//! Block collections: entries and their ends.

use crate::{Error, Mark, scan::TokenKind};

use super::{Data, Event, Parser, State, event};

impl<'a> Parser<'a> {
    pub(super) fn end_collection(&mut self) -> Result<Event<'a>, Error> {
        self.pop_state();
        self.marks.pop();
        let token = self.take()?;
        Ok(event(Data::CollectionEnd, token.start, token.end))
    }

    pub(super) fn unexpected(&mut self, problem: &str, at: Mark) -> Error {
        let context = self.marks.pop().unwrap_or_default();
        self.error(context, problem, at)
    }

    pub(super) fn block_sequence(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::BlockEntry => {
                self.take_entry()?;
                if matches!(self.peek()?.kind, TokenKind::BlockEntry | TokenKind::BlockEnd) {
                    return self.empty_scalar(State::BlockSequence, end);
                }
                self.states.push(State::BlockSequence);
                self.node(true, false)
            }
            TokenKind::BlockEnd => self.end_collection(),
            _ => Err(self.unexpected("did not find expected '-' indicator", start)),
        }
    }

    pub(super) fn take_entry(&mut self) -> Result<(), Error> {
        let head = self.head.len();
        self.take()?;
        self.split_stem(head);
        Ok(())
    }

    pub(super) fn indentless_sequence(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, end) = (token.start, token.end);
        if !matches!(token.kind, TokenKind::BlockEntry) {
            self.pop_state();
            return Ok(event(Data::CollectionEnd, start, start));
        }
        self.take_entry()?;
        if self.at_entry_end()? || matches!(self.peek()?.kind, TokenKind::BlockEntry) {
            return self.empty_scalar(State::IndentlessSequence, end);
        }
        self.states.push(State::IndentlessSequence);
        self.node(true, false)
    }

    pub(super) fn at_entry_end(&mut self) -> Result<bool, Error> {
        Ok(matches!(self.peek()?.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd))
    }

    pub(super) fn block_mapping_key(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::Key => {
                self.take()?;
                if self.at_entry_end()? {
                    return self.empty_scalar(State::BlockMappingValue, end);
                }
                self.states.push(State::BlockMappingValue);
                self.node(true, true)
            }
            TokenKind::BlockEnd => {
                let comments = self.take_comments();
                Ok(Event { comments, ..self.end_collection()? })
            }
            _ => Err(self.unexpected("did not find expected key", start)),
        }
    }

    pub(super) fn block_mapping_value(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, end) = (token.start, token.end);
        if !matches!(token.kind, TokenKind::Value) {
            return self.empty_scalar(State::BlockMappingKey, start);
        }
        self.take()?;
        if self.at_entry_end()? {
            return self.empty_scalar(State::BlockMappingKey, end);
        }
        self.states.push(State::BlockMappingKey);
        self.node(true, true)
    }
}
