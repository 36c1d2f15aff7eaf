//! Flow collections: what stands between brackets and braces.

use crate::{Error, scan::TokenKind};

use super::{Data, Event, Parser, Properties, State, event};

impl<'a> Parser<'a> {
    pub(super) fn end_flow(&mut self) -> Result<Event<'a>, Error> {
        let comments = self.take_comments();
        Ok(Event { comments, ..self.end_collection()? })
    }

    pub(super) fn flow_sequence(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if matches!(self.peek()?.kind, TokenKind::FlowSequenceEnd) {
            return self.end_flow();
        }
        if !first {
            let token = self.peek()?;
            let start = token.start;
            if !matches!(token.kind, TokenKind::FlowEntry) {
                return Err(self.unexpected("did not find expected ',' or ']'", start));
            }
            self.take()?;
        }
        let token = self.peek()?;
        match token.kind {
            TokenKind::Key => {
                let token = self.take()?;
                self.state = State::FlowPairKey;
                let data = Data::MappingStart { properties: Properties::default(), flow: true };
                Ok(event(data, token.start, token.end))
            }
            TokenKind::FlowSequenceEnd => self.end_flow(),
            _ => {
                self.states.push(State::FlowSequence);
                self.node(false, false)
            }
        }
    }

    pub(super) fn flow_pair_key(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let end = token.end;
        if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
            // Go consumes the token here, whatever it is.
            self.take()?;
            return self.empty_scalar(State::FlowPairValue, end);
        }
        self.states.push(State::FlowPairValue);
        self.node(false, false)
    }

    pub(super) fn flow_pair_value(&mut self) -> Result<Event<'a>, Error> {
        let start = self.peek()?.start;
        if matches!(self.peek()?.kind, TokenKind::Value) {
            self.take()?;
            if !matches!(self.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowPairEnd);
                return self.node(false, false);
            }
        }
        self.empty_scalar(State::FlowPairEnd, start)
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if matches!(self.peek()?.kind, TokenKind::FlowMappingEnd) {
            return self.end_flow();
        }
        if !first {
            let token = self.peek()?;
            let start = token.start;
            if !matches!(token.kind, TokenKind::FlowEntry) {
                return Err(self.unexpected("did not find expected ',' or '}'", start));
            }
            self.take()?;
        }
        match self.peek()?.kind {
            TokenKind::Key => {
                self.take()?;
                let token = self.peek()?;
                let start = token.start;
                if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                    return self.empty_scalar(State::FlowMappingValue, start);
                }
                self.states.push(State::FlowMappingValue);
                self.node(false, false)
            }
            TokenKind::FlowMappingEnd => self.end_flow(),
            _ => {
                self.states.push(State::FlowMappingEmptyValue);
                self.node(false, false)
            }
        }
    }

    pub(super) fn flow_mapping_value(&mut self) -> Result<Event<'a>, Error> {
        let mut start = self.peek()?.start;
        if matches!(self.peek()?.kind, TokenKind::Value) {
            self.take()?;
            let token = self.peek()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(false, false);
            }
            start = token.start;
        }
        self.empty_scalar(State::FlowMappingKey, start)
    }
}
